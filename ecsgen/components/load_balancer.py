"""The application load balancer that an environment's HTTP services share. Carried by the module `alb`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from ecsgen import names
from ecsgen.fields import Between, Bool, Cidr, Pattern, Seconds, Section, Text, Word, arn, one_of
from ecsgen.problems import Finding

EVERYWHERE = ("0.0.0.0/0", "::/0")
RULES_LIMIT = 100
"""Listener rules of a load balancer, and target groups, by default quotas."""

BUCKET = Pattern(
    r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
    "the name of an S3 bucket",
    "use 3 to 63 lower-case letters, digits, points and hyphens",
)


class AccessLogs(Section):
    """Where the load balancer writes its access logs."""

    bucket: Annotated[Text, BUCKET]
    """An S3 bucket whose policy lets the load balancer write."""
    prefix: Word | None = None
    """A folder in the bucket."""


class LoadBalancer(Section):
    """The load balancer of the services that have `http`."""

    scheme: Annotated[Literal["public", "internal"], one_of("public", "internal")] = "public"
    """`public`: reachable from the internet; `internal`: from the VPC and networks connected to it."""
    idle_timeout: Annotated[Seconds, Between(1, 4000, "seconds")] = 60
    """Seconds without traffic after which a connection is closed."""
    deletion_protection: Bool = False
    """Refuse to delete the load balancer."""
    access_logs: AccessLogs | None = None
    """Write a log of every request to an S3 bucket."""
    waf: (
        Annotated[
            Text,
            arn("wafv2", "the ARN of a WAFv2 web ACL", "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/NAME/ID"),
        ]
        | None
    ) = None
    """A WAFv2 web ACL (regional) that filters the requests."""
    allow: list[Cidr] | None = None
    """Who may connect, as CIDR blocks; everyone when public, the VPC when internal."""


@dataclass(frozen=True, slots=True)
class LoadBalancerInputs:
    """Inputs of the module `alb`. `ingress_cidr_blocks` None: the VPC's own block."""

    name: str
    internal: bool
    ingress_cidr_blocks: tuple[str, ...] | None
    idle_timeout: int
    deletion_protection: bool
    access_logs: dict[str, str] | None
    web_acl_arn: str | None


def resolve(balancer: LoadBalancer, application: str, environment: str, vpc: str) -> LoadBalancerInputs:
    """`vpc` names the network that it lives in."""
    internal = balancer.scheme == "internal"
    allow = None if internal else ("0.0.0.0/0",)
    logs = balancer.access_logs
    return LoadBalancerInputs(
        name=names.load_balancer(application, environment, balancer.scheme, vpc),
        internal=internal,
        ingress_cidr_blocks=tuple(sorted(balancer.allow)) if balancer.allow is not None else allow,
        idle_timeout=balancer.idle_timeout,
        deletion_protection=balancer.deletion_protection,
        access_logs=None
        if logs is None
        else {"bucket": logs.bucket, **({"prefix": logs.prefix} if logs.prefix else {})},
        web_acl_arn=balancer.waf,
    )


def check(balancer: LoadBalancer, region: str, account: str | None) -> Iterator[Finding]:
    """What the load balancer's API would refuse."""
    if balancer.allow is not None and not balancer.allow:
        yield Finding(
            ("load_balancer", "allow"),
            "EG405",
            "nobody may connect to the load balancer",
            "list a CIDR block, or remove allow",
        )
    if balancer.allow and len(balancer.allow) > 60:
        yield Finding(
            ("load_balancer", "allow"),
            "EG406",
            f"{len(balancer.allow)} blocks are more than the 60 rules of a security group",
            "join neighbouring blocks",
        )
    logs = balancer.access_logs
    if logs is not None and logs.prefix is not None and (logs.prefix.startswith("/") or "AWSLogs" in logs.prefix):
        yield Finding(
            ("load_balancer", "access_logs", "prefix"),
            "EG407",
            f'"{logs.prefix}" is not possible as a prefix',
            "write it without a slash at its start and without AWSLogs",
        )
    if balancer.waf is not None:
        path = ("load_balancer", "waf")
        parts = balancer.waf.split(":")
        if not parts[5].startswith("regional/"):
            yield Finding(
                path,
                "EG408",
                "this web ACL is not a regional one, and a load balancer takes no other",
                "create it with scope REGIONAL",
            )
        elif parts[3] != region:
            yield Finding(
                path,
                "EG408",
                f"the web ACL is in {parts[3]} and the load balancer in {region}",
                f"use one of {region}",
                reads=(("region",),),
            )
        elif account and parts[4] != account:
            yield Finding(
                path,
                "EG408",
                f"the web ACL belongs to account {parts[4]} and the load balancer to {account}",
                f"use one of {account}",
                reads=(("account",),),
            )
