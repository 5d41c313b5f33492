"""The door to other programs: output, environment, and an orderly end whatever happens to ecsgen."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ecsgen import process
from ecsgen.process import LAUNCHER, Completed, run, terminate

PYTHON = sys.executable
STOPS = """
import signal, sys, time
def stop(*_):
    print("stopping", flush=True)
    time.sleep(0.2)
    print("state written", flush=True)
    sys.exit(3)
signal.signal(signal.SIGINT, stop)
print("ready", flush=True)
while True:
    time.sleep(0.05)
"""
STUBBORN = """
import os, signal, time
signal.signal(signal.SIGINT, lambda *_: print("SIGINT", flush=True))
print("ready", flush=True)
while True:
    time.sleep(0.05)
"""


def python(code: str, **options: object) -> Completed:
    return run([PYTHON, "-c", code], **options)  # type: ignore[arg-type]


def wait_for(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether a process runs: one that has ended and waits to be collected does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def send_myself(*numbers: int) -> Callable[[str], None]:
    """An `on_line` that sends this process the signals in turn, one a line."""
    waiting = list(numbers)

    def on_line(line: str) -> None:
        if waiting:
            os.kill(os.getpid(), waiting.pop(0))

    return on_line


def test_both_streams_come_in_their_order_with_the_exit_code() -> None:
    done = python(
        "import sys\nprint('one', flush=True)\nprint('two', file=sys.stderr, flush=True)\nprint('three')\nsys.exit(7)"
    )
    assert done == Completed(7, ("one", "two", "three"))
    assert done.text == "one\ntwo\nthree"


def test_stderr_kept_apart() -> None:
    done = python("import sys\nprint('data')\nprint('talk', file=sys.stderr)", keep_stderr_apart=True)
    assert done == Completed(0, ("data",), errors=("talk",))


def test_lines_arrive_while_the_program_runs_and_only_the_last_are_kept() -> None:
    seen: list[str] = []

    def on_line(line: str) -> None:
        seen.append(line)
        if len(seen) == 1:
            os.kill(int(line), signal.SIGUSR1)

    done = python(
        "import os, signal, time\nstop = []\nsignal.signal(signal.SIGUSR1, lambda *_: stop.append(1))\n"
        "print(os.getpid(), flush=True)\nwhile not stop:\n    time.sleep(0.01)\n"
        "for i in range(500):\n    print(i)\nprint('no newline', end='')",
        on_line=on_line,
    )
    assert seen[1:] == [*map(str, range(500)), "no newline"]
    assert done.lines == (*map(str, range(301, 500)), "no newline")


def test_bytes_that_are_not_utf8_and_carriage_returns_do_no_harm() -> None:
    assert python("import sys\nsys.stdout.buffer.write(b'a\\xffb\\r\\nc\\n\\n')").lines == ("a\ufffdb", "c", "")


def test_standard_input_is_given_and_otherwise_empty() -> None:
    assert python("import sys\nprint(len(sys.stdin.read()))", stdin=b"x" * 1_000_000).lines == ("1000000",)
    assert python("import sys\nprint(len(sys.stdin.read()))").lines == ("0",)


def test_input_that_is_not_read_is_no_error() -> None:
    assert python("pass", stdin=b"x" * 1_000_000).code == 0


def test_the_environment_and_the_folder_are_exactly_those_given(tmp_path: Path) -> None:
    done = python("import os\nprint(sorted(os.environ), os.getcwd())", env={"ONLY": "this"}, cwd=tmp_path)
    names, _, folder = done.text.rpartition(" ")
    assert set(eval(names)) - {"LC_CTYPE"} == {"ONLY"}
    assert Path(folder) == tmp_path.resolve()


def test_signals_reach_the_program_with_their_default_meaning() -> None:
    """Python ignores SIGPIPE for itself: a program that inherited this would never end when its reader does."""
    done = run(["sh", "-c", "grep '^SigIgn' /proc/self/status"])
    if not done.lines:
        pytest.skip("no /proc here")
    ignored = int(done.lines[0].split()[1], 16)
    ours = (signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ)
    assert [number.name for number in ours if ignored & 1 << number - 1] == []


@pytest.mark.parametrize("program", ["no-such-program-anywhere", "./no-such-file"])
def test_a_missing_program(program: str) -> None:
    with pytest.raises(FileNotFoundError, match=program):
        run([program])


def test_a_program_is_looked_up_on_its_own_path(tmp_path: Path) -> None:
    program = tmp_path / "greet"
    program.write_text("#!/bin/sh\necho hello\n")
    program.chmod(0o755)
    assert run(["greet"], env={"PATH": str(tmp_path)}).lines == ("hello",)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system's own error is raised")
def test_a_file_that_cannot_be_executed(tmp_path: Path) -> None:
    (tmp_path / "broken").write_bytes(b"\x00\x01 nothing that runs")
    (tmp_path / "broken").chmod(0o755)
    done = run([str(tmp_path / "broken")])
    assert done.code == 126
    assert "Exec format error" in done.text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_is_passed_on_once_and_waited_for(number: int) -> None:
    seen: list[str] = []
    told: list[int] = []
    send = send_myself(number)
    before = signal.getsignal(number)

    def on_line(line: str) -> None:
        seen.append(line)
        send(line)

    with pytest.raises(KeyboardInterrupt):
        python(STOPS, on_line=on_line, on_interrupt=told.append)
    assert seen == ["ready", "stopping", "state written"]
    assert told == [1]
    assert signal.getsignal(number) is before


def test_the_second_interrupt_only_tells_and_the_third_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "LAST_GRACE_SECONDS", 0.2)
    seen: list[str] = []
    told: list[int] = []

    def on_interrupt(count: int) -> None:
        told.append(count)
        if count < 3:
            os.kill(os.getpid(), signal.SIGINT)

    def on_line(line: str) -> None:
        seen.append(line)
        if line.isdigit():
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        python(STUBBORN.replace('"ready"', "os.getpid()"), on_line=on_line, on_interrupt=on_interrupt)
    assert told == [1, 2, 3]
    assert seen[1:] == ["SIGINT", "SIGINT"]
    assert not alive(int(seen[0]))


def test_cancelling_from_another_thread_is_not_an_interrupt() -> None:
    cancel = threading.Event()
    done = python(STOPS, on_line=lambda line: cancel.set(), cancel=cancel)
    assert done == Completed(3, ("ready", "stopping", "state written"), cancelled=True)


def test_a_program_in_another_thread_is_cancelled_too() -> None:
    cancel = threading.Event()
    results: list[Completed] = []
    worker = threading.Thread(
        target=lambda: results.append(python(STOPS, on_line=lambda line: cancel.set(), cancel=cancel))
    )
    worker.start()
    worker.join(20)
    assert [result.code for result in results] == [3]


def test_after_the_grace_a_cancelled_program_is_killed() -> None:
    cancel = threading.Event()
    done = python(STUBBORN, on_line=lambda line: cancel.set(), cancel=cancel, grace_seconds=0.2)
    assert done == Completed(-signal.SIGKILL, ("ready", "SIGINT"), cancelled=True)


def test_a_failing_callback_stops_the_program_in_good_order(tmp_path: Path) -> None:
    """A progress line that cannot be printed (a closed terminal) must not orphan what Terraform is creating."""
    trace = tmp_path / "trace"
    code = STOPS.replace('print("state written", flush=True)', f"open({str(trace)!r}, 'w').write('written')")

    def on_line(line: str) -> None:
        raise BrokenPipeError("the terminal is gone")

    with pytest.raises(BrokenPipeError, match="the terminal is gone"):
        python(code, on_line=on_line)
    assert trace.read_text() == "written"


KILLED = """
import signal, sys, threading, time
from pathlib import Path
from ecsgen.process import run
for _ in range(16):
    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
