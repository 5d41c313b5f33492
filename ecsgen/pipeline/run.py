"""A job, or a one-off task of a service: started, its log handed on line by line, stopped when the user leaves."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ecsgen import names
from ecsgen.aws import run as task_run
from ecsgen.errors import InterruptedByUser, UnhealthyError, UsageError
from ecsgen.fields import nearest
from ecsgen.pipeline.project import Project
from ecsgen.pipeline.target import Target
from ecsgen.progress import Event, Kind, clean

STOPPED_BY_USER = "stopped by ecsgen run"


def require(project: Project, name: str, command: Sequence[str] | None) -> None:
    """Raise UsageError for a name that is neither a job nor a service, and for a service without a command."""
    environment = project.one()
    description = project.environments[environment]
    if name not in description.jobs and name not in description.services:
        raise UsageError(
            f'there is no job "{name}" in {environment}',
            hint=nearest(name, sorted({*description.jobs, *description.services})),
        )
    if name in description.services and command is None:
        raise UsageError(
            f"{name} is a service, which runs by itself",
            hint=f'name what to run in a task of its own: ecsgen run {name} --command "…"',
        )


def request(target: Target, name: str, command: Sequence[str] | None) -> dict[str, Any]:
    """What RunTask takes for a job or a service of the environment as it is deployed.

    Raises UsageError as `require` does, and for what is not deployed.
    """
    require(target.project, name, command)
    application = target.application
    services = {service.name: service.service.name for service in application.services}
    if name in services:
        found = dict(task_run.request_of_service(target.aws, application.cluster.name, services[name]))
    else:
        found = _of_job(target, name)
    if command is not None:
        found["overrides"] = task_run.overrides(name, command)
    return found


def _of_job(target: Target, name: str) -> dict[str, Any]:
    """The request is an output of the environment's root: what runs is what was applied."""
    outputs: dict[str, Any] = {}
    if target.root.is_dir() and any(target.root.glob("*.tf")):
        target.terraform.init(target.root, target.env, target.plugin_dir, target.report)
        outputs = target.terraform.output(target.root, target.env)
    found = outputs.get(f"job_{names.label(name)}")
    if found is None:
        raise UsageError(f"the job {name} is not deployed in {target.environment}", hint="run ecsgen apply first")
    return dict(found)


def run(target: Target, name: str, asked: dict[str, Any], on_line: Callable[[str], None]) -> task_run.Ended:
    """Start a task and follow it to its end. Ctrl-C stops the task and raises InterruptedByUser.

    Raises AwsError when AWS refuses, UnhealthyError when the container has never run, or longer than its job may.
    """
    job = target.project.environments[target.environment].jobs.get(name)
    limit = job.timeout if job is not None else None
    target.report(Event(Kind.STEP, name, "starting a task"))
    task = ""
    try:
        with _interrupts_held():
            task = task_run.start(target.aws, asked, name)
        target.report(Event(Kind.LINE, name, f"task {task.rpartition('/')[2]}"))
        followed = _follow(target, name, asked, task, on_line)
        stopped = followed.wait(lambda status: target.report(Event(Kind.STATUS, name, status.lower())), limit)
    except TimeoutError:
        task_run.stop(target.aws, asked["cluster"], task, "the job's timeout is over")
        raise UnhealthyError(
            f"{name} ran longer than {limit} seconds and was stopped",
            hint=f"raise `timeout` of {name}, or see in its log what it waits for",
            details=[clean(line) for line in followed.tail],
        ) from None
    except KeyboardInterrupt:
        if task:
            _stop(target, name, asked, task)
        raise InterruptedByUser(
            "interrupted", why=f"the task of {name} was stopped" if task else f"no task of {name} was started"
        ) from None
    if target.sandbox is not None and not target.sandbox.tasks_are_real:
        target.report(Event(Kind.WARNING, name, "tasks are simulated: this one was started, and no program ran in it"))
    return followed.ended(stopped)


def _follow(
    target: Target, name: str, asked: dict[str, Any], task: str, on_line: Callable[[str], None]
) -> task_run.Followed:
    quick = target.sandbox is not None
    return task_run.Followed(
        target.aws, asked["cluster"], task, name, on_line, interval=1.0 if quick else 3.0, settle=1.0 if quick else 6.0
    )


def _stop(target: Target, name: str, asked: dict[str, Any], task: str) -> None:
    """Stop the task. ECS sends SIGTERM and, after the container's stop timeout, SIGKILL; nobody waits for that."""
    target.report(Event(Kind.WARNING, name, "interrupted: stopping the task"))
    task_run.stop(target.aws, asked["cluster"], task, STOPPED_BY_USER)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C and SIGTERM back while a task is started: one that is not known could not be stopped."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda got, _: held.append(got)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if held:
        raise KeyboardInterrupt
