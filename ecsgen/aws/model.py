"""What AWS answered, as frozen snapshots: the only shapes that watching, waiting and diagnosing work on.

A field that AWS leaves out is None, "" or 0. Names and meanings are those of the Amazon ECS and Elastic Load Balancing
API References; `answers.py` reads them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Watched:
    """A service to watch: its key in the description, the name ECS knows it by, and the revision it should run.

    `task_definition` is an ARN or "family:revision"; None accepts whatever the service says.
    """

    key: str
    name: str
    task_definition: str | None = None


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment of a service. `state` is IN_PROGRESS, COMPLETED or FAILED; counts are tasks."""

    id: str
    status: str
    state: str
    reason: str
    task_definition: str
    desired: int
    running: int
    pending: int
    failed: int
    created: datetime | None


@dataclass(frozen=True, slots=True)
class ServiceEvent:
    """A line the ECS scheduler wrote about a service."""

    id: str
    at: datetime | None
    message: str


@dataclass(frozen=True, slots=True)
class Service:
    """A service as DescribeServices shows it. Events are in the order they happened, `grace` is in seconds.

    `public` says whether its tasks get a public address; None where they have no interface of their own.
    """

    name: str
    status: str
    desired: int
    running: int
    pending: int
    task_definition: str
    deployments: tuple[Deployment, ...]
    events: tuple[ServiceEvent, ...]
    target_groups: tuple[str, ...]
    grace: int
    public: bool | None

    @property
    def primary(self) -> Deployment | None:
        """The deployment the service is moving to, or has reached."""
        return next((one for one in self.deployments if one.status == "PRIMARY"), None)


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a task. `exit_code` is None when it never started or still runs."""

    name: str
    status: str
    exit_code: int | None
    reason: str
    health: str


@dataclass(frozen=True, slots=True)
class Task:
    """A task; `deployment` is the id of the deployment that started it ("" where ECS does not say).

    `ended` is when it began to stop: what comes after is the time it took to obey.
    """

    id: str
    task_definition: str
    deployment: str
    status: str
    stop_code: str
    reason: str
    health: str
    capacity: str
    created: datetime | None
    started: datetime | None
    ended: datetime | None
    containers: tuple[Container, ...]

    @property
    def is_stopped(self) -> bool:
        """Whether ECS is done with it: only then exit codes and reasons are complete."""
        return self.status == "STOPPED"

    @property
    def is_ending(self) -> bool:
        """Whether it stopped or is about to: ECS gives its reason first and then waits for the containers."""
        return self.is_stopped or bool(self.reason)


@dataclass(frozen=True, slots=True)
class Target:
    """A target in a target group: a task's address, its state, and why ("Target.Timeout", "Request timed out")."""

    group: str
    address: str
    state: str
    reason: str
    description: str


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A container's health check; times are in seconds."""

    command: tuple[str, ...]
    interval: int
    timeout: int
    retries: int
    start_period: int


@dataclass(frozen=True, slots=True)
class ContainerDefinition:
    """What the task definition says of a container. `secrets` is environment name to ARN or parameter; no values."""

    name: str
    image: str
    essential: bool
    command: tuple[str, ...]
    memory: int | None
    ports: tuple[int, ...]
    secrets: tuple[tuple[str, str], ...]
    health: HealthCheck | None
    log_group: str
    log_prefix: str


@dataclass(frozen=True, slots=True)
class TaskDefinition:
    """A registered revision; `memory` is in MiB (None when only containers have limits), `arch` X86_64 or ARM64."""

    arn: str
    memory: int | None
    cpu: int | None
    arch: str
    containers: tuple[ContainerDefinition, ...]


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """The load balancer's health check of a target group; times are in seconds."""

    arn: str
    path: str
    codes: str
    interval: int
    timeout: int
    healthy: int
    unhealthy: int


def revision(arn: str) -> str:
    """ "family:revision" of a task definition's ARN; anything else unchanged."""
    return arn.rsplit("/", 1)[-1]


def same_revision(one: str, other: str) -> bool:
    """Whether two names of task definitions, ARN or short, mean the same revision."""
    return revision(one) == revision(other)
