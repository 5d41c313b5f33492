"""A pull request that changes one number in the description changes one line in the Terraform of each root."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from descriptions import check, render

from ecsgen.description.document import Document, Map, Mark, Node, Seq
from ecsgen.description.load import load
from ecsgen.scalars import Plain

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*/ecsgen.yaml"))
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?=$| ?(?:vCPU|MB|GB|s|m|h)$)")
CHANGES = (
    lambda n: n + 1,
    lambda n: n - 1,
    lambda n: n * 2,
    lambda n: n // 2,
    lambda n: n / 2,
    lambda n: n + 35,
    lambda n: n + 60,
    lambda n: n + 1024,
)
"""Some other number; one of these is possible wherever the examples have one."""


def numbers(node: Node, mark: Mark, path: str = "") -> Iterator[tuple[str, Mark, str]]:
    """Path, place and text of every number without quotes."""
    if isinstance(node, Map):
        for key, value in node.items():
            yield from numbers(value, node.marks[key][1], f"{path}.{key}" if path else key)
    elif isinstance(node, Seq):
        for index, item in enumerate(node):
            yield from numbers(item, node.marks[index], f"{path}[{index}]")
    elif isinstance(node, Plain) and NUMBER.match(node):
        yield path, mark, str(node)


PLACES = [
    pytest.param(document, mark, text, id=f"{example.parent.name}-{path}")
    for example in EXAMPLES
    for document in [load(example)]
    for path, mark, text in numbers(document.root, document.root.mark)
]


def changed(document: Document, mark: Mark, text: str) -> str | None:
    """The description with another number that is possible there."""
    for change in CHANGES:
        other = NUMBER.sub(lambda found, change=change: str(change(int(found[0]))), text, count=1)
        lines = list(document.lines)
        line = lines[mark.line - 1]
        assert line[mark.column - 1 :].startswith(text)
        lines[mark.line - 1] = line[: mark.column - 1] + other + line[mark.column - 1 + len(text) :]
        if not check("\n".join(lines)).errors:
            return "\n".join(lines)
    return None


@pytest.mark.parametrize(("document", "mark", "text"), PLACES)
def test_one_line_changes(document: Document, mark: Mark, text: str) -> None:
    other = changed(document, mark, text)
    assert other is not None, "no other number is possible here"
    before, after = render("\n".join(document.lines)), render(other)
    assert before.keys() == after.keys()
    differences = {}
    for path, now in after.items():
        lines = [line for line in difflib.ndiff(before[path].splitlines(), now.splitlines()) if line[0] in "+-"]
        if lines:
            differences.setdefault(path.partition("/")[0], []).extend(lines)
    assert differences
    for root, lines in differences.items():
        assert [line[0] for line in lines] == ["-", "+"], (root, lines)
