"""The checks of a task's volumes, which several of its containers may use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecsgen.components import volumes
from ecsgen.description.model import Container
from ecsgen.problems import Finding, Path


def uses(parts: Mapping[str, tuple[Path, Container]]) -> dict[str, list[volumes.Use]]:
    """The volumes of a task with all their mounts. `parts`: container -> its place and its settings."""
    found: dict[str, list[volumes.Use]] = {}
    for part, (here, settings) in parts.items():
        for name, volume in settings.volumes.items():
            found.setdefault(name, []).append(volumes.Use(part, (*here, "volumes", name), volume))
    return found


def check_volumes(parts: Mapping[str, tuple[Path, Container]]) -> Iterator[Finding]:
    """All findings about a task's volumes."""
    yield from volumes.check(uses(parts))
