"""The root of the description: it composes what the rooms bring into a service, and services into an application."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import BeforeValidator

from ecsgen.aws_values import REGION, Account
from ecsgen.components.autoscaling import ScalingKeys
from ecsgen.components.cloudwatch import MetricKeys
from ecsgen.components.cluster import Cluster
from ecsgen.components.connect import ConnectKeys
from ecsgen.components.container import ContainerKeys
from ecsgen.components.domain import Domain
from ecsgen.components.ebs import Ebs
from ecsgen.components.ec2 import Ec2Keys
from ecsgen.components.efs import Efs, read_efs
from ecsgen.components.firelens import OPTION, FirelensKeys
from ecsgen.components.health import HealthKeys
from ecsgen.components.http import HttpKeys
from ecsgen.components.image import ImageKeys
from ecsgen.components.ingress import IngressKeys
from ecsgen.components.job import JobKeys
from ecsgen.components.linux import LinuxKeys
from ecsgen.components.load_balancer import LoadBalancer
from ecsgen.components.logs import Logs
from ecsgen.components.network import Network
from ecsgen.components.permissions import Permissions
from ecsgen.components.placement import PlacementKeys
from ecsgen.components.queue import QueueKeys
from ecsgen.components.registry import Registry
from ecsgen.components.scaling_schedule import ScheduleKeys
from ecsgen.components.secrets import SecretKeys, SecretReference
from ecsgen.components.service import PlaceKeys, ServiceKeys
from ecsgen.components.state import State, read_state
from ecsgen.components.steps import StepKeys
from ecsgen.components.task import TaskKeys
from ecsgen.components.tcp import TcpKeys
from ecsgen.components.volumes import VOLUME_NAME, Mount, read_mount
from ecsgen.fields import Bool, Fixed, Pattern, Section, Text

LABEL = r"[a-z](?:-?[a-z0-9])*"
APPLICATION_NAME = Pattern(
    rf"(?=.{{1,24}}$){LABEL}",
    "a name for an application",
    "use at most 24 lower-case letters, digits and single hyphens, a letter first",
)
PART_NAME = Pattern(
    rf"(?=.{{1,63}}$){LABEL}",
    "a name for a service or container",
    "use at most 63 lower-case letters, digits and single hyphens, a letter first",
)
ENVIRONMENT_NAME = Pattern(
    rf"(?=.{{1,32}}$){LABEL}",
    "a name for an environment",
    "use at most 32 lower-case letters, digits and single hyphens, a letter first",
)
BASE_ONLY = ("name", "registry", "templates", "environments")
"""Keys that an environment cannot change: they belong to all environments."""

RESERVED_ENVIRONMENTS = ("registry", "modules")
"""Folders of `infra/` that hold something else."""


class Volume(Mount):
    """A volume of the task and where this container finds it; by itself scratch space that lives as long as the task."""

    efs: Annotated[Efs | None, read_efs] = None
    """Keep it on EFS: it stays when tasks go, and all tasks share it. `{}` makes a file system."""
    ebs: Ebs | None = None
    """Keep it on an EBS volume that each task gets for itself."""


class Container(ContainerKeys, LinuxKeys, ImageKeys, SecretKeys, HealthKeys):
    """One container: its image, its process, its secrets and its health check."""

    essential: Bool = True
    """The task stops when this container stops; a task needs one such container."""
    volumes: dict[Annotated[Fixed, VOLUME_NAME], Annotated[Volume, BeforeValidator(read_mount)]] = {}
    """The task's volumes in this container, by name: a path, or a map. Containers that use the same name share it."""


class Sidecar(Container):
    """A container beside the main one."""


class TaskLogs(FirelensKeys, Logs):
    """Where the containers' output goes: the log group in CloudWatch Logs, or through FireLens to anywhere."""

    secret_options: dict[Annotated[Fixed, OPTION], SecretReference] = {}
    """FireLens: options whose values ECS reads from SSM or Secrets Manager."""


class Task(Container, TaskKeys, PlaceKeys):
    """A task of one or more containers: what services and jobs are made of."""

    sidecars: dict[Annotated[Fixed, PART_NAME], Sidecar] = {}
    """More containers in the same task."""
    permissions: Permissions = Permissions()
    """What the code may do in AWS."""
    logs: TaskLogs = TaskLogs()
    """The log group, and which way the output takes."""
    tags: dict[Fixed, Text] = {}
    """Tags on what belongs to this service or job."""


class Scaling(ScheduleKeys, StepKeys, QueueKeys, MetricKeys, ScalingKeys):
    """Scaling between two numbers of tasks."""


class Scaled(Section):
    """Scaling, if the number of tasks follows the load."""

    scaling: Scaling | None = None
    """Scale the number of tasks; instead of `count`."""


class Service(Task, HttpKeys, TcpKeys, ConnectKeys, IngressKeys, Scaled, PlacementKeys, ServiceKeys):
    """A service: a task of one or more containers that is kept running."""


class Job(Task, JobKeys):
    """A job: a task that runs to its end, by hand or at set times."""


class EnvironmentCluster(Cluster, Ec2Keys):
    """The ECS cluster, and the EC2 instances that tasks can run on beside Fargate."""


class Description(Section):
    """One environment's description: the base with the environment's overlay."""

    name: Annotated[Fixed, APPLICATION_NAME]
    """The application's name; the names of its AWS resources begin with it."""
    region: Annotated[Fixed, REGION]
    """The AWS region."""
    account: Account | None = None
    """The AWS account, 12 digits in quotes: Terraform then refuses any other account."""
    tags: dict[Fixed, Fixed] = {}
    """Tags on every resource."""
    state: Annotated[State, BeforeValidator(read_state)] = State()
    """Where Terraform keeps its state: `local`, an S3 bucket, or HCP Terraform."""
    registry: Registry = Registry()
    """Where built images are kept: ECR repositories, shared by all environments."""
    network: Network = Network()
    """The VPC."""
    cluster: EnvironmentCluster = EnvironmentCluster()
    """The ECS cluster."""
    load_balancer: LoadBalancer = LoadBalancer()
    """The load balancer that services with `http` share."""
    domain: Domain | None = None
    """HTTPS, redirect from HTTP, and DNS records for the services that have `http`."""
    services: dict[Annotated[Fixed, PART_NAME], Service] = {}
    """The services, by name."""
    jobs: dict[Annotated[Fixed, PART_NAME], Job] = {}
    """The jobs, by name: tasks that run to their end, by `ecsgen run` or at set times."""
    templates: Fixed | None = None
    """A folder whose files take the place of the packaged templates and modules."""


def tasks(description: Description) -> Iterator[tuple[tuple[str, str], Task]]:
    """Every service and every job with its place: ("services", "web"), ("jobs", "report")."""
    for name, service in description.services.items():
        yield ("services", name), service
    for name, job in description.jobs.items():
        yield ("jobs", name), job


def containers(name: str, task: Task) -> Iterator[tuple[str, tuple[str, ...], Task | Sidecar]]:
    """A task's containers: name, path below the task, and settings; the main one, named like the task, first."""
    yield name, (), task
    for sidecar, settings in sorted(task.sidecars.items()):
        yield sidecar, ("sidecars", sidecar), settings
