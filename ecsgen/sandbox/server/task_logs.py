"""A container's output on its way to CloudWatch Logs, as the awslogs driver sends it."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ministack.core.responses import request_scope
from ministack.services import cloudwatch_logs

from ecsgen.sandbox.server.patching import need
from ecsgen.sandbox.server.task_secrets import MissingValueError

if TYPE_CHECKING:
    from ecsgen.sandbox.server.engine import Engine

logger = logging.getLogger("ecsgen.sandbox.logs")

MAX_EVENT_BYTES = 256 * 1024 - 26


@dataclass(frozen=True, slots=True)
class Destination:
    """A log stream."""

    account: str
    region: str
    group: str
    stream: str


def without_router(definitions: list[Any]) -> list[Any]:
    """A task's containers without the one that FireLens routes logs with; their output goes where its own would go."""
    router = next((item for item in definitions if item.get("firelensConfiguration")), None)
    if router is None:
        return definitions
    others = []
    for item in definitions:
        if item is router:
            continue
        waits = [wait for wait in item.get("dependsOn") or [] if wait["containerName"] != router["name"]]
        routed = (item.get("logConfiguration") or {}).get("logDriver") == "awsfirelens"
        log = router.get("logConfiguration") if routed else item.get("logConfiguration")
        others.append({**item, "dependsOn": waits, "logConfiguration": log})
    return others


def destination(definition: Mapping[str, Any], task_id: str, account: str, region: str) -> Destination | None:
    """Where a container's output goes: `PREFIX/CONTAINER/TASK` in its group; None when it has no awslogs driver."""
    config = definition.get("logConfiguration") or {}
    options = config.get("options") or {}
    if config.get("logDriver") != "awslogs" or "awslogs-group" not in options:
        return None
    prefix = options.get("awslogs-stream-prefix")
    stream = f"{prefix}/{definition['name']}/{task_id}" if prefix else task_id
    return Destination(account, options.get("awslogs-region") or region, options["awslogs-group"], stream)


def open_stream(place: Destination, create_group: bool) -> None:
    """Make the log stream. Raises MissingValueError with what ECS says when the group is not there."""
    with request_scope(place.account, place.region):
        groups = need(cloudwatch_logs, "_log_groups")
        if place.group not in groups and create_group:
            need(cloudwatch_logs, "_create_log_group")({"logGroupName": place.group})
        if place.group not in groups:
            raise MissingValueError(
                "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
                "failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not "
                "exist. : exit status 1"
            )
        if place.stream not in groups[place.group]["streams"]:
            need(cloudwatch_logs, "_create_log_stream")({"logGroupName": place.group, "logStreamName": place.stream})


def forward(engine: Engine, container: str, place: Destination) -> threading.Thread:
    """Send a started container's output to its stream until the container ends; the thread that does it."""
    thread = threading.Thread(
        target=_forward, args=(engine, container, place), name=f"logs-{container[:12]}", daemon=True
    )
    thread.start()
    return thread


def _forward(engine: Engine, container: str, place: Destination) -> None:
    put = need(cloudwatch_logs, "_put_log_events")
    try:
        for batch in events(engine.logs(container)):
            with request_scope(place.account, place.region):
                put({"logGroupName": place.group, "logStreamName": place.stream, "logEvents": batch})
    except Exception as error:
        # The container was removed, or the engine went away: what came until then is kept.
        logger.debug("the output of %s ends: %s", container[:12], error)


def events(chunks: Iterable[bytes]) -> Iterator[list[dict[str, Any]]]:
    """Log events from Docker's output with its times in front; a line that comes in pieces is one event."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        if batch := [_event(line) for line in lines]:
            yield batch
    if rest:
        yield [_event(rest)]


def _event(line: bytes) -> dict[str, Any]:
    time, _, text = line.rstrip(b"\r").partition(b" ")
    message = text[:MAX_EVENT_BYTES].decode("utf-8", "replace")
    return {"timestamp": _milliseconds(time.decode("ascii", "replace")), "message": message}


def _milliseconds(time: str) -> int:
    """Docker's time (nine digits of a second) in milliseconds since 1970."""
    match = re.match(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,3}))?", time)
    if not match:
        return int(datetime.now(UTC).timestamp() * 1000)
    seconds = datetime.fromisoformat(match[1]).replace(tzinfo=UTC).timestamp()
    return int(seconds) * 1000 + int((match[2] or "0").ljust(3, "0"))
