"""A description file with all checks, and nothing else: `validate` pays for no templates and no writing."""

from __future__ import annotations

from pathlib import Path

from ecsgen.checks import Examined, examine
from ecsgen.description.document import Document
from ecsgen.description.load import load
from ecsgen.description.typed import environment_names
from ecsgen.errors import UsageError
from ecsgen.files.lock import read_lock
from ecsgen.pipeline.references import refers

DEFAULT_OUT = "infra"


def output_folder(file: Path, out: Path | None) -> Path:
    """Where the Terraform is written: `out`, or `infra` beside the description. Raises UsageError for a file."""
    folder = out if out is not None else file.parent / DEFAULT_OUT
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", hint="name a folder for the Terraform with -o")
    return folder


def examine_file(file: Path, out: Path | None, environment: str | None) -> Examined:
    """Load and check a description. Problems are in the result; only a file that cannot be read raises."""
    document = load(file, str(file))
    require_environment(document, environment)
    folder = output_folder(file, out)
    lock = read_lock(folder)
    examined = examine(document, lock.priorities, environment)
    if examined.errors or not refers(examined):
        return examined
    from ecsgen.pipeline.project import project_of  # templates say what else there is to refer to

    return project_of(file, folder, lock, examined).examined


def require_environment(document: Document, environment: str | None) -> None:
    """Raise UsageError when the description has no environment of this name."""
    known = environment_names(document)
    if environment is not None and environment not in known:
        raise UsageError(
            f'the description has no environment "{environment}"', hint=f"its environments: {', '.join(known)}"
        )
