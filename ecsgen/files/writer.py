"""Decides what happens to each file of the output folder, and does it: create, update, remove, or leave alone.

A file belongs to ecsgen while its content is what the lock file says was written there. What a person
edited, and what was there before, is not touched without `force`; what cannot be replaced safely (a folder in
the way, a symbolic link on the way) is not touched at all.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from ecsgen.errors import UsageError
from ecsgen.files import disk
from ecsgen.files.journal import Operation, commit
from ecsgen.files.lock import LOCK_FILE, MERGED, Lock


class Action(StrEnum):
    """What happens to a file."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Change:
    """A file that is to be different: `before` and `after` are its texts, "" where there is none."""

    path: str
    action: Action
    before: str
    after: str
    found: str
    """What stands there now, as `disk.read` names it."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A file that is not ecsgen's to change. `forceable`: `--force` overwrites it."""

    path: str
    reason: str
    forceable: bool


@dataclass(frozen=True)
class WritePlan:
    """What writing would do. `changes` is sorted by path, the lock file last; it includes what conflicts forbid.

    `kept` are files no longer generated that a person edited: they stay, and the lock file remembers them.
    """

    folder: Path
    changes: tuple[Change, ...]
    conflicts: tuple[Conflict, ...]
    unchanged: tuple[str, ...]
    kept: tuple[str, ...]
    lock: Lock

    @property
    def is_empty(self) -> bool:
        """Whether the files on disk are exactly what was rendered."""
        return not self.changes and not self.conflicts


def plan_writes(
    folder: Path,
    rendered: Mapping[str, str],
    before: Lock,
    after: Lock,
    *,
    force: bool = False,
    others: Callable[[str], bool] = lambda path: False,
) -> WritePlan:
    """Compare what was rendered (path below the folder to text) with what is there. Reads, and writes nothing.

    `before` is the lock file as it was read; `after` is the new one, whose `files` are filled in here. `others` tells
    which files of the lock file are not this run's concern: they stay as they are.
    """
    changes: list[Change] = []
    conflicts: list[Conflict] = []
    unchanged: list[str] = []
    files = {path: written for path, written in before.files.items() if others(path) and path not in rendered}
    before = replace(before, files={path: written for path, written in before.files.items() if path not in files})
    with disk.clear_errors(folder, reading=True):
        for path, text in sorted(rendered.items()):
            _check_path(path)
            wanted = files[path] = disk.hash_text(text.encode())
            found, data = disk.read(folder / path)
            blocked = disk.obstacle(folder, path) if found != wanted or disk.crosses_link(folder, path) else ""
            if blocked:
                conflicts.append(Conflict(path, blocked, forceable=False))
            elif found == wanted:
                unchanged.append(path)
            else:
                action = Action.CREATE if found == disk.ABSENT else Action.UPDATE
                changes.append(Change(path, action, _decode(data), text, found))
                conflicts.extend(_conflict(path, found, before.files.get(path), force=force))
        removals, kept = _removals(folder, rendered, before, force=force)
        changes += removals
        for change in removals:
            if blocked := disk.obstacle(folder, change.path):
                conflicts.append(Conflict(change.path, blocked, forceable=False))
        files.update(kept)
        lock = replace(after, files=files)
        changes.sort(key=lambda change: change.path)
        changes += _lock_change(folder, lock)
    return WritePlan(folder, tuple(changes), tuple(conflicts), tuple(unchanged), tuple(kept), lock)


def write(plan: WritePlan) -> None:
    """Carry the plan out, as one. The caller holds `journal.writing`. Raises UsageError for conflicts."""
    if plan.conflicts:
        raise _refusal(plan)
    commit(
        plan.folder,
        [
            Operation(change.path, None if change.action is Action.DELETE else change.after, change.found)
            for change in plan.changes
        ],
    )


def check(plan: WritePlan) -> list[str]:
    """Paths whose content on disk is not what was rendered, sorted."""
    paths = {change.path for change in plan.changes} | {conflict.path for conflict in plan.conflicts} | set(plan.kept)
    return sorted(paths)


