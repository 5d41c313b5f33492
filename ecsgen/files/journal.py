"""Several files change as one: killed at any moment, the next command finishes the change or undoes it.

New contents are staged in `.ecsgen-journal/`, on disk before a record names them; the record's own rename is
the moment from which the change counts. From then on only renames and removals follow, and they can be
repeated. A target that a person touched in between is left as it is.

The output folder itself is locked while somebody writes: no lock file is left behind, and none can be stale.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import stat
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecsgen.errors import UsageError
from ecsgen.files import disk

JOURNAL = ".ecsgen-journal"
RECORD = "record.json"
WAIT_SECONDS = 10.0
"""How long another writer is waited for: writing takes a fraction of a second."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A file to put (`text`) or to remove (`text` None) at a path below the folder.

    `found` is what stood there when this was decided, as `disk.read` names it.
    """

    path: str
    text: str | None
    found: str


@dataclass(frozen=True, slots=True)
class _Step:
    """An operation in the record: which staged file goes where, and the hashes that tell a person's change."""

    path: str
    staged: str | None
    found: str


@contextlib.contextmanager
def writing(out_dir: Path) -> Iterator[Path]:
    """The output folder, made when missing, for one writer at a time, with what a killed command left settled.

    Yields its real path (it may be a symbolic link). Raises UsageError while somebody else writes for long,
    EcsgenError when the folder cannot be made.
    """
    made = [parent for parent in (out_dir, *out_dir.parents) if not parent.exists()]
    with disk.clear_errors(out_dir):
        out_dir.mkdir(parents=True, exist_ok=True)
        folder = out_dir.resolve()
    with _only_writer(folder):
        _settle(folder)
        try:
            yield folder
        finally:
            for path in made:
                with contextlib.suppress(OSError):
                    path.rmdir()


def recover(out_dir: Path) -> bool:
    """Finish or undo what a killed command left; False when there was nothing. Needs no write access then."""
    folder = out_dir.resolve()
    if not os.path.lexists(folder / JOURNAL):
        return False
    with _only_writer(folder):
        return _settle(folder)


def commit(folder: Path, operations: Sequence[Operation]) -> None:
    """Carry out all operations or none. The caller holds `writing`. Raises EcsgenError."""
    if not operations:
        return
    journal = folder / JOURNAL
    with disk.clear_errors(folder):
        try:
            steps = _stage(folder, journal, operations)
        except BaseException:
            with contextlib.suppress(OSError):
                _discard(journal)
            raise
    with disk.clear_errors(folder, committed=True):
        _finish(folder, journal, steps)


def write_file(out_dir: Path, path: str, text: str) -> None:
    """Put one file of ecsgen's own below the output folder, whole or not at all."""
    with writing(out_dir) as folder:
        if reason := disk.obstacle(folder, path):
            raise UsageError(
                f"{path} cannot be written", why=reason, hint="move it away, or choose another folder with -o"
            )
        found, _ = disk.read(folder / path)
        commit(folder, [Operation(path, text, found)])


@contextlib.contextmanager
def _only_writer(folder: Path) -> Iterator[None]:
    with disk.clear_errors(folder):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        deadline = time.monotonic() + WAIT_SECONDS
        while not _locked(handle):
            if time.monotonic() >= deadline:
                raise UsageError(
                    f"another ecsgen is writing to {folder}", hint="wait until it has ended, and run this again"
                )
            time.sleep(0.05)
        yield
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        # Some network file systems cannot lock a folder; there the journal alone protects the files.
        if error.errno not in {errno.EBADF, errno.EINVAL, errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS}:
            raise
    return True


def _stage(folder: Path, journal: Path, operations: Sequence[Operation]) -> list[_Step]:
    """Bring all contents and then the record to the disk."""
    journal.mkdir()
    steps: list[_Step] = []
    for number, operation in enumerate(operations):
        staged = None
        if operation.text is not None:
            staged = str(number)
            disk.write_new(journal / staged, operation.text, _mode(folder / operation.path))
        steps.append(_Step(operation.path, staged, operation.found))
    record = {"steps": [{"path": step.path, "staged": step.staged, "found": step.found} for step in steps]}
    disk.write_new(journal / "new", json.dumps(record), None)
    disk.sync_folder(journal)
    disk.sync_folder(folder)
    (journal / "new").rename(journal / RECORD)
    return steps


def _mode(path: Path) -> int | None:
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return stat.S_IMODE(status.st_mode) & 0o777 if stat.S_ISREG(status.st_mode) else None


def _finish(folder: Path, journal: Path, steps: Sequence[_Step]) -> None:
    """Carry out recorded steps; those already done, or overtaken by a person, are passed over."""
    disk.sync_folder(journal)
    touched = {folder}
    for step in steps:
        target = folder / step.path
        staged = journal / step.staged if step.staged is not None else None
        if staged is not None and not os.path.lexists(staged):
            continue
        if disk.crosses_link(folder, step.path):
            continue
        found, _ = disk.read(target)
        if found != step.found or found in {disk.FOLDER, disk.OTHER}:
            continue
        if staged is not None:
            disk.make_folders(folder, step.path)
            staged.rename(target)
        elif found != disk.ABSENT:
            target.unlink()
        touched.update(parent for parent in target.parents if parent.is_relative_to(folder))
    for step in steps:
        if step.staged is None:
            disk.remove_empty_folders(folder, step.path)
    for parent in sorted(touched):
        disk.sync_folder(parent)
    _discard(journal)


def _discard(journal: Path) -> None:
    """Remove the journal; the record goes first, so that a kill in between leaves nothing that looks decided."""
    if not journal.exists():
        return
    for path in sorted(journal.iterdir(), key=lambda path: (path.name != RECORD, path.name)):
        path.unlink()
    journal.rmdir()


def _settle(folder: Path) -> bool:
    journal = folder / JOURNAL
    if not os.path.lexists(journal):
        return False
    if journal.is_symlink() or not journal.is_dir():
        raise UsageError(f"{journal} is not a folder of ecsgen", hint="remove it, and run this again")
    if not os.path.lexists(journal / RECORD):
        with disk.clear_errors(folder):
            _discard(journal)
        return True
    with disk.clear_errors(folder, committed=True):
        _finish(folder, journal, _read_record(journal))
    return True


def _read_record(journal: Path) -> list[_Step]:
    """The record's steps. It is checked like any input: it may have come with a repository."""
    _, data = disk.read(journal / RECORD)
    try:
        return [_step(item) for item in json.loads(data)["steps"]]
    except (ValueError, KeyError, TypeError):
        raise UsageError(
            f"{journal / RECORD} was not written by ecsgen",
            hint=f"remove the folder {journal}, and run this again",
        ) from None


def _step(item: dict[str, Any]) -> _Step:
    path, staged, found = item["path"], item["staged"], item["found"]
    if not isinstance(path, str) or not disk.is_safe(path) or not isinstance(found, str):
        raise ValueError(path)
    if staged is not None and not (isinstance(staged, str) and staged.isascii() and staged.isdigit()):
        raise ValueError(staged)
    return _Step(path, staged, found)
