"""The ECS service: how many tasks run, on what capacity, where, and how a new version replaces the old one.

Carried by the module `service`, and by its variant `service_autoscaled` where autoscaling owns the number of tasks.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from ecsgen import scalars
from ecsgen.fields import (
    Between,
    Bool,
    Fixed,
    Int,
    ListOrReference,
    Pattern,
    Seconds,
    Section,
    Text,
    distinct,
    items,
    one_of,
)
from ecsgen.hcl import Ref, Reference
from ecsgen.problems import Finding, Path, Severity

SUBNET = Pattern(r"subnet-[0-9a-f]{8,17}", "the id of a subnet", "write it like subnet-0123456789abcdef0")
SECURITY_GROUP = Pattern(r"sg-[0-9a-f]{8,17}", "the id of a security group", "write it like sg-0123456789abcdef0")


class Share(Section):
    """One capacity provider's share of the tasks."""

    base: Annotated[Int, Between(0, 100_000, "tasks")] = 0
    """Tasks that run there before any are shared out."""
    weight: Annotated[Int, Between(0, 1000)] = 1
    """Share of the other tasks, relative to the others' weights."""


class Capacity(Section):
    """Where the tasks run."""

    fargate: Share | None = None
    """Fargate."""
    spot: Share | None = None
    """Fargate Spot: much cheaper; AWS may stop a task with two minutes' notice."""
    ec2: Share | None = None
    """The EC2 instances of `cluster.ec2` or of `cluster.capacity_provider`; not together with the others."""


def _capacity(value: Any) -> Any:
    if isinstance(value, str) and not scalars.is_null(value):
        return {one_of("fargate", "spot", "ec2").func(value): {}}  # type: ignore[call-arg]
    return value


class Placement(Section):
    """Where the tasks' network interfaces live."""

    public: Bool | None = None
    """Public subnets with a public address; without NAT and endpoints the default, since images must be pulled."""
    subnets: Annotated[list[Annotated[Text, SUBNET]] | Reference, ListOrReference()] = []
    """Subnets to use instead of the environment's own."""
    security_groups: Annotated[list[Annotated[Text, SECURITY_GROUP]] | Reference, ListOrReference()] = []
    """More security groups, beside the service's own."""
    mode: Annotated[Literal["awsvpc", "bridge", "host"], one_of("awsvpc", "bridge", "host")] = "awsvpc"
    """`awsvpc`: each task has an interface of its own. On EC2 also `bridge`: any free port of the instance, or `host`: the instance's own ports. A change replaces the service."""


class Deploy(Section):
    """How a new version replaces the old one."""

    strategy: Annotated[Literal["rolling"], one_of("rolling")] = "rolling"
    """`rolling`: new tasks start, become healthy, and then the old ones stop."""
    min_healthy: Annotated[Int, Between(0, 100, "percent")] = 100
    """Percent of the tasks that keep running meanwhile."""
    max: Annotated[Int, Between(100, 200, "percent")] = 200
    """Percent of the tasks that may run at once meanwhile."""
    rollback: Bool = True
    """Go back to the last version that worked when the new one does not become healthy."""
    before: Fixed | None = None
    """A job that must end well before each deployment, such as a migration; `ecsgen apply` runs it, plain Terraform does not."""
    timeout: Annotated[Seconds, Between(60, 43_200, "seconds")] = 1200
    """Seconds that Terraform waits until the service is steady."""


class PlaceKeys(Section):
    """Where tasks run: what a service and a job have in common."""

    capacity: Annotated[Capacity, BeforeValidator(_capacity)] = Capacity(fargate=Share())
    """`fargate`, `spot`, or shares of both; or `ec2`."""
    network: Placement = Placement()
    """Network mode, subnets, public address and security groups of the tasks."""


class ServiceKeys(PlaceKeys):
    """What makes a service of a task."""

    count: Annotated[Int, Between(0, 5000, "tasks")] = 1
    """Tasks to run, when there is no scaling."""
    deploy: Deploy = Deploy()
    """How a new version replaces the old one."""
    exec: Bool = False
    """Allow `aws ecs execute-command` into the containers."""


@dataclass(frozen=True, slots=True)
class ServiceInputs:
    """Inputs of the module `service`. `desired_count` None: autoscaling owns it, or it is a daemon."""

    name: str
    desired_count: int | None
    capacity_provider_strategy: tuple[dict[str, Any], ...]
    public: bool
    assign_public_ip: bool
    subnet_ids: tuple[str, ...] | Reference
    security_group_ids: tuple[str, ...] | Reference
    minimum_healthy_percent: int
    maximum_percent: int
    rollback: bool
    timeout: str
    exec: bool
    network_mode: str = "awsvpc"
    daemon: bool = False
    placement_strategies: tuple[dict[str, str], ...] = ()
    placement_constraints: tuple[dict[str, str], ...] = ()


