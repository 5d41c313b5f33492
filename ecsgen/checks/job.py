"""The checks of one job: its task, where it runs, and when."""

from __future__ import annotations

from collections.abc import Iterator

from ecsgen.checks.service import check_task
from ecsgen.checks.volumes import JOB, check_no_disk
from ecsgen.components import service
from ecsgen.description.model import Description, Job
from ecsgen.problems import Finding, Path


def check_job(description: Description, name: str, item: Job) -> Iterator[Finding]:
    """All findings of one job."""
    path: Path = ("jobs", name)
    if name in description.services:
        yield Finding(
            path,
            "EG550",
            f"a service is called {name} too, and both would have the same names in AWS",
            "rename one of them",
            on_key=True,
            reads=(("services",),),
        )
    yield from check_task(description, name, item, path, with_exec=False)
    yield from service.check_place(item, path)
    yield from check_no_disk(name, item, path, JOB)
