"""Renders every example beside itself (`infra/`), or with --check says which ones are not current."""

from __future__ import annotations

import sys
from pathlib import Path

from ecsgen.cli.main import run

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


def main() -> int:
    """Exit code 0, or 1 when an example differs from what it renders."""
    options = ["--check"] if "--check" in sys.argv[1:] else []
    codes = [run(["render", "--file", str(path), *options]) for path in sorted(EXAMPLES.glob("*/ecsgen.yaml"))]
    return 1 if not codes or any(codes) else 0


if __name__ == "__main__":
    raise SystemExit(main())
