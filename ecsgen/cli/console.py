"""What a user sees: data on stdout, talk on stderr, colours and a live line only where a terminal can show them."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterable
from typing import Any, TextIO

from ecsgen.errors import EcsgenError
from ecsgen.problems import MESSAGE_LIMIT, Problem, Severity, shorten
from ecsgen.progress import Event, Kind, clean

RED, YELLOW, GREEN, BOLD, DIM = "31", "33", "32", "1", "2"
STATUS_SECONDS = 15.0
"""Off a terminal, a state is printed when it has lasted for so long, and again after as long, for each scope."""


class Console:
    """Writes for one run of a command. With `as_json`, stdout holds one JSON document and nothing else."""

    def __init__(self, *, as_json: bool = False, verbose: bool = False) -> None:
        self.as_json = as_json
        self.verbose = verbose
        self.live = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._lock = threading.Lock()
        self._status: dict[str, str] = {}
        self._shown: dict[str, float] = {}
        self._drawn = False

    # Data -------------------------------------------------------------------------------------------------------

    def data(self, text: str) -> None:
        """Text that the command was asked for, on stdout."""
        self._clear()
        print(text, file=sys.stdout, flush=True)  # noqa: T201 - the one place that prints data

    def document(self, value: dict[str, Any]) -> None:
        """The one JSON document of a run with --json."""
        text = json.dumps(value, indent=2, ensure_ascii=False)
        try:
            text.encode(sys.stdout.encoding or "utf-8")
        except UnicodeEncodeError:  # a file's name that is not text, or a stream that takes ASCII only
            text = json.dumps(value, indent=2)
        self.data(text)

    # Talk -------------------------------------------------------------------------------------------------------

    def say(self, text: str = "") -> None:
        """Text for the person who waits, on stderr. Only colours of one's own get to a terminal: see `styled`."""
        self.styled(_clean(text))

    def styled(self, text: str) -> None:
        """Text that `style` has coloured, on stderr; what is from elsewhere must be clean by now."""
        with self._lock:
            self._clear()
            print(text, file=sys.stderr, flush=True)  # noqa: T201 - the one place that talks
            self._draw()

    def warn(self, lines: Iterable[str]) -> None:
        """Warnings, a line each."""
        for line in lines:
            self.report(Event(Kind.WARNING, "", line))

    def report(self, event: Event) -> None:
        """Shows one event of long work. May be called from several threads."""
        scope = f"{event.scope}: " if event.scope else ""
        text = _clean(scope + event.text)
        if event.kind is Kind.STATUS:
            self._passing(event.scope, clean(text))
            return
        with self._lock:
            self._status.pop(event.scope, None)
        match event.kind:
            case Kind.STEP:
                self.styled(self.style(text, BOLD))
            case Kind.DONE:
                self.styled(self.style(text, GREEN))
            case Kind.WARNING:
                self.styled(f"{self.style('warning:', YELLOW)} {text}")
            case _:
                self.styled(f"  {text}")

    def error(self, error: EcsgenError) -> None:
        """An error as three answers: what happened and why, what was said elsewhere, what to do."""
        text = f"{error.what}: {error.why}" if error.why else error.what
        self.styled(f"{self.style('error:', RED)} {_clean(text)}")
        for line in error.details:
            self.say(f"  {line}")
        if error.hint:
            self.styled(f"{self.style('what to do:', BOLD)} {_clean(error.hint)}")

    # Problems ---------------------------------------------------------------------------------------------------

    def problems(self, problems: Iterable[Problem], stream: TextIO) -> None:
        """Problems of a description, each with its line and a caret on a terminal."""
        self._clear()
        carets = stream.isatty()
        for problem in problems:
            colour = RED if problem.severity is Severity.ERROR else YELLOW
            place = f"{shorten(problem.file, MESSAGE_LIMIT)}:{problem.line}:{problem.column}:"
            text = f"{problem.message}; {problem.hint}" if problem.hint else problem.message
            label = self.style(f"{problem.severity} {problem.code}:", colour, stream)
            print(f"{place} {label} {text}", file=stream)
            if carets and problem.source:
                print(caret(problem), file=stream)
        stream.flush()

    def style(self, text: str, code: str, stream: TextIO | None = None) -> str:
        """Text in a colour, where the stream is a terminal and NO_COLOR is not set."""
        target = sys.stderr if stream is None else stream
        if os.environ.get("NO_COLOR") or not target.isatty() or os.environ.get("TERM") == "dumb":
            return text
        return f"\x1b[{code}m{text}\x1b[0m"

    # The live line ----------------------------------------------------------------------------------------------

    def _passing(self, scope: str, text: str) -> None:
        with self._lock:
            if self.live:
                self._clear()
                self._status.pop(scope, None)  # the newest stands last, where it may be cut
                self._status[scope] = text
                self._draw()
                return
            now = time.monotonic()
            if now - self._shown.setdefault(scope, now) >= STATUS_SECONDS:
                self._shown[scope] = now
                print(f"  {text}", file=sys.stderr, flush=True)  # noqa: T201

    def _draw(self) -> None:
        if self.live and self._status:
            import shutil

            width = shutil.get_terminal_size().columns - 1
            sys.stderr.write(self.style(" | ".join(self._status.values())[:width], DIM))
            sys.stderr.flush()
            self._drawn = True

    def _clear(self) -> None:
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            self._drawn = False

    def settle(self) -> None:
        """Ends the live line."""
        with self._lock:
            self._clear()
            self._status.clear()


def _clean(text: str) -> str:
    """Every line made safe to show."""
    return "\n".join(map(clean, text.split("\n")))


WINDOW = 160
"""Characters shown of an offending line, around the place."""


def caret(problem: Problem) -> str:
    """The offending line with a caret under the place. Tabs and wide characters keep the caret in its column."""
    start = max(0, problem.column - WINDOW // 2) if len(problem.source) > WINDOW else 0
    source = problem.source[start : start + WINDOW]
    gap = "".join(
        "\t" if character == "\t" else " " * _width(character) for character in source[: problem.column - 1 - start]
    )
    shown = "".join(character if character.isprintable() or character == "\t" else "?" for character in source)
    return f"  {shown}\n  {gap}^"


def _width(character: str) -> int:
    import unicodedata

    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
