"""Reads a description file: bytes to text to a Document with marks, in bounded time and memory.

Everything that is wrong with the file as such (missing, binary, too large, not YAML, a key twice) is
reported here, as problems with codes from EG001 to EG011. What the values mean is decided later.
"""

from __future__ import annotations

import codecs
import os
import re
import stat
from pathlib import Path
from typing import NoReturn

from ecsgen.description.compose import compose
from ecsgen.description.document import TOP, Document, Mark, split_lines
from ecsgen.problems import DescriptionError, Problem

MAX_BYTES = 8 * 1024 * 1024
"""A description of 1,000 services takes half a megabyte."""
MAX_FORBIDDEN = 20
"""Characters that YAML refuses, reported in one run."""

# What YAML 1.2 calls not printable, and the line ends of YAML 1.1 that are text in YAML 1.2: readers disagree on them.
_FORBIDDEN = re.compile(
    "[^\x09\x0a\x0d\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_ESCAPES = {"\x85": "\\N", "\u2028": "\\L", "\u2029": "\\P", "\x00": "\\0", "\x1b": "\\e", "\ufeff": "\\uFEFF"}


def load(path: Path, name: str | None = None) -> Document:
    """The description in a file. `name` is what messages call it (default: the path). Raises as `parse` does."""
    shown = name if name is not None else str(path)
    return parse(_read(path, shown), shown)


def parse(source: bytes | str, name: str) -> Document:
    """The description in some text (bytes are UTF-8, with or without a byte order mark).

    Raises DescriptionError for what cannot be read; a key that stands twice and the like is in `Document.problems`.
    """
    if len(source) > MAX_BYTES:
        _too_large(name, len(source))
    text = _decode(source, name) if isinstance(source, bytes) else source.removeprefix("\ufeff")
    lines = split_lines(text)
    if found := _forbidden(text, name, lines):
        raise DescriptionError(found)
    root, problems = compose(text, name, lines)
    return Document(name=name, root=root, lines=lines, problems=tuple(problems))


def _read(path: Path, name: str) -> bytes:
    """All bytes of a regular file. Never waits: a pipe or a device is refused before it is read."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        _refuse(name, "EG001", "there is no such file", _missing_hint(path))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        _refuse(name, "EG001", f"the file cannot be read: {reason}", "check its path and its permissions")
    try:
        status = os.fstat(handle)
        if stat.S_ISDIR(status.st_mode):
            _refuse(name, "EG001", "this is a folder and not a file", f"name the file in it: -f {path / 'ecsgen.yaml'}")
        if not stat.S_ISREG(status.st_mode):
            _refuse(name, "EG001", "this is a pipe or a device and not a file", "write the description into a file")
        if status.st_size > MAX_BYTES:
            _too_large(name, status.st_size)
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        _refuse(name, "EG001", f"the file cannot be read: {error.strerror}", "check the disk it is on")
    finally:
        os.close(handle)


def _missing_hint(path: Path) -> str:
    other = path.with_suffix({".yaml": ".yml", ".yml": ".yaml"}.get(path.suffix, path.suffix))
    if other != path and other.is_file():
        return f"did you mean {other}? name it with -f {other}"
    return "`ecsgen init` writes a first one; -f names another"


def _decode(data: bytes, name: str) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        _refuse(name, "EG003", "the file is UTF-16 text", "save it as UTF-8")
    if data.count(0) * 4 > len(data):
        _refuse(name, "EG003", "the file is binary, or UTF-16 text", "name a YAML file, saved as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if b"\0" in data:
            _refuse(name, "EG003", "the file is binary and not text", "name a YAML file")
        # Everything before the offence is valid; `error.start` does not count a byte order mark.
        body = data.removeprefix(codecs.BOM_UTF8)
        before = split_lines(body[: error.start].decode())
        line = split_lines(body.decode("utf-8", "replace"))[len(before) - 1]
        what = f"byte 0x{body[error.start]:02X} is not UTF-8 text"
        _refuse(name, "EG003", what, "save the file as UTF-8", Mark(len(before), len(before[-1]) + 1), line)


def _forbidden(text: str, name: str, lines: tuple[str, ...]) -> list[Problem]:
    """Characters that YAML does not take as they are, each with its place."""
    problems: list[Problem] = []
    for match in _FORBIDDEN.finditer(text):
        character = match[0]
        before = split_lines(text[: match.start()])
        point = ord(character)
        escape = _ESCAPES.get(character) or (f"\\x{point:02X}" if point < 0x100 else f"\\u{point:04X}")
        problems.append(
            Problem(
                file=name,
                line=len(before),
                column=len(before[-1]) + 1,
                code="EG006",
                message=f"the character U+{point:04X} cannot stand in YAML as it is",
                hint=f"remove it, or write {escape} inside double quotes" if point else "remove it",
                source=lines[len(before) - 1],
            )
        )
        if len(problems) == MAX_FORBIDDEN:
            break
    return problems


def _too_large(name: str, size: int) -> NoReturn:
    _refuse(
        name,
        "EG004",
        f"the file has {size:,} bytes, and a description may have {MAX_BYTES:,}",
        "name the description and not another file; split what it describes into several applications",
    )


def _refuse(name: str, code: str, message: str, hint: str, mark: Mark = TOP, source: str = "") -> NoReturn:
    raise DescriptionError([Problem(name, mark.line, mark.column, code, message, hint, source=source)]) from None
