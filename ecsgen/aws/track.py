"""What happened to one service since it is watched: pure bookkeeping that turns snapshots into events and failures.

The first snapshot is the baseline. What is there already (events, deployments, stopped tasks) is history; what
comes after it belongs to this run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ecsgen.aws.model import Deployment, Service, ServiceEvent, Target, Task, Watched, revision, same_revision
from ecsgen.progress import Event, Kind

_SERVICE_PREFIX = re.compile(r"^\(?service \(?[^),\s]+(?:, taskSet [^)]+)?\)\s*")
_TARGET_GROUP = re.compile(r"arn:aws[\w-]*:elasticloadbalancing:[^:\s]*:[^:\s]*:targetgroup/([^/\s)]+)/\w+")
_DEPLOYMENT_FAILED = re.compile(r"\(deployment (?P<id>ecs-svc/[\w-]+)\) deployment failed:? ?(?P<reason>.*)")

_ENDED = re.compile(r"\(deployment (ecs-svc/[\w-]+)\) deployment (?:completed|failed)")
"""An event that the state of the deployment tells as well, with the name of the revision."""

_ADVICE = re.compile(r"\.? For more information, see the Troubleshooting section.*$")
_BACK = re.compile(r"roll(?:ing|ed)? ?back", re.IGNORECASE)

# The scheduler replaced or removed a task because it was told to, not because the task failed.
_ROUTINE = re.compile(r"^(?:Scaling activity initiated by|Task stopped by|Service scaling|Task definition updated)")


@dataclass(frozen=True, slots=True)
class Failure:
    """A deployment that began during this run and failed. `rolled_back_to` is "family:revision", "" when nothing is."""

    service: Watched
    deployment: Deployment
    reason: str
    rolled_back_to: str


@dataclass(frozen=True, slots=True)
class Seen:
    """All that is known of one service: how it is now, and what happened to it since the watch began.

    `unhealthy` keeps the last bad word of every target, which is gone from the API when the target is.
    """

    watched: Watched
    service: Service | None
    deployments: tuple[Deployment, ...]
    events: tuple[ServiceEvent, ...]
    stopped: tuple[Task, ...]
    targets: tuple[Target, ...]
    unhealthy: tuple[Target, ...]
    failure: Failure | None


class Track:
    """Follows one service. Each `see_…` takes the newest snapshot and returns what is worth telling, in order."""

    def __init__(self, watched: Watched) -> None:
        self.watched = watched
        self.service: Service | None = None
        self.failure: Failure | None = None
        self._begun = False
        self._old_deployments: set[str] = set()
        self._known_events: set[str] = set()
        self._deployments: dict[str, Deployment] = {}
        self._states: dict[str, str] = {}
        self._events: list[ServiceEvent] = []
        self._stopped: dict[str, Task] = {}
        self._ended: set[str] = set()
        self._last_stop = ""
        self._targets: tuple[Target, ...] = ()
        self._unhealthy: dict[str, Target] = {}
        self._health: dict[str, tuple[str, str]] = {}
        self._counts = ""

    @property
    def is_settled(self) -> bool:
        """Whether nothing moves: the service is not there, or its deployment is complete with all tasks running."""
        if self.service is None:
            return True
        primary = self.service.primary
        return primary is not None and primary.state == "COMPLETED" and primary.running == primary.desired

    def knows(self, task: str) -> bool:
        """Whether all there is to know of a stopped task (its id) is known."""
        return task in self._ended

    def see_service(self, service: Service | None) -> list[Event]:
        """The service as it is now; None when it (or its cluster) does not exist."""
        if service is not None and service.status == "INACTIVE":
            service = None  # deleted; ECS remembers it for a while
        self.service = service
        if not self._begun:
            self._begin(service)
            return []
        if service is None:
            return []
        begun, changed = self._new_states(service)
        told = [*begun, *self._new_events(service), *changed, *self._new_counts(service)]
        self._find_failure(service)
        return told

    def see_stopped(self, tasks: Iterable[Task]) -> list[Event]:
        """Stopped tasks, of which those of this run's deployments are kept and told.

        Only what is final counts: a task that is still stopping has no exit codes yet.
        """
        told = []
        for task in tasks:
            if not task.is_stopped or task.id in self._ended:
                continue
            self._ended.add(task.id)
            if not self._is_new(task):
                continue
            self._stopped[task.id] = task
            self._learn(task)
            if not is_routine(task):
                why = describe_stop(task)
                again, self._last_stop = why == self._last_stop, why
                text = f"task {task.id[:8]} stopped{' for the same reason' if again else f': {why}'}"
                told.append(Event(Kind.WARNING, self.watched.key, text))
        return told

    def see_targets(self, targets: tuple[Target, ...]) -> list[Event]:
        """The service's targets as the load balancer sees them now."""
        told = []
        self._targets = targets
        for target in targets:
            if target.state == "unhealthy":
                self._unhealthy[target.address] = target
            now = (target.state, target.description)
            if self._health.get(target.address) == now:
                continue
            self._health[target.address] = now
            why = f": {target.description}" if target.description else ""
            kind = Kind.WARNING if target.state == "unhealthy" else Kind.LINE
            told.append(Event(kind, self.watched.key, f"target {target.address} is {target.state}{why}"))
        return told

    def seen(self) -> Seen:
        """Everything so far, frozen."""
        return Seen(
            watched=self.watched,
            service=self.service,
            deployments=tuple(self._deployments.values()),
            events=tuple(self._events),
            stopped=tuple(self._stopped.values()),
            targets=self._targets,
            unhealthy=tuple(self._unhealthy.values()),
            failure=self.failure,
        )

    def _begin(self, service: Service | None) -> None:
        self._begun = True
        if service is None:
            return
        self._old_deployments = {deployment.id for deployment in service.deployments}
        self._states = {deployment.id: deployment.state for deployment in service.deployments}
        self._known_events = {event.id for event in service.events}
        self._counts = _counts(service)

    def _new_events(self, service: Service) -> list[Event]:
        told = []
        ended = {one.id for one in service.deployments if one.state in {"COMPLETED", "FAILED"}}
        for event in service.events:
            if event.id not in self._known_events:
                self._known_events.add(event.id)
                self._events.append(event)
                self._remember_failed(event)
                if not ended.intersection(_ENDED.findall(event.message)):
                    told.append(Event(Kind.LINE, self.watched.key, tidy(event.message)))
        return told

    def _remember_failed(self, event: ServiceEvent) -> None:
        """A deployment that began and failed between two looks is known by this event alone."""
        match = _DEPLOYMENT_FAILED.search(event.message)
        if match and match["id"] not in self._old_deployments | self._deployments.keys():
            reason = match["reason"].rstrip(".")
            self._deployments[match["id"]] = Deployment(
                match["id"],
                "",
                "FAILED",
                reason,
                task_definition="",
                desired=0,
                running=0,
                pending=0,
                failed=0,
                created=None,
            )

    def _learn(self, task: Task) -> None:
        """What a deployment ran that is known by an event alone: its tasks say."""
        deployment = self._deployments.get(task.deployment)
        if deployment is None or deployment.status:
            return
        failed = deployment.failed + (not is_routine(task))
        learned = replace(deployment, task_definition=task.task_definition, failed=failed)
        self._deployments[learned.id] = learned
        if self.failure and self.failure.deployment.id == learned.id:
            self.failure = replace(self.failure, deployment=learned)

    def _new_states(self, service: Service) -> tuple[list[Event], list[Event]]:
        """Deployments that begin, and those that came to an end or back: the events lie between the two."""
        begun, told = [], []
        for deployment in service.deployments:
            if deployment.id not in self._old_deployments:
                self._deployments[deployment.id] = deployment
            before, self._states[deployment.id] = self._states.get(deployment.id), deployment.state
            if before == deployment.state:
                continue
            name = revision(deployment.task_definition)
            if deployment.state == "FAILED":
                text = f"the deployment of {name} failed: {deployment.reason or 'no reason given'}"
                told.append(Event(Kind.WARNING, self.watched.key, text))
            elif deployment.state == "COMPLETED":
                told.append(Event(Kind.LINE, self.watched.key, f"the deployment of {name} is complete"))
            elif deployment.id in self._old_deployments:
                told.append(Event(Kind.WARNING, self.watched.key, f"ECS goes back to {name}: {deployment.reason}"))
            else:
                begun.append(Event(Kind.LINE, self.watched.key, f"the deployment of {name} begins"))
        return begun, told

    def _new_counts(self, service: Service) -> list[Event]:
        counts = _counts(service)
        if counts == self._counts:
            return []
        self._counts = counts
        return [Event(Kind.STATUS, self.watched.key, counts)]

    def _find_failure(self, service: Service) -> None:
        """A new deployment is marked FAILED, an event says so, or the service has gone back to an old one.

        All three are needed: ECS drops a failed deployment from the list as soon as its tasks are gone.
        """
        primary = service.primary
        new = list(self._deployments.values())
        went_back = primary is not None and (primary.id in self._old_deployments or bool(_BACK.search(primary.reason)))
        failed = next((one for one in new if one.state == "FAILED"), None)
        reason = failed.reason if failed else ""
        for event in self._events:
            if failed is None and (match := _DEPLOYMENT_FAILED.search(event.message)):
                failed, reason = self._deployments.get(match["id"]), match["reason"].rstrip(".")
        if failed is None and went_back:
            failed = next((one for one in reversed(new) if one is not primary), None)
            reason = primary.reason if primary else ""
        if failed is None:
            return
        back = revision(primary.task_definition) if primary and went_back else ""
        self.failure = Failure(self.watched, failed, self.failure.reason if self.failure else reason, back)

    def _is_new(self, task: Task) -> bool:
        """Whether a deployment of this run started the task; by revision and time where ECS does not say."""
        if task.deployment:
            return task.deployment in self._deployments
        return any(
            same_revision(one.task_definition, task.task_definition)
            and not (one.created and task.created and task.created < one.created)
            for one in self._deployments.values()
        )


