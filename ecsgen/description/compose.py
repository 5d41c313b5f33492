"""From YAML's events to plain data with marks.

Works on the event stream of PyYAML with a stack of its own: depth, aliases and size are counted before
anything is built from them, so no input makes it recurse, and an alias costs what it expands to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn

import yaml

from ecsgen.description.document import TOP, Map, Mark, Node, Seq
from ecsgen.description.syntax import explain
from ecsgen.problems import DescriptionError, Problem, shorten
from ecsgen.scalars import Plain, is_null

MAX_DEPTH = 50
MAX_NODES = 300_000
"""Keys, values, maps and lists, aliases counted with all they stand for: seven times what 1,000 services take."""
MAX_PROBLEMS = 100

_CORE = "tag:yaml.org,2002:"
_TEXT_TAGS = frozenset({"!", f"{_CORE}str"})
_PLAIN_TAGS = frozenset({f"{_CORE}int", f"{_CORE}float", f"{_CORE}bool", f"{_CORE}null"})
_MERGE = Plain("<<")
"""The merge key itself, told from the text "<<" by identity."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Stop(Exception):
    """The problem just added makes it useless to read on."""


@dataclass(slots=True)
class _Anchored:
    node: Node
    nodes: int
    height: int


@dataclass(slots=True)
class _Frame:
    """A map or list that is being read."""

    node: Map | Seq
    mark: Mark
    anchor: str | None
    nodes: int = 1
    height: int = 1
    has_key: bool = False
    key: str | None = None
    """The key whose value comes next; None when the key could not be used, and its value is dropped."""
    key_mark: Mark = TOP
    repeated: bool = False
    """Whether `key` stands in the map already: of the new value only what the first does not have is kept."""
    merges: list[tuple[Node, Mark]] = field(default_factory=list)


def compose(text: str, name: str, lines: tuple[str, ...]) -> tuple[Map, list[Problem]]:
    """The root map of a YAML text, and problems that leave the rest of it readable (a key twice, a strange tag).

    Raises DescriptionError with all problems found so far where nothing more can be read.
    """
    return _Composer(name, lines).run(text)


