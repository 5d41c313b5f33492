"""The targets of every target group with their health, as a load balancer keeps them: probed, used, drained."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from ecsgen.sandbox.server.probe import Verdict, check

Group = Mapping[str, Any]

FAST_SECONDS = 1.0
"""How often a target that is not healthy is probed at most; AWS waits for the group's whole interval."""
CALM_SECONDS = 5.0
"""The same for a healthy one."""
TICK_SECONDS = 0.2
PROBES_AT_ONCE = 8


@dataclass(slots=True)
class Target:
    """One address and port in one group; `state` is initial, healthy, unhealthy or draining."""

    address: str
    port: int
    simulated: bool = False
    state: str = "initial"
    reason: str = "Elb.RegistrationInProgress"
    description: str = "Target registration is in progress"
    passed: int = 0
    failed: int = 0
    next_probe: float = 0.0
    probing: bool = False
    in_flight: int = 0
    drained_at: float = 0.0
    unhealthy_since: float = 0.0

    def take(self, verdict: Verdict, group: Group, now: float) -> None:
        """Count a probe. A new target is healthy with its first success; later the group's thresholds count."""
        if self.state == "draining":
            return
        if verdict.passed:
            self.passed, self.failed = self.passed + 1, 0
            needed = 1 if self.state == "initial" else int(group.get("HealthyThresholdCount", 5))
            if self.passed >= needed or self.state == "healthy":
                self.state, self.reason, self.description = "healthy", "", ""
            return
        self.passed, self.failed = 0, self.failed + 1
        if self.failed >= int(group.get("UnhealthyThresholdCount", 2)):
            if self.state != "unhealthy":
                self.unhealthy_since = now
            self.state, self.reason, self.description = "unhealthy", verdict.reason, verdict.description
        elif self.state == "initial":
            self.reason, self.description = "Elb.InitialHealthChecking", "Initial health checks in progress"

    def wait(self, group: Group) -> float:
        """Seconds until the next probe."""
        return min(
            float(group.get("HealthCheckIntervalSeconds", 30)),
            CALM_SECONDS if self.state == "healthy" else FAST_SECONDS,
        )

    def is_drained(self, now: float) -> bool:
        """As with AWS a target without a request in flight is drained at once, another one after the group's delay."""
        return self.state == "draining" and (self.in_flight == 0 or now >= self.drained_at)


@dataclass(slots=True)
class Members:
    """A group's targets and whose turn it is."""

    targets: dict[tuple[str, int], Target] = field(default_factory=dict)
    turn: Iterator[int] = field(default_factory=itertools.count)


class Board:
    """Every group's targets. `group_of` gives a group's settings by ARN, None when it is gone; `in_use` whether a
    listener sends anything to it; `changed` is called when a target's state changed."""

    def __init__(
        self, group_of: Callable[[str], Group | None], in_use: Callable[[str], bool], changed: Callable[[], None]
    ) -> None:
        self._group_of, self._in_use, self._changed = group_of, in_use, changed
        self._groups: dict[str, Members] = {}
        self._lock = threading.RLock()
        self._pool = ThreadPoolExecutor(max_workers=PROBES_AT_ONCE, thread_name_prefix="probe")
        threading.Thread(target=self._keep_probing, name="targets", daemon=True).start()

    def register(self, arn: str, address: str, port: int, *, simulated: bool = False) -> None:
        """Add a target; one that is already there, and not draining, stays as it is."""
        with self._lock:
            targets = self._groups.setdefault(arn, Members()).targets
            found = targets.get((address, port))
            if found is None or found.state == "draining":
                target = Target(address, port, simulated)
                if simulated:
                    target.state, target.reason, target.description = "healthy", "", ""
                targets[(address, port)] = target

    def deregister(self, arn: str, address: str, port: int, delay: float) -> None:
        """Send a target no new requests; it goes once its last request is answered, at the latest after `delay` s."""
        with self._lock:
            target = self.get(arn, address, port)
            if target and target.state != "draining":
                target.state = "draining"
                target.reason, target.description = (
                    "Target.DeregistrationInProgress",
                    "Target deregistration is in progress",
                )
                target.drained_at = time.monotonic() + delay

    def forget(self, arn: str, address: str, port: int) -> None:
        """Drop a target whose task is gone."""
        with self._lock:
            if arn in self._groups:
                self._groups[arn].targets.pop((address, port), None)

    def get(self, arn: str, address: str, port: int) -> Target | None:
        """A target, if the group has it."""
        with self._lock:
            members = self._groups.get(arn)
            return members.targets.get((address, port)) if members else None

    def describe(self, arn: str) -> list[tuple[str, int, str, str, str]]:
        """Address, port, state, reason and description of a group's targets."""
        unused = (
            "unused",
            "Target.NotInUse",
            "Target group is not configured to receive traffic from the load balancer",
        )
        with self._lock:
            in_use = self._in_use(arn)
            return [
                (item.address, item.port, *((item.state, item.reason, item.description) if in_use else unused))
                for item in (self._groups[arn].targets.values() if arn in self._groups else ())
            ]

    def take(self, arn: str) -> Target | None:
        """A target for one request, in turn: a healthy one, else (as with AWS) an unhealthy one, else None.

        The request is counted as in flight until `give_back`.
        """
        with self._lock:
            members = self._groups.get(arn)
            if members is None:
                return None
            for state in ("healthy", "unhealthy"):
                if found := [item for item in members.targets.values() if item.state == state]:
                    target = found[next(members.turn) % len(found)]
                    target.in_flight += 1
                    return target
        return None

    def give_back(self, target: Target | None) -> None:
        """The request is answered."""
        if target:
            with self._lock:
                target.in_flight -= 1

    def _keep_probing(self) -> None:
        while True:
            time.sleep(TICK_SECONDS)
            with self._lock:
                self._tick(time.monotonic())

    def _tick(self, now: float) -> None:
        for arn, members in list(self._groups.items()):
            group = self._group_of(arn)
            if group is None:
                del self._groups[arn]
                continue
            for key, target in list(members.targets.items()):
                if target.is_drained(now):
                    del members.targets[key]
                    self._changed()
            if self._in_use(arn) and group.get("HealthCheckEnabled", True):
                for target in members.targets.values():
                    if (
                        not target.simulated
                        and not target.probing
                        and target.state != "draining"
                        and now >= target.next_probe
                    ):
                        target.probing = True
                        self._pool.submit(self._probe, group, target)

    def _probe(self, group: Group, target: Target) -> None:
        verdict = check(group, target.address, target.port)
        with self._lock:
            before = target.state, target.reason
            target.take(verdict, group, time.monotonic())
            target.next_probe = time.monotonic() + target.wait(group)
            target.probing = False
        if (target.state, target.reason) != before:
            self._changed()
