"""Decides about the volumes of a task: what the task definition says of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ecsgen.description.model import Container


def task_volumes(parts: Iterable[Container]) -> dict[str, dict[str, Any]]:
    """The volumes of a task's containers by name, as the module `task_definition` takes them."""
    return {name: {} for name in sorted({name for settings in parts for name in settings.volumes})}
