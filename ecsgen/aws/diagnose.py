"""From evidence to a diagnosis: the cause in one line, the facts, the log, the lines of the description to look at.

Pure. Nothing is guessed that AWS did not say; where AWS names no cause, neither does this.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ecsgen.aws.causes.cause import Cause
from ecsgen.aws.causes.exits import culprit, exit_cause
from ecsgen.aws.causes.health import (
    CONTAINER_CHECK_FAILED,
    TARGET_CHECK_FAILED,
    container_health_cause,
    show_command,
    target_health_cause,
    target_reasons,
    unhealthy_container,
)
from ecsgen.aws.causes.startup import startup_cause
from ecsgen.aws.model import Task, revision
from ecsgen.aws.track import describe_stop, is_routine, tidy

if TYPE_CHECKING:
    from ecsgen.aws.evidence import Evidence
    from ecsgen.problems import Path

STARTED = re.compile(r"has started \d+ tasks?")

# Stopped tasks are shown by kind; more kinds than this are noise.
KINDS = 3


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why a service did not become healthy. `service` is its key in the description.

    `points_to` are places in the description, nearest first; one may be absent from the file, where a default holds:
    show the closest part of it that is there. `log_lines` are the last lines of the container `log_of`.
    """

    service: str
    headline: str
    facts: tuple[str, ...]
    log_lines: tuple[str, ...]
    log_of: str
    points_to: tuple[Path, ...]
    hint: str


def diagnose(evidence: Evidence) -> Diagnosis:
    """The diagnosis of one service's deployment."""
    cause = _cause(evidence)
    return Diagnosis(
        service=evidence.seen.watched.key,
        headline=cause.headline,
        facts=_facts(evidence),
        log_lines=evidence.log,
        log_of=evidence.log_of,
        points_to=cause.points_to,
        hint=cause.hint,
    )


def _cause(evidence: Evidence) -> Cause:
    """Of the stopped tasks the cause most of them share, the newest at a tie; then what events, targets, tasks say."""
    causes = [
        cause
        for task in evidence.stopped
        if not is_routine(task) and (cause := _stop_cause(task, evidence)) is not None
    ]
    if causes:
        counts = Counter(cause.headline for cause in causes)
        return max(enumerate(causes), key=lambda item: (counts[item[1].headline], item[0]))[1]
    return _event_cause(evidence) or _health_cause(evidence) or _pending_cause(evidence) or _unknown(evidence)


def _stop_cause(task: Task, evidence: Evidence) -> Cause | None:
    """Why one task stopped: it could not start, a check failed, or a container ended."""
    about = evidence.about(task)
    for container in task.containers:
        if container.reason and (cause := startup_cause(container.reason, replace(about, container=container.name))):
            return cause
    if cause := startup_cause(f"{task.stop_code}: {task.reason}", about):
        return cause
    sick = unhealthy_container([task])
    if CONTAINER_CHECK_FAILED.search(task.reason) or (sick and task.stop_code == "ServiceSchedulerInitiated"):
        failed = [one for one in evidence.stopped if CONTAINER_CHECK_FAILED.search(one.reason)]
        return container_health_cause(failed or [task], about)
    if TARGET_CHECK_FAILED.search(task.reason):
        return _target_cause(evidence)
    ended = culprit(task, about)
    return exit_cause(ended, about, evidence.log if ended.name == evidence.log_of else ()) if ended else None


def _target_cause(evidence: Evidence) -> Cause:
    service = evidence.seen.service
    failed = [task for task in evidence.stopped if TARGET_CHECK_FAILED.search(task.reason)]
    arns = [target.group for target in evidence.targets]
    group = next((one for one in evidence.groups if one.arn in arns), next(iter(evidence.groups), None))
    reasons = target_reasons(evidence.targets, evidence.events)
    return target_health_cause(reasons, group, failed, service.grace if service else 0, evidence.about())


def _event_cause(evidence: Evidence) -> Cause | None:
    """What the scheduler says, its newest word first; trouble before it started a task is over (a role not known yet)."""
    for event in reversed(evidence.events):
        if STARTED.search(event.message):
            return None
        if cause := startup_cause(event.message, evidence.about()):
            return cause
    return None


