"""The order in which a task's containers start: what each waits for. Carried by the module `task_definition`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecsgen.problems import Finding, Path


def check(
    containers: Mapping[str, tuple[Path, dict[str, str]]], essential: dict[str, bool], checked: set[str], sidecars: Path
) -> Iterator[Finding]:
    """Unknown containers, conditions that cannot come true, and cycles.

    `checked` are the containers with a health check; `sidecars` is where the other containers are described.
    """
    known = list(containers)
    for name, (path, waits) in containers.items():
        for other, condition in waits.items():
            here = (*path, "depends_on", other)
            if other == name:
                yield Finding(here, "EG331", f"{name} waits for itself", "remove it", on_key=True)
            elif other not in containers:
                candidates = ", ".join(candidate for candidate in known if candidate != name) or "none"
                yield Finding(
                    here,
                    "EG330",
                    f"the task has no container {other}",
                    f"its other containers: {candidates}",
                    on_key=True,
                    reads=(sidecars,),
                )
            elif condition == "HEALTHY" and other not in checked:
                yield Finding(
                    here,
                    "EG332",
                    f"{other} has no health check and is never HEALTHY",
                    f"add health to {other}, or write START",
                    reads=((*containers[other][0], "health"),),
                )
            elif condition in {"COMPLETE", "SUCCESS"} and essential[other]:
                yield Finding(
                    here,
                    "EG333",
                    f"{other} is essential: when it completes, the whole task stops",
                    f"set essential: false on {other}",
                    reads=((*containers[other][0], "essential"),),
                )
    yield from _cycles(containers)


def _cycles(containers: Mapping[str, tuple[Path, dict[str, str]]]) -> Iterator[Finding]:
    done: set[str] = set()
    for start in containers:
        trail: list[str] = []
        stack = [(start, iter(containers[start][1]))] if start not in done else []
        while stack:
            name, following = stack[-1]
            if not trail or trail[-1] != name:
                trail.append(name)
            step = next(following, None)
            if step is None:
                done.add(name)
                trail.pop()
                stack.pop()
            elif step in trail and step != name:
                circle = " -> ".join([*trail[trail.index(step) :], step])
                yield Finding(
                    (*containers[name][0], "depends_on", step),
                    "EG331",
                    f"the containers wait for each other: {circle}",
                    "remove one of them",
                    on_key=True,
                )
            elif step in containers and step not in done and step != name:
                stack.append((step, iter(containers[step][1])))
