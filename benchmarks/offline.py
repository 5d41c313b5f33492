"""What runs without Docker, Terraform or AWS: start-up, `validate` and `render`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.description import description
from benchmarks.measure import PYTHON, Cost, alternate, cost, exponent, least
from benchmarks.table import Row

ECSGEN = (PYTHON, "-m", "ecsgen")
TYPER = (PYTHON, "-c", "import typer")
START_TIMES = 15
VERSION_TARGET = 1.5
"""Times the CPU of importing typer."""
CPU_TARGETS = {("validate", 1): 0.4, ("render", 1): 0.5, ("validate", 1000): 5.0, ("render", 1000): 5.0}
"""Seconds by verb and number of services."""
PEAK_TARGETS = {1000: 250.0}
"""MB by number of services."""
GROWTH_TARGET = 1.1


def start(option: str, target: float | None, env: Mapping[str, str]) -> Iterator[Row]:
    """`ecsgen OPTION` against importing the library that its command line is made with."""
    cost([*ECSGEN, option], env=env)  # compiles the modules
    base, ours = alternate(START_TIMES, lambda: cost(TYPER, env=env), lambda: cost([*ECSGEN, option], env=env))
    note = f"{1000 * ours.cpu:.0f} ms of CPU, and {1000 * base.cpu:.0f} ms"
    yield Row(f"ecsgen {option} / import typer", ours.cpu / base.cpu, "times", target, note=note)


def verb(name: str, sizes: Sequence[int], env: Mapping[str, str]) -> Iterator[Row]:
    """A verb on descriptions of several sizes, and how its cost grows with them."""
    costs: dict[int, Cost] = {}
    with tempfile.TemporaryDirectory(prefix="ecsgen-bench-") as folder:
        for size in sizes:
            costs[size] = _verb(name, size, Path(folder) / str(size), env)
            what = f"ecsgen {name}, {size:,} {'service' if size == 1 else 'services'}"
            yield Row(f"{what}: CPU", costs[size].cpu, "s", CPU_TARGETS.get((name, size)))
            yield Row(f"{what}: memory", costs[size].peak, "MB", PEAK_TARGETS.get(size))
    yield from growth(name, {size: run.cpu for size, run in costs.items()})


def growth(name: str, seconds: Mapping[int, float]) -> Iterator[Row]:
    """The exponent over all sizes, between the two largest, and there for what comes on top of the smallest."""
    sizes = sorted(seconds)
    if len(sizes) > 1:
        yield Row(f"ecsgen {name}, growth: all sizes", exponent(seconds), "n^", GROWTH_TARGET)
    if len(sizes) > 2:
        first, before, last = sizes[0], *sizes[-2:]
        where = f"{before:,} to {last:,} services"
        two = {size: seconds[size] for size in (before, last)}
        yield Row(f"ecsgen {name}, growth: {where}", exponent(two), "n^", GROWTH_TARGET)
        more = {size: max(seconds[size] - seconds[first], 0.001) for size in (before, last)}
        yield Row(f"ecsgen {name}, growth: {where}, less start-up", exponent(more), "n^", GROWTH_TARGET)


def _verb(name: str, size: int, folder: Path, env: Mapping[str, str]) -> Cost:
    """The first run compiles the modules, and is not counted. Each run writes into a folder of its own."""
    folder.mkdir()
    file = folder / "ecsgen.yaml"
    file.write_text(description(size), encoding="utf-8")
    times = 3 if size >= 1000 else 9
    runs = [
        cost([*ECSGEN, name, "--file", str(file), "--out", str(folder / f"out-{number}")], env=env)
        for number in range(times + 1)
    ]
    return least(runs[1:])
