"""How requests reach a service: its target group, and the settings of its listener rule.

Carried by the module `service`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from ecsgen.fields import Between, Cidr, Int, OneOrMore, Pattern, Seconds, Section, Text, flag_or, one_of
from ecsgen.problems import Finding, Path

HOST = Pattern(
    r"(?=.{1,128}$)(?:[A-Za-z0-9*?-]+\.)+[A-Za-z*?]+", "a host name", "write it like shop.example.com or *.example.com"
)
PATH = Pattern(r"[/*][A-Za-z0-9_.$/~\"'@:+&*?-]{0,127}", "a path", "write it like /api, with at most 128 characters")
CHECK_PATH = Pattern(r"/[\x21-\x7e]{0,1023}", "a path", "write it like /health, without spaces")
CODES = Pattern(
    r"[2-4][0-9]{2}(?:-[2-4][0-9]{2})?(?:,[2-4][0-9]{2}(?:-[2-4][0-9]{2})?)*",
    "a list of HTTP codes",
    "write it like 200, 200,302 or 200-399, from 200 to 499",
)


class TargetHealth(Section):
    """The load balancer's health check of each task."""

    path: Annotated[Text, CHECK_PATH] = "/"
    """The path that is requested."""
    codes: Annotated[Text, CODES] = "200-399"
    """HTTP codes that mean healthy."""
    interval: Annotated[Seconds, Between(5, 300, "seconds")] = 30
    """Seconds between two checks."""
    timeout: Annotated[Seconds, Between(2, 120, "seconds")] = 5
    """Seconds to wait for the answer; less than the interval."""
    healthy: Annotated[Int, Between(2, 10, "checks")] = 2
    """Successful checks in a row that make a target healthy."""
    unhealthy: Annotated[Int, Between(2, 10, "checks")] = 3
    """Failed checks in a row that make a target unhealthy."""


class Http(Section):
    """HTTP requests from the load balancer to the service."""

    host: Annotated[list[Annotated[Text, HOST]], OneOrMore()] = []
    """Host names, one or a list; without any, every host."""
    path: Annotated[list[Annotated[Text, PATH]], OneOrMore()] = ["/"]
    """Paths, one or a list: `/` is everything, `/api` is `/api` and `/api/*`, a `*` stands as written."""
    container: Text | None = None
    """The container that gets the requests; the main one when not given."""
    health: TargetHealth = TargetHealth()
    """The load balancer's health check."""
    grace: Annotated[Seconds, Between(0, 2_147_483, "seconds")] | None = None
    """Seconds after a task's start in which failing checks do not stop it; 60, or the container's start period if longer."""
    sticky: Annotated[Seconds, Between(1, 604_800, "seconds")] | None = None
    """Seconds for which a client is sent to the same task."""
    drain: Annotated[Seconds, Between(0, 3600, "seconds")] = 30
    """Seconds that a task finishes its requests in before it is stopped."""
    protocol: Annotated[Literal["http"], one_of("http")] = "http"
    """The protocol between load balancer and task."""
    priority: Annotated[Int, Between(1, 50_000)] | None = None
    """The rule's priority; chosen by how specific the rule is when not given."""
    sources: Annotated[list[Cidr], OneOrMore()] = []
    """CIDR blocks of clients that the rule is for; everyone when empty."""


class HttpKeys(Section):
    """HTTP, if the service serves it."""

    http: Annotated[Http | None, flag_or(Http.model_fields)] = None
    """Requests from the load balancer: `true`, or a map."""


@dataclass(frozen=True, slots=True)
class HttpInputs:
    """Inputs of the module `service` for its target group and listener rule.

    `grace` None: 60 seconds, or, with `start_period`, the container's own start period if that is longer.
    """

    container: str
    target_group_name: str
    listener_rule: dict[str, Any]
    health: TargetHealth
    grace: int | None
    start_period: bool
    sticky: int | None
    drain: int


def resolve(
    http: Http, target_group_name: str, service: str, listener_rule: dict[str, Any], checked: set[str]
) -> HttpInputs:
    """The main container is named like its service; `checked` are the containers with a health check of their own."""
    container = http.container or service
    return HttpInputs(
        container=container,
        target_group_name=target_group_name,
        listener_rule=listener_rule,
        health=http.health,
        grace=http.grace,
        start_period=container in checked,
        sticky=http.sticky,
        drain=http.drain,
    )


def check(http: Http, containers: dict[str, tuple[int | None, int]], main: str, path: Path) -> Iterator[Finding]:
    """What the load balancer would refuse. `containers`: name -> its first TCP port, its health check's start period."""
    here = (*path, "http")
    name = http.container or main
    if name not in containers:
        yield Finding(
            (*here, "container"),
            "EG410",
            f"the task has no container {name}",
            f"its containers: {', '.join(containers)}",
            reads=((*path, "sidecars"),),
        )
    else:
        port, start = containers[name]
        if port is None:
            place = path if name == main else (*path, "sidecars", name)
            yield Finding(
                here,
                "EG411",
                f"container {name} has no TCP port that requests could go to",
                "write port: 8080 beside http" if name == main else f"write port: 8080 in {name}",
                on_key=True,
                reads=((*place, "port"), (*place, "ports"), (*here, "container")),
            )
        if http.grace is not None and http.grace < start:
            yield Finding(
                (*here, "grace"),
                "EG412",
                f"the grace period ({http.grace} s) ends before the container's own start period ({start} s)",
                f"write at least {start}",
                reads=((*here, "container"),),
            )
    health = http.health
    if health.timeout >= health.interval:
        yield Finding(
            (*here, "health", "timeout"),
            "EG413",
            f"the timeout ({health.timeout} s) is not below the interval ({health.interval} s)",
            f"write at most {health.interval - 1}",
            reads=((*here, "health", "interval"),),
        )
    for index, part in enumerate(health.codes.split(",")):
        low, _, high = part.partition("-")
        if high and int(high) < int(low):
            yield Finding(
                (*here, "health", "codes"),
                "EG104",
                f"{part} (number {index + 1}) runs backwards",
                f"write {high}-{low}",
            )
