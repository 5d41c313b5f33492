"""One container of a task: what a service's main container and its sidecars have in common.

Carried by the module `task_definition`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from ecsgen.fields import (
    Between,
    Cpu,
    Fixed,
    Int,
    MemoryMiB,
    Pattern,
    Port,
    Seconds,
    Section,
    Text,
    Variable,
    Word,
    Words,
    one_of,
)
from ecsgen.hcl import Reference
from ecsgen.problems import Finding, Path

FARGATE_STOP_TIMEOUT = 120
"""Seconds that Fargate waits at most between SIGTERM and SIGKILL."""
CONDITIONS = ("START", "HEALTHY", "COMPLETE", "SUCCESS")

ENV_FILE = Pattern(
    r"arn:aws[a-z-]*:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/\S+\.env",
    "the ARN of an S3 object that ends in .env",
    "write it like arn:aws:s3:::BUCKET/web.env",
)
PORT_NAME = Pattern(
    r"[a-z0-9_][a-z0-9_-]{0,63}", "a port's name", "use lower-case letters, digits, hyphens and underscores"
)


class Limits(Section):
    """This container's share of the task."""

    cpu: Cpu | None = None
    """CPU units that the container has for itself when others want them too."""
    memory: Annotated[MemoryMiB, Between(6, 10**6, "MiB")] | None = None
    """Hard limit: the container is killed above it."""
    memory_reservation: Annotated[MemoryMiB, Between(6, 10**6, "MiB")] | None = None
    """Soft limit: memory kept for the container."""
    gpu: Annotated[Int, Between(1, 16, "GPUs")] | None = None
    """GPUs of the instance that the container has for itself; not on Fargate."""


class NamedPort(Section):
    """One more port that the container listens on."""

    port: Port
    """The port's number."""
    protocol: Annotated[Literal["tcp", "udp"], one_of("tcp", "udp")] = "tcp"
    """`tcp` or `udp`."""
    name: Annotated[Fixed, PORT_NAME] | None = None
    """A name that other parts can refer to."""


def _port(value: Any) -> Any:
    return {"port": value} if isinstance(value, str) else value


class ContainerKeys(Section):
    """What every container takes beside its image, its secrets and its health check."""

    command: Words | None = None
    """Arguments in place of the image's CMD; a list, or a text split at spaces."""
    entrypoint: Words | None = None
    """Program in place of the image's ENTRYPOINT."""
    workdir: Word | None = None
    """Working directory."""
    user: Word | None = None
    """User, as name, uid, or uid:gid."""
    stop_timeout: Annotated[Seconds, Between(0, 86_400, "seconds")] | None = None
    """Seconds between SIGTERM and SIGKILL; ECS takes 30. On Fargate at most 120."""
    limits: Limits = Limits()
    """This container's CPU and memory inside the task."""
    port: Port | None = None
    """The main port, over TCP."""
    ports: list[Annotated[NamedPort, BeforeValidator(_port)]] = []
    """More ports."""
    env: dict[Variable, Text] = {}
    """Environment variables, as written."""
    env_files: list[Annotated[Text, ENV_FILE]] = []
    """ARNs of S3 objects with environment variables."""
    depends_on: dict[Fixed, Annotated[Literal["START", "HEALTHY", "COMPLETE", "SUCCESS"], one_of(*CONDITIONS)]] = {}
    """Containers to wait for, and until when: START, HEALTHY, COMPLETE or SUCCESS."""


def ports(container: ContainerKeys) -> list[dict[str, Any]]:
    """All ports, the main one first: what a load balancer uses when none is named."""
    first = [{"container_port": container.port}] if container.port is not None else []
    main = first_port(container)
    return first + [
        {
            "container_port": port.port,
            **({"protocol": port.protocol} if port.protocol != "tcp" else {}),
            **({"name": port.name} if port.name else {}),
        }
        for port in sorted(container.ports, key=lambda port: (port.port, port.protocol) != (main, "tcp"))
    ]


def first_port(container: ContainerKeys) -> int | None:
    """The port that a load balancer uses when none is named: the first one over TCP."""
    if container.port is not None:
        return container.port
    return next((port.port for port in container.ports if port.protocol == "tcp"), None)


