"""Formats HCL exactly as `terraform fmt` (1.11) does, without Terraform: indents, blanks, aligned signs and comments.

Terraform reads a file's tokens line by line: each line has a lead, an assignment (from its first equal sign on, when
its brackets are balanced) and a comment. The number of open brackets indents a line; the assignments of neighbouring
lines, and their comments, start at the same column. A line of its own is the same in every file, so its parts are
kept by its text: of the thousands of lines that the services of an application share, each is read once.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from ecsgen.render.lexer import (
    CLOSE_HEREDOC,
    CLOSE_QUOTE,
    COMMENT,
    DIRECTIVE,
    HEREDOC_TEXT,
    IDENT,
    INTERPOLATION,
    LAST_BLANKS,
    NEWLINE,
    NUMBER,
    OPEN_HEREDOC,
    OPEN_QUOTE,
    QUOTED_TEXT,
    TEMPLATE_END,
    LexError,
    Token,
    lex,
    lex_line,
)
from ecsgen.render.rewrites import may_rewrite, rewrite


class Line(NamedTuple):
    """One line's parts, with the blanks between tokens but those before the parts left out."""

    lead: str
    lead_columns: int
    assign: str  # empty: no assignment
    assign_columns: int
    comment: str  # empty: no comment behind something else
    brackets: int  # opened less closed
    end: str  # the newline; where the file ends without one, the blanks there
    rewritable: bool


_BRACKETS = {"{": 1, "[": 1, "(": 1, INTERPOLATION: 1, DIRECTIVE: 1, "}": -1, "]": -1, ")": -1, TEMPLATE_END: -1}

# A line of the most usual form, by itself: a name and a simple value (group "value"), or one that opens brackets.
_SIMPLE = re.compile(
    r"""[ ]*(?P<name>[A-Za-z_][A-Za-z0-9_-]*|"[A-Za-z0-9_ .:/@-]*")[ ]*=[ ]*
    (?:(?P<value>"(?:[^"\\$%\r]|\\[^\r]|[$%](?!\{))*"
        |-?[0-9]+(?:\.[0-9]+)?
        |[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z_][A-Za-z0-9_-]*|\["[A-Za-z0-9_./:@-]*"\])*)
      |(?P<open>[\[{(]))""",
    re.VERBOSE,
).fullmatch

_KEPT_LINES = 100_000
_lines: dict[str, Line | None] = {}  # None: where this line ends depends on what follows


def format_hcl(text: str) -> str:
    """`text` as `terraform fmt` leaves it; what cannot be read as HCL comes back unchanged, for `verify` to refuse."""
    content = text.removeprefix("\ufeff")
    try:
        lines = _split(content)
        if any(line.rewritable for line in lines):
            lines = _lines_of(rewrite(lex(content)))
    except LexError:
        return text
    return _layout(lines)


def _split(text: str) -> list[Line]:
    if len(_lines) > _KEPT_LINES:
        _lines.clear()
    lines: list[Line] = []
    position = 0
    known = _lines.get
    while True:
        end = text.find("\n", position)
        if end < 0:
            break
        raw = text[position:end]
        line = known(raw)
        if line is None:
            line = None if raw in _lines else _read(raw)
            _lines[raw] = line
            if line is None:
                tokens, position = lex_line(text, position)
                lines += _lines_of(tokens)
                continue
        lines.append(line)
        position = end + 1
    if position < len(text):
        lines += _lines_of(lex_line(text, position)[0])
    return lines


def _read(raw: str) -> Line | None:
    """The parts of a line that ends where its text ends, or None."""
    match = _SIMPLE(raw)
    if match:
        name, value = match["name"], match["value"]
        if not value:
            lead = f"{name} = {match['open']}"
            return Line(lead, len(lead), "", 0, "", 1, "\n", False)
        if name != "type":
            return Line(name, len(name), f"= {value}", 0, "", 0, "\n", False)
    try:
        tokens, _ = lex_line(raw + "\n")
    except LexError:
        return None
    return _line(tokens)


def _lines_of(tokens: list[Token]) -> list[Line]:
    lines = []
    start = 0
    for index, (kind, word) in enumerate(tokens):
        if kind == NEWLINE or (kind == COMMENT and word[-1] == "\n"):
            lines.append(_line(tokens[start : index + 1]))
            start = index + 1
    if start < len(tokens):
        lines.append(_line(tokens[start:]))
    return lines


def _line(tokens: list[Token]) -> Line:
    rewritable = may_rewrite(tokens)
    kind, end = tokens[-1]
    if kind in (NEWLINE, LAST_BLANKS):
        tokens = tokens[:-1]
    else:
        end = ""
    comment = ""
    if kind != NEWLINE and tokens and tokens[-1][0] == COMMENT:
        word = tokens[-1][1]
        if word[-1] == "\n":  # a comment to the end of the line has the newline in it
            word, end = word[:-1], "\n"
        if len(tokens) == 1:
            return Line(word, 0, "", 0, "", 0, end, False)
        comment = word
        tokens = tokens[:-1]
    equal = _equal_sign(tokens)
    lead, lead_columns = _join(tokens[:equal])
    assign, assign_columns = _join(tokens[equal:])
    return Line(lead, lead_columns, assign, assign_columns, comment, _open_brackets(tokens, equal), end, rewritable)


