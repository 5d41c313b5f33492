"""The VPC of an environment: public subnets, and private ones when something lives in them.

Carried by the module `network`; one that is there already by the room `existing_network`. Subnet CIDRs are reserved for six zones, so a zone more renumbers nothing.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, WithJsonSchema

from ecsgen import names
from ecsgen.aws_values import Cidr
from ecsgen.fields import (
    Between,
    Bool,
    Fixed,
    Int,
    OneOrMore,
    Pattern,
    PlainOrMap,
    Section,
    Text,
    invalid,
    one_of,
    read_text,
)
from ecsgen.hcl import Reference
from ecsgen.problems import Finding, Path, Severity, shorten

ENDPOINTS = (
    "ecr.api",
    "ecr.dkr",
    "s3",
    "logs",
    "secretsmanager",
    "ssm",
    "ssmmessages",
    "kms",
    "sts",
    "sqs",
    "sns",
    "dynamodb",
    "events",
    "monitoring",
    "ecs",
    "ecs-agent",
    "ecs-telemetry",
    "appconfigdata",
    "athena",
    "bedrock-runtime",
    "cognito-idp",
    "ec2",
    "elasticfilesystem",
    "email",
    "execute-api",
    "kinesis-firehose",
    "kinesis-streams",
    "lambda",
    "rds",
    "rds-data",
    "servicediscovery",
    "states",
    "xray",
)
AUTO = "auto"
"""Stands in a list of endpoints for those that the tasks need."""
GATEWAYS = ("dynamodb", "s3")
"""Endpoints that are routes and cost nothing; the others are interfaces, billed by the hour."""

LARGEST_PREFIX = 23
"""A VPC of /23 still gives /27 subnets, the smallest that a load balancer accepts."""


SUBNET = Pattern(r"subnet-[0-9a-f]{8,17}", "the id of a subnet", "write it like subnet-0123456789abcdef0")


def _vpc(value: object) -> str:
    text = read_text(value)
    if text not in {"new", "default"} and not _is_vpc(text):
        raise invalid(
            f'"{shorten(text)}" is not possible here',
            "write new, default, the id of a VPC like vpc-0123456789abcdef0, or {tags: {Name: …}}",
            "EG105",
        )
    return text


_is_vpc = re.compile(r"vpc-[0-9a-f]{8,17}").fullmatch
Vpc = Annotated[str, BeforeValidator(_vpc), WithJsonSchema({"type": "string", "pattern": "^(?:new|default|vpc-.+)$"})]


class Tagged(Section):
    """What is there already, found by its tags."""

    tags: dict[Fixed, Fixed]
    """Tags that it has, every one of them."""


class Network(Section):
    """The network that the environment lives in."""

    vpc: Annotated[Vpc | Tagged, PlainOrMap()] = "new"
    """`new`: a VPC of its own. An existing one, in which nothing is changed: its id, its `tags`, or `default` for the region's default VPC."""
    public_subnets: Annotated[list[Annotated[Text, SUBNET]] | Tagged, PlainOrMap()] = []
    """Subnets of an existing VPC that are routed to an internet gateway: their ids, or their `tags`."""
    private_subnets: Annotated[list[Annotated[Text, SUBNET]] | Tagged, PlainOrMap()] = []
    """Subnets of an existing VPC that are not. Where there are any, tasks live in them."""
    cidr: Cidr = "10.0.0.0/16"
    """The VPC's IPv4 block, from /16 to /23; each subnet takes a sixteenth of it."""
    azs: Annotated[Int, Between(2, 6, "availability zones")] = 2
    """Availability zones to use; a load balancer needs two."""
    nat: Annotated[Literal["none", "single", "per_az"], one_of("none", "single", "per_az")] = "none"
    """How private subnets reach the internet: not at all, by one NAT gateway, or by one in each zone."""
    endpoints: Annotated[list[Annotated[Text, one_of(AUTO, *ENDPOINTS)]], OneOrMore()] = []
    """VPC endpoints for AWS services, reached without the internet; `auto` for exactly those that the tasks need."""
    flow_logs: Bool = False
    """Record accepted and rejected connections in CloudWatch Logs."""


@dataclass(frozen=True, slots=True)
class NetworkInputs:
    """Inputs of the module `network`."""

    existing: ClassVar[bool] = False

    name: str
    cidr_block: str
    az_count: int
    nat: str
    private_subnets: bool
    gateway_endpoints: tuple[str, ...]
    interface_endpoints: tuple[str, ...]
    flow_logs: bool


def resolve(
    network: Network, application: str, environment: str, private_subnets: bool, needed: set[str]
) -> NetworkInputs:
    """`private_subnets`: whether a service or the load balancer lives there; `needed`: endpoints that the tasks need."""
    wanted = set(network.endpoints) - {AUTO} | (needed if AUTO in network.endpoints else set())
    return NetworkInputs(
        name=names.stack(application, environment),
        cidr_block=network.cidr,
        az_count=network.azs,
        nat=network.nat,
        private_subnets=private_subnets or network.nat != "none",
        gateway_endpoints=tuple(sorted(wanted & set(GATEWAYS))),
        interface_endpoints=tuple(sorted(wanted - set(GATEWAYS))),
        flow_logs=network.flow_logs,
    )


