"""What long work tells the outside while it runs: plain events, drawn by the command line or ignored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What an event is about."""

    STEP = "step"  # a stage begins
    LINE = "line"  # something happened inside it
    STATUS = "status"  # a passing state: redrawn in place on a terminal, seldom shown elsewhere
    DONE = "done"  # a stage ended well
    WARNING = "warning"  # the work goes on, but the user should know


@dataclass(frozen=True, slots=True)
class Event:
    """`scope` names whom it is about (a service, "terraform", "" for the run); `text` is one line without secrets."""

    kind: Kind
    scope: str
    text: str


Report = Callable[[Event], None]


def silent(event: Event) -> None:
    """A Report that shows nothing."""
