"""A task's size and platform. Carried by the module `task_definition`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from ecsgen.fields import Between, Cpu, MemoryMiB, Section, StorageGiB, either, one_of
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
DEFINITION_LIMIT = 64 * 1024
"""Bytes of a registered task definition (Amazon ECS service quotas)."""
PLATFORMS = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}


class TaskKeys(Section):
    """The task that runs a service's containers."""

    cpu: Cpu = 256
    """The task's CPU: CPU units (256) or vCPUs (0.25); on EC2 any number from 128."""
    memory: MemoryMiB = 512
    """The task's memory: MiB (512) or with a unit (1 GB)."""
    arch: Annotated[Literal["x86_64", "arm64"], one_of("x86_64", "arm64")] = "x86_64"
    """CPU architecture; Fargate on arm64 is about a fifth cheaper."""
    storage: Annotated[StorageGiB, Between(21, 200, "GiB")] | None = None
    """Ephemeral storage in GiB; Fargate gives 20."""


@dataclass(frozen=True, slots=True)
class TaskInputs:
    """Inputs of the module `task_definition`. `containers`: name -> what the module takes for it.

    `ecr_images` and `named_policy_arns` are references: what they stand for is not known here.
    """

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
    volumes: dict[str, dict[str, Any]]
    ecr_images: tuple[str, ...]
    containers: dict[str, dict[str, Any]]
    secret_kms_key_arns: tuple[str, ...]
    policy_arns: tuple[str, ...]
    named_policy_arns: dict[str, str]
    statements: tuple[dict[str, Any], ...]
    permissions_boundary: str | None
    exec: bool
    on_ec2: bool = False
    network_mode: str = "awsvpc"
    log_router: dict[str, Any] = field(default_factory=dict)


def sizes(cpu: int) -> str:
    """The memory that Fargate offers for this CPU, as a person reads it."""
    offered = FARGATE[cpu]
    if len(offered) <= 4:
        return either([str(memory) for memory in offered])
    return f"{offered[0]} to {offered[-1]} in steps of {offered[1] - offered[0]}"


def check(task: TaskKeys, path: Path, on_ec2: bool = False) -> Iterator[Finding]:
    """Pairs of CPU and memory that Fargate does not have, and sizes that EC2 does not take."""
    cpu_path, memory_path = (*path, "cpu"), (*path, "memory")
    if on_ec2:
        yield from _check_on_ec2(task, path)
        return
    if task.cpu not in FARGATE:
        yield Finding(
            cpu_path,
            "EG305",
            f"Fargate has no tasks of {task.cpu} CPU units",
            f"write {either([str(cpu) for cpu in FARGATE])}",
        )
        return
    if task.memory not in FARGATE[task.cpu]:
        fitting = [cpu for cpu, memories in FARGATE.items() if task.memory in memories]
        other = f", or cpu: {min(fitting, key=lambda cpu: abs(cpu - task.cpu))}" if fitting else ""
        yield Finding(
            memory_path if "memory" in task.model_fields_set else cpu_path,
            "EG305",
            f"Fargate has no tasks of {task.cpu} CPU units with {task.memory} MiB of memory",
            f"write memory: {sizes(task.cpu)}{other}",
            reads=(cpu_path,),
        )


def _check_on_ec2(task: TaskKeys, path: Path) -> Iterator[Finding]:
    for key, size, low, high, unit in (
        ("cpu", task.cpu, 128, 196_608, "CPU units"),
        ("memory", task.memory, 6, 32 * GB * GB, "MiB"),
    ):
        if not low <= size <= high:
            yield Finding(
                (*path, key), "EG528", f"EC2 has no tasks of {size} {unit}", f"write a number from {low} to {high}"
            )
    if task.storage is not None:
        yield Finding(
            (*path, "storage"),
            "EG532",
            "on EC2 all tasks share the instance's volume",
            "remove storage, and set cluster.ec2.volume",
            on_key=True,
            reads=((*path, "capacity"), (*path, "daemon")),
        )


@dataclass(frozen=True, slots=True)
class Shares:
    """What one container takes of the task: CPU units, MiB at most, MiB reserved. `path` is the container's place."""

    path: Path
    cpu: int | None
    memory: int | None
    reservation: int | None

    def kept(self, key: str) -> int:
        """What ECS keeps free for the container, of "cpu" or of "memory"."""
        return (self.cpu if key == "cpu" else self.reservation or self.memory) or 0


def check_shares(task: TaskKeys, shares: dict[str, Shares], path: Path) -> Iterator[Finding]:
    """Container limits over the task's size."""
    for name, share in shares.items():
        here = (*share.path, "limits")
        for key, amount, size, unit in (
            ("cpu", share.cpu, task.cpu, "CPU units"),
            ("memory", share.memory, task.memory, "MiB"),
            ("memory_reservation", share.reservation, task.memory, "MiB"),
        ):
            if amount is not None and amount > size:
                whole = "cpu" if key == "cpu" else "memory"
                yield Finding(
                    (*here, key),
                    "EG306",
                    f"container {name} wants {amount} {unit}, and the task has {size}",
                    f"write at most {size}, or raise the task's {whole}",
                    reads=((*path, whole),),
                )
    for key, size, unit in (("cpu", task.cpu, "CPU units"), ("memory", task.memory, "MiB")):
        amounts = [share.kept(key) for share in shares.values()]
        if sum(amounts) > size and max(amounts) <= size:
            yield Finding(
                (*path, key),
                "EG306",
                f"the containers together want {sum(amounts)} {unit}, and the task has {size}",
                f"lower a container's limits, or raise {key}",
                reads=((*path, key),),
            )


def check_size(content: object, path: Path) -> Iterator[Finding]:
    """The size of the registered task definition. `content` is what the description puts into it, as JSON."""
    size = len(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())
    if size > DEFINITION_LIMIT:
        yield Finding(
            (*path, "env"),
            "EG340",
            f"the task definition would have {size // 1024} KB or more, and ECS takes {DEFINITION_LIMIT // 1024}",
            "move variables to an env file in S3",
            on_key=True,
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
            reads=((*path, "essential"), (*path, "sidecars")),
        )
