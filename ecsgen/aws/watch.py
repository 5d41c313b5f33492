"""Watches services while Terraform applies: a thread that polls ECS, tells what happens, and keeps what it saw.

AWS forgets a stopped task after about an hour and a target's health with the target, so all of it is collected as it
comes. The watch never ends by itself: a cluster or service that is not there yet, throttling and passing
errors are waited out.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from ecsgen.aws.answers import read_targets, read_task
from ecsgen.aws.services import SERVICES_A_CALL, ask_services
from ecsgen.aws.track import Failure, Seen, Track
from ecsgen.aws.translation import is_throttled
from ecsgen.progress import Event, Kind, Report

if TYPE_CHECKING:
    from types import TracebackType

    from ecsgen.aws.model import Service, Target, Task, Watched
    from ecsgen.aws.session import Aws

T = TypeVar("T")

# The API's limit on tasks a call (Amazon ECS API Reference).
TASKS_A_CALL = 100

# Well under the rates at which ECS throttles an account (Amazon ECS API request throttling quotas).
CALLS_A_SECOND = 10
SLOWEST = 30.0

# A call in flight may hang; the thread is a daemon, so the program can end without it.
JOIN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Rollout:
    """What a watch saw, service by service, in the order they were given."""

    cluster: str
    services: tuple[Seen, ...]

    def of(self, key: str) -> Seen:
        """What is known of the service with this key in the description. Raises KeyError."""
        for seen in self.services:
            if seen.watched.key == key:
                return seen
        raise KeyError(key)


class Watch:
    """Watches services of one cluster, from `start` (or `with`) to `stop`; `poll` looks once, without a thread.

    `report` and `on_failed` are called from the watching thread, one call at a time. `on_failed` is called once for
    each service whose deployment, begun during this watch, ECS gave up (the circuit breaker), also when it rolls back.
    """

    def __init__(
        self,
        aws: Aws,
        cluster: str,
        services: Sequence[Watched],
        report: Report,
        *,
        on_failed: Callable[[Failure], None] | None = None,
        interval: float = 3.0,
    ) -> None:
        self.aws = aws
        self.cluster = cluster
        self.interval = interval
        self.error: Exception | None = None
        """Why the last look at the services got no answer; None when it got one."""
        self._report = report
        self._on_failed = on_failed
        self._tracks = [Track(service) for service in services]
        self._announced: set[str] = set()
        self._told_errors: set[str] = set()
        self._calls = 0
        self._slow = 0.0
        self._throttled = False
        self._last_error: Exception | None = None
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._crash: BaseException | None = None

    def __enter__(self) -> Watch:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._halt()
        if error is None:
            self._raise_crash()

    def start(self) -> None:
        """Take the baseline now, in the caller's thread, and go on in another. Before the apply, so all news is its."""
        self.poll()
        self._thread = threading.Thread(target=self._run, name="watch-ecs", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread. Raises what ended it earlier, which is a defect, here or in `report` or `on_failed`."""
        self._halt()
        self._raise_crash()

    def rollout(self) -> Rollout:
        """What was seen so far; may be called at any time, from any thread."""
        with self._lock:
            return Rollout(self.cluster, tuple(track.seen() for track in self._tracks))

    def pause(self) -> float:
        """Seconds until the next look: the interval, or longer to stay below AWS's rates."""
        return max(self.interval, self._calls / CALLS_A_SECOND, self._slow)

    def poll(self, *, thorough: bool = False) -> None:
        """Look once and tell what is new. `thorough` also asks for the targets of services in which nothing moves."""
        self._calls = 0
        self._throttled = False
        told: list[Event] = []
        found = self._try(self._services, "watch the services", told)
        self.error = self._last_error if found is None else None
        if found is not None:
            for track in self._tracks:
                self._look(track, found.get(track.watched.name), thorough, told)
        self._slow = min(SLOWEST, max(self.interval, self._slow) * 2) if self.error or self._throttled else 0.0
        for event in told:
            self._report(event)
        for track in self._tracks:
            if track.failure and track.watched.key not in self._announced:
                self._announced.add(track.watched.key)
                if self._on_failed:
                    self._on_failed(track.failure)

    def _look(self, track: Track, service: Service | None, thorough: bool, told: list[Event]) -> None:
        """One service: its own snapshot, then the tasks that stopped and the targets, where something moves."""
        moved = not track.is_settled
        with self._lock:
            told += track.see_service(service)
        if track.service is None or not (moved or thorough or not track.is_settled):
            return
        tasks = self._try(lambda: self._stopped(track), "read the stopped tasks", told)
        targets = self._try(lambda: self._targets(track), "read the targets' health", told)
        with self._lock:
            told += track.see_stopped(tasks or ())
            if targets is not None:
                told += track.see_targets(targets)

    def _services(self) -> dict[str, Service]:
        names = [track.watched.name for track in self._tracks]
        self._calls += -(-len(names) // SERVICES_A_CALL)
        return ask_services(self.aws, self.cluster, names)

    def _stopped(self, track: Track) -> list[Task]:
        """The tasks of a service that stopped since the last look."""
        arns: list[str] = []
        paginator = self.aws.ecs.get_paginator("list_tasks")
        for page in paginator.paginate(cluster=self.cluster, serviceName=track.watched.name, desiredStatus="STOPPED"):
            self._calls += 1
            arns += page["taskArns"]
        new = [arn for arn in arns if not track.knows(arn.rsplit("/", 1)[-1])]
        tasks: list[Task] = []
        for start in range(0, len(new), TASKS_A_CALL):
            self._calls += 1
            answer = self.aws.ecs.describe_tasks(cluster=self.cluster, tasks=new[start : start + TASKS_A_CALL])
            tasks += map(read_task, answer["tasks"])
        return sorted(tasks, key=lambda task: (str(task.ended or ""), task.id))

    def _targets(self, track: Track) -> tuple[Target, ...]:
        targets: list[Target] = []
        for group in track.service.target_groups if track.service else ():
            self._calls += 1
            answer = self.aws.elbv2.describe_target_health(TargetGroupArn=group)
            targets += read_targets(group, answer["TargetHealthDescriptions"])
        return tuple(targets)

    def _try(self, ask: Callable[[], T], doing: str, told: list[Event]) -> T | None:
        """Ask; when AWS does not answer, say why, each reason once. Throttling is not worth a word: it passes."""
        try:
            return ask()
        except (BotoCoreError, ClientError) as error:
            self._last_error = error
            self._throttled |= is_throttled(error)
            text = str(self.aws.translated(error, doing))
            if not is_throttled(error) and text not in self._told_errors:
                self._told_errors.add(text)
                told.append(Event(Kind.WARNING, "", text))
            return None

    def _run(self) -> None:
        try:
            while not self._stop.wait(self.pause()):
                self.poll()
        except BaseException as error:
            self._crash = error

    def _halt(self) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join(JOIN_SECONDS)
            self._thread = None

    def _raise_crash(self) -> None:
        if self._crash:
            crash, self._crash = self._crash, None
            raise crash
