"""Names in AWS that are made of a service's or a job's name and something else, so that those of two can be one name."""

from __future__ import annotations

from collections.abc import Iterator

from ecsgen import names
from ecsgen.application.service import service_name
from ecsgen.components import queue
from ecsgen.description.model import Description, Scaling
from ecsgen.problems import Path


def derived_names(description: Description, environment: str) -> Iterator[tuple[str, str, Path]]:
    """What it is, its name, and the place in the description that makes it; the modules `queue`, `job` and `autoscaling` say the same."""
    cluster = description.cluster.existing or names.stack(description.name, environment)
    for name, item in description.services.items():
        if (scaling := item.scaling) is None:
            continue
        place = ("services", name, "scaling")
        if scaling.queue is not None and queue.is_made(scaling.queue):
            own = names.queue(description.name, environment, name)
            for suffix in ("", "-dead-letter"):
                yield "queue", own + suffix, (*place, "queue")
        alarm = f"{cluster}-{service_name(description, environment, name)}"
        if _wakes(scaling):
            yield "alarm", f"{alarm}-wake", (*place, "queue")
        for index, step in enumerate(scaling.steps):
            yield "alarm", f"{alarm}-{step.name}", (*place, "steps", index, "name")
    for name, job in description.jobs.items():
        if job.schedule is not None:
            yield "queue", names.undelivered(description.name, environment, name), ("jobs", name, "schedule")


def _wakes(scaling: Scaling) -> bool:
    """Whether an alarm starts the first task: a queue, and times at which none runs."""
    return scaling.queue is not None and 0 in (scaling.min, *(action.min for action in scaling.schedule))