def _equal_sign(tokens: list[Token]) -> int:
    """The index of the first equal sign if what follows it looks like a whole expression, otherwise behind the end."""
    for index, (kind, _) in enumerate(tokens):
        if kind == "=" and index:
            whole = sum(_BRACKETS.get(kind, 0) for kind, _ in tokens[index:]) == 0
            return index if whole else len(tokens)
    return len(tokens)


def _open_brackets(tokens: list[Token], equal: int) -> int:
    count = 0
    for index, (kind, _) in enumerate(tokens):
        count += _BRACKETS.get(kind, 0)
        if kind == OPEN_HEREDOC and index < equal:
            return count + sum(_BRACKETS.get(kind, 0) for kind, _ in tokens[equal:])
    return count


def _join(tokens: list[Token]) -> tuple[str, int]:
    """The tokens with the blanks that belong between them, and the columns they take."""
    text = ""
    columns = 0
    before = subject = ""
    for kind, word in tokens:
        if subject and _is_spaced(before, subject, kind):
            text += " "
            columns += 1
        text += word
        columns += len(word) if word.isascii() else _clusters(word)
        before, subject = subject, "in" if word == "in" and kind == IDENT else kind
    return text, columns


def _clusters(word: str) -> int:
    from ecsgen.render.graphemes import clusters

    return clusters(word)


# Behind these a minus is a sign; it has no blank behind it. Behind anything else it is subtraction.
_BEFORE_SIGN = frozenset(
    ["", "(", "{", "[", "=", ":", ",", "?", "+", "*", "/", "%", "-", "==", "!=", ">", ">=", "<", "<=", "&&", "||", "!"]
)


@cache
def _is_spaced(before: str, subject: str, after: str) -> bool:
    """Whether a blank stands between `subject` and `after`; `before` is the kind ahead of `subject`, or empty."""
    name = subject in (IDENT, "in")
    if (name and after in ("(", "::")) or (subject == "::" and after in (IDENT, "in")):
        return False
    if "." in (subject, after) or after in (",", "..."):
        return False
    if subject == ",":
        return True
    if subject in (QUOTED_TEXT, HEREDOC_TEXT, OPEN_QUOTE, OPEN_HEREDOC):
        return False
    if after in (QUOTED_TEXT, HEREDOC_TEXT, CLOSE_QUOTE, CLOSE_HEREDOC):
        return False
    if subject == "in" and before in (IDENT, "in"):
        return True
    if after == "[" and (name or subject == NUMBER or _BRACKETS.get(subject, 0) < 0):
        return False
    if subject == "!":
        return False
    if subject == "-":
        return before not in _BEFORE_SIGN
    if subject == "{" or after == "}":
        return (subject, after) != ("{", "}")
    if (subject in (INTERPOLATION, DIRECTIVE) and after == "{") or (subject == "}" and after == TEMPLATE_END):
        return True
    if subject == TEMPLATE_END and after in (INTERPOLATION, DIRECTIVE):
        return False
    return _BRACKETS.get(subject, 0) <= 0 <= _BRACKETS.get(after, 0)


def _layout(lines: list[Line]) -> str:
    out: list[str] = []
    columns: list[int] = []  # of each line without its comment; 0 where nobody asks
    indents: list[int] = []  # the brackets that each level of indent opened
    chain: list[tuple[str, Line]] = []
    commented = False
    for line in lines:
        lead, lead_columns, assign, _, comment, brackets, end, _ = line
        if brackets < 0:
            _dedent(indents, -brackets)
        margin = "  " * len(indents)
        if brackets > 0:
            indents.append(brackets)
        commented = commented or bool(comment)
        if assign:
            chain.append((margin, line))
            continue
        if chain:
            _align(chain, out, columns)
            chain = []
        out.append(f"{margin}{lead}{end}" if not comment else margin + lead) if lead else out.append(end)
        columns.append(len(margin) + lead_columns)
    if chain:
        _align(chain, out, columns)
    if commented:
        _add_comments(lines, out, columns)
    return "".join(out)


def _dedent(indents: list[int], closed: int) -> None:
    while closed > 0 and indents:
        opened = indents.pop()
        if closed < opened:
            indents.append(opened - closed)
        closed -= opened


def _align(chain: list[tuple[str, Line]], out: list[str], columns: list[int]) -> None:
    """Writes neighbouring assignments with their equal signs in one column."""
    width = max(len(margin) + line.lead_columns for margin, line in chain)
    for margin, line in chain:
        blanks = " " * (width - len(margin) - line.lead_columns + 1)
        out.append(f"{margin}{line.lead}{blanks}{line.assign}{'' if line.comment else line.end}")
        columns.append(width + 1 + line.assign_columns)


def _add_comments(lines: list[Line], out: list[str], columns: list[int]) -> None:
    start = 0
    while start < len(lines):
        end = start
        while end < len(lines) and lines[end].comment:
            end += 1
        width = max(columns[start:end], default=0)
        for index in range(start, end):
            out[index] += " " * (width - columns[index] + 1) + lines[index].comment + lines[index].end
        start = end + 1
