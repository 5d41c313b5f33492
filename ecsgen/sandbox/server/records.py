"""The records MiniStack keeps of tasks and services, and the one lock under which they change.

A record is the dictionary the API answers from; keys that begin with an underscore are ours and are never answered.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from ministack.core.responses import new_uuid, now_iso
from ministack.services import ecs

Record = dict[str, Any]

LOCK = threading.RLock()
"""Held while a record is read or changed; never during a call to the Docker Engine or to a target."""

WAKE = threading.Event()
"""Set when something happened that the service scheduler should look at now."""

KEPT_EVENTS = 100


def tasks_of(service: Record) -> list[Record]:
    """A service's tasks, stopped ones too, oldest first. Call with its account and region in scope."""
    group = f"service:{service['serviceName']}"
    return [
        task
        for task in ecs._tasks.values()
        if task.get("group") == group and task["clusterArn"] == service["clusterArn"]
    ]


def services() -> Iterator[tuple[str, str, str, Record]]:
    """Account, region, key and record of every service in every account."""
    for (account, region, key), service in ecs._services.all_items():
        yield account, region, key, service


def task_id(task: Record) -> str:
    """The last part of a task's ARN."""
    return str(task["taskArn"]).rsplit("/", 1)[-1]


def reach(task: Record, port: int) -> tuple[str, int]:
    """Address and port by which this process reaches a container port of a task: what target groups hold."""
    found: tuple[str, int] = (task.get("_reach") or {}).get(port, (task["_container_ip"], port))
    return found


def container_of(task: Record, name: str) -> Record:
    """The record of one of a task's containers."""
    found: Record = next(item for item in task["containers"] if item["name"] == name)
    return found


def is_live(task: Record) -> bool:
    """Whether the task is meant to run; one that is stopping is not."""
    return bool(task["desiredStatus"] == "RUNNING" and task["lastStatus"] != "STOPPED")


def move(task: Record, status: str) -> None:
    """Put a task into a state of its life cycle."""
    with LOCK:
        if task["lastStatus"] != status:
            task["lastStatus"] = status
            task["version"] = int(task.get("version") or 1) + 1
    WAKE.set()


def mark_stopping(task: Record, reason: str, code: str) -> bool:
    """Say that a task is to stop, and why; the first reason stays. Whether this was the first."""
    with LOCK:
        if task["desiredStatus"] == "STOPPED":
            return False
        task.update(desiredStatus="STOPPED", stoppedReason=reason, stopCode=code, stoppingAt=now_iso())
        task["version"] = int(task.get("version") or 1) + 1
    WAKE.set()
    return True


def mark_stopped(task: Record) -> None:
    """Say that nothing of a task runs any more."""
    with LOCK:
        now = now_iso()
        task.update(lastStatus="STOPPED", desiredStatus="STOPPED", stoppedAt=now)
        task.setdefault("executionStoppedAt", now)
        task["version"] = int(task.get("version") or 1) + 1
        for container in task["containers"]:
            container["lastStatus"] = "STOPPED"
    WAKE.set()


def tell(service: Record, message: str) -> None:
    """Add a service event, the newest first, as DescribeServices answers them."""
    text = f"(service {service['serviceName']}) {message}"
    with LOCK:
        service["events"].insert(0, {"id": new_uuid(), "createdAt": now_iso(), "message": text})
        del service["events"][KEPT_EVENTS:]
