"""The checks of EC2: the instances, each service that runs on them, and whether all of them fit; and what Spot means."""

from __future__ import annotations

from collections.abc import Iterator

from ecsgen import application, instance_types
from ecsgen.checks.volumes import check_no_disk
from ecsgen.components import ec2, existing_network, instances, placement
from ecsgen.description.model import Description, Service, Task, containers
from ecsgen.problems import Finding, Path, Severity

NOTICE = 120
"""Seconds between the notice that AWS takes a Spot task or instance back, and its end."""
STOP_TIMEOUT = 30
"""Seconds that ECS takes between SIGTERM and SIGKILL by default."""


def check(description: Description) -> Iterator[Finding]:
    """The instances themselves, and whether the tasks of all services fit onto them."""
    loads = application.loads(description)
    settings = description.cluster.ec2
    if settings is None:
        theirs = description.cluster.existing is not None
        if description.cluster.capacity_provider is not None:
            if not loads:
                yield _idle(
                    ("cluster", "capacity_provider"), f"the instances of {description.cluster.capacity_provider}"
                )
            return
        for load in loads:
            here = (*load.path, "daemon" if load.daemon else "capacity")
            yield Finding(
                here,
                "EG521",
                f"{load.name} runs on EC2, and the cluster has no instances"
                if not theirs
                else f"{load.name} runs on EC2, and ecsgen starts no instances in a cluster that is there already",
                "write cluster: {ec2: {instance_types: [m7g.large], max: 4}}"
                if not theirs
                else "write capacity_provider there, the name of one that the cluster has; or fargate or spot here",
                reads=(("cluster",), here),
            )
        return
    yield from ec2.check(settings)
    if (
        description.network.nat == "none"
        and not existing_network.is_existing(description.network.vpc)
        and not application.is_public_by_default(description)
    ):
        yield from ec2.check_reach(list(description.network.endpoints))
    if not loads:
        yield _idle(ec2.PATH, "the instances")
    yield from instances.check(settings.instance_types, settings.max, loads)


def _idle(path: Path, instances: str) -> Finding:
    return Finding(
        path,
        "EG522",
        f"no service and no job runs on {instances}",
        f"write capacity: ec2 in a service, or remove {path[-1]}",
        Severity.WARNING,
        on_key=True,
        reads=(("services",), ("jobs",)),
    )


def check_task(description: Description, name: str, item: Task, path: Path) -> Iterator[Finding]:
    """What EC2, or Fargate, does not offer a service or job in its network."""
    on_ec2 = application.on_ec2(item)
    yield from _network_mode(item, on_ec2, description.cluster.existing is not None, path)
    if on_ec2 and application.has_interface(item):
        yield from _own_interface(description, name, item, path)
    settings = description.cluster.ec2
    if on_ec2 and settings is not None and ec2.is_bottlerocket(settings):
        yield from _bottlerocket(name, item, path)
    if (
        on_ec2
        and settings is not None
        and settings.instance_types
        and not any(map(instance_types.is_nitro, settings.instance_types))
    ):
        why = "ECS attaches disks to instances of the Nitro system only, and none of the instance types is of it"
        yield from check_no_disk(name, item, path, why, "EG532", "list a newer instance type, like m7i.large")


def _bottlerocket(name: str, item: Task, path: Path) -> Iterator[Finding]:
    """Tasks that ECS would never find an instance for: no agent there offers this."""
    reads = (("cluster", "ec2", "ami"), (*path, "capacity"), (*path, "daemon"))
    for _, below, part in containers(name, item):
        for volume, settings in part.volumes.items():
            if settings.efs is not None:
                yield Finding(
                    (*path, *below, "volumes", volume, "efs"),
                    "EG532",
                    "Bottlerocket mounts EFS without encryption and IAM only, and here both are always on",
                    "leave out ami for Amazon Linux",
                    on_key=True,
                    reads=reads,
                )


def check_service(description: Description, name: str, item: Service) -> Iterator[Finding]:
    """What only a service takes, and Spot that ends before its tasks do."""
    path: Path = ("services", name)
    on_ec2 = application.on_ec2(item)
    yield from placement.check(item, on_ec2, path)
    yield from placement.check_daemon(item, _refused_by_a_daemon(item), path)
    on_spot = item.capacity.spot is not None or (
        on_ec2 and description.cluster.ec2 is not None and description.cluster.ec2.spot is not None
    )
    if on_spot:
        yield from _spot(name, item, path)


