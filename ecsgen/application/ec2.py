"""What runs on EC2 instances: which services, where the instances live, and what of them the services use."""

from __future__ import annotations

from ecsgen.application.reach import is_public_by_default
from ecsgen.components import container, ec2, instances, service
from ecsgen.description.model import Description, Service, Task, containers, tasks
from ecsgen.hcl import Ref
from ecsgen.problems import Path

INSTANCES = "EC2 instances"
"""The instances among those who connect to something, beside services and jobs: no name of one has a blank."""


def on_ec2(item: Task) -> bool:
    """Whether the tasks of a service or job run on EC2 instances: a daemon always does."""
    return item.capacity.ec2 is not None or (isinstance(item, Service) and item.daemon)


def has_interface(item: Task) -> bool:
    """Whether each task has a network interface of its own."""
    return item.network.mode == "awsvpc"


def provider(description: Description) -> str | Ref:
    """The capacity provider of the instances: that of an existing cluster, or of those that ecsgen starts."""
    return description.cluster.capacity_provider or Ref("module.ec2_capacity.capacity_provider_name")


def resolve(description: Description, environment: str) -> ec2.Ec2Inputs | None:
    """The inputs of the instances, if there are any."""
    if description.cluster.ec2 is None:
        return None
    return ec2.resolve(
        description.cluster.ec2,
        description.name,
        environment,
        is_public_by_default(description),
        any(item.http is not None and item.network.mode == "bridge" for item in description.services.values()),
        any(part.linux.privileged for path, item in tasks(description) for _, _, part in containers(path[1], item)),
    )


def loads(description: Description) -> list[instances.Load]:
    """What each service and job on EC2 asks of the instances."""
    return [_load(path, item) for path, item in tasks(description) if on_ec2(item)]


def _load(path: tuple[str, str], item: Task) -> instances.Load:
    """A job asks for room only now and then: it counts as no task that always runs."""
    name, count, percent, daemon = path[1], 0, 100, False
    count_path: Path = path
    if isinstance(item, Service):
        count, count_path = item.count, (*path, "count")
        if item.scaling is not None:
            count, count_path = item.scaling.max, (*path, "scaling", "max")
        daemon = item.daemon
        _, percent = service.percents(item.deploy, daemon)
    parts = [settings for _, _, settings in containers(name, item)]
    return instances.Load(
        name=name,
        path=path,
        count=count,
        most=count * percent // 100,
        count_path=count_path,
        cpu=item.cpu,
        memory=item.memory,
        gpus=sum(part.limits.gpu or 0 for part in parts),
        architecture=item.arch,
        interface=has_interface(item),
        ports=frozenset(port["container_port"] for part in parts for port in container.ports(part))
        if item.network.mode == "host"
        else frozenset(),
        daemon=daemon,
    )
