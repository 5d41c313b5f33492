"""The checks of a service's scaling: those of its rooms, then policies that undo each other's work."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from ecsgen import measure
from ecsgen.components import autoscaling, cloudwatch, queue, scaling_schedule, steps
from ecsgen.description.model import Description, Scaling, Service
from ecsgen.problems import Finding, Path, Severity

POLICIES_LIMIT = 50
"""Policies of one service (Application Auto Scaling quotas)."""
SCALES_IN = 0.9
"""Target tracking removes tasks when the metric is below this part of the target."""

Target = tuple[float, Path, str]
"""What a metric is kept to, where it says so, and what the metric is called."""


def check_scaling(description: Description, scaling: Scaling, item: Service, path: Path) -> Iterator[Finding]:
    """All findings of one service's scaling; `path` is the service's."""
    here = (*path, "scaling")
    count_given = "count" in item.model_fields_set
    others = bool(scaling.queue or scaling.metric or scaling.steps)
    yield from autoscaling.check(scaling, item.http is not None, count_given, others, bool(scaling.schedule), path)
    if scaling.queue is not None:
        taken = {
            **{key: (*path, "env", key) for key in item.env},
            **{key: (*path, "secrets", key) for key in item.secrets},
        }
        cluster = description.cluster
        insights = cluster.insights if cluster.existing is None else None
        yield from queue.check(
            scaling.queue, taken, insights, description.region, description.account, (*here, "queue")
        )
        if scaling.requests is not None:
            yield Finding(
                (*here, "requests"),
                "EG574",
                "the service answers requests and works off a queue: whichever asks for more tasks decides for both",
                "make the part that works off the queue a service of its own",
                Severity.WARNING,
                reads=((*here, "queue"),),
            )
    yield from cloudwatch.check(scaling.metric, here)
    yield from steps.check(scaling.steps, here)
    yield from scaling_schedule.check(scaling.schedule, scaling.min, scaling.max, here)
    targets = _targets(scaling, here)
    policies = len(targets) + len(scaling.steps)
    if policies > POLICIES_LIMIT:
        yield Finding(
            here, "EG547", f"{policies} policies are more than the {POLICIES_LIMIT} that a service takes", "list fewer"
        )
    for index, step in enumerate(scaling.steps):
        place = (*here, "steps", index)
        if step.metric == "requests" and item.http is None:
            yield Finding(
                (*place, "metric"),
                "EG511",
                "the service gets no requests from the load balancer",
                "add http, or name another metric",
                reads=((*path, "http"),),
            )
        yield from _beside_targets(step, targets, place)
    yield from _steps_that_cross(scaling, here)
    if targets and scaling.cooldown.scale_in < 60:
        yield Finding(
            (*here, "cooldown", "in"),
            "EG575",
            f"after {scaling.cooldown.scale_in} seconds no metric shows yet that tasks went, so too many of them go",
            "write 60 or more: metrics come once a minute",
            Severity.WARNING,
        )


def _targets(scaling: Scaling, here: Path) -> dict[tuple[str, ...], Target]:
    """Every metric that is kept to a target, by its identity."""
    found: dict[tuple[str, ...], Target] = {}
    if autoscaling.tracks_cpu(scaling, bool(scaling.queue or scaling.metric or scaling.steps)):
        found["cpu",] = (scaling.cpu or autoscaling.DEFAULT_CPU, (*here, "cpu"), "cpu")
    for key in ("memory", "requests"):
        if (value := getattr(scaling, key)) is not None:
            found[key,] = (value, (*here, key), key)
    if scaling.queue is not None:
        found["queue",] = (scaling.queue.backlog, (*here, "queue"), "queue")
    for index, metric in enumerate(scaling.metric):
        found[measure.identity(metric)] = (metric.target, (*here, "metric", index), metric.name)
    return found


def _beside_targets(step: steps.Step, targets: dict[tuple[str, ...], Target], place: Path) -> Iterator[Finding]:
    """A step and a target that pull in opposite directions, so that tasks come and go for ever."""
    same = targets.get(measure.identity(step.metric))
    if step.above is not None and same is not None and step.above <= same[0]:
        removes = step.above < SCALES_IN * same[0]
        effect = "removes them again there" if removes else "leaves the number as it is there"
        yield Finding(
            (*place, "above"),
            "EG548",
            f"{step.name} adds tasks from {step.above:g} on, and the target of {same[0]:g} {effect}",
            f"write above: a value over {same[0]:g}, or remove the target",
            Severity.WARNING,
            reads=(same[1],),
        )
    if step.below is None or not targets:
        return
    if same is not None and step.below >= SCALES_IN * same[0]:
        message = f"{step.name} removes tasks up to {step.below:g}, although the target of {same[0]:g} keeps or adds them there"
    elif same is not None:
        message = f"{step.name} and the target of {same[0]:g} both remove tasks, and so remove too many"
    else:
        of = " and ".join(sorted(label for _, _, label in targets.values()))
        message = f"{step.name} removes tasks that the target of {of} adds again"
    yield Finding(
        (*place, "below"),
        "EG548",
        message,
        "remove the step: targets remove tasks by themselves, as soon as all of them allow it",
        Severity.WARNING,
        reads=tuple(where for _, where, _ in targets.values()),
    )


def _steps_that_cross(scaling: Scaling, here: Path) -> Iterator[Finding]:
    """Two steps of one metric whose alarms are on together, one of which adds and one removes."""
    for (first, one), (second, other) in combinations(enumerate(scaling.steps), 2):
        if measure.identity(one.metric) != measure.identity(other.metric):
            continue
        above, below = (one, other) if one.above is not None else (other, one)
        if above.above is not None and below.below is not None and above.above <= below.below:
            yield Finding(
                (*here, "steps", second),
                "EG548",
                f"between {above.above:g} and {below.below:g} {above.name} adds tasks and {below.name} removes them",
                "leave room between the two values",
                Severity.WARNING,
                reads=((*here, "steps", first), (*here, "steps", second)),
            )
