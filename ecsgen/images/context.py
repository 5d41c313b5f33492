"""The build context as a build sees it: every path that the ignore file leaves in, in a fixed order."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ecsgen.errors import ImageError
from ecsgen.images.build import Build
from ecsgen.images.ignore import BadPatternError, Matched, Matcher, literal, read_patterns

IGNORE_FILE = ".dockerignore"


class Type(StrEnum):
    """What stands at a path."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    OTHER = "other"  # a pipe or a device: part of the context, without content


@dataclass(frozen=True, slots=True)
class Entry:
    """One path of the context: relative, with `/`; `link` is a symbolic link's target."""

    path: str
    type: Type
    executable: bool = False
    link: str = ""


def ignore_file(build: Build) -> Path | None:
    """The ignore file of this build: that of its Dockerfile, else that of the context (docs: "Dockerfile-specific")."""
    own = build.dockerfile.with_name(f"{build.dockerfile.name}{IGNORE_FILE}")
    return next((file for file in (own, build.context / IGNORE_FILE) if file.is_file()), None)


def ignore_lines(build: Build) -> list[str]:
    """The lines of an ignore file that leaves out exactly what `read` does, whatever the builder's version.

    Docker's versions disagree on what `!` takes back (and on `^`), so where those occur, each path that is left out
    is named by itself.
    """
    lines = _patterns(build)
    if any(line.startswith("!") or "^" in line for line in lines):
        return [literal(path) for path in read(build).left_out]
    return lines


def _patterns(build: Build) -> list[str]:
    file = ignore_file(build)
    lines = [] if file is None else read_patterns(_text(build, file))
    return lines + [literal(path) for path in build.exclude]


@dataclass(frozen=True, slots=True)
class Context:
    """What is part of the context, and what is not; both sorted by path.

    Folders without any content are part of it; sockets are not. `left_out` names a folder instead of all that is in it.
    """

    entries: tuple[Entry, ...]
    left_out: tuple[str, ...]


def read(build: Build) -> Context:
    """Walk the context.

    Raises ImageError when something cannot be read or the ignore file has a pattern that Docker refuses.
    """
    try:
        matcher = Matcher(_patterns(build))
    except BadPatternError as error:
        raise ImageError(
            f"the image of {build.key} cannot be built",
            why=f"Docker refuses the pattern {error.args[0]} in {ignore_file(build)}",
            hint="correct that line",
        ) from error
    kept: dict[str, Entry] = {}
    left_out: dict[str, Entry] = {}
    todo: list[tuple[str, Matched]] = [("", ())]
    while todo:
        folder, known = todo.pop()
        for item in _scan(build, folder, folder in left_out):
            path = f"{folder}/{item.name}" if folder else item.name
            ignored, matched = matcher.match(path, known)
            entry = _entry(build, path, item)
            if entry is None:
                continue
            if entry.type is Type.FOLDER and (not ignored or matcher.may_take_back_inside(path)):
                todo.append((path, matched))
            (left_out if ignored else kept)[path] = entry
    # A folder that is left out comes back with whatever of its content does.
    for path in list(kept):
        while (path := path.rpartition("/")[0]) in left_out:
            kept[path] = left_out.pop(path)
    return Context(
        tuple(kept[path] for path in sorted(kept)),
        tuple(path for path in sorted(left_out) if path.rpartition("/")[0] not in left_out),
    )


def _scan(build: Build, folder: str, ignored: bool) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(build.context / folder) as items:
            return list(items)
    except PermissionError as error:
        if ignored:
            return []
        raise unreadable(build, error) from error
    except OSError as error:
        raise unreadable(build, error) from error


def _entry(build: Build, path: str, item: os.DirEntry[str]) -> Entry | None:
    try:
        mode = item.stat(follow_symlinks=False).st_mode
        if stat.S_ISDIR(mode):
            return Entry(path, Type.FOLDER)
        if stat.S_ISLNK(mode):
            # As it stands: pathlib would shorten "./x" to "x".
            return Entry(path, Type.LINK, link=os.readlink(item.path))  # noqa: PTH115
        if stat.S_ISREG(mode):
            return Entry(path, Type.FILE, executable=bool(mode & stat.S_IXUSR))
        return None if stat.S_ISSOCK(mode) else Entry(path, Type.OTHER)
    except OSError as error:
        raise unreadable(build, error) from error


def _text(build: Build, file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        raise unreadable(build, error) from error


def unreadable(build: Build, error: OSError) -> ImageError:
    """The error for a file of the context that cannot be read."""
    return ImageError(
        f"the image of {build.key} cannot be built",
        why=f"{error.filename or build.context} cannot be read: {(error.strerror or str(error)).lower()}",
        hint=f"make it readable, or leave it out with a line in {build.context / IGNORE_FILE}",
    )
