"""Runs a program and says what it cost: the kernel's own account of the child, not a clock beside it."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PYTHON = sys.executable
_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in which the kernel counts the largest resident set."""


@dataclass(frozen=True)
class Cost:
    """Seconds of CPU (user and system, with the children it waited for), seconds on the wall, MB of memory at most."""

    cpu: float
    wall: float
    peak: float


def cost(argv: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str]) -> Cost:
    """Run a program once. Raises RuntimeError with its last words when it fails.

    A child's peak is never below what this process had in memory when it was started, so whoever measures memory does
    it before importing much.
    """
    with tempfile.TemporaryFile() as output:
        start = time.monotonic()
        child = subprocess.Popen(argv, cwd=cwd, env=dict(env), stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            output.seek(0)
            said = output.read().decode("utf-8", "replace")[-2000:]
            raise RuntimeError(f"{' '.join(argv)} ended with code {child.returncode}:\n{said}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * _PEAK_UNIT / 1e6)


def least(costs: Iterable[Cost]) -> Cost:
    """The least of each over several runs, for other work on the machine only adds; of memory the most."""
    runs = list(costs)
    return Cost(min(run.cpu for run in runs), min(run.wall for run in runs), max(run.peak for run in runs))


def alternate(times: int, *runs: Callable[[], Cost]) -> list[Cost]:
    """The least of each of several things that are compared: run in turns, so that all meet the same machine."""
    taken = [[run() for run in runs] for _ in range(times)]
    return [least(costs) for costs in zip(*taken, strict=True)]


@contextmanager
def python_environment() -> Iterator[dict[str, str]]:
    """An environment for Python as users have it: with compiled modules, kept in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="ecsgen-bench-") as folder:
        env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "ECSGEN_"))}
        yield {**env, "PYTHONPYCACHEPREFIX": folder, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}


def exponent(points: Mapping[int, float]) -> float:
    """The k of n^k that fits best (least squares of the logarithms). `points`: size -> seconds."""
    xs, ys = [math.log(size) for size in points], [math.log(seconds) for seconds in points.values()]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)
