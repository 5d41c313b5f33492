"""The application load balancer that an environment's HTTP services share.

Carried by the module `alb`; a listener that is there already by `existing_listener`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from ecsgen import names
from ecsgen.aws_values import GROUP_RULES, CidrOrReference, arn
from ecsgen.fields import Between, Bool, Fixed, Pattern, Seconds, Section, Text, Word, one_of
from ecsgen.hcl import Reference
from ecsgen.problems import Finding, Path, Severity

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

    existing: (
        Annotated[
            Fixed,
            Pattern(
                r"arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:listener/app/[A-Za-z0-9-]+/[0-9a-z]+/[0-9a-z]+",
                "the ARN of an application load balancer's listener",
                "write it like arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/NAME/50dc6c495c0c9188/f2f7dc8efc522ab2",
            ),
        ]
        | None
    ) = None
    """The ARN of a listener that is there already, to be used beside others: rules are added to it, and nothing is changed."""
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
    allow: list[CidrOrReference] | None = None
    """Who may connect, as CIDR blocks; everyone when public, the VPC when internal."""
    static_ips: Bool = False
    """An Elastic IP in each zone, which stays: on a network load balancer in front of this one. Costs a second load balancer."""


@dataclass(frozen=True, slots=True)
class LoadBalancerInputs:
    """Inputs of the module `alb`. `ingress_cidr_blocks` None: the VPC's own block; `subnets`: "public" or "private"; `path` is that of the URL. References have keys of their own:
    what they stand for may be known after the apply only, and Terraform takes no such thing for a key or a count.
    """

    existing: ClassVar[bool] = False

    name: str
    internal: bool
    subnets: str
    ingress_cidr_blocks: tuple[str, ...] | None
    named_ingress_cidr_blocks: dict[str, str]
    idle_timeout: int
    deletion_protection: bool
    access_logs: dict[str, str] | None
    web_acl_arn: str | None
    https_egress: bool
    web_acl_by_reference: bool
    path: str


def resolve(
    balancer: LoadBalancer,
    application: str,
    environment: str,
    vpc: str,
    subnets: str,
    *,
    https_egress: bool,
    path: str,
) -> LoadBalancerInputs:
    """`vpc` names the network that it lives in, `subnets` those it stands in: "public" or "private".

    `https_egress`: it signs clients in, and must reach Cognito. `path` is where its URL leads, "" at the root.
    """
    internal = balancer.scheme == "internal"
    allow = None if internal else ("0.0.0.0/0",)
    blocks = balancer.allow or ()
    named: dict[str, str] = {str(block): block for block in sorted(blocks) if isinstance(block, Reference)}
    logs = balancer.access_logs
    return LoadBalancerInputs(
        name=names.load_balancer(application, environment, balancer.scheme, vpc),
        internal=internal,
        subnets=subnets,
        ingress_cidr_blocks=tuple(sorted(block for block in blocks if not isinstance(block, Reference)))
        if balancer.allow is not None
        else allow,
        named_ingress_cidr_blocks=named,
        idle_timeout=balancer.idle_timeout,
        deletion_protection=balancer.deletion_protection,
        access_logs=None
        if logs is None
        else {"bucket": logs.bucket, **({"prefix": logs.prefix} if logs.prefix else {})},
        web_acl_arn=balancer.waf,
        https_egress=https_egress,
        web_acl_by_reference=isinstance(balancer.waf, Reference),
        path=path,
    )


def check_served(services: Sequence[str], rules: Sequence[Path]) -> Iterator[Finding]:
    """More than a load balancer takes: rules, and for each service a target group and a security group's rule.

    `rules` are the places where the listener's rules are written.
    """
    count = len(services)
    if count > RULES_LIMIT:
        limit, severity = RULES_LIMIT, Severity.ERROR
        what = f"want a rule and a target group, and a load balancer takes {RULES_LIMIT}"
        hint = "put some of them into an application of their own"
    else:
        limit, severity = GROUP_RULES, Severity.WARNING
        what = f"want a rule in the load balancer's security group, and by AWS's default quota it takes {GROUP_RULES}"
        hint = "have the quota raised, or put some of them into an application of their own"
    if count > limit:
        yield Finding(
            ("services", services[limit], "http"), "EG418", f"{count} services {what}", hint, severity, on_key=True
        )
    if count <= RULES_LIMIT < len(rules):
        yield Finding(
            rules[RULES_LIMIT],
            "EG418",
            f"the services want {len(rules)} rules, and a load balancer takes {RULES_LIMIT}",
            "join rules, or put some services into an application of their own",
        )


def check(balancer: LoadBalancer, region: str, account: str | None, ports: int) -> Iterator[Finding]:
    """What the load balancer's API would refuse. `ports` is how many it listens on."""
    if balancer.allow is not None and not balancer.allow:
        yield Finding(
            ("load_balancer", "allow"),
            "EG405",
            "nobody may connect to the load balancer",
            "list a CIDR block, or remove allow",
        )
    elif balancer.allow and all(not isinstance(block, Reference) and ":" in block for block in balancer.allow):
        yield Finding(
            ("load_balancer", "allow"),
            "EG405",
            "the load balancer has IPv4 addresses only, so nobody can connect from IPv6 blocks alone",
            "list an IPv4 block too, such as 0.0.0.0/0",
            Severity.WARNING,
        )
    for version in (4, 6):
        known = [block for block in balancer.allow or () if not isinstance(block, Reference)]
        blocks = [block for block in known if (":" in block) == (version == 6)]
        own = ports if balancer.static_ips else 0  # for the network load balancer in front
        if len(blocks) * ports + own > GROUP_RULES:
            twice = f", each on {ports} ports," if ports > 1 else ""
            twice += f" and {own} for the network load balancer" if own else ""
            yield Finding(
                ("load_balancer", "allow"),
                "EG406",
                f"{len(blocks)} IPv{version} blocks{twice} are more than the {GROUP_RULES} rules of a security group",
                "join neighbouring blocks",
            )
    logs = balancer.access_logs
    if (
        logs is not None
        and logs.prefix is not None
        and not isinstance(logs.prefix, Reference)
        and (logs.prefix.startswith("/") or "AWSLogs" in logs.prefix)
    ):
        yield Finding(
            ("load_balancer", "access_logs", "prefix"),
            "EG407",
            f'"{logs.prefix}" is not possible as a prefix',
            "write it without a slash at its start and without AWSLogs",
        )
    if balancer.waf is not None and not isinstance(balancer.waf, Reference):
        path = ("load_balancer", "waf")
        parts = balancer.waf.split(":")
        if not parts[5].startswith("regional/webacl/"):
            yield Finding(
                path,
                "EG408",
                "this is not a regional web ACL, and a load balancer takes nothing else",
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


def check_cognito(scheme: str, closed: bool, path: Path) -> Iterator[Finding]:
    """A load balancer that signs clients in and has no way to the internet, where Cognito is. `closed`: no NAT."""
    if scheme == "internal" and closed:
        yield Finding(
            path,
            "EG447",
            "an internal load balancer without NAT cannot reach Cognito, which has public addresses only",
            "set network.nat: single, or make the load balancer public",
            on_key=True,
            reads=(("load_balancer", "scheme"), ("network",)),
        )