def diff(plan: WritePlan) -> str:
    """What writing would change, as a unified diff of paths below the output folder."""
    return "".join(line for change in plan.changes for line in _diff(change))


def read_current(folder: Path, lock: Lock) -> dict[str, str]:
    """The generated files as they stand on disk, by path; a missing one is left out."""
    current: dict[str, str] = {}
    with disk.clear_errors(folder, reading=True):
        for path in sorted(lock.files):
            found, data = disk.read(folder / path)
            if found not in {disk.ABSENT, disk.FOLDER, disk.OTHER} and not found.startswith(disk.LINK):
                current[path] = _decode(data)
    return current


def _conflict(path: str, found: str, written: str | None, *, force: bool) -> Iterator[Conflict]:
    """Why the file at a path is not ecsgen's to overwrite, if it is not. `written`: its hash in the lock file."""
    if found == disk.FOLDER:
        yield Conflict(path, "a folder is in the way", forceable=False)
    elif found == disk.OTHER:
        yield Conflict(path, "something that is not a file is in the way", forceable=False)
    elif force or found in {disk.ABSENT, written}:
        return
    elif found.startswith(disk.LINK):
        yield Conflict(path, "it is a symbolic link", forceable=True)
    elif written is None:
        yield Conflict(path, "it was not written by ecsgen", forceable=True)
    elif written != MERGED:
        yield Conflict(path, "it was edited by hand", forceable=True)


def _removals(
    folder: Path, rendered: Mapping[str, str], before: Lock, *, force: bool
) -> tuple[list[Change], dict[str, str]]:
    """Files no longer generated: those to remove, and those a person edited with the hash that was written."""
    removals: list[Change] = []
    kept: dict[str, str] = {}
    for path, written in sorted(before.files.items()):
        if path in rendered or path == LOCK_FILE or disk.crosses_link(folder, path):
            continue
        found, data = disk.read(folder / path)
        if found in {disk.ABSENT, disk.FOLDER, disk.OTHER}:
            continue
        if found == written or written == MERGED or force:
            removals.append(Change(path, Action.DELETE, _decode(data), "", found))
        else:
            kept[path] = written
    return removals, kept


def _lock_change(folder: Path, lock: Lock) -> Iterator[Change]:
    text = lock.to_text()
    found, data = disk.read(folder / LOCK_FILE)
    if found != disk.hash_text(text.encode()):
        yield Change(LOCK_FILE, Action.CREATE if found == disk.ABSENT else Action.UPDATE, _decode(data), text, found)


def _check_path(path: str) -> None:
    if not disk.is_safe(path) or path == LOCK_FILE or path.startswith("."):
        raise ValueError(f"{path!r} is no path for a generated file")


def _refusal(plan: WritePlan) -> UsageError:
    count = len(plan.conflicts)
    files = "1 file is" if count == 1 else f"{count} files are"
    hints = []
    if any(not conflict.forceable for conflict in plan.conflicts):
        hints.append("move away what is in the way")
    if any(conflict.forceable for conflict in plan.conflicts):
        hints.append(
            "to keep a change, put it into a file that ends in _override.tf beside the generated one, or into your "
            "own template (templates: FOLDER); `--diff` shows the difference, `--force` overwrites"
        )
    return UsageError(
        f"{files} not ecsgen's to overwrite, and nothing was written",
        hint="; ".join(hints),
        details=[f"{conflict.path}: {conflict.reason}" for conflict in plan.conflicts],
    )


def _diff(change: Change) -> Iterator[str]:
    old = "/dev/null" if change.action is Action.CREATE else f"a/{change.path}"
    new = "/dev/null" if change.action is Action.DELETE else f"b/{change.path}"
    for line in difflib.unified_diff(_lines(change.before), _lines(change.after), old, new):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    """Lines with their ends. str.splitlines would also split at the form feeds and the like inside a text."""
    lines = text.replace("\r\n", "\n").split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "replace")