def _health_cause(evidence: Evidence) -> Cause | None:
    """The tasks run, but a check fails."""
    if unhealthy_container(evidence.current):
        return container_health_cause(evidence.current, evidence.about())
    if target_reasons(evidence.targets, evidence.events):
        return _target_cause(evidence)
    return None


def _pending_cause(evidence: Evidence) -> Cause | None:
    """The tasks neither run nor stopped."""
    waiting = [task for task in evidence.current if task.status in {"PROVISIONING", "PENDING", "ACTIVATING"}]
    if not waiting:
        return None
    status = waiting[-1].status
    doing = {
        "PROVISIONING": "AWS is still preparing its network interface or its machine",
        "PENDING": "its image is still being pulled, or a container waits for another (`depends_on`)",
        "ACTIVATING": "it is still being registered with the load balancer or its namespace",
    }[status]
    place = evidence.about().in_service()
    return Cause(
        f"{_tasks(len(waiting))} still {status}: {doing}",
        (place,),
        "if this is only slow, raise `timeout` under `deploy` and apply again",
    )


def _unknown(evidence: Evidence) -> Cause:
    """AWS names no cause; what it says of the deployment is all there is."""
    seen, place = evidence.seen, evidence.about().in_service()
    if seen.service is None:
        return Cause(
            "the service does not exist", (place,), "see Terraform's message: it was not created, or it was removed"
        )
    reason = (seen.failure.reason if seen.failure else "") or (
        evidence.deployment.reason if evidence.deployment else ""
    )
    if not seen.failure and evidence.current:
        running = sum(task.status == "RUNNING" for task in evidence.current)
        reason = f"{running} of {seen.service.desired} tasks run, and the deployment is not complete"
    return Cause(
        reason or "ECS gives no reason",
        (place,),
        "see the service's events in the ECS console; raise `timeout` under `deploy` if it is only slow",
    )


def _facts(evidence: Evidence) -> tuple[str, ...]:
    """The lines under the headline: the deployment, how tasks stopped, the checks and their last words, the gaps."""
    facts = []
    seen, deployment = evidence.seen, evidence.deployment
    if deployment:
        # ECS sets the desired count of a deployment it gave up to nothing.
        running = f"{deployment.running} of {deployment.desired} running, " if deployment.desired else ""
        counts = f"{running}{deployment.failed} failed"
        said = (seen.failure.reason if seen.failure else "") or deployment.reason
        name = revision(deployment.task_definition) or deployment.id
        facts.append(f"deployment of {name}: {counts}{f'; {said}' if said else ''}")
    if seen.failure and seen.failure.rolled_back_to:
        facts.append(f"ECS went back to {seen.failure.rolled_back_to}, which goes on serving")
    stops = Counter(describe_stop(task) for task in evidence.stopped if not is_routine(task))
    facts += [f"{_tasks(count)} stopped: {text}" for text, count in stops.most_common(KINDS)]
    if len(stops) > KINDS:
        facts.append(
            f"and {_tasks(sum(stops.values()) - sum(count for _, count in stops.most_common(KINDS)))} for other reasons"
        )
    states = Counter(task.status for task in evidence.current)
    facts += [f"{_tasks(count)} {status}" for status, count in states.items()]
    facts += _checks(evidence)
    if not evidence.stopped:
        facts += [
            f"ECS: {tidy(event.message)}" for event in evidence.events if startup_cause(event.message, evidence.about())
        ][-1:]
    return (*facts, *evidence.gaps)


def _checks(evidence: Evidence) -> list[str]:
    """The health checks that failed: how they are set, and their last word."""
    facts = []
    reasons = target_reasons(evidence.targets, evidence.events)
    for group in evidence.groups if reasons else ():
        facts.append(
            f"load balancer: GET {group.path} every {group.interval} s, {group.timeout} s to answer, "
            f"expects {group.codes}, {group.unhealthy} failures in a row are too many"
        )
        facts.append(f"its last word: {reasons[-1]}")
    sick = unhealthy_container([*evidence.stopped, *evidence.current])
    for container in evidence.definition.containers if evidence.definition else ():
        if container.name == sick and (check := container.health):
            facts.append(
                f"{container.name} is UNHEALTHY: {show_command(check)} every {check.interval} s, {check.timeout} s to "
                f"answer, {check.retries} failures in a row are too many, the first {check.start_period} s are free"
            )
    return facts


def _tasks(count: int) -> str:
    return f"{count} task" if count == 1 else f"{count} tasks"
