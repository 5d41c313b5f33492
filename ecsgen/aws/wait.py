"""Waits until services are healthy: the right revision, all tasks running, all targets healthy; or says what is not."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecsgen.aws.model import Service, Target, revision, same_revision
from ecsgen.aws.translation import is_throttled

if TYPE_CHECKING:
    from ecsgen.aws.track import Seen
    from ecsgen.aws.watch import Watch

# Looks in a row that AWS may leave unanswered before waiting on is pointless.
UNANSWERED = 5


@dataclass(frozen=True, slots=True)
class Healthy:
    """The service runs what it should; `tasks` of them."""

    key: str
    tasks: int


@dataclass(frozen=True, slots=True)
class Failed:
    """The deployment failed or was rolled back, for the reason ECS gives."""

    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class TimedOut:
    """Time ran out; `missing` is what the service was still waiting for."""

    key: str
    missing: str


Outcome = Healthy | Failed | TimedOut


@dataclass(frozen=True, slots=True)
class Waiting:
    """Not healthy yet: what is missing."""

    missing: str


def wait_healthy(
    watch: Watch,
    *,
    timeout: float,
    expected: Mapping[str, str] | None = None,
    sleep: Callable[[float], object] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[Outcome, ...]:
    """Stop the watch's thread and poll until every service is healthy or failed, at most `timeout` seconds.

    `expected` maps a service's key to the task definition it must run (an output of the apply); it goes before what the
    watch was told. The outcomes are in the watch's order. Raises AwsError when AWS does not answer at all.
    """
    watch.stop()
    deadline = clock() + timeout
    unanswered = 0
    while True:
        watch.poll(thorough=True)
        # Throttling passes, so it is waited out until the time is over.
        unanswered = unanswered + 1 if watch.error and not is_throttled(watch.error) else 0
        if watch.error and unanswered >= UNANSWERED:
            raise watch.aws.translated(watch.error, "watch the services") from watch.error
        verdicts = [
            (seen.watched.key, judge(seen, (expected or {}).get(seen.watched.key, seen.watched.task_definition)))
            for seen in watch.rollout().services
        ]
        left = deadline - clock()
        if left <= 0 or not any(isinstance(verdict, Waiting) for _, verdict in verdicts):
            return tuple(
                TimedOut(key, verdict.missing) if isinstance(verdict, Waiting) else verdict for key, verdict in verdicts
            )
        sleep(min(watch.pause(), left))


def judge(seen: Seen, expected: str | None) -> Healthy | Failed | Waiting:
    """Whether a service is healthy now. `expected` is the revision it must run; None accepts any."""
    key, service = seen.watched.key, seen.service
    if service is None:
        return Waiting("the service does not exist yet")
    if seen.failure:
        back = f"; ECS went back to {seen.failure.rolled_back_to}" if seen.failure.rolled_back_to else ""
        return Failed(key, f"{seen.failure.reason or 'ECS gives no reason'}{back}")
    primary = service.primary
    if primary is None:
        return Waiting("ECS has not begun a deployment yet")
    if primary.state == "FAILED":
        return Failed(key, primary.reason or "ECS gives no reason")
    if expected and not same_revision(primary.task_definition, expected):
        text = f"it runs {revision(primary.task_definition)} and not {revision(expected)}"
        return Failed(key, text) if primary.state == "COMPLETED" else Waiting(text)
    counts = f"{primary.running} of {primary.desired} tasks running, {primary.pending} pending"
    if primary.running != primary.desired:
        return Waiting(counts)
    if missing := _missing_targets(service, seen.targets):
        return Waiting(missing)
    if primary.state != "COMPLETED":
        return Waiting(f"{counts}, the deployment is {primary.state or 'not complete'}")
    return Healthy(key, primary.running)


def _missing_targets(service: Service, targets: tuple[Target, ...]) -> str:
    """What keeps a target group from having every task healthy; "" when nothing does."""
    for group in service.target_groups:
        states = [target for target in targets if target.group == group]
        healthy = sum(target.state == "healthy" for target in states)
        if healthy >= service.desired:
            continue
        why = next((f" ({one.description})" for one in states if one.state != "healthy" and one.description), "")
        return f"{healthy} of {service.desired} targets healthy{why}"
    return ""
