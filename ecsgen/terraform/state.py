"""What Terraform manages already: the answer of `terraform state pull`, without any value.

Source: Terraform's state, version 4, which OpenTofu writes too. `terraform show -json` has the same in a format that is
promised, but loads the provider to print it: seconds for every question.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ecsgen.errors import TerraformError
from ecsgen.terraform.labels import label

VERSION = 4


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
    """The managed resources, sorted by address; empty for a state that does not exist.

    Raises TerraformError for a version that this version of ecsgen does not know.
    """
    if data and data.get("version") != VERSION:
        raise TerraformError(
            "the state cannot be read",
            why=f"its version is {data.get('version')}, and ecsgen knows version {VERSION}",
            hint="update ecsgen, or use the Terraform version that its documentation names",
        )
    return tuple(sorted(_instances(data), key=lambda resource: resource.address))


def _instances(data: Mapping[str, Any]) -> Iterator[Managed]:
    for item in data.get("resources", []):
        if item.get("mode") != "managed":
            continue
        module, kind, name = (str(item.get(key, "")) for key in ("module", "type", "name"))
        for instance in item.get("instances", []):
            if "deposed" not in instance:
                key = instance.get("index_key")
                yield Managed(
                    address=f"{module + '.' if module else ''}{kind}.{name}{'' if key is None else f'[{_quoted(key)}]'}",
                    module=module,
                    type=kind,
                    name=name,
                    key=key,
                    tainted=instance.get("status") == "tainted",
                )


def _quoted(key: str | int) -> str:
    """An instance's key as Terraform writes it in addresses."""
    if isinstance(key, int):
        return str(key)
    return json.dumps(key, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
