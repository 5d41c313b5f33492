"""What Terraform manages already: the answer of `terraform show -json` without a plan, without any value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ecsgen.terraform.labels import label


@dataclass(frozen=True, slots=True)
class Managed:
    """A resource instance in the state. Terraform destroys and creates a tainted one in the next apply."""

    address: str
    module: str
    type: str
    name: str
    key: str | int | None
    tainted: bool

    @property
    def label(self) -> str:
        """What to call it in a sentence."""
        return label(self.address, self.module, self.type, self.name, self.key)


def parse(data: Mapping[str, Any]) -> tuple[Managed, ...]:
    """The managed resources, sorted by address; empty for a state that does not exist."""
    root = (data.get("values") or {}).get("root_module") or {}
    return tuple(sorted(_walk(root), key=lambda resource: resource.address))


def _walk(module: Mapping[str, Any]) -> Iterator[Managed]:
    for item in module.get("resources", []):
        if item.get("mode") == "managed" and "deposed_key" not in item:
            yield Managed(
                address=str(item["address"]),
                module=str(module.get("address", "")),
                type=str(item.get("type", "")),
                name=str(item.get("name", "")),
                key=item.get("index"),
                tainted=bool(item.get("tainted")),
            )
    for child in module.get("child_modules", []):
        yield from _walk(child)
