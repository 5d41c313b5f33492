"""A task's size and platform. Carried by the module `task_definition`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from ecsgen.fields import Between, Cpu, MemoryMiB, Section, StorageGiB, one_of
from ecsgen.problems import Finding, Path

GB = 1024
FARGATE: dict[int, tuple[int, ...]] = {
    256: (512, 1 * GB, 2 * GB),
    512: tuple(range(1 * GB, 4 * GB + 1, GB)),
    1024: tuple(range(2 * GB, 8 * GB + 1, GB)),
    2048: tuple(range(4 * GB, 16 * GB + 1, GB)),
    4096: tuple(range(8 * GB, 30 * GB + 1, GB)),
    8192: tuple(range(16 * GB, 60 * GB + 1, 4 * GB)),
    16384: tuple(range(32 * GB, 120 * GB + 1, 8 * GB)),
}
"""CPU units -> MiB of memory that Fargate offers with it (Amazon ECS: task size)."""

CONTAINERS_LIMIT = 10
PLATFORMS = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}


class TaskKeys(Section):
    """The task that runs a service's containers."""

    cpu: Cpu = 256
    """The task's CPU: CPU units (256) or vCPUs (0.25)."""
    memory: MemoryMiB = 512
    """The task's memory: MiB (512) or with a unit (1 GB)."""
    arch: Annotated[Literal["x86_64", "arm64"], one_of("x86_64", "arm64")] = "x86_64"
    """CPU architecture; Fargate on arm64 is about a fifth cheaper."""
    storage: Annotated[StorageGiB, Between(21, 200, "GiB")] | None = None
    """Ephemeral storage in GiB; Fargate gives 20."""


@dataclass(frozen=True, slots=True)
class TaskInputs:
    """Inputs of the module `task_definition`. `containers`: name -> what the module takes for it."""

    family: str
    cpu: int
    memory: int
    cpu_architecture: str
    ephemeral_storage_gib: int | None
    execution_role_name: str
    task_role_name: str
    log_group_name: str
    log_retention_days: int
    log_kms_key_arn: str | None
    ecr_repositories: tuple[str, ...]
    containers: dict[str, dict[str, Any]]
    secret_kms_key_arns: tuple[str, ...]
    policy_arns: tuple[str, ...]
    statements: tuple[dict[str, Any], ...]
    permissions_boundary: str | None
    exec: bool


def sizes(cpu: int) -> str:
    """The memory that Fargate offers for this CPU, as a person reads it."""
    offered = FARGATE[cpu]
    if len(offered) <= 4:
        return ", ".join(map(str, offered))
    return f"{offered[0]} to {offered[-1]} in steps of {offered[1] - offered[0]}"


def check(task: TaskKeys, path: Path) -> Iterator[Finding]:
    """Pairs of CPU and memory that Fargate does not have."""
    cpu_path, memory_path = (*path, "cpu"), (*path, "memory")
    if task.cpu not in FARGATE:
        yield Finding(
            cpu_path,
            "EG305",
            f"Fargate has no tasks of {task.cpu} CPU units",
            f"write one of {', '.join(map(str, FARGATE))}",
        )
        return
    if task.memory not in FARGATE[task.cpu]:
        fitting = [cpu for cpu, memories in FARGATE.items() if task.memory in memories]
        other = f", or cpu: {fitting[0]}" if fitting else ""
        yield Finding(
            memory_path,
            "EG305",
            f"Fargate has no tasks of {task.cpu} CPU units with {task.memory} MiB of memory",
            f"write memory: {sizes(task.cpu)}{other}",
            reads=(cpu_path,),
        )


def check_shares(
    task: TaskKeys, limits: dict[str, tuple[Path, int | None, int | None, int | None]], path: Path
) -> Iterator[Finding]:
    """Container limits over the task's size. `limits`: container -> its path, CPU, memory and memory reservation."""
    sized = ((*path, "cpu"), (*path, "memory"))
    for name, (place, cpu, memory, reservation) in limits.items():
        here = (*place, "limits")
        if cpu is not None and cpu > task.cpu:
            yield Finding(
                (*here, "cpu"),
                "EG306",
                f"container {name} wants {cpu} CPU units, and the task has {task.cpu}",
                f"write at most {task.cpu}, or raise the task's cpu",
                reads=sized,
            )
        for key, amount in (("memory", memory), ("memory_reservation", reservation)):
            if amount is not None and amount > task.memory:
                yield Finding(
                    (*here, key),
                    "EG306",
                    f"container {name} wants {amount} MiB, and the task has {task.memory}",
                    f"write at most {task.memory}, or raise the task's memory",
                    reads=sized,
                )
    for key, what, unit, size, column in (
        ("cpu", "CPU", "units", task.cpu, 1),
        ("memory", "memory", "MiB", task.memory, 3),
    ):
        amounts = {name: entry[column] or (entry[2] if column == 3 else None) or 0 for name, entry in limits.items()}
        total = sum(amount for amount in amounts.values() if isinstance(amount, int))
        if total > size and all(isinstance(amount, int) and amount <= size for amount in amounts.values()):
            yield Finding(
                (*path, key),
                "EG306",
                f"the containers together want {total} {unit} of {what}, and the task has {size}",
                f"lower a container's limits, or raise {key}",
            )


def check_containers(essential: dict[str, bool], path: Path) -> Iterator[Finding]:
    """How many containers a task takes, and that one of them is essential."""
    if len(essential) > CONTAINERS_LIMIT:
        yield Finding(
            (*path, "sidecars"),
            "EG307",
            f"the task has {len(essential)} containers, and ECS takes {CONTAINERS_LIMIT}",
            "join or remove some",
        )
    if not any(essential.values()):
        yield Finding(
            path,
            "EG308",
            "no container of the task is essential",
            "remove essential: false from one of them",
            on_key=True,
        )
