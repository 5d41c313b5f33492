"""What the service scheduler of ECS decides: how many tasks to start and stop, when a deployment fails; pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

BACKOFF_AFTER = 3
LONGEST_BACKOFF = 30.0


@dataclass(frozen=True, slots=True)
class Tasks:
    """Counts of tasks meant to run: of the newest deployment and of older ones, and how many of each are healthy."""

    new: int
    new_healthy: int
    old: int
    old_healthy: int


@dataclass(frozen=True, slots=True)
class Moves:
    """Tasks to start and to stop; old unhealthy tasks are stopped before old healthy ones."""

    start: int = 0
    stop_new: int = 0
    stop_old: int = 0


def bounds(desired: int, configuration: Mapping[str, Any] | None) -> tuple[int, int]:
    """Fewest healthy tasks and most tasks at all during a deployment. Source: ECS, DeploymentConfiguration."""
    values = configuration or {}
    lowest = math.ceil(desired * int(values.get("minimumHealthyPercent", 100)) / 100)
    highest = desired * int(values.get("maximumPercent", 200)) // 100
    return lowest, highest


def moves(desired: int, configuration: Mapping[str, Any] | None, tasks: Tasks, *, failed: bool) -> Moves:
    """The next step towards `desired` healthy tasks of the newest deployment and none of an older one.

    An old task goes when a healthy new one has taken its place, or when the maximum leaves no room for a new one
    and the minimum can spare it. A failed deployment starts nothing, and stops nothing of what still serves.
    """
    if failed:
        return Moves()
    lowest, highest = bounds(desired, configuration)
    missing = desired - tasks.new
    if missing < 0:
        return Moves(stop_new=-missing, stop_old=tasks.old if tasks.new_healthy >= desired else 0)
    room = max(0, highest - tasks.new - tasks.old)
    start = min(missing, room)
    ill = tasks.old - tasks.old_healthy
    replaced = max(0, tasks.old_healthy - max(0, desired - tasks.new_healthy))
    spare = 0
    if missing > room:
        spare = max(0, tasks.new_healthy + tasks.old_healthy - lowest)
    healthy_to_stop = min(tasks.old_healthy, max(replaced, min(spare, missing - room)))
    ill_to_stop = ill if tasks.new_healthy >= desired or missing > room else min(ill, tasks.new_healthy)
    return Moves(start=start, stop_old=min(tasks.old, ill_to_stop + healthy_to_stop))


def breaker(service: Mapping[str, Any]) -> tuple[bool, bool]:
    """Whether the service's circuit breaker is on, and whether it rolls back."""
    settings = (service.get("deploymentConfiguration") or {}).get("deploymentCircuitBreaker") or {}
    return bool(settings.get("enable")), bool(settings.get("rollback"))


def threshold(desired: int) -> int:
    """Failed tasks that fail a deployment: half of the desired count, at least 3, at most 200."""
    return min(200, max(3, math.ceil(desired / 2)))


def backoff(failures: int) -> float:
    """Seconds to wait before the next start after so many failures in a row."""
    return 0.0 if failures < BACKOFF_AFTER else min(LONGEST_BACKOFF, 2.0 ** (failures - BACKOFF_AFTER + 1))
