"""What `terraform fmt` rewrites beside blanks: syntax from before Terraform 0.12 (its internal/command/fmt.go).

An argument that is only an interpolation loses it (`"${x}"` becomes `x`), old type constraints become
current ones (`type = "list"` becomes `list(string)`), and the labels of blocks are quoted.
"""

from __future__ import annotations

import re
import unicodedata

from ecsgen.render.lexer import (
    CLOSE_QUOTE,
    CLOSING,
    COMMENT,
    IDENT,
    INTERPOLATION,
    LAST_BLANKS,
    NEWLINE,
    OPEN_QUOTE,
    OPENING,
    QUOTED_TEXT,
    TEMPLATE_END,
    Token,
)

_plain_label = re.compile(r"[A-Za-z0-9_ .:/-]*").fullmatch
_ESCAPE = re.compile(r'\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([nrt"\\]))|\$\$(?=\{)|%%(?=\{)')
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_ESCAPES = {character: f"\\{letter}" for letter, character in _ESCAPED.items()}


def may_rewrite(tokens: list[Token]) -> bool:
    """Whether anything in the tokens of one line could be such syntax; often enough it is not after all."""
    kinds = [kind for kind, _ in tokens]
    for index, kind in enumerate(kinds):
        if kind == "=" and index:
            value = _skip_comments(tokens, index + 1)
            if kinds[value : value + 2] == [OPEN_QUOTE, INTERPOLATION]:
                return True
            is_type = tokens[index - 1] == (IDENT, "type") and value < len(tokens)
            if is_type and (kinds[value] == OPEN_QUOTE or tokens[value][1] in ("list", "map", "set")):
                return True
    index = 1
    while index < len(kinds) and kinds[index] in (IDENT, OPEN_QUOTE, CLOSE_QUOTE, QUOTED_TEXT, COMMENT):
        if kinds[index] in (IDENT, COMMENT) or (kinds[index] == QUOTED_TEXT and not _plain_label(tokens[index][1])):
            return kinds[0] == IDENT
        index += 1
    return False


def rewrite(tokens: list[Token]) -> list[Token]:
    """The tokens of a whole file with such syntax replaced."""
    out: list[Token] = []
    _body(tokens, 0, (), out)
    return out


def _body(tokens: list[Token], index: int, blocks: tuple[str, ...], out: list[Token]) -> int:
    """Copies a body up to, and without, the brace that closes it; gives the index of that."""
    while index < len(tokens):
        kind, word = tokens[index]
        if kind == "}":
            return index
        out.append(tokens[index])
        index += 1
        if kind != IDENT:
            continue
        following = _skip_comments(tokens, index)
        if following < len(tokens) and tokens[following][0] == "=":
            start = _skip_comments(tokens, following + 1)
            out += tokens[index:start]
            end, index = _expression(tokens, start)
            replace = _type if blocks == ("variable",) and word == "type" else _value
            out += replace(tokens[start:end])
            out += tokens[end:index]
        else:
            index = _header(tokens, index, out)
            index = _body(tokens, index, (*blocks, word), out)
            out += tokens[index : index + 1]
            index += 1
    return index


def _skip_comments(tokens: list[Token], index: int) -> int:
    while index < len(tokens) and tokens[index][0] == COMMENT:
        index += 1
    return index


def _expression(tokens: list[Token], start: int) -> tuple[int, int]:
    """Where the expression at `start` ends, without and with the comments after it."""
    depth = 0
    end = index = start
    while index < len(tokens):
        kind, word = tokens[index]
        if depth == 0 and (kind in (NEWLINE, LAST_BLANKS, "}") or (kind == COMMENT and word[-1] == "\n")):
            break
        depth += (kind in OPENING) - (kind in CLOSING)
        index += 1
        if kind != COMMENT:
            end = index
    return end, index


def _header(tokens: list[Token], index: int, out: list[Token]) -> int:
    """Copies a block's labels, quoted, and its opening brace; comments before the last label are lost."""
    after_labels = index
    while index < len(tokens) and tokens[index][0] != "{":
        if tokens[index][0] in (NEWLINE, "="):
            break  # not a block
        label, size = _label(tokens, index)
        out += label
        index += size
        if label:
            after_labels = index
    out += tokens[after_labels : index + 1]
    return index + 1


def _label(tokens: list[Token], index: int) -> tuple[list[Token], int]:
    kind, word = tokens[index]
    if kind == IDENT:
        return _quoted(word), 1
    if kind != OPEN_QUOTE:
        return [], 1
    size = 1
    while index + size < len(tokens) and tokens[index + size - 1][0] != CLOSE_QUOTE:
        size += 1
    if size > 3:  # a label of several pieces of text is one that Terraform's formatter drops
        return [], size
    text = "".join(text for _, text in tokens[index + 1 : index + size - 1])
    return _quoted(unicodedata.normalize("NFC", _ESCAPE.sub(_unescape, text))), size


def _unescape(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    if code:
        return chr(int(code, 16))
    return _ESCAPED[match[3]] if match[3] else match.group()[0]


def _quoted(text: str) -> list[Token]:
    escaped = "".join(_ESCAPES.get(character) or _visible(character) for character in text)
    escaped = escaped.replace("${", "$${").replace("%{", "%%{")
    return [(OPEN_QUOTE, '"'), *([(QUOTED_TEXT, escaped)] if escaped else []), (CLOSE_QUOTE, '"')]


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"


def _value(tokens: list[Token]) -> list[Token]:
    """`tokens` without the quotes and braces of an interpolation that is the whole of it."""
    kinds = [kind for kind, _ in tokens]
    if len(tokens) < 5 or [*kinds[:2], *kinds[-2:]] != [OPEN_QUOTE, INTERPOLATION, TEMPLATE_END, CLOSE_QUOTE]:
        return tokens
    inside = tokens[2:-2]
    quotes = 0
    for kind, _ in inside:
        quotes += (kind == OPEN_QUOTE) - (kind == CLOSE_QUOTE)
        if quotes <= 0 and kind in (INTERPOLATION, TEMPLATE_END, QUOTED_TEXT):
            return tokens
    while inside and inside[0][0] == NEWLINE:
        inside = inside[1:]
    while inside and inside[-1][0] == NEWLINE:
        inside = inside[:-1]
    in_parentheses = bool(inside) and inside[0][0] == "(" and inside[-1][0] == ")"
    if any(kind == NEWLINE for kind, _ in inside) and not in_parentheses:
        return [("(", "("), *inside, (")", ")")]
    return inside


def _type(tokens: list[Token]) -> list[Token]:
    if len(tokens) == 1 and tokens[0] in ((IDENT, "list"), (IDENT, "map"), (IDENT, "set")):
        return [*tokens, ("(", "("), (IDENT, "any"), (")", ")")]
    if [kind for kind, _ in tokens] == [OPEN_QUOTE, QUOTED_TEXT, CLOSE_QUOTE]:
        name = tokens[1][1]
        if name == "string":
            return [(IDENT, name)]
        if name in ("list", "map"):
            return [(IDENT, name), ("(", "("), (IDENT, "string"), (")", ")")]
    return tokens
