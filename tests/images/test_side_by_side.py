"""Several at once: order, the limit, and how a failure or an interrupt ends the others."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from ecsgen.errors import ImageError, InterruptedByUser
from ecsgen.images.side_by_side import run_side_by_side


def test_results_stand_in_order() -> None:
    assert run_side_by_side([], lambda item, cancel: item) == []
    assert run_side_by_side([3], lambda item, cancel: item * 2) == [6]
    assert run_side_by_side([3, 1, 2], lambda item, cancel: item * 2) == [6, 2, 4]


def test_as_many_as_allowed_at_a_time() -> None:
    meeting = threading.Barrier(2)
    lock = threading.Lock()
    at_work: set[int] = set()
    most = 0

    def worker(item: int, cancel: threading.Event) -> None:
        nonlocal most
        with lock:
            at_work.add(item)
            most = max(most, len(at_work))
        meeting.wait(30)
        with lock:
            at_work.discard(item)

    run_side_by_side(range(4), worker, limit=2)
    assert most == 2


def test_a_single_item_runs_in_the_calling_thread() -> None:
    assert run_side_by_side(["x"], lambda item, cancel: threading.current_thread()) == [threading.current_thread()]


def test_a_failure_ends_the_others() -> None:
    begun: list[str] = []

    def worker(item: str, cancel: threading.Event) -> None:
        begun.append(item)
        if item == "bad":
            raise ImageError("bad")
        if not cancel.wait(30):
            raise AssertionError("nobody told it to stop")
        raise InterruptedByUser("stopped")

    with pytest.raises(ImageError, match="bad"):
        run_side_by_side(["waits", "bad", "never", "never"], worker, limit=2)
    assert "never" not in begun


PROGRAM = r"""
import os, signal, threading
from ecsgen.images.side_by_side import run_side_by_side
signal.signal(signal.SIGINT, signal.default_int_handler)
ready = threading.Barrier(3)
def worker(item, cancel):
    ready.wait()
    cancel.wait()
    os.write(1, f"{item} ended in good order\n".encode())
def tell():
    ready.wait()
    os.write(1, b"ready\n")
threading.Thread(target=tell).start()
try:
    run_side_by_side(["a", "b"], worker)
except KeyboardInterrupt:
    os.write(1, b"interrupted\n")
"""


def test_an_interrupt_ends_all() -> None:
    program = subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True)
    try:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
        os.kill(program.pid, signal.SIGINT)
        output, _ = program.communicate(timeout=60)
    finally:
        program.kill()
        program.wait()
    assert sorted(output.splitlines()[:2]) == ["a ended in good order", "b ended in good order"]
    assert output.splitlines()[2] == "interrupted"
