"""What Terraform says while it works: the lines of `-json`, parsed into typed events.

Source: Terraform's documentation, "Machine-Readable UI" (version 1.x); OpenTofu writes the same lines.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Phase(StrEnum):
    """Where the work on one resource stands."""

    START = "start"
    PROGRESS = "progress"
    COMPLETE = "complete"
    ERRORED = "errored"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """An error or a warning. `address` is a resource's, or ""; `file` is relative to the folder, or ""; lines from 1.

    `context` is the block it is about, for example `resource "aws_ecs_service" "this"`.
    """

    severity: str
    summary: str
    detail: str = ""
    address: str = ""
    file: str = ""
    line: int = 0
    context: str = ""

    @property
    def is_error(self) -> bool:
        """Whether Terraform failed because of it."""
        return self.severity == "error"

    @property
    def text(self) -> str:
        """Summary and detail, as it is searched for known causes."""
        return f"{self.summary}\n{self.detail}".strip()

    def lines(self) -> list[str]:
        """For people: the summary with its place first, then the detail."""
        place = f"{self.file}:{self.line}" if self.file and self.line else self.file
        where = ", ".join(part for part in (self.address or self.context, place) if part)
        first, *rest = self.summary.strip().splitlines() or [""]
        body = [*rest, *self.detail.strip().splitlines()]
        return [f"{first} ({where})" if where else first, *(line.rstrip() for line in body if line.strip())]


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource instance: `module` is "" in the root, `key` the index of count or for_each, else None."""

    address: str
    module: str
    type: str
    name: str
    key: str | int | None


@dataclass(frozen=True, slots=True)
class ResourceStep:
    """Terraform works on a resource: action is create, update, delete or read; elapsed in seconds."""

    phase: Phase
    resource: Resource
    action: str
    elapsed: int = 0


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """A change that a plan holds: create, update, delete, replace, read, move, import, forget."""

    resource: Resource
    action: str


@dataclass(frozen=True, slots=True)
class Outputs:
    """The outputs of the root; `changed` when a plan changes one."""

    changed: bool


@dataclass(frozen=True, slots=True)
class Totals:
    """How many resources an operation (plan, apply, destroy) adds, changes and removes."""

    operation: str
    add: int
    change: int
    remove: int


@dataclass(frozen=True, slots=True)
class Note:
    """Any other line, by its type ("log", "init_output", "version", "state_lock_acquire" …), and its message."""

    type: str
    message: str


Event = Diagnostic | ResourceStep | PlannedChange | Outputs | Totals | Note

_NO_CHANGE = {"version", "log", "refresh_start", "refresh_complete", "state_lock_acquire", "state_lock_release"}
"""Notes that say nothing about what a plan holds."""

_PHASES = {f"apply_{phase}": phase for phase in Phase}


def parse(line: str) -> Event | None:
    """One line of `-json` output; None when it is not one (a crash report, a blank line)."""
    try:
        data = json.loads(line)
    except ValueError:
        return None
    if not isinstance(data, dict):
        return None
    kind = str(data.get("type", ""))
    if kind == "diagnostic":
        return diagnostic(_map(data.get("diagnostic")))
    if kind in _PHASES:
        hook = _map(data.get("hook"))
        return ResourceStep(
            phase=_PHASES[kind],
            resource=_resource(hook),
            action=str(hook.get("action", "")),
            elapsed=int(hook.get("elapsed_seconds") or 0),
        )
    if kind == "planned_change":
        change = _map(data.get("change"))
        return PlannedChange(_resource(change), str(change.get("action", "")))
    if kind == "outputs":
        actions = [_map(item).get("action", "noop") for item in _map(data.get("outputs")).values()]
        return Outputs(any(action != "noop" for action in actions))
    if kind == "change_summary":
        totals = _map(data.get("changes"))
        counts = [int(totals.get(name) or 0) for name in ("add", "change", "remove")]
        return Totals(str(totals.get("operation", "")), *counts)
    return Note(kind, str(data.get("@message", "")))


def tells_of_change(event: Event, *, drift: bool = True) -> bool:
    """Whether a line of a plan may stand for something that the saved plan holds: a change, or `drift`, if asked for.

    What this version does not know may.
    """
    match event:
        case Diagnostic() | ResourceStep():
            return False
        case Outputs(changed):
            return changed
        case Totals(_, add, change, remove):
            return bool(add or change or remove)
        case Note(kind):
            return kind not in _NO_CHANGE and (drift or kind != "resource_drift")
    return True


def diagnostic(data: Mapping[str, Any]) -> Diagnostic:
    """A diagnostic as it stands in the lines of `-json` and in the answer of `validate -json`."""
    span = _map(data.get("range"))
    return Diagnostic(
        severity=str(data.get("severity", "error")),
        summary=str(data.get("summary", "")),
        detail=str(data.get("detail", "")),
        address=str(data.get("address", "")),
        file=str(span.get("filename", "")),
        line=int(_map(span.get("start")).get("line") or 0),
        context=str(_map(data.get("snippet")).get("context") or ""),
    )


def _resource(data: Mapping[str, Any]) -> Resource:
    resource = _map(data.get("resource"))
    return Resource(
        address=str(resource.get("addr", "")),
        module=str(resource.get("module", "")),
        type=str(resource.get("resource_type", "")),
        name=str(resource.get("resource_name", "")),
        key=resource.get("resource_key"),
    )


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
