"""The one door to other programs: no shell, an explicit environment, decoded lines, an orderly end.

Only the edges (images, terraform, sandbox) import this module.

How a program ends when ecsgen has to (docs: man 2 prctl, "PR_SET_PDEATHSIG"; Go's os/signal on SIGPIPE):

- It runs in a session of its own, so a Ctrl-C on the terminal reaches ecsgen alone, which passes exactly one
  SIGINT on and waits.
- Its output goes to a file without a name, not to a pipe: were ecsgen killed, a program that writes to the
  broken pipe would die of SIGPIPE in the middle of its work.
- On Linux it gets exactly one SIGINT when ecsgen dies, even of SIGKILL (`launcher`). Elsewhere it runs on to its end.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO

LAUNCHER = Path(__file__).with_name("launcher.py")
"""Stands between ecsgen and a program on Linux. Isolated and without site-packages it starts in about 15 ms."""
TAIL_LINES = 200
POLL_SECONDS = 0.1
"""The longest time until a line, an interrupt or the end of a program is noticed."""
LAST_GRACE_SECONDS = 10.0
"""From the third interrupt to SIGKILL. Terraform ends within 5 s of its second SIGINT."""


@dataclass(frozen=True, slots=True)
class Completed:
    """A finished program: its exit code (negative: the signal that ended it) and its last lines of output.

    `errors` are the last lines of stderr where it was kept apart; `cancelled` says that it was asked to stop.
    """

    code: int
    lines: tuple[str, ...]
    errors: tuple[str, ...] = ()
    cancelled: bool = False

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)


def run(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
    on_line: Callable[[str], None] | None = None,
    on_interrupt: Callable[[int], None] | None = None,
    cancel: threading.Event | None = None,
    keep_stderr_apart: bool = False,
    grace_seconds: float | None = None,
) -> Completed:
    """Run a program to its end and return its code and last lines (stdout and stderr in their order).

    `env` replaces the environment; None inherits it. Without `on_line` every line is kept, with it the last
    TAIL_LINES. All callbacks run in the calling thread, which must be the one that waits.

    Ctrl-C or SIGTERM (seen in the main thread only), `cancel` from any thread, and an exception from a callback all
    do the same: one SIGINT to the program, which is then waited for: `grace_seconds`, or as long as it takes.
    Then, in this order: an interrupt raises KeyboardInterrupt, an exception is raised again, and a cancelled run
    returns with `cancelled`. `on_interrupt` gets the number of interrupts so far: the second changes nothing, the
    third sends SIGINT once more and after LAST_GRACE_SECONDS SIGKILL to the program and what it started.
    Raises FileNotFoundError when the program does not exist; one that cannot be executed ends with code 126.
    """
    command = _launch(_resolve(argv[0], cwd, env), argv)
    with (
        tempfile.TemporaryFile() as output,
        tempfile.TemporaryFile() as errors,
        Interrupts() as interrupts,
    ):
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=None if env is None else dict(env),
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=output,
            stderr=errors if keep_stderr_apart else subprocess.STDOUT,
            start_new_session=True,
        )
        running = _Running(process, grace_seconds, on_interrupt)
        reader = _Reader(output, on_line)
        if process.stdin is not None:
            threading.Thread(target=_feed, args=(process.stdin, stdin), daemon=True).start()
        delay = 0.001
        while process.poll() is None:
            # The user first: whoever sets `cancel` because of an interrupt must not hide that it was one.
            running.interrupted(interrupts.count)
            running.cancelled(cancel is not None and cancel.is_set())
            time.sleep(delay)
            delay = min(delay * 2, POLL_SECONDS)
            if running.failure is None:
                running.guard(reader.read)
        if running.failure is None:
            running.guard(reader.finish)
        tail = _Reader(errors, None)
        tail.finish()
    if interrupts.count:
        raise KeyboardInterrupt
    if running.failure is not None:
        raise running.failure
    return Completed(process.returncode, tuple(reader.tail), tuple(tail.tail)[-TAIL_LINES:], running.cancel_seen)


def detach(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start a program that outlives ecsgen and any terminal: a session of its own, its output appended to `log`.

    Its stdin is a pipe whose other end the caller holds: it reads the end of its input when the caller closes it
    or dies. Keep the returned object until it is closed. Raises FileNotFoundError when the program does not exist.
    """
    with log.open("ab") as output:
        return subprocess.Popen(
            list(argv),
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def terminate(pid: int) -> None:
    """End a program started by `run` and what it started, without waiting."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS answers the latter for a zombie
        os.killpg(pid, signal.SIGKILL)


def _resolve(program: str, cwd: Path | None, env: Mapping[str, str] | None) -> str:
    """The file to execute: looked up on the PATH that the program itself will have."""
    if os.sep in program:
        if not (Path(cwd or ".") / program).is_file():
            raise FileNotFoundError(2, "No such file or directory", program)
        return program
    found = shutil.which(program, path=(os.environ if env is None else env).get("PATH"))
    if found is None:
        raise FileNotFoundError(2, "No such file or directory", program)
    return found


def _launch(program: str, argv: Sequence[str]) -> list[str]:
    if sys.platform != "linux" or not sys.executable:
        return [program, *argv[1:]]
    return [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid()), program, *argv]


def _feed(pipe: IO[bytes], data: bytes) -> None:
    with contextlib.suppress(OSError), pipe:  # the program need not read it to its end
        pipe.write(data)


@dataclass
class _Running:
    """A started program and how far its end has come."""

    process: subprocess.Popen[bytes]
    grace_seconds: float | None
    on_interrupt: Callable[[int], None] | None
    failure: BaseException | None = None
    cancel_seen: bool = False
    _told: int = 0
    _signalled: bool = False
    _kill_at: float | None = None

    def guard(self, call: Callable[..., None], *arguments: int) -> None:
        """Call back; should that fail, stop the program first and keep the failure for later."""
        try:
            call(*arguments)
        except BaseException as error:
            self.failure = self.failure or error
            self._stop()

    def cancelled(self, wanted: bool) -> None:
        if wanted and not self.cancel_seen:
            self.cancel_seen = True
            self._stop()
        if self._kill_at is not None and time.monotonic() >= self._kill_at:
            terminate(self.process.pid)

    def interrupted(self, count: int) -> None:
        while self._told < count:
            self._told += 1
            self._stop()
            if self._told == 3:
                self.process.send_signal(signal.SIGINT)
                self._kill_at = time.monotonic() + LAST_GRACE_SECONDS
            if self.on_interrupt:
                self.guard(self.on_interrupt, self._told)

    def _stop(self) -> None:
        if self._signalled:
            return
        self._signalled = True
        self.process.send_signal(signal.SIGINT)
        if self.grace_seconds is not None:
            self._kill_at = time.monotonic() + self.grace_seconds


@dataclass
class _Reader:
    """Follows a file that another process writes, line by line."""

    file: IO[bytes]
    on_line: Callable[[str], None] | None
    tail: deque[str] = field(init=False)
    _offset: int = 0
    _rest: bytes = b""

    def __post_init__(self) -> None:
        self.tail = deque(maxlen=None if self.on_line is None else TAIL_LINES)

    def read(self) -> None:
        """Take the lines that are complete."""
        # pread leaves the position alone: the program writes at it, through the same open file.
        size = os.fstat(self.file.fileno()).st_size - self._offset
        if size <= 0:
            return
        chunk = os.pread(self.file.fileno(), size, self._offset)
        self._offset += len(chunk)
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._take(line)

    def finish(self) -> None:
        """Take what is left once the program has ended."""
        self.read()
        if self._rest:
            self._take(self._rest)

    def _take(self, raw: bytes) -> None:
        line = raw.decode("utf-8", "replace").rstrip("\r")
        self.tail.append(line)
        if self.on_line:
            self.on_line(line)


class Interrupts:
    """Counts SIGINT and SIGTERM while something runs (`count`), instead of an exception that may come at any point.

    Python delivers signals to the main thread only: in another, nothing is counted. A signal that is ignored
    (nohup, a shell's background job) stays ignored.
    """

    def __init__(self) -> None:
        self.count = 0
        self._before: dict[int, Callable[[int, FrameType | None], object] | int] = {}

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                before = signal.getsignal(number)
                if before is not None and before is not signal.SIG_IGN:
                    self._before[number] = before
                    signal.signal(number, self._take)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _take(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
