"""`python -m benchmarks`: measures, and prints the table. Exits 0 unless something broke: a machine is no test."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence

from benchmarks import deployed, offline
from benchmarks.measure import python_environment
from benchmarks.table import Row, lines

SIZES = (1, 10, 100, 1000)
NAMES = ("version", "help", "validate", "render", "second-build", "plan")
"""In this order: what imports much comes last, for a child's memory is never below its parent's."""


def benchmarks(sizes: Sequence[int], env: Mapping[str, str]) -> dict[str, Callable[[], Iterator[Row]]]:
    """Every benchmark by its name. `env` is the environment for Python."""
    return {
        "version": lambda: offline.start("--version", offline.VERSION_TARGET, env),
        "help": lambda: offline.start("--help", None, env),
        "validate": lambda: offline.verb("validate", sizes, env),
        "render": lambda: offline.verb("render", sizes, env),
        "second-build": deployed.second_build,
        "plan": deployed.plan,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--only", action="append", choices=NAMES, metavar="NAME", help=f"one of {', '.join(NAMES)}; may be repeated"
    )
    parser.add_argument(
        "--size", action="append", type=int, metavar="N", help="services in a description; may be repeated"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    chosen = parser.parse_args(arguments)
    sizes = sorted(set(chosen.size or SIZES))
    rows: list[Row] = []
    with python_environment() as env:
        for name, run in benchmarks(sizes, env).items():
            if chosen.only is None or name in chosen.only:
                print(f"measuring {name}", file=sys.stderr, flush=True)
                rows += run()
    if chosen.json:
        print(json.dumps({"machine": machine(), "rows": [row.document() for row in rows]}, indent=2))
    else:
        print("\n".join([machine(), "", *lines(rows)]))
    return 0


def machine() -> str:
    """What was measured on."""
    return f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} CPUs"


if __name__ == "__main__":
    raise SystemExit(main())
