"""What long work tells the outside while it runs: plain events, drawn by the command line or ignored."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

# Colours and cursor movements (ECMA-48), then every control character but the tab, and what turns the reading direction.
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


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


def clean(text: str) -> str:
    """A line from elsewhere made safe to show: no colours, no cursor movements, no control characters."""
    if text.isprintable():
        return text.rstrip()
    return _CONTROL.sub("", _ANSI.sub("", text)).rstrip()
