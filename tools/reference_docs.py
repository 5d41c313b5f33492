"""Writes the generated pages of the manual (`docs/reference/`); `--check` only says which ones are out of date.

The pages come from the description's models, the command line's app, the errors and the problems in the source, and
the sandbox's tables of coverage. Nothing in them is written by hand.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from reference import commands, coverage, description, problems

from ecsgen.description.schema import json_schema

DOCS = Path(__file__).resolve().parent.parent / "docs"


def pages() -> dict[str, str]:
    """Every generated file: path below `docs/` to text."""
    return {
        "reference/description.md": description.page(),
        "reference/cli.md": commands.page(),
        "reference/exit-codes.md": commands.exit_codes_page(),
        "reference/problems.md": problems.page(),
        "reference/coverage.md": coverage.page(),
        "reference/schema.json": json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n",
    }


def main(arguments: list[str] | None = None) -> int:
    """Write every page, or check them; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 when a page is out of date")
    check: bool = parser.parse_args(arguments).check
    stale = [path for path, text in pages().items() if not _is_current(DOCS / path, text)]
    for path in stale:
        if check:
            print(f"docs/{path} is out of date; run python tools/reference_docs.py", file=sys.stderr)
        else:
            (DOCS / path).parent.mkdir(parents=True, exist_ok=True)
            (DOCS / path).write_text(pages()[path], encoding="utf-8")
            print(f"wrote docs/{path}")
    return 1 if check and stale else 0


def _is_current(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
