"""Where a description refers to the team's own Terraform: every `{ref: …}`, with its path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ecsgen.fields import Section
from ecsgen.hcl import Reference
from ecsgen.problems import Path


def references(node: Any, path: Path = ()) -> Iterator[tuple[Path, Reference]]:
    """The references below a section, or any value of one, with their paths as a user writes them."""
    if isinstance(node, Reference):
        yield path, node
    elif isinstance(node, Section):
        for name, field in type(node).model_fields.items():
            yield from references(getattr(node, name), (*path, field.alias or name))
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from references(value, (*path, key))
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from references(item, (*path, index))
