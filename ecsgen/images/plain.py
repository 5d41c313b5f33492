"""Reads BuildKit's plain progress (`--progress=plain`) as it comes: events for the user, and what is known of a failure.

Each line is `#NUMBER TEXT`, where the first text of a number names its step; other lines come from the CLI itself.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field

from ecsgen.progress import Event, Kind, Report

KEPT_LINES = 20
"""How many last lines of output an error shows."""
SLOW_SECONDS = 1.0
"""A step that took longer is mentioned again when it is done."""

_STEP_LINE = re.compile(r"#(\d+) (.*)")
_OUTPUT = re.compile(r"\d+\.\d+ ?(.*)")
_DONE = re.compile(r"DONE (\d+\.\d+)s")
_NUMBERED = re.compile(r"\[[^\]]*?\d+/\d+\] ?(.*)")


@dataclass(frozen=True, slots=True)
class Failure:
    """What a failed build said: the step ("" when none was reached), the builder's message, the last lines of output."""

    step: str
    message: str
    lines: tuple[str, ...]


@dataclass
class PlainProgress:
    """Takes one line at a time. `scope` is the build's key."""

    report: Report
    scope: str
    _names: dict[str, str] = field(default_factory=dict)
    _output: dict[str, deque[str]] = field(default_factory=dict)
    _failed: str = ""
    _error: str = ""
    _talk: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))

    def take(self, line: str) -> None:
        """Read one line."""
        match = _STEP_LINE.fullmatch(line)
        if not match:
            # The CLI repeats the failed step between two rules; its output is known already.
            if line.strip() and not line.startswith(("---", " > ")):
                self._talk.append(line)
        elif match[1] not in self._names:
            self._names[match[1]] = match[2]
            self._say(_importance(match[2]), match[2])
        else:
            self._step(match[1], match[2])

    def _step(self, number: str, text: str) -> None:
        name = self._names[number]
        if output := _OUTPUT.fullmatch(text):
            self._output.setdefault(number, deque(maxlen=KEPT_LINES)).append(output[1])
            self._say(Kind.STATUS, output[1])
        elif text.startswith("ERROR: "):
            # The first error is the cause; steps beside it that fail afterwards were cancelled.
            if not self._failed:
                self._failed, self._error = number, text.removeprefix("ERROR: ")
        elif done := _DONE.fullmatch(text):
            if float(done[1]) >= SLOW_SECONDS:
                self._say(_importance(name), f"{name}: done in {done[1]} s")
        elif text == "CACHED":
            self._say(_importance(name), f"{name}: unchanged, from the cache")
        elif text not in {"...", name} and not text.startswith("sha256:"):
            self._say(Kind.STATUS, text)

    def _say(self, kind: Kind, text: str) -> None:
        if text.strip():
            self.report(Event(kind, self.scope, text))

    def failure(self) -> Failure:
        """What went wrong, once the builder has ended with an error."""
        name = self._names.get(self._failed, "")
        numbered = _NUMBERED.fullmatch(name)
        lines = self._output.get(self._failed, ())
        verdicts = [line for line in self._talk if line.startswith("ERROR: ") or "failed to solve" in line]
        message = self._error or (verdicts or list(self._talk) or [""])[-1].removeprefix("ERROR: ")
        return Failure(numbered[1] if numbered else name, message, tuple(lines) or tuple(self._talk))


def _importance(step: str) -> Kind:
    """The Dockerfile's own steps are news; loading and exporting are not."""
    return Kind.LINE if _NUMBERED.fullmatch(step) else Kind.STATUS
