"""Health checks that fail: the container's own command, and the load balancer's requests."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ecsgen.aws.causes.cause import About, Cause

if TYPE_CHECKING:
    from ecsgen.aws.model import HealthCheck, ServiceEvent, Target, TargetGroup, Task
    from ecsgen.problems import Path

CONTAINER_CHECK_FAILED = re.compile(r"failed container health checks", re.IGNORECASE)
TARGET_CHECK_FAILED = re.compile(r"failed ELB health checks", re.IGNORECASE)

_EVENT_REASON = re.compile(r"is (?:unhealthy|not healthy) in .*?due to (?:\(reason )?(?P<reason>[^)]+)")
_CODES = re.compile(r"with these codes: \[(?P<codes>[\d, ]+)\]")


def unhealthy_container(tasks: Sequence[Task]) -> str:
    """The container whose own health check fails, in the newest task that has one; "" when none does."""
    for task in reversed(tasks):
        for container in task.containers:
            if container.health == "UNHEALTHY":
                return container.name
    return ""


def container_health_cause(tasks: Sequence[Task], about: About) -> Cause:
    """The container's own check fails. `tasks` are those it failed in, oldest first."""
    name = unhealthy_container(tasks) or _checked(about)
    about = replace(about, container=name)
    check = about.defined.health if about.defined else None
    headline = f"the health check of {name} fails"
    hints = [
        "run the command inside the image: what it calls (such as curl) must be there, and the address must answer"
    ]
    places: list[Path] = [about.in_container("health")]
    if check:
        headline += f": {show_command(check)}"
        if (lived := _shortest_life(tasks)) is not None:
            hints.append(
                f"if {name} needs longer than {check.start_period} s to start, raise `start_period` "
                f"(the tasks lived {lived} s)"
            )
            places.append(about.in_container("health", "start_period"))
    return Cause(headline, tuple(places), "; ".join(hints))


def show_command(check: HealthCheck) -> str:
    """The command as a person would type it."""
    return " ".join(check.command[1:] if check.command[:1] in {("CMD",), ("CMD-SHELL",)} else check.command)


def target_reasons(targets: Sequence[Target], events: Sequence[ServiceEvent]) -> list[str]:
    """Why targets are unhealthy, in the load balancer's words, oldest first."""
    reasons = [match["reason"] for event in events if (match := _EVENT_REASON.search(event.message))]
    return reasons + [target.description for target in targets if target.state == "unhealthy" and target.description]


def target_health_cause(
    reasons: Sequence[str], group: TargetGroup | None, tasks: Sequence[Task], grace: int, about: About
) -> Cause:
    """The load balancer's check fails. `reasons` are its words, `tasks` those stopped for it, `grace` is in seconds."""
    about = replace(about, container=about.key)
    what = f"the load balancer's health check{f' GET {group.path}' if group and group.path else ''}"
    reason = Counter(reasons).most_common(1)[0][0] if reasons else ""
    health, grace_place = about.in_service("http", "health"), about.in_service("http", "grace")
    lived = _shortest_life(tasks)
    slow = (
        f"; if the program needs longer to start, raise `grace` (it is {grace} s, the tasks lived {lived} s)"
        if lived is not None
        else ""
    )
    if match := _CODES.search(reason):
        return _codes_cause(match["codes"], what, group, about)
    if "Availability Zone" in reason:
        return Cause(
            "a task runs in a zone that the load balancer does not serve",
            (("network",), about.in_service("network")),
            "give the load balancer a subnet in every zone of the tasks",
        )
    if "timed out" in reason:
        within = f" within {group.timeout} s" if group else ""
        return Cause(
            f"{what} gets no answer{within}",
            ((*health, "timeout"), grace_place) if slow else ((*health, "timeout"),),
            f"the program accepts the request but is too slow, or a security group drops it{slow}",
        )
    ports = about.defined.ports if about.defined else ()
    port = f" {ports[0]}" if ports else ""
    return Cause(
        f"{what} finds nothing that answers on port{port}" if reason else f"{what} fails",
        (about.in_service("port"), health, grace_place) if slow else (about.in_service("port"), health),
        f"the program must listen on that port of 0.0.0.0: on 127.0.0.1 it is out of reach{slow}",
    )


def _codes_cause(codes: str, what: str, group: TargetGroup | None, about: About) -> Cause:
    """The program answers, with a status the check does not accept."""
    expected = f", not {group.codes}" if group and group.codes else ""
    health = about.in_service("http", "health")
    headline = f"{what} is answered with {codes}{expected}"
    first = codes.split(",")[0].strip()
    if first == "404":
        return Cause(headline, ((*health, "path"),), "set `path` to one the program knows")
    if first in {"401", "403"}:
        return Cause(headline, ((*health, "path"),), "set `path` to one that needs no sign-in")
    if first.startswith("3"):
        return Cause(
            headline, ((*health, "path"), (*health, "codes")), "set `path` to where it leads, or accept it in `codes`"
        )
    if first.startswith("5"):
        return Cause(
            headline,
            ((*health, "path"),),
            "the program itself fails on this request: see its last log lines, and what it depends on",
        )
    return Cause(headline, ((*health, "codes"), (*health, "path")), "check `path`, or accept the status in `codes`")


def _checked(about: About) -> str:
    """The container that has a health check, if the tasks do not say which one failed."""
    containers = about.definition.containers if about.definition else ()
    return next((one.name for one in containers if one.health and one.essential), about.container or about.key)


def _shortest_life(tasks: Sequence[Task]) -> int | None:
    """Seconds from a task's start to its end, of the one that lived shortest."""
    lives = [int((task.ended - task.started).total_seconds()) for task in tasks if task.started and task.ended]
    return min(lives, default=None)