def check(container: ContainerKeys, path: Path, on_ec2: bool = False) -> Iterator[Finding]:
    """What ECS would refuse about one container, on Fargate more than on EC2."""
    limits = container.limits
    if limits.gpu is not None and not on_ec2:
        yield Finding((*path, "limits", "gpu"), "EG326", "Fargate has no GPUs", "remove gpu", on_key=True)
    if (
        limits.memory is not None
        and limits.memory_reservation is not None
        and limits.memory_reservation > limits.memory
    ):
        yield Finding(
            (*path, "limits", "memory_reservation"),
            "EG320",
            f"the soft limit ({limits.memory_reservation} MiB) is over the hard one ({limits.memory} MiB)",
            f"write at most {limits.memory}",
            reads=((*path, "limits", "memory"),),
        )
    if not on_ec2 and container.stop_timeout is not None and container.stop_timeout > FARGATE_STOP_TIMEOUT:
        yield Finding(
            (*path, "stop_timeout"),
            "EG103",
            f"{container.stop_timeout} seconds is out of range",
            f"write a number from 0 to {FARGATE_STOP_TIMEOUT} seconds: Fargate waits no longer",
        )
    if len(container.env_files) > 10:
        yield Finding(
            (*path, "env_files"),
            "EG321",
            f"{len(container.env_files)} files are more than the 10 that ECS reads",
            "join some of them",
        )
    for key, words in (("command", container.command), ("entrypoint", container.entrypoint)):
        if words is not None and not words:
            yield Finding(
                (*path, key), "EG322", f"{key} is empty", f"write a word, or remove {key} to use the image's own"
            )
    workdir = None if isinstance(container.workdir, Reference) else container.workdir
    if workdir is not None and not workdir.startswith("/"):
        yield Finding((*path, "workdir"), "EG323", f'"{workdir}" is not an absolute path', f"write /{workdir}")


def check_task_ports(containers: Mapping[str, tuple[Path, ContainerKeys]], *, shared: bool = True) -> Iterator[Finding]:
    """A port or a port's name used twice in a task. `shared`: they have one network, as in every mode but bridge."""
    used: dict[tuple[str, int, str], str] = {}
    used_names: set[str] = set()
    for name, (path, container) in containers.items():
        for index, port in enumerate(container.ports):
            if port.name is not None and port.name in used_names:
                yield Finding(
                    (*path, "ports", index, "name"),
                    "EG325",
                    f'the name "{port.name}" is used twice in this task',
                    "give each port its own name",
                )
            used_names.add(port.name or "")
        places: list[tuple[Path, int, str]] = []
        if container.port is not None:
            places.append(((*path, "port"), container.port, "tcp"))
        places += [
            ((*path, "ports", index, "port"), port.port, port.protocol) for index, port in enumerate(container.ports)
        ]
        for place, number, protocol in places:
            key = ("" if shared else name, number, protocol)
            if key in used:
                other = used[key]
                whose = "twice in this container" if other == name else f"by container {other} too"
                yield Finding(
                    place,
                    "EG324",
                    f"port {number} is used {whose}, and containers of a task share their ports",
                    "use another port",
                )
            used.setdefault(key, name)


def check_balanced(container: ContainerKeys, path: Path) -> Iterator[Finding]:
    """The load balancer's port, open for UDP too: ECS refuses the service, for it cannot tell which of the two is meant."""
    number = first_port(container)
    for index, port in enumerate(container.ports):
        if port.protocol == "udp" and port.port == number:
            yield Finding(
                (*path, "ports", index, "port"),
                "EG324",
                f"port {number} gets requests from the load balancer, and ECS does not take it for UDP too",
                "use another port",
            )


def inputs(container: ContainerKeys) -> dict[str, Any]:
    """The container's part of what the module takes, without what is not set."""
    limits = container.limits
    values: dict[str, Any] = {
        "entry_point": container.entrypoint,
        "command": container.command,
        "working_directory": container.workdir,
        "user": container.user,
        "cpu": limits.cpu,
        "memory": limits.memory,
        "memory_reservation": limits.memory_reservation,
        "gpu_count": limits.gpu,
        "ports": ports(container),
        "environment": dict(sorted(container.env.items())),
        "environment_files": container.env_files,
        "depends_on": dict(sorted(container.depends_on.items())),
        "stop_timeout": container.stop_timeout,
    }
    return {key: value for key, value in values.items() if value is not None and value not in ({}, [])}