def check(network: Network) -> Iterator[Finding]:
    """What the VPC API would refuse, or what leaves no room for the subnets. Of a VPC that is to be made."""
    path: Path = ("network", "cidr")
    block = ipaddress.ip_network(network.cidr)
    if block.version == 6:
        yield Finding(
            path,
            "EG401",
            f"{network.cidr} is an IPv6 block, and a VPC needs an IPv4 block",
            "write one like 10.0.0.0/16",
        )
        return
    if block.prefixlen < 16:
        yield Finding(path, "EG401", f"{network.cidr} is larger than a VPC can be", "write a prefix from /16 to /23")
    elif block.prefixlen > LARGEST_PREFIX:
        subnet = min(block.prefixlen + 4, 32)
        yield Finding(
            path,
            "EG401",
            f"{network.cidr} is too small: its subnets would be /{subnet}, and a load balancer needs /27 or larger",
            "write a prefix from /16 to /23",
        )
    if not any(block.subnet_of(private) for private in PRIVATE):
        yield Finding(
            path,
            "EG402",
            f"{network.cidr} is not a private range: addresses of others on the internet could not be reached",
            "use a block inside 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16",
            Severity.WARNING,
        )
    if block.overlaps(DOCKER):
        yield Finding(
            path,
            "EG402",
            f"{network.cidr} overlaps 172.17.0.0/16, which Docker uses inside a host",
            "use another block, for example 10.0.0.0/16",
            Severity.WARNING,
        )
    seen: set[str] = set()
    for index, endpoint in enumerate(network.endpoints):
        if endpoint in seen:
            yield Finding(("network", "endpoints", index), "EG403", f"{endpoint} is listed twice", "remove one of them")
        seen.add(endpoint)


@dataclass(frozen=True, slots=True)
class Part:
    """What one container needs of the network before it runs: its image (None: from ECR), secrets and env files."""

    name: str
    path: Path
    image: str | None
    secrets: tuple[str, ...]
    has_keys: bool
    has_env_files: bool


def needed(parts: Iterable[Part], with_exec: bool, with_queue: bool, *, perhaps: bool = False) -> set[str]:
    """The endpoints without which a task in private subnets without NAT does not start, log, open a shell or work off its queue.

    `perhaps`: those too that a reference may need, whose value only Terraform knows.
    """
    found = {"logs"} | ({"ssmmessages"} if with_exec else set()) | ({"sqs"} if with_queue else set())
    for part in parts:
        if part.image is None or ".dkr.ecr." in part.image or (perhaps and isinstance(part.image, Reference)):
            found |= {"ecr.api", "ecr.dkr", "s3"}
        for source in part.secrets:
            if isinstance(source, Reference):
                found |= {"secretsmanager", "ssm"} if perhaps else set()
                continue
            found |= {"ssm"} if ":ssm:" in source or source.startswith("ssm:") else {"secretsmanager"}
        found |= {"kms"} if part.has_keys else set()
        found |= {"s3"} if part.has_env_files else set()
    return found


REACH: tuple[Path, ...] = (("network", "nat"), ("network", "endpoints"))


def check_reach(
    network: Network,
    service: str,
    parts: Iterable[Part],
    path: Path,
    region: str,
    *,
    with_exec: bool,
    with_queue: bool,
) -> Iterator[Finding]:
    """A service in private subnets without NAT reaches only what has an endpoint, and those are of its own region."""
    parts = list(parts)
    for part in parts:
        image = part.image
        if image is not None and not isinstance(image, Reference) and f".dkr.ecr.{region}." not in image:
            yield Finding(
                (*part.path, "image"),
                "EG420",
                f"container {part.name} cannot pull {part.image}: private subnets without NAT do not reach its registry",
                f"set network.nat: single, or network.public: true on the service, or push the image to ECR in {region}",
                reads=REACH,
            )
        for source in part.secrets:
            if not isinstance(source, Reference) and source.startswith("arn:") and source.split(":")[3] != region:
                yield Finding(
                    (*part.path, "secrets"),
                    "EG421",
                    f"container {part.name} cannot read {shorten(source)}: private subnets without NAT reach {region} only",
                    f"set network.nat: single, or keep it in {region} too",
                    on_key=True,
                    reads=REACH,
                )
    missing = [] if AUTO in network.endpoints else sorted(needed(parts, with_exec, with_queue) - set(network.endpoints))
    if missing:
        yield Finding(
            path,
            "EG421",
            f"tasks of {service} live in private subnets without NAT and do not reach {', '.join(missing)}",
            f"add to network.endpoints: [{', '.join(missing)}], or write endpoints: auto, or set network.nat: single",
            on_key=True,
            reads=REACH,
        )


PRIVATE = tuple(
    ipaddress.IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)
MOST_COMPARED = 200
"""Blocks of which every two are compared: no rule and no security group takes as many."""
DOCKER = ipaddress.IPv4Network("172.17.0.0/16")


def check_overlaps(blocks: Iterable[tuple[Path, str]], code: str = "EG404") -> Iterator[Finding]:
    """CIDR blocks of one list that contain each other: AWS refuses the second rule, or it says nothing new."""
    seen: list[tuple[str, ipaddress.IPv4Network | ipaddress.IPv6Network]] = []
    for path, text in islice(blocks, MOST_COMPARED):
        if isinstance(text, Reference):
            continue
        block = ipaddress.ip_network(text)
        for other_text, other in seen:
            if block.version == other.version and block.overlaps(other):
                what = "is listed twice" if block == other else f"overlaps {other_text}"
                yield Finding(path, code, f"{text} {what}", "keep the larger block alone")
                break
        seen.append((text, block))
