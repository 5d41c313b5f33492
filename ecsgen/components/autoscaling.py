"""How many tasks run under which load: the bounds, and targets for the service's own metrics.

Carried by the module `autoscaling`, and by its variants where a schedule owns one of the bounds, or both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from ecsgen.fields import Between, Float, Int, Seconds, Section
from ecsgen.problems import Finding, Path, Severity

DEFAULT_CPU = 75.0


class Cooldown(Section):
    """How long to wait after scaling, before scaling again."""

    scale_in: Annotated[Seconds, Between(0, 3600, "seconds")] = Field(300, alias="in")
    """Seconds after tasks were removed."""
    scale_out: Annotated[Seconds, Between(0, 3600, "seconds")] = Field(60, alias="out")
    """Seconds after tasks were added."""


class ScalingKeys(Section):
    """The bounds, and targets for the service's own metrics."""

    min: Annotated[Int, Between(0, 5000, "tasks")] = 1
    """Fewest tasks."""
    max: Annotated[Int, Between(1, 5000, "tasks")]
    """Most tasks."""
    cpu: Annotated[Float, Between(1, 100, "percent")] | None = None
    """Average CPU to keep to, in percent; 75 when no other metric is given."""
    memory: Annotated[Float, Between(1, 100, "percent")] | None = None
    """Average memory to keep to, in percent."""
    requests: Annotated[Float, Between(1, 10_000_000, "requests")] | None = None
    """Requests for each task in a minute to keep to."""
    cooldown: Cooldown = Cooldown()
    """Seconds to wait between two steps."""


@dataclass(frozen=True, slots=True)
class AutoscalingInputs:
    """Inputs of the module `autoscaling`. Targets are in percent, and requests for each task in a minute."""

    min_capacity: int
    max_capacity: int
    cpu_target: float | int | None
    memory_target: float | int | None
    requests_target: float | int | None
    scale_in_cooldown: int
    scale_out_cooldown: int
    queue: dict[str, Any] | None
    metrics: dict[str, dict[str, Any]]
    steps: dict[str, dict[str, Any]]
    schedule: dict[str, dict[str, Any]]
    variant: str
    counts_requests: bool


def tracks_cpu(scaling: ScalingKeys, others: bool) -> bool:
    """Whether CPU is kept to a target: when it is given, or when nothing else is."""
    return scaling.cpu is not None or not (others or scaling.memory is not None or scaling.requests is not None)


def resolve(
    scaling: ScalingKeys,
    queue: dict[str, Any] | None,
    metrics: dict[str, dict[str, Any]],
    steps: dict[str, dict[str, Any]],
    schedule: dict[str, dict[str, Any]],
    variant: str,
) -> AutoscalingInputs:
    """CPU is the metric when no other is given. `variant` is the module's ending, by which bounds a schedule owns."""
    others = bool(queue or metrics or steps)
    return AutoscalingInputs(
        min_capacity=scaling.min,
        max_capacity=scaling.max,
        cpu_target=_number((scaling.cpu or DEFAULT_CPU) if tracks_cpu(scaling, others) else None),
        memory_target=_number(scaling.memory),
        requests_target=_number(scaling.requests),
        scale_in_cooldown=scaling.cooldown.scale_in,
        scale_out_cooldown=scaling.cooldown.scale_out,
        queue=queue,
        metrics=metrics,
        steps=steps,
        schedule=schedule,
        variant=variant,
        counts_requests=scaling.requests is not None
        or any(step.get("service_metric") == "requests" for step in steps.values()),
    )


def _number(value: float | None) -> float | int | None:
    """75.0 as 75, as a person writes it."""
    return int(value) if value is not None and value == int(value) else value


def check(
    scaling: ScalingKeys, has_http: bool, count_given: bool, others: bool, scheduled: bool, path: Path
) -> Iterator[Finding]:
    """What Application Auto Scaling would refuse, and settings that contradict each other.

    `others`: whether metrics beside the service's own scale it; `scheduled`: whether bounds change with the clock.
    """
    here = (*path, "scaling")
    if scaling.min > scaling.max:
        yield Finding(
            (*here, "min"),
            "EG510",
            f"min ({scaling.min}) is over max ({scaling.max})",
            f"write at most {scaling.max}",
            reads=((*here, "max"),),
        )
    if scaling.requests is not None and not has_http:
        yield Finding(
            (*here, "requests"),
            "EG511",
            "the service gets no requests from the load balancer",
            "add http, or scale on cpu or memory",
            reads=((*path, "http"),),
        )
    if count_given:
        yield Finding(
            (*path, "count"),
            "EG512",
            "count and scaling both say how many tasks run",
            "remove count, or scaling",
            on_key=True,
        )
    if scaling.min == scaling.max and not scheduled:
        yield Finding(
            (*here, "max"),
            "EG513",
            f"min and max are both {scaling.max}: nothing ever scales",
            f"write count: {scaling.max} instead of scaling",
            Severity.WARNING,
            reads=((*here, "min"),),
        )
    if scaling.min == 0 and scaling.requests is None and not others and not scheduled:
        yield Finding(
            (*here, "min"),
            "EG514",
            "with no task there is no CPU or memory to measure, so nothing scales out from 0",
            "write at least 1",
            Severity.WARNING,
            reads=((*here, "requests"),),
        )