def strategy(capacity: Capacity, instances: str | Ref) -> tuple[dict[str, Any], ...]:
    """The capacity provider strategy, in the order in which ECS returns it. `instances`: the provider of those of EC2."""
    shares = (("FARGATE", capacity.fargate), ("FARGATE_SPOT", capacity.spot), (instances, capacity.ec2))
    return tuple(
        {"capacity_provider": provider, **({"base": share.base} if share.base else {}), "weight": share.weight}
        for provider, share in shares
        if share is not None
    )


def resolve(
    service: ServiceKeys,
    name: str,
    public: bool,
    scaled: bool,
    instances: str | Ref,
    on_ec2: bool = False,
    daemon: bool = False,
    placement: tuple[tuple[dict[str, str], ...], tuple[dict[str, str], ...]] = ((), ()),
) -> ServiceInputs:
    """`public`: whether the tasks live in public subnets; `scaled`: whether autoscaling owns the number of tasks.

    `instances`: the capacity provider of EC2 instances; `placement`: strategies and constraints. On EC2 an interface of a task takes no public address.
    """
    seconds = service.deploy.timeout
    lowest, highest = percents(service.deploy, daemon)
    return ServiceInputs(
        name=name,
        desired_count=None if scaled or daemon else service.count,
        capacity_provider_strategy=() if daemon else strategy(service.capacity, instances),
        public=public,
        assign_public_ip=public and not on_ec2,
        subnet_ids=distinct(service.network.subnets),
        security_group_ids=distinct(service.network.security_groups),
        minimum_healthy_percent=lowest,
        maximum_percent=highest,
        rollback=service.deploy.rollback,
        timeout=f"{seconds // 60}m" if seconds % 60 == 0 else f"{seconds}s",
        exec=service.exec,
        network_mode=service.network.mode,
        daemon=daemon,
        placement_strategies=placement[0],
        placement_constraints=placement[1],
    )


def percents(deploy: Deploy, daemon: bool) -> tuple[int, int]:
    """The fewest and the most tasks of a deployment, in percent: a daemon's instance holds one, old or new."""
    if not daemon:
        return deploy.min_healthy, deploy.max
    return deploy.min_healthy if "min_healthy" in deploy.model_fields_set else 0, 100


def check(service: ServiceKeys, count: int, count_path: Path, path: Path, daemon: bool = False) -> Iterator[Finding]:
    """What ECS would refuse, and deployments that cannot move. `count` is the least number of tasks."""
    lowest, highest = percents(service.deploy, daemon)
    lower, upper = math.ceil(count * lowest / 100), math.floor(count * highest / 100)
    if count and lower >= upper:
        number = "one task on an instance" if daemon else f"{count} {'task' if count == 1 else 'tasks'}"
        yield Finding(
            (*path, "deploy"),
            "EG501",
            f"with {number}, at least {lower} must run and at most {upper} may: a deployment cannot move",
            "lower deploy.min_healthy" if daemon else "raise deploy.max or lower deploy.min_healthy",
            reads=(count_path, (*path, "deploy")),
        )
    yield from check_place(service, path)
    if service.capacity.spot is not None and service.capacity.fargate is None and count == 1:
        yield Finding(
            (*path, "capacity"),
            "EG505",
            "the only task runs on Spot: while AWS takes it away, nothing serves",
            "add a share of fargate, or run 2 tasks",
            Severity.WARNING,
            reads=((*path, "capacity"), count_path),
        )


def check_place(keys: PlaceKeys, path: Path) -> Iterator[Finding]:
    """Capacity that has no place for a task, and more subnets or security groups than ECS takes."""
    capacity = keys.capacity
    shares = [share for share in (capacity.fargate, capacity.spot, capacity.ec2) if share is not None]
    if not shares:
        yield Finding(
            (*path, "capacity"),
            "EG502",
            "no capacity is named",
            "write fargate, spot, a share of each, or ec2",
            reads=((*path, "capacity"),),
        )
    elif not any(share.weight for share in shares):
        yield Finding(
            (*path, "capacity"),
            "EG502",
            "every weight is 0, so no task has a place",
            "give one a weight of 1",
            reads=((*path, "capacity"),),
        )
    if sum(bool(share.base) for share in shares) > 1:
        yield Finding(
            (*path, "capacity", "spot", "base"),
            "EG503",
            "only one of the providers can have a base",
            "remove one of them",
        )
    if len(set(items(keys.network.security_groups))) > 4:
        yield Finding(
            (*path, "network", "security_groups"),
            "EG504",
            "a network interface takes 5 security groups, and one is the tasks' own",
            "list at most 4",
        )
    if len(set(items(keys.network.subnets))) > 16:
        yield Finding((*path, "network", "subnets"), "EG504", "a service takes at most 16 subnets", "list fewer")
    if capacity.ec2 is not None and len(shares) > 1:
        yield Finding(
            (*path, "capacity", "ec2"),
            "EG520",
            "ECS does not mix Fargate and EC2 in one service",
            "use shares of fargate and spot, or ec2 alone",
            on_key=True,
            reads=((*path, "capacity"),),
        )
