"""The lock file `ecsgen.lock.json`: what was written, by which templates, and the listener priorities given out.

It is committed to git beside the Terraform, so it is read tolerantly: one item stands on a line, and a file
with merge conflicts is settled by taking both sides.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ecsgen.errors import UsageError
from ecsgen.files import disk

LOCK_FILE = "ecsgen.lock.json"
FORMAT = 1
"""Raised when an older ecsgen could not read the file any more."""

MERGED = "merged"
"""In `Lock.files`: both sides of a merge generated this file, so what git made of them is no person's edit."""

_START, _BASE, _MIDDLE, _END = (
    re.compile(rf"{re.escape(mark)}(?: .*)?") for mark in ("<" * 7, "|" * 7, "=" * 7, ">" * 7)
)


@dataclass(frozen=True)
class Lock:
    """What the lock file holds.

    `version` is ecsgen's; `template_set` names the templates by a hash; `files` maps a path below the output
    folder to the hash of what was written there; `priorities` maps an environment and a listener rule
    ("web/main") to its number; `repositories` are the images ("web", "web/proxy") that have one.
    """

    version: str = ""
    template_set: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    priorities: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    repositories: tuple[str, ...] = ()

    def to_text(self) -> str:
        """Canonical JSON: keys sorted, one item a line."""
        content = {
            "ecsgen": self.version,
            "files": dict(self.files),
            "format": FORMAT,
            "priorities": {environment: dict(rules) for environment, rules in self.priorities.items() if rules},
            "repositories": sorted(set(self.repositories)),
            "template_set": self.template_set,
        }
        return json.dumps(content, indent=2, sort_keys=True) + "\n"


def read_lock(folder: Path) -> Lock:
    """The lock file in the output folder; an empty Lock when there is none. Raises UsageError."""
    path = folder / LOCK_FILE
    with disk.clear_errors(path, reading=True):
        found, data = disk.read(path)
    if found == disk.ABSENT:
        return Lock()
    if found in {disk.FOLDER, disk.OTHER} or found.startswith(disk.LINK):
        raise UsageError(f"{path} is not a regular file", hint="remove it, and restore the lock file from git")
    return parse_lock(data.decode("utf-8", "replace"), str(path))


def parse_lock(text: str, name: str = LOCK_FILE) -> Lock:
    """A lock file's text, with or without merge conflicts. Raises UsageError; `name` is for its message."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    if not any(_START.fullmatch(line) for line in lines):
        return _unique_priorities([_parse("\n".join(lines), name)])
    ours, theirs = (_parse("\n".join(side), name) for side in _sides(lines))
    files = {**theirs.files, **ours.files}
    for path in ours.files.keys() & theirs.files.keys():
        if ours.files[path] != theirs.files[path]:
            files[path] = MERGED
    settled = _unique_priorities([ours, theirs])
    return Lock(ours.version, ours.template_set, files, settled.priorities, settled.repositories)


def _sides(lines: Iterable[str]) -> tuple[list[str], list[str]]:
    """The two texts that git put into one; the common ancestor of the diff3 style is left out."""
    ours: list[str] = []
    theirs: list[str] = []
    wanted: tuple[list[str], ...] = (ours, theirs)
    for line in lines:
        if _START.fullmatch(line):
            wanted = (ours,)
        elif _BASE.fullmatch(line):
            wanted = ()
        elif _MIDDLE.fullmatch(line):
            wanted = (theirs,)
        elif _END.fullmatch(line):
            wanted = (ours, theirs)
        else:
            for side in wanted:
                side.append(line)
    return ours, theirs


def _unique_priorities(locks: list[Lock]) -> Lock:
    """The first lock with the others' priorities and repositories.

    A rule keeps its first number; a number that is taken already is dropped, to be given out anew. Git can merge
    two branches without a conflict that both took the next number.
    """
    priorities: dict[str, dict[str, int]] = {}
    for lock in locks:
        for environment, rules in lock.priorities.items():
            kept = priorities.setdefault(environment, {})
            taken = set(kept.values())
            for rule, number in sorted(rules.items()):
                if rule not in kept and number not in taken:
                    kept[rule] = number
                    taken.add(number)
    priorities = {environment: rules for environment, rules in priorities.items() if rules}
    repositories = sorted({repository for lock in locks for repository in lock.repositories})
    first = locks[0]
    return Lock(first.version, first.template_set, first.files, priorities, tuple(repositories))


def _parse(text: str, name: str) -> Lock:
    try:
        content = _json(text)
    except (ValueError, RecursionError):
        raise _damaged(name, "it is not JSON") from None
    if not isinstance(content, dict):
        raise _damaged(name, "it is not a map")
    number = content.get("format")
    if isinstance(number, int) and number > FORMAT:
        raise UsageError(
            f"{name} was written by a newer ecsgen ({content.get('ecsgen', 'unknown')})",
            why=f"it has format {number}, and this one reads format {FORMAT}",
            hint="install that version: pip install --upgrade ecsgen",
        )
    if number != FORMAT:
        raise _damaged(name, "it has no format")
    try:
        return Lock(
            version=_text(content.get("ecsgen", "")),
            template_set=_text(content.get("template_set", "")),
            files={_path(path): _text(value) for path, value in _map(content.get("files", {})).items()},
            priorities={
                environment: {rule: _number(value) for rule, value in _map(rules).items()}
                for environment, rules in _map(content.get("priorities", {})).items()
            },
            repositories=tuple(_text(item) for item in _list(content.get("repositories", []))),
        )
    except ValueError as error:
        raise _damaged(name, str(error)) from None


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return json.loads(_with_commas(text))


def _with_commas(text: str) -> str:
    """The text with a comma between any two items: taking lines from two sides leaves some out, or one too many."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    joined: list[str] = []
    for line, following in zip(lines, [*lines[1:], "}"], strict=True):
        bare = line.rstrip(",")
        closes = following[0] in "}]"
        joined.append(bare if closes or bare.endswith(("{", "[")) else f"{bare},")
    return "\n".join(joined)


def _damaged(name: str, why: str) -> UsageError:
    return UsageError(f"{name} is damaged", why=why, hint="restore it from git: git checkout HEAD -- " + name)


def _map(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("a map is expected where it has something else")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("a list is expected where it has something else")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a text is expected where it has something else")
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("a number is expected where it has something else")
    return value


def _path(path: str) -> str:
    # Files named here may be removed: nothing outside the folder can be named.
    if not disk.is_safe(path):
        raise ValueError(f"{path!r} is not a path below the output folder")
    return path
