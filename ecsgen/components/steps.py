"""Scaling in steps: an alarm on a metric, and by how much to scale while it lasts. Carried by the module `autoscaling`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf
from typing import Annotated, Any, Literal

from pydantic import Field

from ecsgen import measure
from ecsgen.fields import Between, Fixed, Float, Int, Pattern, Seconds, Section
from ecsgen.measure import Measure, WordOrMeasure
from ecsgen.problems import Finding, Path

STEPS_LIMIT = 20
"""Adjustments of one policy (Application Auto Scaling quotas)."""
DAY = 86_400

CHANGE = Pattern(r"[+-]?[0-9]{1,4}%?|=[0-9]{1,4}", "a change of the number of tasks", "write +2, -1, +50% or =4")
STEP_NAME = Pattern(
    r"[a-z](?:-?[a-z0-9]){0,39}",
    "a name for a step",
    "use at most 40 lower-case letters, digits and single hyphens, a letter first",
)


class Adjustment(Section):
    """What to do while the metric lies between two values, both in the metric's own unit."""

    start: Float | None = Field(None, alias="from")
    """From this value on; by default from `above`, or from where the range below it ends."""
    end: Float | None = Field(None, alias="to")
    """To this value; by default to `below`, or to where the range above it begins."""
    change: Annotated[Fixed, CHANGE]
    """`+2` or `-1` tasks, `+50%` of the tasks, or `=4` for exactly so many."""


class Step(Section):
    """Step scaling: an alarm on a metric, and by how much to scale while it lasts."""

    name: Annotated[Fixed, STEP_NAME]
    """Its name, which becomes a part of the alarm's name."""
    metric: Annotated[Literal["cpu", "memory", "requests"] | Measure, WordOrMeasure()]
    """`cpu` or `memory` in percent, `requests` for each task in a minute, or a metric's `namespace`, `name`, `dimensions`, `statistic` and `unit`."""
    above: Float | None = None
    """The alarm is on while the metric is at or above this value; this, or `below`."""
    below: Float | None = None
    """The alarm is on while the metric is at or below this value."""
    period: Annotated[Seconds, Between(10, 86_400, "seconds")] = 60
    """Seconds that make one data point."""
    periods: Annotated[Int, Between(1, 1440)] = 1
    """Data points in a row that must be beyond the value."""
    change: Annotated[Fixed, CHANGE] | None = None
    """`+2` or `-1` tasks, `+50%` of the tasks, or `=4` for exactly so many, however far the value is exceeded."""
    adjustments: list[Adjustment] = []
    """More for a metric that is further off; instead of `change`."""
    at_least: Annotated[Int, Between(1, 5000, "tasks")] | None = None
    """Tasks that a percentage adds or removes at least."""
    cooldown: Annotated[Seconds, Between(0, 3600, "seconds")] | None = None
    """Seconds to wait after this step; by default `scaling.cooldown.out` where it adds tasks, and `in` where it removes them."""


class StepKeys(Section):
    """Scaling in steps."""

    steps: list[Step] = []
    """Steps on alarms, each with its name."""


def resolve(given: Sequence[Step]) -> dict[str, dict[str, Any]]:
    """The steps as the module takes them, by name."""
    return {step.name: _inputs(step) for step in sorted(given, key=lambda step: step.name)}


def _inputs(step: Step) -> dict[str, Any]:
    adjustments = _ordered(step)
    own = isinstance(step.metric, Measure)
    return {
        **({"metric": measure.inputs(step.metric)} if isinstance(step.metric, Measure) else {}),
        **({} if own else {"service_metric": step.metric}),
        "comparison_operator": f"{'Greater' if step.above is not None else 'Less'}ThanOrEqualToThreshold",
        "threshold": measure.number(_threshold(step)),
        "period": step.period,
        "evaluation_periods": step.periods,
        # Without requests there are no data points at all.
        **({"treat_missing_data": "breaching"} if step.metric == "requests" and step.below is not None else {}),
        "adjustment_type": _kind(adjustments[0].change),
        **({"min_adjustment_magnitude": step.at_least} if step.at_least is not None else {}),
        **({"cooldown": step.cooldown} if step.cooldown is not None else {}),
        "adjustments": [
            {
                **({"from": measure.number(item.start)} if item.start is not None else {}),
                **({"to": measure.number(item.end)} if item.end is not None else {}),
                "change": amount(item.change),
            }
            for item in adjustments
        ],
    }


def _threshold(step: Step) -> float:
    return step.above if step.above is not None else step.below if step.below is not None else 0.0


def _ordered(step: Step) -> list[Adjustment]:
    """As they were written, in ascending order; `change` alone is one of them."""
    if step.change is not None:
        return [Adjustment.model_construct(start=None, end=None, change=step.change)]
    if step.above is not None:
        return sorted(step.adjustments, key=lambda item: -inf if item.start is None else item.start)
    return sorted(step.adjustments, key=lambda item: inf if item.end is None else item.end)


def _ranges(step: Step) -> list[tuple[float | None, float | None]]:
    """From where to where each goes, with the ends that need not be written, as the module fills them in."""
    items, threshold = _ordered(step), _threshold(step)
    if step.above is not None:
        starts = [threshold if index == 0 and item.start is None else item.start for index, item in enumerate(items)]
        return [
            (start, after if item.end is None else item.end)
            for item, start, after in zip(items, starts, [*starts[1:], None], strict=True)
        ]
    last = len(items) - 1
    ends = [threshold if index == last and item.end is None else item.end for index, item in enumerate(items)]
    return [
        (before if item.start is None else item.start, end)
        for item, before, end in zip(items, [None, *ends[:-1]], ends, strict=True)
    ]