def _refused_by_a_daemon(item: Service) -> dict[Path, str]:
    refused: dict[Path, str] = {}
    if "count" in item.model_fields_set:
        refused["count",] = "a daemon runs on every instance, and their number is that of its tasks"
    if item.scaling is not None:
        refused["scaling",] = "a daemon runs on every instance, and their number is that of its tasks"
    if "capacity" in item.model_fields_set and item.capacity.ec2 is None:
        refused["capacity",] = "Fargate has no instances that a daemon could run on"
    if "max" in item.deploy.model_fields_set and item.deploy.max != 100:
        refused["deploy", "max"] = (
            "an instance holds one task of a daemon, so the old one stops before the new one starts"
        )
    return refused


def _network_mode(item: Task, on_ec2: bool, theirs: bool, path: Path) -> Iterator[Finding]:
    """`theirs`: whether the instances are of an existing cluster."""
    here = (*path, "network")
    mode = item.network.mode
    if mode == "awsvpc":
        return
    if not isinstance(item, Service):
        yield Finding(
            (*here, "mode"),
            "EG531",
            "the tasks of a job have an interface of their own",
            "remove mode",
        )
    elif not on_ec2:
        yield Finding(
            (*here, "mode"),
            "EG531",
            f"on Fargate each task has an interface of its own, and no mode {mode}",
            "write capacity: ec2, or remove mode",
            reads=((*path, "capacity"), (*path, "daemon")),
        )
    elif theirs:
        yield Finding(
            (*here, "mode"),
            "EG531",
            f"in the network mode {mode} the instances' security groups let requests in, and those of an existing cluster are its owner's",
            "remove mode",
            reads=(("cluster",), (*path, "capacity"), (*path, "daemon")),
        )
    for key, given in (
        ("subnets", item.network.subnets),
        ("security_groups", item.network.security_groups),
        ("public", item.network.public is not None),
    ):
        if given:
            yield Finding(
                (*here, key),
                "EG531",
                f"in the network mode {mode} tasks have no interface of their own: those of the instances count",
                f"remove {key}, or write mode: awsvpc",
                on_key=True,
                reads=((*here, "mode"),),
            )


def _own_interface(description: Description, name: str, item: Task, path: Path) -> Iterator[Finding]:
    if item.network.public:
        yield Finding(
            (*path, "network", "public"),
            "EG532",
            "on EC2 the interface of a task takes no public address",
            "remove public, and set network.nat: single for a way out",
            reads=((*path, "capacity"), (*path, "daemon"), (*path, "network", "mode")),
        )
    elif application.is_public(description, item) and not item.network.subnets:
        given = existing_network.is_existing(description.network.vpc)
        out = "name private subnets with a way out" if given else "set network.nat: single"
        bridge = ", or network.mode: bridge on the service" if isinstance(item, Service) else ""
        yield Finding(
            path,
            "EG533",
            f"tasks of {name} have an interface without a public address in public subnets: they reach nothing outside of the VPC",
            f"{out}{bridge}{'' if given else '; or write network.public: false and endpoints'}",
            Severity.WARNING,
            on_key=True,
            reads=((*path, "network"), (*path, "capacity"), ("network",)),
        )


def _spot(name: str, item: Service, path: Path) -> Iterator[Finding]:
    stop = max(
        STOP_TIMEOUT if part.stop_timeout is None else part.stop_timeout for _, _, part in containers(name, item)
    )
    drain = item.http.drain if item.http is not None else 0
    if drain + stop > NOTICE:
        parts = f" (drain {drain}, stop timeout {stop})" if drain else ""
        yield Finding(
            (*path, "http", "drain") if drain else path,
            "EG535",
            f"a task of {name} takes up to {drain + stop} seconds to end{parts}, and Spot gives {NOTICE}",
            f"lower {'http.drain or ' if drain else ''}stop_timeout to {NOTICE} seconds{' together' if drain else ''}",
            Severity.WARNING,
            on_key=not drain,
            reads=((*path, "stop_timeout"), (*path, "sidecars"), (*path, "capacity")),
        )
