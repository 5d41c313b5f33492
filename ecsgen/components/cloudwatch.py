"""Scaling by any CloudWatch metric that is kept to a target. Carried by the module `autoscaling`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import Field

from ecsgen import measure, names
from ecsgen.fields import Between, Float, OneOrMore, Seconds, Section
from ecsgen.problems import Finding, Path


class Pace(Section):
    """How long one policy waits after it scaled; by default as long as `scaling.cooldown` says."""

    scale_in: Annotated[Seconds, Between(0, 3600, "seconds")] | None = Field(None, alias="in")
    """Seconds after tasks were removed."""
    scale_out: Annotated[Seconds, Between(0, 3600, "seconds")] | None = Field(None, alias="out")
    """Seconds after tasks were added."""


class Metric(measure.Measure):
    """A CloudWatch metric to keep to a target. It must fall as tasks are added, like a load for each task does."""

    target: Annotated[Float, Between(0, 1_000_000_000_000)]
    """The value to keep to."""
    cooldown: Pace = Pace()
    """Seconds to wait between two steps of this policy."""


class MetricKeys(Section):
    """Scaling by metrics of one's own."""

    metric: Annotated[list[Metric], OneOrMore(maps=True)] = []
    """Any CloudWatch metric to keep to a target; one or a list."""


def resolve(given: Sequence[Metric]) -> dict[str, dict[str, Any]]:
    """The targets as the module takes them, by the metric's name; where two share it, by a hash of all of them too."""
    shared = [metric.name for metric in given]
    found = {}
    for metric in given:
        key = (
            metric.name
            if shared.count(metric.name) == 1
            else f"{metric.name}-{names.digest(*measure.identity(metric))}"
        )
        pace = {"scale_in_cooldown": metric.cooldown.scale_in, "scale_out_cooldown": metric.cooldown.scale_out}
        found[key] = {
            **measure.inputs(metric),
            "target": measure.number(metric.target),
            **{name: seconds for name, seconds in pace.items() if seconds is not None},
        }
    return dict(sorted(found.items()))


def check(given: Sequence[Metric], path: Path) -> Iterator[Finding]:
    """What CloudWatch or Application Auto Scaling would refuse."""
    seen: set[tuple[str, ...]] = set()
    for index, metric in enumerate(given):
        here = (*path, "metric", index)
        yield from measure.check(metric, here)
        if metric.target <= 0:
            yield Finding((*here, "target"), "EG549", "a target of 0 cannot be kept to", "write a number above 0")
        if measure.identity(metric) in seen:
            yield Finding((*here, "name"), "EG549", f"{metric.name} is tracked twice", "remove one of them")
        seen.add(measure.identity(metric))