class _Composer:
    def __init__(self, name: str, lines: tuple[str, ...]) -> None:
        self.name = name
        self.lines = lines
        self.problems: list[Problem] = []
        self.stack: list[_Frame] = []
        self.anchors: dict[str, _Anchored | None] = {}
        self.nodes = 0
        self.root: Node = None
        self.root_mark = Mark(1, 1)

    def run(self, text: str) -> tuple[Map, list[Problem]]:
        try:
            self._read(text)
            if self.root is None:
                self._add("EG002", self.root_mark, "the description is empty", "`ecsgen init` writes a first one")
            elif not isinstance(self.root, Map):
                what = "a list" if isinstance(self.root, Seq) else "a single text"
                self._add(
                    "EG011",
                    self.root_mark,
                    f"a description is a map of keys, and this is {what}",
                    "begin with `name: …`",
                )
            else:
                return self.root, self.problems
        except yaml.MarkedYAMLError as error:
            self.problems.append(explain(error, self.name, self.lines))
        except _Stop:
            pass
        raise DescriptionError(self.problems) from None

    def _read(self, text: str) -> None:
        documents = 0
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.ScalarEvent):
                self._scalar(event)
            elif isinstance(event, yaml.MappingStartEvent):
                self._open(Map(_mark(event)), event)
            elif isinstance(event, yaml.SequenceStartEvent):
                self._open(Seq(_mark(event)), event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._close()
            elif isinstance(event, yaml.AliasEvent):
                self._alias(event)
            elif isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._stop(
                        "EG011",
                        _mark(event),
                        "a second YAML document begins here",
                        "keep one description in a file; remove the ---",
                    )

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        mark = _mark(event)
        text: str = event.value
        value: Node
        tag = event.tag
        if tag is None:
            value = text if event.style else Plain(text)
        elif tag in _TEXT_TAGS:
            value = text
        else:
            if tag not in _PLAIN_TAGS:
                self._refuse_tag(tag, mark)
            value = Plain(text)
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchored(value, 1, 0)
        self._count(mark, 1)
        self._deliver(value, mark, 1, 0)

    def _open(self, node: Map | Seq, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        tag = event.tag
        if tag is not None and tag not in {"!", f"{_CORE}{'map' if isinstance(node, Map) else 'seq'}"}:
            self._refuse_tag(tag, node.mark)
        self._deepen(node.mark, 1)
        self._count(node.mark, 1)
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        self.stack.append(_Frame(node, node.mark, event.anchor))

    def _close(self) -> None:
        frame = self.stack.pop()
        if isinstance(frame.node, Map):
            for value, mark in frame.merges:
                self._merge(frame.node, value, mark)
        if frame.anchor is not None:
            self.anchors[frame.anchor] = _Anchored(frame.node, frame.nodes, frame.height)
        self._deliver(frame.node, frame.mark, frame.nodes, frame.height)

    def _alias(self, event: yaml.AliasEvent) -> None:
        mark = _mark(event)
        name = event.anchor or ""
        if name not in self.anchors:
            hint = f"write &{name} where its value stands first, or put quotes around a text that begins with *"
            self._stop("EG010", mark, f"the alias *{name} has no anchor before it", hint)
        target = self.anchors[name]
        if target is None:
            self._stop("EG010", mark, f"the alias *{name} stands for a part that holds itself", "write the value out")
        self._deepen(mark, target.height)
        self._count(mark, target.nodes)
        self._deliver(target.node, mark, target.nodes, target.height)

    def _deliver(self, value: Node, mark: Mark, nodes: int, height: int) -> None:
        """A finished value to the map or list that holds it; `value` is still Plain where it is null."""
        if not self.stack:
            self.root = None if is_null(value) else value
            self.root_mark = mark
            return
        frame = self.stack[-1]
        frame.nodes += nodes
        frame.height = max(frame.height, height + 1)
        node = frame.node
        if isinstance(node, Seq):
            node.append(None if is_null(value) else value)
            node.marks.append(mark)
        elif not frame.has_key:
            frame.has_key = True
            frame.key = self._key(node, frame.merges, value, mark)
            frame.key_mark = mark
            frame.repeated = frame.key is not None and frame.key is not _MERGE and frame.key in node
        else:
            frame.has_key = False
            if frame.key is _MERGE:
                frame.merges.append((value, mark))
            elif frame.repeated:
                _complete(node, str(frame.key), value)
            elif frame.key is not None:
                node.put(frame.key, None if is_null(value) else value, (frame.key_mark, mark))

    def _key(self, node: Map, merges: list[tuple[Node, Mark]], value: Node, mark: Mark) -> str | None:
        """The key as it was written, whatever type YAML would give it; None when it cannot be one."""
        if not isinstance(value, str) or is_null(value):
            what = "nothing (null)" if is_null(value) else "a list" if isinstance(value, Seq) else "a map"
            self._add(
                "EG009",
                mark,
                f"a key is text, and this one is {what}",
                "write a name before the colon, in quotes if need be",
            )
            return None
        if value == "<<" and isinstance(value, Plain):
            if merges:
                self._add(
                    "EG007", mark, "the merge key << stands twice in one map", "write one with a list: <<: [*a, *b]"
                )
            return _MERGE
        if value in node:
            first = node.marks[value][0]
            where = f"line {first.line}" if first.line != mark.line else f"column {first.column}"
            self._add(
                "EG007",
                mark,
                f"the key {shorten(value)} stands twice in this map, first in {where}",
                "remove one of them, or give it another name",
            )
        return str(value)

    def _merge(self, target: Map, value: Node, mark: Mark) -> None:
        """Keys of `<<` that the map does not write itself; of several sources the first one wins."""
        sources = value if isinstance(value, Seq) else [value]
        for source in sources:
            if not isinstance(source, Map):
                self._add(
                    "EG010",
                    mark,
                    "a merge key takes a map or a list of maps",
                    "write <<: *NAME, where &NAME stands at a map",
                )
                return
            for key, part in source.items():
                if key not in target:
                    target.put(key, part, source.marks[key])

    def _count(self, mark: Mark, nodes: int) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            what = "the aliases expand the description to" if nodes > 1 else "the description has"
            self._stop("EG004", mark, f"{what} more than {MAX_NODES:,} values", "describe fewer things in one file")

    def _deepen(self, mark: Mark, height: int) -> None:
        if len(self.stack) + height > MAX_DEPTH:
            self._stop(
                "EG004",
                mark,
                f"the description is nested deeper than {MAX_DEPTH} levels",
                "no description needs that; check the brackets and the indentation",
            )

    def _refuse_tag(self, tag: str, mark: Mark) -> None:
        shown = tag.replace(_CORE, "!!")
        self._add(
            "EG008", mark, f"the tag {shorten(shown)} is not possible here", "remove it and write the value itself"
        )

    def _add(self, code: str, mark: Mark, message: str, hint: str) -> None:
        if mark.line > len(self.lines):  # libyaml puts the end of "---" into the next line
            mark = Mark(len(self.lines), len(self.lines[-1]) + 1)
        source = self.lines[mark.line - 1]
        self.problems.append(Problem(self.name, mark.line, mark.column, code, message, hint, source=source))
        if len(self.problems) >= MAX_PROBLEMS:
            raise _Stop

    def _stop(self, code: str, mark: Mark, message: str, hint: str) -> NoReturn:
        self._add(code, mark, message, hint)
        raise _Stop


def _complete(node: Map, key: str, value: Node) -> None:
    """Of a key that stands twice: what the second value has and the first has not, so that it hides no other problem."""
    first = node[key]
    if isinstance(first, Map) and isinstance(value, Map):
        whole = first.copy()  # the first may be shared by an alias
        for part, below in value.items():
            whole.put(part, below, value.marks[part]) if part not in whole else _complete(whole, part, below)
        node[key] = whole


def _mark(event: yaml.Event) -> Mark:
    start = event.start_mark
    return Mark(start.line + 1, start.column + 1) if start else TOP
