"""The progress of an apply: what is done, what is in flight and since when, told as it happens."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ecsgen.progress import Event, Kind, Report
from ecsgen.terraform.events import Phase, PlannedChange, Resource, ResourceStep
from ecsgen.terraform.labels import label

SCOPE = "terraform"
MOST_IN_FLIGHT = 3
"""Resources named in one status line."""

_KEPT = ("aws_ecs_task_definition", "delete")
"""Only leaves the state: the revision itself stays for a rollback."""
_DOING = {"create": "creating", "update": "changing", "delete": "destroying"}
_DONE = {"create": "created", "update": "changed", "delete": "destroyed"}


@dataclass
class Progress:
    """Follows the events of one apply. `total` counts operations: a replacement is a deletion and a creation."""

    report: Report
    clock: Callable[[], float] = time.monotonic
    total: int = 0
    done: int = 0
    _started: dict[tuple[str, str], tuple[str, float]] = field(default_factory=dict)
    _failed: list[str] = field(default_factory=list)

    @property
    def in_flight(self) -> tuple[str, ...]:
        """What Terraform works on, for example "creating service web"."""
        return tuple(f"{_DOING[action]} {name}" for (_, action), (name, _) in self._started.items())

    @property
    def failed(self) -> tuple[str, ...]:
        """What did not succeed, for example "creating service web"."""
        return tuple(self._failed)

    def take(self, event: PlannedChange | ResourceStep) -> None:
        """Count an event and report it."""
        if isinstance(event, PlannedChange):
            self.total += {"create": 1, "update": 1, "delete": 1, "replace": 2}.get(event.action, 0)
            return
        if event.action not in _DONE:  # reading a data source is no change
            return
        key, name = (event.resource.address, event.action), _label(event.resource)
        if event.phase is Phase.START:
            self._started[key] = (name, self.clock())
        elif event.phase is Phase.COMPLETE:
            self._started.pop(key, None)
            self.done += 1
            if (event.resource.type, event.action) != _KEPT:
                self._say(Kind.LINE, f"{_DONE[event.action]} {name}{_since(event.elapsed)}")
        elif event.phase is Phase.ERRORED:
            self._started.pop(key, None)
            self._failed.append(f"{_DOING[event.action]} {name}")
            self._say(Kind.LINE, f"failed: {_DOING[event.action]} {name}{_since(event.elapsed)}")
        self._status()

    def _status(self) -> None:
        now = self.clock()
        parts = [
            f"{_DOING[action]} {name}{_since(int(now - start))}" for (_, action), (name, start) in self._started.items()
        ]
        said = parts[:MOST_IN_FLIGHT]
        if len(parts) > MOST_IN_FLIGHT:
            said.append(f"and {len(parts) - MOST_IN_FLIGHT} more")
        count = f"{self.done} of {max(self.total, self.done)} done"
        self._say(Kind.STATUS, f"{count}; {', '.join(said)}" if said else count)

    def _say(self, kind: Kind, text: str) -> None:
        self.report(Event(kind, SCOPE, text))


def _label(resource: Resource) -> str:
    return label(resource.address, resource.module, resource.type, resource.name, resource.key)


def _since(seconds: int) -> str:
    """Seconds for people, in brackets; nothing for less than one."""
    if seconds < 1:
        return ""
    minutes, rest = divmod(seconds, 60)
    return f" ({minutes}m {rest}s)" if minutes else f" ({rest}s)"
