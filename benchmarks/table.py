"""The rows of the table, and the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One measurement. `target` is the most that it may be; `skipped` says why there is no measurement."""

    what: str
    measured: float | None
    unit: str
    target: float | None = None
    skipped: str = ""
    note: str = ""

    @property
    def verdict(self) -> str:
        """ok, over (its target), or nothing."""
        if self.measured is None:
            return "skipped"
        return "" if self.target is None else "ok" if self.measured <= self.target else "over"

    def document(self) -> dict[str, Any]:
        """For --json."""
        return {**asdict(self), "verdict": self.verdict}


def skipped(what: str, why: str) -> Row:
    """A row without a measurement."""
    return Row(what, None, "", skipped=why)


def number(value: float | None, unit: str) -> str:
    """A measurement as a person reads it."""
    if value is None:
        return ""
    text = f"{value:.0f}" if unit == "MB" else f"{value:.2f}"
    return f"n^{text}" if unit == "n^" else f"{text} {unit}"


HEAD = ("", "measured", "target", "")


def lines(rows: Sequence[Row]) -> list[str]:
    """The table, a line each."""
    cells = [HEAD] + [
        (row.what, number(row.measured, row.unit), number(row.target, row.unit), row.verdict) for row in rows
    ]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEAD))]
    text = [
        f"{what:<{widths[0]}}  {measured:>{widths[1]}}  {target:>{widths[2]}}  {verdict:<{widths[3]}}"
        for what, measured, target, verdict in cells
    ]
    notes = ["", *(row.skipped or row.note for row in rows)]
    return [f"{line}  {note}".rstrip() for line, note in zip(text, notes, strict=True)]
