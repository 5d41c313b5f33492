"""Builds with BuildKit through a Docker CLI: live progress, secrets, build arguments outside the process list."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

from ecsgen import process
from ecsgen.errors import InterruptedByUser
from ecsgen.images.build import Build, arguments, by_environment
from ecsgen.images.builders import Builder
from ecsgen.images.context import IGNORE_FILE, ignore_lines
from ecsgen.images.failures import explain
from ecsgen.images.plain import PlainProgress
from ecsgen.progress import Report

GRACE_SECONDS = 10.0
"""How long a CLI that was asked to stop may take."""


def build_with_cli(
    builder: Builder,
    build: Build,
    reference: str,
    env: Mapping[str, str],
    report: Report,
    cancel: threading.Event | None,
) -> None:
    """Build and load the image into the engine under `reference`.

    Raises ImageError when the build fails, InterruptedByUser when it was cancelled.
    """
    progress = PlainProgress(report, build.key)
    with tempfile.TemporaryDirectory(prefix="ecsgen-build-") as folder:
        dockerfile = _dockerfile_in(Path(folder), build)
        base = builder.environment(env)
        completed = process.run(
            [*builder.command(), *arguments(build, reference, dockerfile, base)],
            cwd=build.context,
            env={**base, **by_environment(build, base)},
            on_line=progress.take,
            cancel=cancel,
            grace_seconds=GRACE_SECONDS,
        )
    if completed.cancelled:
        raise InterruptedByUser(f"the build of {build.key} was stopped")
    if completed.code != 0:
        raise explain(build, progress.failure())


def _dockerfile_in(folder: Path, build: Build) -> Path:
    """A copy of the Dockerfile with an ignore file of its own, which BuildKit reads in place of the context's.

    So `build.exclude` is left out without a change to the user's files.
    """
    copy = folder / build.dockerfile.name
    shutil.copyfile(build.dockerfile, copy)
    text = "".join(f"{line}\n" for line in ignore_lines(build))
    copy.with_name(f"{copy.name}{IGNORE_FILE}").write_text(text, "utf-8", "surrogateescape")
    return copy
