"""What a run wrote, and what to say of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Written:
    """What was written: paths below the output folder. `gone` are environments that are not described any more."""

    created: tuple[str, ...]
    updated: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]
    kept: tuple[str, ...]
    gone: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """For --json."""
        return {
            "created": list(self.created),
            "updated": list(self.updated),
            "removed": list(self.removed),
            "unchanged": list(self.unchanged),
            "kept": list(self.kept),
        }

    def summary(self, out: Path) -> str:
        """One line for a person, and one for each file that was left although it is no longer generated."""
        counts = [
            f"{len(paths)} {what}"
            for paths, what in ((self.created, "created"), (self.updated, "updated"), (self.removed, "removed"))
            if paths
        ]
        lines = [f"{out}: {', '.join(counts)}" if counts else f"{out}: nothing to change"]
        lines += [
            f"kept {path}: it is no longer generated, but somebody edited it; remove it yourself" for path in self.kept
        ]
        return "\n".join(lines)

    def farewell(self) -> list[str]:
        """What to know of each environment that is not described any more: nothing takes it down."""
        return [
            f"{name} is not described any more: its files are gone, and what it deployed stays up, known only to its "
            f"state. To take it down, describe it again, and run ecsgen destroy --env {name} first"
            for name in self.gone
        ]
