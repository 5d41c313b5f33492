"""An ECS cluster that other applications use too. Carried by the module `existing_cluster`.

Its capacity providers are not written: the list of them belongs to the whole cluster.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from ecsgen.problems import Finding


@dataclass(frozen=True, slots=True)
class ExistingClusterInputs:
    """Inputs of the module `existing_cluster`."""

    existing: ClassVar[bool] = True

    name: str


def check(written: set[str]) -> Iterator[Finding]:
    """Keys that say how a cluster is made, beside the name of one that is there. `written`: the keys of the cluster."""
    if "existing" not in written:
        if "capacity_provider" in written:
            yield Finding(
                ("cluster", "capacity_provider"),
                "EG435",
                "capacity_provider is one that a cluster has already, and this cluster is made by ecsgen",
                "name the cluster: existing: NAME; or have instances started: ec2: {instance_types: [m7g.large], max: 4}",
                on_key=True,
                reads=(("cluster", "existing"),),
            )
        return
    for key in sorted(written - {"existing", "capacity_provider"}):
        yield Finding(
            ("cluster", key),
            "EG435",
            f"{key} is for a cluster that ecsgen makes, and this one is there already",
            "remove it, or remove existing",
            on_key=True,
            reads=(("cluster", "existing"),),
        )