def _kind(change: str) -> str:
    """AWS's type of an adjustment."""
    if change.startswith("="):
        return "ExactCapacity"
    return "PercentChangeInCapacity" if change.endswith("%") else "ChangeInCapacity"


def amount(change: str) -> int:
    """The number in a change."""
    return int(change.removeprefix("=").removesuffix("%"))


def check(given: Sequence[Step], path: Path) -> Iterator[Finding]:
    """What CloudWatch or Application Auto Scaling would refuse."""
    seen: set[str] = set()
    for index, step in enumerate(given):
        here = (*path, "steps", index)
        if step.name in seen:
            yield Finding(
                (*here, "name"), "EG546", f'the name "{step.name}" is used twice', "give each step its own name"
            )
        seen.add(step.name)
        if isinstance(step.metric, Measure):
            yield from measure.check(step.metric, (*here, "metric"))
        yield from _check_step(step, here)


def _check_step(step: Step, here: Path) -> Iterator[Finding]:
    reads = (here,)
    if (step.above is None) == (step.below is None):
        what = "does not say from which value on" if step.above is None else "has both above and below"
        yield Finding(here, "EG545", f"{step.name} {what}", "write above: 80, or below: 20; one of them", reads=reads)
        return
    if (step.change is None) == (not step.adjustments):
        what = "does not say what to do" if step.change is None else "has both change and adjustments"
        yield Finding(
            here, "EG545", f"{step.name} {what}", "write change: +2, or a list of adjustments; one of them", reads=reads
        )
        return
    if step.period * step.periods > DAY or (step.period not in (10, 30) and step.period % 60):
        yield Finding(
            (*here, "period"),
            "EG544",
            f"{step.periods} times {step.period} seconds are nothing that CloudWatch evaluates",
            "write 10s, 30s or whole minutes, a day at most in all",
            reads=((*here, "periods"),),
        )
    own = isinstance(step.metric, str) or step.metric.namespace.startswith("AWS/")
    if step.period < 60 and own:
        yield Finding(
            (*here, "period"),
            "EG544",
            f"AWS publishes this metric once a minute, so periods of {step.period} seconds are mostly empty",
            "write 60",
            reads=((*here, "metric"),),
        )
    if step.change is not None:
        yield from _check_changes(step, [(here, step.change)], here)
        return
    changes = [((*here, "adjustments", index), item.change) for index, item in enumerate(step.adjustments)]
    yield from _check_changes(step, changes, here)
    yield from _check_ranges(step, (*here, "adjustments"))


def _check_changes(step: Step, given: list[tuple[Path, str]], here: Path) -> Iterator[Finding]:
    """One way of counting for all, and each in the direction that the alarm means."""
    for place, change in given:
        if _kind(change) != _kind(given[0][1]):
            yield Finding(
                (*place, "change"),
                "EG544",
                f"{change} and {given[0][1]} in one step: AWS takes tasks, percent or exact numbers, not two of them",
                "write all changes in the same way",
                reads=(place,),
            )
        if _kind(change) == "ExactCapacity":
            continue
        if amount(change) == 0:
            yield Finding((*place, "change"), "EG544", "a change of 0 does nothing", "write +1 or -1")
        elif (amount(change) > 0) != (step.above is not None):
            key, sign, what = ("above", "+", "removes") if step.above is not None else ("below", "-", "adds")
            yield Finding(
                (*place, "change"),
                "EG544",
                f"{change} {what} tasks while the metric is {'high' if key == 'above' else 'low'}",
                f"write {sign}{change.lstrip('+-')}, or {'below' if key == 'above' else 'above'} instead of {key}",
                reads=((*here, key),),
            )
    if step.at_least is not None and _kind(given[0][1]) != "PercentChangeInCapacity":
        yield Finding(
            (*here, "at_least"),
            "EG544",
            "at_least counts for percentages only",
            "remove it, or write the change in percent: +50%",
            reads=(given[0][0],),
        )


def _check_ranges(step: Step, here: Path) -> Iterator[Finding]:
    """The ranges of the adjustments: they begin at the threshold, and each where the one before ends."""
    if len(step.adjustments) > STEPS_LIMIT:
        yield Finding(
            here,
            "EG547",
            f"{len(step.adjustments)} adjustments are more than the {STEPS_LIMIT} that a policy takes",
            "list fewer",
        )
    threshold, above = _threshold(step), step.above is not None
    low, high = (threshold, inf) if above else (-inf, threshold)
    at, problem = low, ""
    for start, end in [*_ranges(step), (high, inf)]:
        first, last = -inf if start is None else start, inf if end is None else end
        if first > at:
            problem = f"nothing is said {_range(at, first)}"
        elif first < at:
            problem = f"the alarm is off at {first:g}" if at == low else f"two of the ranges hold {_range(first, at)}"
        elif first >= last and first != high:
            problem = f"from {first:g} to {last:g} is no range"
        if problem:
            break
        at = last
    if problem:
        yield Finding(
            here,
            "EG544",
            problem,
            f"let the ranges go {_range(low, high)}, each beginning where the one before ends",
            reads=(here, (*here[:-1], "above"), (*here[:-1], "below")),
        )


def _range(start: float, end: float) -> str:
    parts = ("" if start == -inf else f"from {start:g}"), ("" if end == inf else f"to {end:g}")
    return " ".join(filter(None, parts)) or "everything"
