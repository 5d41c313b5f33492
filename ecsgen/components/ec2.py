"""EC2 instances for the cluster's tasks: launch template, Auto Scaling group and capacity provider.

Carried by the module `ec2_capacity`. AMIs are named by the public SSM parameters of "Amazon ECS-optimized Linux AMIs" and
"Bottlerocket: Finding an AMI"; EC2 reads them whenever an instance starts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator

from ecsgen import instance_types, names, scalars
from ecsgen.aws_values import KmsKeyArn
from ecsgen.fields import (
    Between,
    Fixed,
    Int,
    OneOrMore,
    Pattern,
    Section,
    StorageGiB,
    either,
    flag_or,
    invalid,
    nearest,
    one_of,
)
from ecsgen.problems import Finding, Path, Severity, shorten


@dataclass(frozen=True, slots=True)
class Ami:
    """An AMI made for ECS: the SSM parameter that names it, its operating system, its architecture, and GPUs."""

    parameter: str
    operating_system: str
    architecture: str
    gpu: bool = False


_AL2023 = "/aws/service/ecs/optimized-ami/amazon-linux-2023"
_BOTTLEROCKET = "/aws/service/bottlerocket/aws-ecs-2"
AMIS = {
    "al2023": Ami(f"{_AL2023}/recommended/image_id", "amazon-linux", "x86_64"),
    "al2023-arm64": Ami(f"{_AL2023}/arm64/recommended/image_id", "amazon-linux", "arm64"),
    "al2023-gpu": Ami(f"{_AL2023}/gpu/recommended/image_id", "amazon-linux", "x86_64", gpu=True),
    "bottlerocket": Ami(f"{_BOTTLEROCKET}/x86_64/latest/image_id", "bottlerocket", "x86_64"),
    "bottlerocket-arm64": Ami(f"{_BOTTLEROCKET}/arm64/latest/image_id", "bottlerocket", "arm64"),
    "bottlerocket-gpu": Ami(f"{_BOTTLEROCKET}-nvidia/x86_64/latest/image_id", "bottlerocket", "x86_64", gpu=True),
    "bottlerocket-arm64-gpu": Ami(f"{_BOTTLEROCKET}-nvidia/arm64/latest/image_id", "bottlerocket", "arm64", gpu=True),
}
INSTANCE_TYPE = Pattern(r"[a-z][a-z0-9-]*\.[a-z0-9-]+", "an EC2 instance type", "write it like m7g.large")
PATH: Path = ("cluster", "ec2")
ENDPOINTS = ("ecs", "ecs-agent", "ecs-telemetry")
"""What an instance must reach to join its cluster, beside what its tasks need."""


def _ami(text: str) -> str:
    if text not in AMIS and not re.fullmatch(r"ami-[0-9a-f]{8}(?:[0-9a-f]{9})?", text):
        raise invalid(
            f'"{shorten(text)}" is no AMI that is known',
            f"write {either([*AMIS, 'an id like ami-0123456789abcdef0'])}",
            "EG105",
        )
    return text


class Spot(Section):
    """How much of the instances is Spot."""

    on_demand_base: Annotated[Int, Between(0, 5000, "instances")] = 0
    """Instances that are on-demand before any is Spot."""
    percent: Annotated[Int, Between(0, 100, "percent")] = 100
    """Share of the others that is Spot."""


class RootVolume(Section):
    """The instances' volume for images and containers; it is always encrypted."""

    size: Annotated[StorageGiB, Between(30, 16_384, "GiB")] = 30
    """GiB."""
    type: Annotated[Literal["gp3", "gp2"], one_of("gp3", "gp2")] = "gp3"
    """Type of the EBS volume."""
    kms_key: KmsKeyArn | None = None
    """ARN of the KMS key; AWS's own when not given. Auto Scaling's service-linked role must be allowed to use another."""


def _volume(value: Any) -> Any:
    return {"size": value} if isinstance(value, str) and not scalars.is_null(value) else value


class Ec2(Section):
    """EC2 instances that ECS starts and stops as tasks need them."""

    instance_types: Annotated[list[Annotated[Fixed, INSTANCE_TYPE]], OneOrMore()]
    """Instance types of one CPU architecture, one or a list, the preferred one first."""
    min: Annotated[Int, Between(0, 5000, "instances")] = 0
    """Instances that run even when no task needs them."""
    max: Annotated[Int, Between(1, 5000, "instances")]
    """Most instances."""
    target_capacity: Annotated[Int, Between(1, 100, "percent")] = 100
    """How much of the instances tasks should use, in percent; below 100 new tasks find room at once."""
    spot: Annotated[Spot | None, flag_or(Spot.model_fields)] = None
    """Spot instances: `true` for all, or a share. AWS takes one back with two minutes' notice."""
    ami: Annotated[Fixed, AfterValidator(_ami)] | None = None
    """`al2023`, `al2023-arm64`, `al2023-gpu`, `bottlerocket`, `bottlerocket-arm64`, `bottlerocket-gpu`, `bottlerocket-arm64-gpu`, or an AMI's id; Amazon Linux 2023 for the instance types when not given."""
    volume: Annotated[RootVolume, BeforeValidator(_volume)] = RootVolume()
    """The volume for images and containers: GiB, or a map."""


class Ec2Keys(Section):
    """EC2 instances, if services run on them."""

    ec2: Ec2 | None = None
    """EC2 instances for services with `capacity: ec2`."""


