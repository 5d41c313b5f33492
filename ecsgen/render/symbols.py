"""What a Terraform file declares and refers to, with line numbers, for `verify`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ecsgen.render.lexer import (
    CLOSE_QUOTE,
    CLOSING,
    COMMENT,
    IDENT,
    NEWLINE,
    NUMBER,
    OPEN_QUOTE,
    OPENING,
    QUOTED_TEXT,
    Token,
    lex,
)


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a block: its line, and its value if that is a plain quoted text."""

    line: int
    text: str | None


@dataclass(frozen=True, slots=True)
class Block:
    """A block at the top of a file. Lines count from 1."""

    kind: str
    labels: tuple[str, ...]
    line: int
    arguments: Mapping[str, Argument]


@dataclass(frozen=True, slots=True)
class Reference:
    """A traversal such as `module.web.arn`, as its names without indexes."""

    line: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Symbols:
    """What one file declares, and what it refers to."""

    blocks: tuple[Block, ...]
    references: tuple[Reference, ...]


# What these refer to need not exist (any more, or yet).
_HISTORY = frozenset({"moved", "removed", "import"})
_ROOTS = frozenset({"module", "var", "local", "data"})


def read_symbols(text: str) -> Symbols:
    """The declarations and references in `text`; raises LexError when it is not valid HCL."""
    tokens = [(kind, word) for kind, word in lex(text) if kind != COMMENT or word[-1] == "\n" or "\n" in word]
    lines = list(_line_numbers(tokens))
    blocks: list[Block] = []
    references: list[Reference] = []
    index = 0
    while index < len(tokens):
        if tokens[index][0] != IDENT:
            index += 1
            continue
        end = _item_end(tokens, index)
        block = _block(tokens, lines, index, end)
        if block:
            blocks.append(block)
        if not block or block.kind not in _HISTORY:
            references += _references(tokens, lines, index, end)
        index = end
    return Symbols(tuple(blocks), tuple(references))


def _line_numbers(tokens: list[Token]) -> Iterator[int]:
    line = 1
    for _, word in tokens:
        yield line
        line += word.count("\n")


def _item_end(tokens: list[Token], start: int) -> int:
    """The end of the argument or block at `start`: the end of the line on which its brackets are closed."""
    depth = 0
    for index in range(start, len(tokens)):
        kind, word = tokens[index]
        depth += (kind in OPENING) - (kind in CLOSING)
        if depth <= 0 and (kind == NEWLINE or (kind == COMMENT and word[-1] == "\n")):
            return index
    return len(tokens)


def _block(tokens: list[Token], lines: list[int], start: int, end: int) -> Block | None:
    labels = []
    index = start + 1
    while index < end and tokens[index][0] in (IDENT, OPEN_QUOTE, QUOTED_TEXT, CLOSE_QUOTE):
        kind, word = tokens[index]
        if kind in (IDENT, QUOTED_TEXT):
            labels.append(word)
        index += 1
    if index >= end or tokens[index][0] != "{":
        return None
    arguments: dict[str, Argument] = {}
    index += 1
    while index < end:
        kind, name = tokens[index]
        if kind != IDENT:
            index += 1
            continue
        if tokens[index + 1 : index + 2] == [("=", "=")]:
            arguments.setdefault(name, Argument(lines[index], _text(tokens[index + 2 : index + 6])))
        index = _item_end(tokens[:end], index)
    return Block(tokens[start][1], tuple(labels), lines[start], arguments)


def _text(value: list[Token]) -> str | None:
    """The text of a value that is a quoted text and nothing else; `value` goes on behind it."""
    kinds = [kind for kind, _ in value]
    if kinds[:3] == [OPEN_QUOTE, QUOTED_TEXT, CLOSE_QUOTE] and kinds[3:4] in ([], [NEWLINE], [COMMENT], ["}"]):
        return value[1][1]
    return None


def _references(tokens: list[Token], lines: list[int], start: int, end: int) -> Iterator[Reference]:
    for index in range(start, end - 1):
        kind, word = tokens[index]
        if kind != IDENT or tokens[index + 1][0] != "." or (index and tokens[index - 1][0] == "."):
            continue
        if word in _ROOTS or word.startswith("aws_"):
            yield Reference(lines[index], tuple(_names(tokens, index, end)))


def _names(tokens: list[Token], index: int, end: int) -> Iterator[str]:
    yield tokens[index][1]
    index += 1
    while index < end - 1:
        kind, following = tokens[index][0], tokens[index + 1]
        if kind == "." and following[0] == IDENT:
            yield following[1]
            index += 2
        elif kind == "." and following[0] in (NUMBER, "*"):
            index += 2
        elif kind == "[":
            index = _closed(tokens, index)
        else:
            return


def _closed(tokens: list[Token], index: int) -> int:
    """The index behind the bracket that closes the one at `index`."""
    depth = 0
    while index < len(tokens):
        kind = tokens[index][0]
        depth += (kind in OPENING) - (kind in CLOSING)
        index += 1
        if depth == 0:
            break
    return index
