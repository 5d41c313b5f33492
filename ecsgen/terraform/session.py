"""One command of Terraform, run to its end: events as they come, errors explained, interrupts in good order."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ecsgen import process
from ecsgen.errors import InterruptedByUser
from ecsgen.progress import Event, Kind, Report
from ecsgen.terraform import events
from ecsgen.terraform.errors import MOST_OTHER_LINES, CommandError, StoppedError, failure
from ecsgen.terraform.live import SCOPE, Progress
from ecsgen.terraform.program import child_environment

_STOPPING = {
    1: "stopping: Terraform finishes what it has begun, saves the state and releases the lock",
    2: "still stopping; a third Ctrl-C ends Terraform by force: what it is creating then stays in the account "
    "without being in the state, and the state stays locked",
    3: "ending Terraform by force",
}
FORCED = 3
"""From this many interrupts on, Terraform is not waited for any more."""


@dataclass
class Session:
    """One command: `args` without the program, run in `folder`.

    `what` says in a sentence what could not be done, should it fail. A set `stop` interrupts Terraform as a user
    would, but ends in StoppedError.
    """

    program: str
    name: str
    args: Sequence[str]
    folder: Path
    env: Mapping[str, str]
    report: Report
    what: str
    stop: threading.Event | None = None
    diagnostics: list[events.Diagnostic] = field(default_factory=list)
    other: list[str] = field(default_factory=list)

    def stream(self, on_event: Callable[[events.Event], None], progress: Progress | None = None) -> None:
        """Run a command with `-json`, giving each event away as it comes; diagnostics are kept as well.

        Raises CommandError when it fails, StoppedError when `stop` ended it, InterruptedByUser after Ctrl-C or
        SIGTERM, always after Terraform has ended.
        """

        def on_line(line: str) -> None:
            event = events.parse(line)
            if isinstance(event, events.Diagnostic):
                self.diagnostics.append(event)
            elif event is None and line.strip() and len(self.other) < MOST_OTHER_LINES:
                self.other.append(line)
            if event is not None:
                on_event(event)

        done = self._run(on_line, progress)
        if done.code != 0:
            self.other.extend(done.errors)
            kind = StoppedError if done.cancelled else CommandError
            raise self._failure(self.diagnostics, kind)

    def answer(self, accept: Sequence[int] = (0,), empty: Any = None) -> Any:
        """Run a command that answers with one JSON document, and return that. Raises as `stream` does.

        `empty` stands for no answer at all, if it is given.
        """
        done = self._run(None, None)
        if done.code not in accept:
            self.other.extend((*done.lines, *done.errors))
            raise self._failure([])
        if empty is not None and not any(line.strip() for line in done.lines):
            return empty
        try:
            return json.loads("".join(done.lines))
        except ValueError as error:
            raise CommandError(self.what, why=f"its answer is not JSON: {error}", details=done.lines[:5]) from None

    def plain(self) -> None:
        """Run a command that answers with its exit code alone. Raises as `stream` does."""
        done = self._run(None, None)
        if done.code != 0:
            self.other.extend((*done.lines, *done.errors))
            raise self._failure([])

    def _run(self, on_line: Callable[[str], None] | None, progress: Progress | None) -> process.Completed:
        told = 0

        def on_interrupt(count: int) -> None:
            nonlocal told
            told = count
            if count in _STOPPING:
                self.report(Event(Kind.WARNING, SCOPE, _STOPPING[count]))

        try:
            return process.run(
                [self.program, *self.args],
                cwd=self.folder,
                env=child_environment(self.env),
                on_line=on_line,
                on_interrupt=on_interrupt,
                cancel=self.stop,
                keep_stderr_apart=True,
            )
        except KeyboardInterrupt:
            raise self._interrupted(told >= FORCED, progress) from None

    def _failure(
        self, diagnostics: Sequence[events.Diagnostic], kind: Callable[..., CommandError] = CommandError
    ) -> CommandError:
        return failure(
            self.what,
            diagnostics,
            folder=str(self.folder),
            program=Path(self.program).name,
            other=self.other,
            kind=kind,
        )

    def _interrupted(self, forced: bool, progress: Progress | None) -> InterruptedByUser:
        if progress is None:
            return InterruptedByUser("interrupted", why=f"{self.name} has stopped; nothing was changed")
        count = f"{progress.done} of {max(progress.total, progress.done)} changes were made"
        unfinished = [f"unfinished: {text}" for text in (*progress.failed, *progress.in_flight)]
        if forced:
            return InterruptedByUser(
                "interrupted",
                why=f"{self.name} was ended by force when {count}; the state may be locked and incomplete",
                hint=f"look for what was being created, then run `{Path(self.program).name} force-unlock` "
                f"in {self.folder} if the next command finds the state locked",
                details=unfinished,
            )
        return InterruptedByUser(
            "interrupted",
            why=f"{self.name} stopped in good order: {count}, and the state is saved",
            hint="run the same command again to go on from there",
            details=unfinished,
        )