def is_routine(task: Task) -> bool:
    """Whether ECS stopped the task because it was told to (scaling, a newer deployment), not because it failed."""
    return bool(_ROUTINE.match(task.reason))


def tidy(message: str) -> str:
    """A service event as a line under the service's name: no "(service web)", target groups by name, no link to a manual."""
    return _TARGET_GROUP.sub(r"\1", _ADVICE.sub("", _SERVICE_PREFIX.sub("", message))).rstrip(".")


def describe_stop(task: Task) -> str:
    """Why a task stopped, with the exit codes and reasons of its containers, in one line."""
    parts = []
    for container in task.containers:
        words = [f"exit code {container.exit_code}"] if container.exit_code is not None else []
        words += [container.reason] if container.reason and container.reason not in task.reason else []
        if words:
            parts.append(f"{container.name}: {', '.join(words)}")
    reason = _TARGET_GROUP.sub(r"\1", task.reason) or "ECS gives no reason"
    return f"{reason} ({'; '.join(parts)})" if parts else reason


def _counts(service: Service) -> str:
    """ "1 of 2 running, 1 pending, 0 failed", for the deployment the service is moving to."""
    primary = service.primary
    if primary is None:
        return f"{service.running} of {service.desired} running, {service.pending} pending"
    text = f"{primary.running} of {primary.desired} running, {primary.pending} pending, {primary.failed} failed"
    others = sum(one.running for one in service.deployments if one is not primary)
    return f"{text}; {others} of the previous revision still running" if others else text
