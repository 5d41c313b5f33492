"""Addresses that stay in front of the application load balancer: a network load balancer with an Elastic IP in each zone.

Carried by the modules `nlb` and `alb_target`. The application load balancer keeps its own ways in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ecsgen.problems import Finding, Path, Severity

HTTP = {"http": 80}
HTTPS = {"http": 80, "https": 443}
HERE = ("load_balancer", "static_ips")
QUOTA = 5
"""Elastic IPs of an account in one region, by default quota."""


@dataclass(frozen=True, slots=True)
class StaticAddressesInputs:
    """Inputs of the modules `nlb` and `alb_target`. `ports`: listener -> port; `target_groups`: listener -> its target group's name."""

    name: str
    subnets: str
    ports: dict[str, int]
    target_groups: dict[str, str]
    deletion_protection: bool


def ports(has_https: bool) -> dict[str, int]:
    """The listeners that the application load balancer has."""
    return HTTPS if has_https else HTTP


def resolve(
    names: Mapping[str, str], subnets: str, *, has_https: bool, deletion_protection: bool
) -> StaticAddressesInputs:
    """`names`: "" -> the load balancer's, listener -> its target group's; `subnets`: "public" or "private"."""
    listeners = ports(has_https)
    return StaticAddressesInputs(
        names[""], subnets, listeners, {key: names[key] for key in listeners}, deletion_protection
    )


def check(scheme: str, has_http: bool) -> Iterator[Finding]:
    """Addresses that nothing could have."""
    if scheme == "internal":
        yield Finding(
            HERE,
            "EG471",
            "an internal load balancer has no Elastic IPs",
            "write scheme: public, or remove static_ips",
            reads=(("load_balancer", "scheme"),),
        )
    if not has_http:
        yield Finding(
            HERE,
            "EG472",
            "no service has http, so there is no load balancer that could have addresses",
            "write http: true in a service, or tcp: {port: …, static_ips: true} for one that speaks something else",
            reads=(("services",),),
        )


def check_quota(asked: Sequence[tuple[Path, int]]) -> Iterator[Finding]:
    """More Elastic IPs than an account has. `asked`: where they are asked for, and how many."""
    total = sum(count for _, count in asked)
    if total > QUOTA:
        yield Finding(
            asked[-1][0],
            "EG473",
            f"{total} Elastic IPs are wanted in all, and by AWS's default quota an account has {QUOTA} in a region",
            "have the quota raised before you apply, or ask for fewer: in fewer zones, or with nat: single",
            Severity.WARNING,
            reads=tuple(path for path, _ in asked),
        )
