"""`images.auto.tfvars.json`: which image each container runs. Terraform reads the file by itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from ecsgen.errors import UsageError
from ecsgen.files.journal import write_file

IMAGES_FILE = "images.auto.tfvars.json"


def read_images(root: Path) -> dict[str, str]:
    """Key ("web", "web/proxy") to repository@digest, from an environment's folder; empty without the file.

    Raises UsageError when the file is not what ecsgen writes.
    """
    path = root / IMAGES_FILE
    try:
        images = json.loads(path.read_text(encoding="utf-8"))["images"]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{path} cannot be read", why=str(error), hint="remove it and run ecsgen build, or restore it from git"
        ) from error
    if not isinstance(images, dict) or not all(isinstance(value, str) for value in images.values()):
        raise UsageError(
            f"{path} is not a map of images", hint="remove it and run ecsgen build, or restore it from git"
        )
    return dict(images)


def write_images(out: Path, root: str, images: Mapping[str, str]) -> None:
    """Replace the file of the root (its folder's name below `out`), as one: it is never half written."""
    if images != read_images(out / root):
        write_file(out, f"{root}/{IMAGES_FILE}", to_text(images))


def to_text(images: Mapping[str, str]) -> str:
    """The file's text, one image a line."""
    return json.dumps({"images": dict(sorted(images.items()))}, indent=2, ensure_ascii=False) + "\n"
