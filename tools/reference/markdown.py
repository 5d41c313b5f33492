"""Small pieces of Markdown that the generated pages share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table's lines. Cells are Markdown; a pipe in them is escaped."""
    return [
        f"| {' | '.join(head)} |",
        f"| {' | '.join('---' for _ in head)} |",
        *(f"| {' | '.join(cell(text) for text in row)} |" for row in rows),
    ]


def cell(text: str) -> str:
    """A text as it can stand in a table: one line, pipes escaped."""
    return " ".join(text.split()).replace("|", "\\|")


def code(text: str) -> str:
    """Text set as code, also when it holds backticks."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def join(lines: Iterable[str]) -> str:
    """A page from its lines: one blank line at most in a row, one line feed at its end."""
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).rstrip("\n") + "\n"
