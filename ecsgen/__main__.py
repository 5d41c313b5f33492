"""Starts the command line: `ecsgen`, or `python -m ecsgen`."""

from __future__ import annotations

import os


def main() -> None:
    """Run the command line and end the process with its exit code."""
    # To look for plugins, pydantic reads the metadata of every package installed, which takes longer than all checks.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from ecsgen.cli.main import run

    raise SystemExit(run())


if __name__ == "__main__":
    main()
