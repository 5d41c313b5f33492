"""What YAML's own errors mean in plain words: PyYAML's two parsers speak differently, and of tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecsgen.problems import Problem

if TYPE_CHECKING:
    import yaml

_INDENTATION = "check that the line is indented with spaces, exactly like the lines it belongs to"
_QUOTE = 'put quotes around a text that holds ": ", " #" or begins with a special character'

# In the order in which they are tried: a piece of what PyYAML says, what is wrong, what to write instead.
_WORDS: tuple[tuple[str, str, str], ...] = (
    ("mapping values are not allowed", "a colon stands where no key can be", f"{_QUOTE}; or {_INDENTATION}"),
    (
        "sequence entries are not allowed",
        "a list item stands where none can be",
        "begin each item of a list on its own line",
    ),
    ("mapping keys are not allowed", "a key stands where none can be", _INDENTATION),
    (
        "could not find expected ':'",
        "a key without a colon",
        'write "key: value", with a space after the colon; or check the indentation',
    ),
    (
        "unknown escape character",
        "an unknown escape after a backslash",
        "write \\\\ for a backslash, or use single quotes",
    ),
    ("hexdecimal number", "an escape with too few digits", "write \\x and 2 digits, \\u and 4, or \\U and 8"),
    ("hexadecimal number", "an escape with too few digits", "write \\x and 2 digits, \\u and 4, or \\U and 8"),
    (
        "invalid Unicode character escape",
        "an escape that is not a character",
        "write the character itself, or \\U and 8 digits",
    ),
    ("unexpected document", "a document ends (--- or ...) inside a quoted text", "close the quote, or indent the line"),
    ("comment or line break", "text stands behind | or >", "begin the text on the next line, indented"),
    ("chomping or", "text stands behind | or >", "begin the text on the next line, indented"),
    ("unexpected ':'", "a colon without a space behind it", "write a space behind it, or put the text in quotes"),
    (
        "indentation indicator",
        "the number behind | or > is not from 1 to 9",
        "remove it, or write the number of spaces",
    ),
    (
        "',' or ']'",
        "a list in [ ] is not closed, or a comma is missing",
        "write a comma between items and a ] behind the last",
    ),
    (
        "',' or '}'",
        "a map in { } is not closed, or a comma is missing",
        "write a comma between entries and a } behind the last",
    ),
    ("alphabetic or numeric character", "* and & begin an alias or an anchor, and no name follows", _QUOTE),
    ("expected key", "this line does not fit the lines above it", f"{_INDENTATION}; {_QUOTE}"),
    ("'-' indicator", "this line does not fit the list above it", f"begin it with a hyphen, or {_INDENTATION}"),
    ("<block end>", "this line does not fit the lines above it", f"{_INDENTATION}; {_QUOTE}"),
    ("node content", "a value is missing here", "write a value, or put quotes around special characters"),
    ("document start", "text stands behind the end of the description", _INDENTATION),
    ("tag handle", "! begins a tag, and this one is not known", "put quotes around a text that begins with !"),
    ("URI", "! begins a tag, and this one is not valid", "put quotes around a text that begins with !"),
    (
        "directive",
        "a line that begins with % is a directive, and this one is not valid",
        "put quotes around a text that begins with %",
    ),
)

_CHARACTERS = {
    "\t": ("a tab stands where YAML wants spaces", "indent with spaces"),
    "@": ("a text cannot begin with @", "put it in quotes"),
    "`": ("a text cannot begin with `", "put it in quotes"),
    "%": ("a text cannot begin with %", "put it in quotes"),
}


def explain(error: yaml.MarkedYAMLError, name: str, lines: tuple[str, ...]) -> Problem:
    """A syntax error of PyYAML as a Problem: where it is, what is wrong, what to write."""
    mark = error.problem_mark or error.context_mark
    said = error.problem or error.context or "not valid YAML"
    context = error.context or ""
    at = _character(mark, lines)
    if "end of stream" in said and "quoted" in context:
        mark = error.context_mark
        what, hint = "a quote is opened here and never closed", "close it"
    elif at in _CHARACTERS and ("cannot start any token" in said or at == "\t"):
        what, hint = _CHARACTERS[at]
    else:
        what, hint = next(((what, hint) for piece, what, hint in _WORDS if piece in said), (said, _INDENTATION))
        if "simple key" in context:
            mark = error.context_mark
        elif "flow" in context and error.context_mark and mark and error.context_mark.line < mark.line:
            what += f" (it began in line {error.context_mark.line + 1})"
    line = min(mark.line, len(lines) - 1) if mark else 0
    column = mark.column if mark and mark.line == line else len(lines[line])
    return Problem(name, line + 1, column + 1, "EG005", f"this is not valid YAML: {what}", hint, source=lines[line])


def _character(mark: yaml.Mark | None, lines: tuple[str, ...]) -> str:
    return lines[mark.line][mark.column : mark.column + 1] if mark and mark.line < len(lines) else ""