@dataclass(frozen=True, slots=True)
class Ec2Inputs:
    """Inputs of the module `ec2_capacity`. `dynamic_ports`: whether the load balancer reaches tasks in bridge mode.

    `privileged`: whether the agent must be told that it may run privileged containers, as that of Bottlerocket.
    """

    name: str
    role_name: str
    instance_types: tuple[str, ...]
    min_size: int
    max_size: int
    target_capacity: int
    on_demand_base: int
    on_demand_percentage: int
    image_id: str
    operating_system: str
    volume: dict[str, Any]
    public: bool
    dynamic_ports: bool
    privileged: bool


def ami_of(ec2: Ec2) -> str:
    """The AMI's name or id; Amazon Linux 2023 for the first instance type when none is given."""
    if ec2.ami is not None:
        return ec2.ami
    first = ec2.instance_types[0] if ec2.instance_types else ""
    if instance_types.architecture(first) == "arm64":
        return "al2023-arm64"
    return "al2023-gpu" if instance_types.has_gpus(first) else "al2023"


def is_bottlerocket(ec2: Ec2) -> bool:
    """Whether the instances run Bottlerocket, as far as the AMI's name tells."""
    ami = AMIS.get(ec2.ami or "")
    return ami is not None and ami.operating_system == "bottlerocket"


def resolve(
    ec2: Ec2, application: str, environment: str, public: bool, dynamic_ports: bool, privileged: bool = False
) -> Ec2Inputs:
    """`public`: whether the instances live in public subnets, with public addresses. `privileged`: whether a container is."""
    name = ami_of(ec2)
    ami = AMIS.get(name)
    volume = ec2.volume
    return Ec2Inputs(
        name=names.capacity_provider(application, environment),
        role_name=names.role(application, environment, "ec2", "instance"),
        instance_types=tuple(ec2.instance_types),
        min_size=ec2.min,
        max_size=ec2.max,
        target_capacity=ec2.target_capacity,
        on_demand_base=ec2.spot.on_demand_base if ec2.spot else 0,
        on_demand_percentage=100 - ec2.spot.percent if ec2.spot else 100,
        image_id=f"resolve:ssm:{ami.parameter}" if ami else name,
        operating_system=ami.operating_system if ami else "amazon-linux",
        volume={
            "size_gib": volume.size,
            **({"type": volume.type} if volume.type != "gp3" else {}),
            **({"kms_key_arn": volume.kms_key} if volume.kms_key else {}),
        },
        public=public,
        dynamic_ports=dynamic_ports,
        privileged=privileged and is_bottlerocket(ec2),
    )


def check(ec2: Ec2) -> Iterator[Finding]:
    """What EC2 would refuse about the instances themselves, and settings that contradict each other."""
    if ec2.min > ec2.max:
        yield Finding(
            (*PATH, "min"),
            "EG510",
            f"min ({ec2.min}) is over max ({ec2.max})",
            f"write at most {ec2.max}",
            reads=((*PATH, "max"),),
        )
    if not ec2.instance_types:
        yield Finding((*PATH, "instance_types"), "EG109", "no instance type is listed", "write one like m7g.large")
        return
    if len(ec2.instance_types) > 40:
        yield Finding((*PATH, "instance_types"), "EG536", "an Auto Scaling group takes 40 instance types", "list fewer")
    expected, reason = _expected(ec2)
    for index, name in enumerate(ec2.instance_types):
        place = (*PATH, "instance_types", index)
        if name in ec2.instance_types[:index]:
            yield Finding(place, "EG536", f"{name} is listed twice", "remove one of them")
            continue
        if name not in instance_types.table():
            yield Finding(
                place,
                "EG527",
                f"{name} is not an instance type known to this version of ecsgen, so nothing is checked against its size",
                nearest(name, instance_types.table()) if _close(name) else "check its spelling",
                Severity.WARNING,
            )
        if instance_types.architecture(name) != expected:
            yield Finding(
                place,
                "EG526",
                f"{name} is {instance_types.architecture(name)}, and {reason} is {expected}",
                "list instance types of one architecture, and the AMI that is made for it",
                reads=((*PATH, "ami"), (*PATH, "instance_types")),
            )
    ami = AMIS.get(ec2.ami or "")
    if ami is not None and ami.gpu and not any(map(instance_types.has_gpus, ec2.instance_types)):
        yield Finding(
            (*PATH, "ami"),
            "EG536",
            f"{ec2.ami} is for instances with GPUs, and none of these has one",
            "use the AMI without gpu, or an instance type like g5.xlarge",
            reads=((*PATH, "instance_types"),),
        )


def _expected(ec2: Ec2) -> tuple[str, str]:
    """The architecture that all must have, and what sets it."""
    if ami := AMIS.get(ec2.ami or ""):
        return ami.architecture, f"the AMI {ec2.ami}"
    return instance_types.architecture(ec2.instance_types[0]), ec2.instance_types[0]


def _close(name: str) -> bool:
    return nearest(name, instance_types.table()).startswith("did")


def check_reach(endpoints: list[str]) -> Iterator[Finding]:
    """Instances in private subnets without NAT reach only what has an endpoint."""
    missing = [name for name in ENDPOINTS if name not in endpoints]
    if missing:
        yield Finding(
            PATH,
            "EG534",
            f"the instances live in private subnets without NAT and do not reach {', '.join(missing)}, so none joins the cluster",
            f"add to network.endpoints: [{', '.join(missing)}], or set network.nat: single",
            on_key=True,
            reads=(("network", "nat"), ("network", "endpoints")),
        )
