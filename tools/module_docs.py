"""Writes the tables of inputs and outputs into each module's README; `--check` only says which are out of date.

The text between the two markers is generated from `variables.tf` and `outputs.tf`; the rest of a README is by hand.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import hcl2
from hcl2.query.attributes import AttributeView
from hcl2.query.blocks import BlockView
from hcl2.query.body import DocumentView

MODULES = Path(__file__).resolve().parent.parent / "modules"
BEGIN = "<!-- begin: written by tools/module_docs.py from variables.tf and outputs.tf -->"
END = "<!-- end: written by tools/module_docs.py -->"
SECTION = re.compile(r"^## (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Variable:
    """An input. `type` and `default` are HCL as written; `default` is None where a value is required."""

    name: str
    type: str
    default: str | None
    description: str


@dataclass(frozen=True, slots=True)
class Output:
    """An output."""

    name: str
    description: str


def variables(module: Path) -> list[Variable]:
    """The inputs of the module in that folder, in the order of the file."""
    return [
        Variable(
            name=name,
            type=attributes.get("type", "any"),
            default=attributes.get("default"),
            description=attributes.get("description", '""')[1:-1],
        )
        for name, attributes in _blocks(module / "variables.tf", "variable")
    ]


def outputs(module: Path) -> list[Output]:
    """The outputs of the module in that folder, in the order of the file."""
    return [
        Output(name=name, description=attributes.get("description", '""')[1:-1])
        for name, attributes in _blocks(module / "outputs.tf", "output")
    ]


def sections(file: Path) -> list[str]:
    """The headings of a Terraform file (comments that begin with `## `), in their order."""
    return SECTION.findall(file.read_text(encoding="utf-8"))


def modules() -> list[Path]:
    """The folder of every module, by name."""
    return sorted(path.parent for path in MODULES.glob("*/main.tf"))


def documented(module: Path) -> str:
    """The README of the module as it should be. Raises ValueError when its markers are missing."""
    text = (module / "README.md").read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{module.name}/README.md has no place for the tables; add the lines {BEGIN} and {END}")
    return before + BEGIN + "\n\n" + "\n".join(_tables(module)) + "\n\n" + END + after


def main(arguments: list[str] | None = None) -> int:
    """Write every README, or check them; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 when a README is out of date")
    check: bool = parser.parse_args(arguments).check
    stale = 0
    for module in modules():
        readme = module / "README.md"
        text = documented(module)
        if text == readme.read_text(encoding="utf-8"):
            continue
        stale += 1
        if check:
            print(f"modules/{module.name}/README.md is out of date; run python tools/module_docs.py", file=sys.stderr)
        else:
            readme.write_text(text, encoding="utf-8")
            print(f"wrote modules/{module.name}/README.md")
    return 1 if check and stale else 0


def _blocks(file: Path, kind: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Each block's label, and its attributes as they are written."""
    text = file.read_text(encoding="utf-8")
    for block in cast("list[BlockView]", DocumentView(hcl2.parses(text)).blocks(kind)):
        attributes = cast("list[AttributeView]", block.attributes())
        yield block.name_labels[0], {item.name: _source(text, item) for item in attributes}


def _source(text: str, attribute: AttributeView) -> str:
    """The value of an attribute as it stands in the file, without the indent of its block."""
    place = cast("Any", attribute.raw)._meta
    value = text[place.start_pos : place.end_pos].partition("=")[2].strip()
    return re.sub(r"^  ", "", value, flags=re.MULTILINE)


def _tables(module: Path) -> Iterator[str]:
    inputs = variables(module)
    yield from ("## Inputs", "", "| name | type | default | description |", "| --- | --- | --- | --- |")
    for item in inputs:
        kind = f"[see below](#{item.name})" if "\n" in item.type else _code(item.type)
        default = "required" if item.default is None else _code(" ".join(item.default.split()))
        yield f"| `{item.name}` | {kind} | {default} | {_cell(item.description)} |"
    for item in inputs:
        if "\n" in item.type:
            yield from ("", f"### {item.name}", "", "```hcl", item.type, "```")
    yield from ("", "## Outputs", "", "| name | description |", "| --- | --- |")
    for output in outputs(module):
        yield f"| `{output.name}` | {_cell(output.description)} |"


def _code(text: str) -> str:
    return f"`{_cell(text)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
