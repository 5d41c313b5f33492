"""A document without the parts that could not be read, and where the rest of it is written."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ecsgen.description.document import Map, Node, Seq
from ecsgen.problems import Path


def taken(root: Node, path: Path) -> Path:
    """What is taken out for a broken value: the longest part of its path that is written, or the item of the first list.

    A shorthand has no keys of its own. An item without one of its keys would say something else, so it goes as a whole.
    """
    node: Node = root
    written: Path = ()
    for step in path:
        if isinstance(node, Map) and step in node:
            node = node[str(step)]
        elif isinstance(node, Seq) and isinstance(step, int) and step < len(node):
            return (*written, step)
        elif isinstance(node, Map) and step == 0:  # a single map that stands for a list of one
            continue
        else:
            break
        written = (*written, step)
    return written


def without(root: Map, paths: Iterable[Path]) -> Map:
    """The document without these parts. A list of which nothing is left goes too: an empty one can mean something."""
    below: dict[str, list[Path]] = {}
    for path in paths:
        below.setdefault(str(path[0]), []).append(path[1:])
    if not below:
        return root
    copied = root.copy()
    for key, rests in below.items():
        child = root.get(key)
        if isinstance(child, Map) and all(rests):
            copied[key] = without(child, rests)
        elif isinstance(child, Seq) and all(rests) and (kept := _items(child, {rest[0] for rest in rests})):
            copied[key] = kept
        else:
            copied.pop(key, None)
    return copied


def _items(items: Seq, broken: Collection[str | int]) -> Seq:
    kept = Seq(items.mark)
    for index, item in enumerate(items):
        if index not in broken:
            kept.append(item)
            kept.marks.append(items.marks[index])
    return kept


def as_written(path: Path, removed: Collection[Path]) -> Path:
    """A path in what is left as it is in the document: the items of a list have the numbers that they had."""
    written: Path = ()
    for step in path:
        if isinstance(step, int):
            step = _number(written, step, removed)
        written = (*written, step)
    return written


def _number(items: Path, place: int, removed: Collection[Path]) -> int:
    """Which item of a list stands at a place, counted without those that were taken out."""
    number = 0
    while place or (*items, number) in removed:
        place -= (*items, number) not in removed
        number += 1
    return number
