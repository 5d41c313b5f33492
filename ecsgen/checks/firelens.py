"""The checks of logs that FireLens routes: what two rooms know of them together."""

from __future__ import annotations

from collections.abc import Iterator

from ecsgen.components import firelens, image, secrets, task
from ecsgen.description.model import Task, containers
from ecsgen.problems import Finding, Path


def check_logs(name: str, item: Task, path: Path) -> Iterator[Finding]:
    """All findings of a task's `logs`; `name` is that of its main container, `path` the task's."""
    here = (*path, "logs")
    parts = [part for part, _, _ in containers(name, item)]
    yield from firelens.check(item.logs, item.memory, parts, task.CONTAINERS_LIMIT, here)
    if item.logs.driver == "firelens":
        yield from image.check_reference(item.logs.image, here)
        yield from secrets.check(item.logs.secret_options, item.logs.options, here, "options", "secret_options")


def shares(item: Task, path: Path) -> dict[str, task.Shares]:
    """What the router takes of the task's memory; nothing where it is said already that it is too much."""
    if item.logs.driver == "awslogs" or item.logs.memory > item.memory:
        return {}
    return {firelens.ROUTER: task.Shares((*path, "logs"), None, None, item.logs.memory)}
