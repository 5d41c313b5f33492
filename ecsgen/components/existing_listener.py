"""A listener of a load balancer that other applications use too. Carried by the module `existing_listener`.

Its priorities are shared by everybody's rules. Each application and environment gets its own stretch in each band of
specificity, at a place that a hash gives: two repositories that know nothing of each other rarely meet, and the order
of specificity holds among all of them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from ecsgen.hcl import Reference
from ecsgen.problems import Finding, Path, Severity

LISTENER = re.compile(
    r"arn:aws[a-z-]*:elasticloadbalancing:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):listener/app/(?P<name>[A-Za-z0-9-]+)/[0-9a-z]+/[0-9a-z]+"
)

DEPTHS = {0: 8000, 2: 3000, 4: 1500}
"""Priorities in a band by the depth of its paths: most rules have no path, or /one, or /one/two."""
OTHER_DEPTH = 180
WITH_SOURCES = 100
BANDS_A_HOST = 32
ROOM = 60
"""Priorities of one application's stretch in a band, with gaps between its rules; there are more numbers outside."""


@dataclass(frozen=True, slots=True)
class ListenerInputs:
    """Inputs of the module `existing_listener`. `name` is its load balancer's, `host` and `path` those of the URL."""

    existing: ClassVar[bool] = True

    listener_arn: str
    name: str
    host: str | None
    path: str


def resolve(listener_arn: str, hosts: Iterable[str], path: str) -> ListenerInputs:
    """`hosts` are those of the rule that the URL is to lead to, `path` is where it leads."""
    match = LISTENER.fullmatch(listener_arn)
    known = (host for host in hosts if not isinstance(host, Reference))
    host = next((host for host in known if "*" not in host and "?" not in host), None)
    return ListenerInputs(listener_arn, match["name"] if match else "", host, path)


def load_balancer_of(listener_arn: str) -> str:
    """The load balancer in a listener's ARN: "app/NAME/ID"."""
    return listener_arn.partition(":listener/")[2].rpartition("/")[0]


def width(index: int) -> int:
    """How many priorities the band with this number has; the bands are those of `listener_rule.band`."""
    if index % 2 == 0:
        return WITH_SOURCES
    return DEPTHS.get(15 - index % BANDS_A_HOST // 2, OTHER_DEPTH)


def start(index: int, owner: str) -> int:
    """The number before the first of the owner's stretch in a band. `owner` is "application/environment"."""
    free = width(index) - ROOM
    place = int.from_bytes(hashlib.sha256(f"{owner}/{index}".encode()).digest()[:8]) % free
    return sum(map(width, range(index))) + place


def check(
    listener_arn: str,
    written: set[str],
    region: str,
    account: str | None,
    *,
    vpc_is_new: bool,
    has_http: bool,
    has_domain: bool,
) -> Iterator[Finding]:
    """What does not fit to a load balancer that is there. `written`: the keys of `load_balancer`."""
    here: Path = ("load_balancer", "existing")
    if has_domain:
        yield Finding(
            ("domain",),
            "EG710",
            "certificate, HTTPS and DNS records of a shared listener belong to its owner",
            "remove domain, and have the certificate added to the listener and a record made for each host",
            on_key=True,
            reads=(here,),
        )
    for key in sorted(written - {"existing"}):
        yield Finding(
            ("load_balancer", key),
            "EG436",
            f"{key} is for a load balancer that ecsgen makes, and this one is there already",
            "remove it, or remove existing",
            on_key=True,
            reads=(here,),
        )
    match = LISTENER.fullmatch(listener_arn)
    if match is None:
        return
    if match["region"] != region:
        yield Finding(
            here,
            "EG437",
            f"the listener is in {match['region']} and the services in {region}",
            f"use one of {region}",
            reads=(("region",),),
        )
    elif account and match["account"] != account:
        yield Finding(
            here,
            "EG437",
            f"the listener belongs to account {match['account']} and the services to {account}",
            f"use one of {account}",
            reads=(("account",),),
        )
    if vpc_is_new and has_http:
        yield Finding(
            here,
            "EG438",
            "a load balancer reaches tasks in its own VPC only, and this description makes a new one",
            "name the load balancer's VPC: network: {vpc: vpc-…, private_subnets: […]}",
            reads=(("network", "vpc"),),
        )


def check_rule(service: str, path: Path) -> Iterator[Finding]:
    """A rule that takes every request, on a listener where others' rules stand too."""
    yield Finding(
        path,
        "EG439",
        f"{service} takes every request that no other rule of the shared listener takes",
        "give it a host or a path of its own, as in host: shop.example.com",
        Severity.WARNING,
        on_key=True,
        reads=(("load_balancer", "existing"), (*path, "host"), (*path, "path"), (*path, "sources")),
    )
