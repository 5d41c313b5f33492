"""The tokens of HCL native syntax, as HashiCorp's own scanner (hclsyntax) cuts them, for the formatter.

Only what formatting needs: on text that is not valid HCL it may cut other tokens than Terraform would.
"""

from __future__ import annotations

import re

Token = tuple[str, str]
"""A kind and the text as it stands in the file. Punctuation and operators are their own kind."""

IDENT = "identifier"
NUMBER = "number"
COMMENT = "comment"
NEWLINE = "newline"
LAST_BLANKS = "blanks before the end of the file"
OPEN_QUOTE = "open quote"
CLOSE_QUOTE = "close quote"
QUOTED_TEXT = "quoted text"
OPEN_HEREDOC = "open heredoc"
CLOSE_HEREDOC = "close heredoc"
HEREDOC_TEXT = "heredoc text"
INTERPOLATION = "${"
DIRECTIVE = "%{"
TEMPLATE_END = "end of ${ or %{"

# Outside of text and comments, a character that is not ASCII can only belong to an identifier.
_NAME = r"[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff-]*"
_CODE = re.compile(
    rf"""[ \t]*(?:
    (?P<identifier>{_NAME})
    | (?P<number>[0-9](?:[0-9.]|[eE][+-]?[0-9])*(?<!\.))
    | (?P<newline>\r?\n)
    | (?P<comment>\#[^\n]*\n?|//[^\n]*\n?|/\*[\s\S]*?\*/)
    | (?P<heredoc><<-?(?P<marker>{_NAME})\r?\n)
    | (?P<symbol>==|!=|>=|<=|&&|\|\||::|\.\.\.|=>|~\}}|/(?!\*)|[\[\](){{}}.,*%+\-=<>!?:&|~^;`'"])
    )""",
    re.VERBOSE,
)
_LAST_BLANKS = re.compile(r"[ \t]+\Z")
# `$${` and a `$` without brace are text; HashiCorp's scanner makes them tokens of their own.
_QUOTED = re.compile(r"""(?P<end>")|(?P<open>[$%]\{~?)|(?P<text>\$\$\{~?|%%\{~?|[$%]|(?:\\[^\r\n]|[^$%"\\\r\n])+)""")
_HEREDOC = re.compile(r"(?P<text>(?:\$\$\{~?|%%\{~?|[$%](?!\{)|[^$%\n])+\n?|\n)|(?P<open>[$%]\{~?)")
# What Go's bytes.TrimSpace takes off the line with a heredoc's end marker.
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


OPENING = frozenset({"{", "[", "(", OPEN_QUOTE, OPEN_HEREDOC, INTERPOLATION, DIRECTIVE})
CLOSING = frozenset({"}", "]", ")", CLOSE_QUOTE, CLOSE_HEREDOC, TEMPLATE_END})


class LexError(ValueError):
    """The text is not valid HCL, for a reason that stands at `offset`."""

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(reason)
        self.offset = offset


def lex_line(text: str, start: int = 0) -> tuple[list[Token], int]:
    """The tokens from `start` to the first end of line outside of strings, heredocs and comments, and where that is."""
    tokens: list[Token] = []
    # What is open around `position`, innermost last: '"', a heredoc's marker, or (a number) the braces
    # that are open within a `${` or `%{`.
    around: list[str | int] = []
    position, end = start, len(text)
    while position < end:
        inner = around[-1] if around else 0
        if inner == '"':
            position = _quoted(text, position, tokens, around)
        elif isinstance(inner, str):
            position = _heredoc(text, position, tokens, around)
        else:
            match = _CODE.match(text, position)
            if not match:
                if _LAST_BLANKS.match(text, position) and not around:
                    tokens.append((LAST_BLANKS, " " * (end - position)))
                    break
                raise LexError(_reason(text, position), position)
            position = match.end()
            kind, word = match.lastgroup or "", match[match.lastgroup or 0]
            if kind == "symbol":
                kind = _symbol(word, around)
            elif kind == "heredoc":
                kind = OPEN_HEREDOC
                around.append(match["marker"])
            tokens.append((kind, word))
            if word[-1] == "\n" and not around and kind in (NEWLINE, COMMENT):
                return tokens, position
    if around:
        marker = next((opened for opened in reversed(around) if isinstance(opened, str)), '"')
        raise LexError("the string is not closed" if marker == '"' else f"the heredoc {marker} is not closed", start)
    return tokens, end


def lex(text: str) -> list[Token]:
    """All tokens of `text`."""
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        line, position = lex_line(text, position)
        tokens += line
    return tokens


def _reason(text: str, position: int) -> str:
    rest = text[position:].lstrip(" \t")
    return "the comment is not closed" if rest.startswith("/*") else f"unexpected {rest[:1]!r}"


def _symbol(word: str, around: list[str | int]) -> str:
    braces = around[-1] if around else 0
    if word == '"':
        around.append('"')
        return OPEN_QUOTE
    if word == "~}":
        if around and braces == 0:
            around.pop()
        return TEMPLATE_END
    if around and word == "}":
        if braces == 0:
            around.pop()
            return TEMPLATE_END
        around[-1] = int(braces) - 1
    elif around and word == "{":
        around[-1] = int(braces) + 1
    return word


def _quoted(text: str, position: int, tokens: list[Token], around: list[str | int]) -> int:
    match = _QUOTED.match(text, position)
    if not match:
        raise LexError("the line ends within a string", position)
    word = match.group()
    if match.lastgroup == "end":
        around.pop()
        tokens.append((CLOSE_QUOTE, word))
    elif match.lastgroup == "open":
        around.append(0)
        tokens.append((word[:2], word))
    else:
        tokens.append((QUOTED_TEXT, word))
    return match.end()


def _heredoc(text: str, position: int, tokens: list[Token], around: list[str | int]) -> int:
    match = _HEREDOC.match(text, position)
    if not match:
        raise LexError("the heredoc is not closed", position)
    word = match.group()
    kind, before = tokens[-1]
    at_line_start = kind == OPEN_HEREDOC or (kind == HEREDOC_TEXT and before[-1] == "\n")
    if match.lastgroup == "open":
        around.append(0)
        tokens.append((word[:2], word))
    elif at_line_start and word[-1] == "\n" and word.strip(_SPACE) == around[-1]:
        around.pop()
        marker = word[:-2] if word.endswith("\r\n") else word[:-1]
        tokens.append((CLOSE_HEREDOC, marker))
        return position + len(marker)
    else:
        tokens.append((HEREDOC_TEXT, word))
    return match.end()
