"""Whether python-hcl2 can parse a text, and if not, in which line and why in plain words.

It is a second opinion, independent of our own formatter. It refuses some rare texts that Terraform takes;
for those it knows what to write instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from ecsgen.render.lexer import LexError, lex

CHECK_SYNTAX = "check the brackets, quotes and equal signs around it"

# Valid HCL that python-hcl2 8.1 refuses: what stands around the place it names, and the way around.
_REFUSED = (
    (r"\$\$\{", r"write `$\u007b` instead of `$${`: python-hcl2 refuses it here, and to Terraform both are the same"),
    (r"%%\{", r"write `%\u007b` instead of `%%{`: python-hcl2 refuses it here, and to Terraform both are the same"),
    (r"\$\{~", "python-hcl2 does not know `${~ … ~}`, which trims blanks: use `${trimspace(…)}` or a heredoc"),
    (r"\$\{\s*$", "python-hcl2 wants an interpolation on one line: move its expression into a local value"),
    (r"!\s*!|-\s*-", "python-hcl2 refuses two signs in a row: use parentheses"),
    (r"=\s*/\*", "python-hcl2 refuses a comment there: put it on a line of its own"),
    (r"<<-?_", "python-hcl2 wants a heredoc's marker to begin with a letter"),
    (r"[^\x00-\x7f]", "python-hcl2 takes only ASCII in names outside of quotes"),
)


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    """Where (a line, from 1), what and what to do."""

    line: int
    message: str
    hint: str


@lru_cache(maxsize=4096)
def syntax_problem(text: str) -> SyntaxProblem | None:
    """The first place in `text` that is not HCL, or None. Remembers its answers: python-hcl2 is slow."""
    try:
        lex(text)
    except LexError as error:
        line = text.count("\n", 0, error.offset) + 1
        return SyntaxProblem(line, f"not valid HCL: {error}", CHECK_SYNTAX)
    import hcl2
    from lark.exceptions import UnexpectedInput, VisitError

    try:
        hcl2.parses(text)
    except UnexpectedInput as error:
        return _explained(text, error.line, error.column)
    except (VisitError, ValueError, RecursionError) as error:
        return SyntaxProblem(1, f"python-hcl2 cannot read the file: {error}", "simplify the `%{ … }` directives in it")
    return None


def _explained(text: str, line: int, column: int) -> SyntaxProblem:
    lines = text.split("\n")
    if line > len(lines) or (line == len(lines) and column > len(lines[-1])):
        return SyntaxProblem(
            len(lines) - (lines[-1] == ""), "not valid HCL: the file ends within a bracket", CHECK_SYNTAX
        )
    source = lines[line - 1]
    rest = source[column - 1 :].strip()
    message = f"not valid HCL: unexpected {rest[:30]!r}" if rest else "not valid HCL: the line ends too early"
    around = source[max(0, column - 3) : column + 3]
    hints = [hint for pattern, hint in _REFUSED if re.search(pattern, around)]
    return SyntaxProblem(line, message, hints[0] if hints else CHECK_SYNTAX)
