"""In which order a task's containers start: what `dependsOn` allows next, or why it never will; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ecsgen.sandbox.server.containers import Definition, dependencies

DEFAULT_START_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Progress:
    """A started container: seconds since it started, its health ("" without a check), its exit code once it ended."""

    seconds: float
    health: str = ""
    exit_code: int | None = None


@dataclass(frozen=True, slots=True)
class Next:
    """The containers to start now, or the reason why a dependency can not be met any more."""

    start: tuple[str, ...] = ()
    problem: str = ""


def next_step(definitions: Sequence[Definition], started: Mapping[str, Progress]) -> Next:
    """What to do with the containers that have not started. Source: ECS, ContainerDependency and startTimeout."""
    by_name = {item["name"]: item for item in definitions}
    ready = []
    for definition in definitions:
        if definition["name"] in started:
            continue
        verdicts = []
        for name, condition in dependencies(definition).items():
            limit = int((by_name.get(name) or {}).get("startTimeout") or DEFAULT_START_SECONDS)
            verdict = _met(name, condition, started.get(name), limit)
            if isinstance(verdict, str):
                return Next(problem=f"container {definition['name']} can not start: {verdict}")
            verdicts.append(verdict)
        if all(verdicts):
            ready.append(definition["name"])
    return Next(start=tuple(ready))


def _met(name: str, condition: str, progress: Progress | None, limit: int) -> bool | str:
    """Whether a dependency is met, or the reason why it never will be."""
    if progress is None:
        return False
    ended = progress.exit_code is not None
    if condition == "START" or (condition == "COMPLETE" and ended):
        return True
    if condition == "SUCCESS" and ended:
        return True if progress.exit_code == 0 else f"{name} exited with code {progress.exit_code}, not with 0"
    if condition == "HEALTHY":
        if ended:
            return f"{name} exited with code {progress.exit_code} before it was healthy"
        if progress.health == "healthy":
            return True
        if progress.health == "unhealthy":
            return f"{name} failed its health check"
    if progress.seconds > limit:
        return f"{name} did not reach {condition} within {limit} seconds (its startTimeout)"
    return False
