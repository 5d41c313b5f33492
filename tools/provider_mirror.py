"""Prints the folder of a local mirror of the AWS provider, or nothing when Terraform has to use its registry.

A machine without internet has one somewhere: `ECSGEN_PLUGIN_DIR` names it, else the file system is searched once.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

PROVIDER = Path("registry.terraform.io/hashicorp/aws")
LIKELY = ("/usr/share/terraform", "/usr/local/share/terraform", "/opt", "/usr/local/lib", "/srv")
DEPTH = 4


def find() -> Path | None:
    """The mirror's folder: the one that holds `registry.terraform.io`."""
    named = os.environ.get("ECSGEN_PLUGIN_DIR")
    if named:
        return Path(named)
    places = [Path.home() / ".terraform.d", *map(Path, LIKELY)]
    return next((found for place in places if (found := _below(place, DEPTH)) is not None), None)


def _below(folder: Path, depth: int) -> Path | None:
    try:
        if (folder / PROVIDER).is_dir():
            return folder
        children = sorted(child for child in folder.iterdir() if depth and child.is_dir() and not child.is_symlink())
    except OSError:
        return None
    return next((found for child in children if (found := _below(child, depth - 1)) is not None), None)


if __name__ == "__main__":
    mirror = find()
    sys.stdout.write(str(mirror) if mirror else "")
