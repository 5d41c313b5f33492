"""The few things done to the file system, each one call of `os`, and what identifies a file's content.

Nothing here follows a symbolic link inside the output folder.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from ecsgen.errors import UsageError

ABSENT = "absent"
FOLDER = "folder"
OTHER = "other"
LINK = "link:"


def is_safe(path: str) -> bool:
    """Whether a path names something inside a folder, in one way only: relative, with slashes, no `..`."""
    pure = PurePosixPath(path)
    return (
        path not in {"", "."}
        and str(pure) == path
        and not pure.is_absolute()
        and ".." not in pure.parts
        and "\\" not in path
        and path.isprintable()
    )


def hash_text(data: bytes) -> str:
    """The hash of a text file: git may check files out with other line ends, and that is no edit."""
    return hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()


def read(path: Path) -> tuple[str, bytes]:
    """What stands at a path: its content's hash, or ABSENT, FOLDER, OTHER, or LINK and where to; and its bytes."""
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return ABSENT, b""
    if stat.S_ISLNK(status.st_mode):
        return LINK + str(path.readlink()), b""
    if stat.S_ISDIR(status.st_mode):
        return FOLDER, b""
    if not stat.S_ISREG(status.st_mode):
        return OTHER, b""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        data = file.read()
    return hash_text(data), data


def crosses_link(folder: Path, path: str) -> bool:
    """Whether a symbolic link stands on the way from the folder to a path below it."""
    return any((folder / parent).is_symlink() for parent in PurePosixPath(path).parents[:-1])


def obstacle(folder: Path, path: str) -> str:
    """Why a file cannot be put at a path below the folder; empty when it can.

    Each folder on the way must be a real one, on the same file system (a rename cannot cross), and writable.
    """
    here = folder
    if not folder.exists():  # writing makes it
        return ""
    for parent in reversed(PurePosixPath(path).parents[:-1]):
        try:
            status = os.lstat(folder / parent)
        except FileNotFoundError:
            break
        if stat.S_ISLNK(status.st_mode):
            return f"{parent} is a symbolic link, and nothing is written through one"
        if not stat.S_ISDIR(status.st_mode):
            return f"{parent} is a file, and a folder is needed there"
        if status.st_dev != folder.stat().st_dev:
            return f"{parent} is on another disk than {folder}"
        here = folder / parent
    if here.exists() and not os.access(here, os.W_OK | os.X_OK):
        return f"the folder {here} cannot be written to"
    return ""


def write_new(path: Path, text: str, mode: int | None) -> None:
    """Write a file that is not there yet, down to the disk. `mode` None: 0644 less the umask."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        data = memoryview(text.encode())
        while data:
            data = data[os.write(handle, data) :]
        if mode is not None:
            os.fchmod(handle, mode)
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folders(folder: Path, path: str) -> None:
    """Make the folders that a path below `folder` stands in."""
    here = folder
    for part in PurePosixPath(path).parts[:-1]:
        here /= part
        with contextlib.suppress(FileExistsError):
            here.mkdir()


def remove_empty_folders(folder: Path, path: str) -> None:
    """Remove the folders that a path below `folder` stood in, from the inside, while they are empty."""
    for parent in PurePosixPath(path).parents:
        if parent == PurePosixPath("."):
            return
        try:
            (folder / parent).rmdir()
        except FileNotFoundError:
            continue
        except OSError as error:
            if error.errno in {errno.ENOTEMPTY, errno.EEXIST, errno.EBUSY}:
                return
            raise


def sync_folder(path: Path) -> None:
    """Bring a folder's own entries (creations, renames) down to the disk, where the file system offers it."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def clear_errors(folder: Path, *, reading: bool = False, committed: bool = False) -> Iterator[None]:
    """Turn an OSError into words: what could not be done, why, and what stands on disk now."""
    try:
        yield
    except OSError as error:
        where = error.filename2 or error.filename or folder
        state = (
            "the files are partly written: the next command finishes them, once this is corrected"
            if committed
            else "nothing was changed"
        )
        raise UsageError(
            f"{where} cannot be {'read' if reading else 'written'}",
            why=error.strerror or str(error),
            hint=f"{_remedy(error, 'readable' if reading else 'writable')}; {state}",
        ) from error


def _remedy(error: OSError, wanted: str) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "free some space on this disk"
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return f"make it {wanted}, or choose another folder with -o"
    return "check this folder, or choose another one with -o"