run([sys.executable, "-c", sys.argv[1], sys.argv[2]], on_line=Path(sys.argv[3]).write_text)
"""
"""An ecsgen with threads. Its program gets a file for what it does; the file for its first line says that it runs."""

COUNTS = """
import os, signal, sys, time
count = []
signal.signal(signal.SIGINT, lambda *_: count.append(1))
print(os.getpid(), flush=True)
while not count:
    time.sleep(0.01)
time.sleep(0.3)
open(sys.argv[1] + ".part", "w").write(str(len(count)))
os.replace(sys.argv[1] + ".part", sys.argv[1])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the launcher is for Linux")
def test_an_interrupt_right_after_the_start_is_not_lost() -> None:
    launch = [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid()), shutil.which("sleep") or "", "sleep", "20"]
    for _ in range(40):
        launcher = subprocess.Popen(launch, start_new_session=True)
        try:
            children = Path(f"/proc/{launcher.pid}/task/{launcher.pid}/children")
            while not children.read_text():
                assert launcher.poll() is None
            launcher.send_signal(signal.SIGINT)
            assert launcher.wait(10) == -signal.SIGINT
        finally:
            if launcher.poll() is None:
                terminate(launcher.pid)
                launcher.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a program of its parent's death")
def test_a_killed_ecsgen_leaves_no_program_and_no_file_behind(tmp_path: Path) -> None:
    """And interrupts it once, however many threads die with it: Terraform gives up at the second interrupt."""
    environment = dict(os.environ, TMPDIR=str(tmp_path), PYTHONPATH=str(Path(process.__file__).parents[1]))
    for number in range(5):
        trace, ready = tmp_path / f"trace{number}", tmp_path / f"ready{number}"
        pid = os.posix_spawn(PYTHON, [PYTHON, "-c", KILLED, COUNTS, str(trace), str(ready)], environment)
        wait_for(lambda ready=ready: ready.exists() and ready.read_text(), "the program to be ready")
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        wait_for(trace.exists, "the program to stop in good order")
        assert trace.read_text() == "1"
        wait_for(lambda ready=ready: not alive(int(ready.read_text())), "the program to end")
    names = sorted(path.name.rstrip("01234") for path in tmp_path.iterdir())
    assert names == ["ready"] * 5 + ["trace"] * 5, "no output file is left behind"
