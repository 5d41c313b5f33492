"""Starts the command line: `ecsgen`, or `python -m ecsgen`."""

from __future__ import annotations


def main() -> None:
    """Run the command line and end the process with its exit code."""
    from ecsgen.cli.main import run

    raise SystemExit(run())


if __name__ == "__main__":
    main()
