"""Problems of a description: where, which rule (a stable code), what is wrong and what to write instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ecsgen.errors import EcsgenError

Path = tuple[str | int, ...]
"""A place in the description by keys and list indexes, for example ("services", "web", "ports", 0)."""


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a room's check found: a place by path. `description` turns it into a Problem with line and column.

    `on_key` points at the key itself and not at its value (an unknown key, a name that is too long).
    """

    path: Path
    code: str
    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR
    on_key: bool = False
    reads: tuple[Path, ...] = ()
    """Other places that the check compared with: it says nothing when one of them, or a part of it, could not be read."""
    sensitive: bool = False
    """The line may hold a secret: it is not shown under the message."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """A finding with its place in a file. Line and column count from 1."""

    file: str
    line: int
    column: int
    code: str
    message: str
    hint: str = ""
    severity: Severity = field(default=Severity.ERROR, compare=False)
    source: str = field(default="", compare=False)
    """The offending line as it stands in the file, for the caret."""

    def __str__(self) -> str:
        text = f"{self.file}:{self.line}:{self.column}: {self.severity} {self.code}: {self.message}"
        return f"{text}; {self.hint}" if self.hint else text


class DescriptionError(EcsgenError):
    """A description with at least one problem of severity error. `problems` holds all of them, sorted."""

    exit_code = 2
    kind = "description"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        count = sum(problem.severity is Severity.ERROR for problem in self.problems)
        noun = "error" if count == 1 else "errors"
        super().__init__(f"the description has {count} {noun}")
