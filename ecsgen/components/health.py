"""A container's own health check, run inside it by ECS. Carried by the module `task_definition`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BeforeValidator

from ecsgen import scalars
from ecsgen.fields import Between, Int, Seconds, Section, Text, invalid, is_reference, kind_of, read_text
from ecsgen.problems import Finding, Path


def _command(value: Any) -> Any:
    """A text is run by the container's shell; a list is run as it is, its first word may be CMD or CMD-SHELL."""
    if is_reference(value):
        return ["CMD-SHELL", value]
    if isinstance(value, str) and not scalars.is_null(value):
        return ["CMD-SHELL", read_text(value)]
    if not isinstance(value, list):
        raise invalid(f"a command is expected, not {kind_of(value)}", 'write ["CMD", "wget", "-q", "localhost"]')
    if value and str(value[0]) not in {"CMD", "CMD-SHELL", "NONE"}:
        return ["CMD", *value]
    return value


class Health(Section):
    """The health check that ECS runs inside the container."""

    command: Annotated[list[Text], BeforeValidator(_command)]
    """What to run; exit 0 is healthy. A text is given to the container's shell, a list is run as it is."""
    interval: Annotated[Seconds, Between(5, 300, "seconds")] = 30
    """Seconds between two checks."""
    timeout: Annotated[Seconds, Between(2, 60, "seconds")] = 5
    """Seconds after which a check has failed."""
    retries: Annotated[Int, Between(1, 10)] = 3
    """Failed checks in a row that make the container unhealthy."""
    start_period: Annotated[Seconds, Between(0, 300, "seconds")] = 0
    """Seconds after the start in which failed checks do not count."""


class HealthKeys(Section):
    """A container's own health check, if it has one."""

    health: Health | None = None
    """The container's own health check."""


def check(health: Health, path: Path) -> Iterator[Finding]:
    """What ECS would refuse about a health check."""
    words = health.command
    if not words or words[0] == "NONE" or len(words) == 1:
        yield Finding((*path, "command"), "EG310", "the health check runs nothing", "write a command, or remove health")
    elif words[0] == "CMD-SHELL" and len(words) > 2:
        yield Finding(
            (*path, "command"), "EG310", "CMD-SHELL takes one text", 'write ["CMD-SHELL", "the whole command"]'
        )
    elif any(not word.strip() for word in words[1:2]):
        yield Finding(
            (*path, "command"), "EG310", "the health check's command is empty", "write a command, or remove health"
        )
    if health.timeout > health.interval:
        yield Finding(
            (*path, "timeout"),
            "EG311",
            f"the timeout ({health.timeout} s) is longer than the interval ({health.interval} s)",
            f"write at most {health.interval}",
            reads=((*path, "interval"),),
        )


def inputs(health: Health) -> dict[str, Any]:
    """The health check as the module takes it."""
    return {
        "command": list(health.command),
        "interval": health.interval,
        "timeout": health.timeout,
        "retries": health.retries,
        "start_period": health.start_period,
    }
