"""A description as it was written: plain data, and for every part of it the place in the file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeAlias

from ecsgen.problems import MESSAGE_LIMIT, Finding, Path, Problem, shorten


class Mark(NamedTuple):
    """A place in the file; both count from 1, columns in characters."""

    line: int
    column: int


TOP = Mark(1, 1)

Node: TypeAlias = "Map | Seq | str | None"
"""A scalar is `Plain` when it was written without quotes, `str` otherwise, None for YAML's null."""


class Map(dict[str, Node]):
    """A mapping. `mark` is where it begins; `marks` holds for each key the places of the key and of its value.

    A part that came in by an alias or a merge key keeps the place where it was written. Parts may be
    shared between maps: nothing changes a document once it is loaded.
    """

    __slots__ = ("mark", "marks")

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self.mark = mark
        self.marks: dict[str, tuple[Mark, Mark]] = {}

    def put(self, key: str, value: Node, marks: tuple[Mark, Mark]) -> None:
        """Set a key with its places."""
        self[key] = value
        self.marks[key] = marks

    def copy(self) -> Map:
        """A map of its own with the same parts."""
        copied = Map(self.mark)
        copied.update(self)
        copied.marks.update(self.marks)
        return copied


class Seq(list[Node]):
    """A list. `mark` is where it begins; `marks` holds the place of each item."""

    __slots__ = ("mark", "marks")

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self.mark = mark
        self.marks: list[Mark] = []


@dataclass(frozen=True)
class Document:
    """A loaded description: its data, its file's name as messages show it, and its text for the caret."""

    name: str
    root: Map
    lines: tuple[str, ...] = field(repr=False)
    problems: tuple[Problem, ...] = field(default=(), repr=False)
    """What is wrong with the file as such, though all of it could be read; `examine` reports it with the rest."""

    def with_root(self, root: Map) -> Document:
        """The same file with other data, as an overlay makes it."""
        return replace(self, root=root)

    def place(self, path: Path, *, on_key: bool = False) -> Mark:
        """The place of a path: of a scalar or a list's item itself, of a map or list its key.

        `on_key` gives the key in any case. A path that was not written gives its nearest parent that was.
        """
        node: Node = self.root
        mark = self.root.mark
        for step in path:
            if isinstance(node, Map) and isinstance(step, str) and step in node:
                key_mark, value_mark = node.marks[step]
                node = node[step]
                mark = key_mark if on_key or not isinstance(node, str) else value_mark
            elif isinstance(node, Seq) and isinstance(step, int) and 0 <= step < len(node):
                mark = node.marks[step]
                node = node[step]
            elif not (isinstance(node, Map) and step == 0):  # a single map may stand for a list of one
                break
        return mark

    def to_problem(self, finding: Finding) -> Problem:
        """A room's finding with its place in this file."""
        mark = self.place(finding.path, on_key=finding.on_key)
        return Problem(
            file=self.name,
            line=mark.line,
            column=mark.column,
            code=finding.code,
            # Values that a message quotes may hold line ends, commands to a terminal, or whole files.
            message=shorten(finding.message, MESSAGE_LIMIT),
            hint=shorten(finding.hint, MESSAGE_LIMIT),
            severity=finding.severity,
            source="" if finding.sensitive or "secrets" in finding.path else self.source(mark.line),
        )

    def source(self, line: int) -> str:
        """A line of the file as it stands there, without its end; empty when there is no such line."""
        return self.lines[line - 1] if 0 < line <= len(self.lines) else ""


def split_lines(text: str) -> tuple[str, ...]:
    """The lines as YAML counts them: str.splitlines would also split at form feeds and the like."""
    return tuple(re.split(r"\r\n|\r|\n", text))
