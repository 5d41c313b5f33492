"""Whether the tasks of all services fit onto the EC2 instances. It decides nothing that the module `ec2_capacity` is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ecsgen import instance_types
from ecsgen.fields import either
from ecsgen.instance_types import InstanceType
from ecsgen.problems import Finding, Path, Severity

TYPES: Path = ("cluster", "ec2", "instance_types")
MAX: Path = ("cluster", "ec2", "max")

RESERVED_PORTS = frozenset({22, 2375, 2376, 51678, 51679, 51680})
"""Ports of an instance for SSH, Docker and the ECS agent (PortMapping, hostPort)."""

Room = tuple[int, int, int, int]
"""What is left of an instance: CPU units, MiB, network interfaces, GPUs."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one service asks of the instances. `path` is the service's place, `count_path` that of its number of tasks.

    `count` and `most` are the tasks that run, and that run while a new version replaces the old one; both are for a
    daemon those on one instance. `interface`: each has a network interface of its own. `ports`: ports of the instance.
    """

    name: str
    path: Path
    count: int
    most: int
    count_path: Path
    cpu: int
    memory: int
    gpus: int
    architecture: str
    interface: bool
    ports: frozenset[int] = frozenset()
    daemon: bool = False

    @property
    def taken(self) -> Room:
        """What one task takes of an instance."""
        return self.cpu, self.memory, int(self.interface), self.gpus

    def fits(self, left: Room) -> int:
        """How many of its tasks fit into what is left of an instance; with ports of the instance one at most."""
        most = min((have // take for have, take in zip(left, self.taken, strict=True) if take), default=0)
        return max(min(most, 1) if self.ports or self.daemon else most, 0)


def check(names: Sequence[str], most_instances: int, loads: Sequence[Load]) -> Iterator[Finding]:
    """Tasks that fit no instance, or fewer than wanted. `names` are the instance types; unknown ones are left out."""
    kinds = [found for name in dict.fromkeys(names) if (found := instance_types.table().get(name))]
    for load in loads:
        if names and (architecture := instance_types.architecture(names[0])) != load.architecture:
            yield Finding(
                (*load.path, "arch"),
                "EG526",
                f"tasks of {load.name} are built for {load.architecture}, and the instances are {architecture}",
                f"write arch: {architecture}, or other instance types",
                reads=(TYPES, (*load.path, "arch")),
            )
    yield from _ports(loads)
    if len(kinds) < len(set(names)) or not kinds:
        return
    fitting = []
    for load in loads:
        too_small = [kind for kind in kinds if not load.fits(_whole(kind))]
        if len(too_small) == len(kinds):
            yield _fits_nowhere(load, max(kinds, key=lambda kind: (kind.task_memory, kind.vcpus)))
            continue
        fitting.append(load)
        if too_small:
            small = [kind.name for kind in too_small]
            yield Finding(
                TYPES,
                "EG524",
                f"a task of {load.name} ({load.cpu} CPU units, {load.memory} MiB) does not fit onto {', '.join(small)}, and ECS may start one of them for it",
                "list only instance types that every task fits onto",
                Severity.WARNING,
                reads=_size(load),
            )
    if len(fitting) == len(loads):
        yield from _numbers(kinds, most_instances, loads)


def _whole(kind: InstanceType) -> Room:
    return kind.cpu_units, kind.task_memory, kind.task_interfaces, kind.gpus


def _gpus(name: str) -> int:
    return instance_types.table()[name].gpus


def _size(load: Load) -> tuple[Path, ...]:
    return (TYPES, (*load.path, "cpu"), (*load.path, "memory"), (*load.path, "network"))


def _fits_nowhere(load: Load, largest: InstanceType) -> Finding:
    """Why, told by the largest of the instance types."""
    if load.gpus > largest.gpus:
        enough = next(
            (name for name in ("g5.xlarge", "g5.12xlarge", "g5.48xlarge") if _gpus(name) >= load.gpus), "p2.16xlarge"
        )
        return Finding(
            load.path,
            "EG523",
            f"a task of {load.name} wants {load.gpus} GPU{'s' if load.gpus > 1 else ''}, and {largest.name} has {largest.gpus}",
            f"use an instance type with as many, like {enough}",
            on_key=True,
            reads=_size(load),
        )
    return Finding(
        load.path,
        "EG523",
        f"a task of {load.name} ({load.cpu} CPU units, {load.memory} MiB) fits onto none of the instance types: "
        f"{largest.name} has {largest.cpu_units} CPU units and about {largest.task_memory} MiB for tasks",
        "lower the task's cpu or memory, or use a larger instance type",
        on_key=True,
        reads=_size(load),
    )


def _numbers(kinds: Sequence[InstanceType], most_instances: int, loads: Sequence[Load]) -> Iterator[Finding]:
    """All services together on the most instances, each of the type that holds most: large tasks first."""
    best = max(kinds, key=lambda kind: (kind.task_memory, kind.vcpus, kind.task_interfaces))
    whole = _less(_whole(best), *(load for load in loads if load.daemon))
    free = {whole: most_instances}
    others = sorted((load for load in loads if not load.daemon), key=lambda load: (-load.memory, -load.cpu, load.name))
    for load in others:
        free, missing = _put(load, free)
        if missing:
            yield _too_many(load, best, most_instances, f"cannot hold {_tasks(load)}")
            return
    for load in others:
        full = load.count >= most_instances if load.ports else not any(load.fits(left) for left in free)
        if load.count and load.most > load.count and full:
            yield _too_many(
                load,
                best,
                most_instances,
                f"can hold {_tasks(load)} and not one more, so a new version finds no room to start",
            )


def _tasks(load: Load) -> str:
    return f"the {load.count} tasks of {load.name}" if load.count != 1 else f"the task of {load.name}"


def _put(load: Load, free: dict[Room, int]) -> tuple[dict[Room, int], int]:
    """The instances, counted by what is left of them, after all tasks of a service; and the tasks without room."""
    after: dict[Room, int] = {}
    wanted = load.count
    for left, number in free.items():
        each = load.fits(left)
        filled = min(number, wanted // each) if each else 0
        wanted -= filled * each
        rest = min(wanted, each) if filled < number else 0
        wanted -= rest
        for instances, tasks in ((filled, each), (1 if rest else 0, rest), (number - filled - (1 if rest else 0), 0)):
            if instances:
                room = _less(left, *[load] * tasks)
                after[room] = after.get(room, 0) + instances
    return after, wanted


def _less(left: Room, *loads: Load) -> Room:
    cpu, memory, interfaces, gpus = left
    return (
        cpu - sum(load.cpu for load in loads),
        memory - sum(load.memory for load in loads),
        interfaces - sum(load.interface for load in loads),
        gpus - sum(load.gpus for load in loads),
    )


def _too_many(load: Load, kind: InstanceType, most_instances: int, what: str) -> Finding:
    whole = _whole(kind)
    alone = load.fits(whole)
    hints = ["raise cluster.ec2.max", "use larger instance types"]
    if load.interface and alone < replace(load, interface=False).fits(whole):
        hints.append("write network.mode: bridge")
        if kind.trunk_tasks != 0:
            hints.append("turn on the account setting awsvpcTrunking")
    many = "1 instance" if most_instances == 1 else f"{most_instances} instances"
    return Finding(
        load.count_path,
        "EG525",
        f"{many} of {kind.name} {what}; one instance alone takes {alone}",
        either(hints),
        Severity.WARNING,
        reads=(MAX, load.count_path, *_size(load)),
    )


def _ports(loads: Sequence[Load]) -> Iterator[Finding]:
    """Two services that want one port of the instance, or one that the instance keeps for itself."""
    taken: dict[int, str] = {}
    for load in loads:
        for port in sorted(load.ports):
            if port in RESERVED_PORTS:
                yield Finding(
                    (*load.path, "network", "mode"),
                    "EG537",
                    f"{load.name} wants port {port} of the instance, which ECS gives to no task",
                    "use another port, or network.mode: awsvpc or bridge",
                    reads=((*load.path, "port"), (*load.path, "ports"), (*load.path, "network")),
                )
            elif port in taken:
                yield Finding(
                    (*load.path, "network", "mode"),
                    "EG537",
                    f"{load.name} and {taken[port]} both want port {port} of the instance",
                    "give one of them another port, or use network.mode: awsvpc or bridge",
                    reads=((*load.path, "port"), (*load.path, "ports"), (*load.path, "network")),
                )
            taken.setdefault(port, load.name)
