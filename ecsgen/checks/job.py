"""The checks of one job: its task, where it runs, and when."""

from __future__ import annotations

from collections.abc import Iterator

from ecsgen.checks.service import check_task
from ecsgen.checks.volumes import JOB, check_no_disk
from ecsgen.components import job, service
from ecsgen.description.model import Description, Job, Service
from ecsgen.fields import nearest
from ecsgen.problems import Finding, Path, Severity


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
    yield from job.check(item, path)


def check_before(description: Description, name: str, item: Service) -> Iterator[Finding]:
    """The job that a service's deployment waits for."""
    before = item.deploy.before
    if before is None:
        return
    path: Path = ("services", name, "deploy", "before")
    job = description.jobs.get(before)
    if job is None:
        hint = nearest(before, description.jobs) or f"write jobs: {{{before}: …}}"
        yield Finding(path, "EG560", f"there is no job {before}", hint, reads=(("jobs",),))
    elif job.schedule is not None:
        yield Finding(
            path,
            "EG561",
            f"{before} runs before each deployment, and by its schedule too",
            f"remove the schedule, or describe a job of its own for the deployment of {name}",
            Severity.WARNING,
            reads=(("jobs", before, "schedule"),),
        )
