"""EC2 instance types: how much CPU, memory and how many network interfaces and GPUs each has, and what of it tasks get.

The table is `instance_types.csv`. Its sizes are those that EC2's DescribeInstanceTypes gives, as moto 5.2.5 records
them. `interfaces` counts those of the first network card and all others together. `trunk_tasks` is how many tasks with an
interface of their own fit when the account setting `awsvpcTrunking` is on ("Supported Amazon EC2 instance types for
increased Amazon ECS container network interfaces", an edition of 2023): 0 where trunking is not offered, empty where
that edition does not know the type.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_suffix(".csv")
_XEN = re.compile(r"c[134]|cc2|cr1|d2|f1|g[23]|g3s|hs?1|i[23]|m[1-4]|p[23]|r[34]|t[12]|x1e?")
"""Families before the Nitro system ("Instances built on the AWS Nitro System")."""
_FAMILY = re.compile(r"([a-z]+)(\d+)([a-z]*)")


@dataclass(frozen=True, slots=True)
class InstanceType:
    """One type. Memory in MiB; `trunk_tasks` None: not known."""

    name: str
    vcpus: int
    memory: int
    interfaces: int
    architecture: str
    gpus: int
    trunk_tasks: int | None

    @property
    def cpu_units(self) -> int:
        """CPU units for tasks: all of them, for the agent asks for none."""
        return self.vcpus * 1024

    @property
    def task_memory(self) -> int:
        """MiB for tasks, near enough: the kernel keeps a twentieth or less, and the system and the agent 64 MiB."""
        return self.memory * 95 // 100 - 64

    @property
    def task_interfaces(self) -> int:
        """Tasks with an interface of their own without trunking: the first interface is the instance's."""
        return self.interfaces - 1


@cache
def table() -> dict[str, InstanceType]:
    """Every type that is known, by name."""
    with _TABLE.open(encoding="ascii", newline="") as file:
        return {
            row["type"]: InstanceType(
                row["type"],
                int(row["vcpus"]),
                int(row["memory_mib"]),
                int(row["interfaces"]),
                row["architecture"],
                int(row["gpus"]),
                int(row["trunk_tasks"]) if row["trunk_tasks"] else None,
            )
            for row in csv.DictReader(file)
        }


def architecture(name: str) -> str:
    """`x86_64` or `arm64`; of a type that is not in the table, what its name says (a g behind the generation: Graviton)."""
    if found := table().get(name):
        return found.architecture
    family = _FAMILY.match(name)
    return "arm64" if family and "g" in family[3] else "x86_64"


def has_gpus(name: str) -> bool:
    """Whether a type has NVIDIA GPUs; of a type that is not in the table, what its name says."""
    if found := table().get(name):
        return found.gpus > 0
    return re.match(r"(?:p|g|gr)\d", name) is not None


def is_nitro(name: str) -> bool:
    """Whether a type is built on the Nitro system, as all newer ones are."""
    family, _, size = name.partition(".")
    return not _XEN.fullmatch(family) or (family == "i3" and size.startswith("metal"))
