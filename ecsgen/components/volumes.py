"""Where containers of a task mount its volumes. A volume of the same name in several containers is one volume.

Carried by the module `task_definition`. What keeps the files of a volume (nothing but the task, EFS, EBS) is said by
the rooms `efs` and `ebs`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from ecsgen.fields import Bool, Fixed, Pattern, Section
from ecsgen.problems import Finding, Path, Severity

VOLUME_NAME = Pattern(
    r"(?=.{1,63}$)[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)*",
    "a name for a volume",
    "use at most 63 letters, digits, and single hyphens or underscores between them",
)
MOUNT_PATH = Pattern(
    r"/|(?:/(?!\.{1,2}(?:/|$))[^/:\x00-\x1f\x7f]+)+",
    "the absolute path of a folder",
    "write it like /var/cache, without a colon, a slash at the end, and . or .. in it",
)
KEPT_BY_LINUX = ("/dev", "/proc", "/sys")
"""Folders that the kernel fills: a container does not start when something is mounted over them."""


def read_mount(value: Any) -> Any:
    """A path alone stands for a scratch volume that is mounted there."""
    return {"path": value} if isinstance(value, str) else value


class Mount(Section):
    """Where one container finds a volume."""

    path: Annotated[Fixed, MOUNT_PATH]
    """The folder in the container, as an absolute path."""
    read_only: Bool = False
    """The container cannot write to it."""


@dataclass(frozen=True, slots=True)
class Use:
    """One container's mount of a volume. `path` is its place in the description; `backing` are what it names of "efs"
    and "ebs", each with a text that is equal for equal settings.
    """

    container: str
    path: Path
    mount: Mount
    backing: Mapping[str, str]


def check(uses: Mapping[str, list[Use]]) -> Iterator[Finding]:
    """What is wrong with a task's volumes, given by name with all their mounts."""
    for found in uses.values():
        for use in found:
            yield from _path(use)
    yield from _twice(uses)
    yield from _names(uses)
    for name, found in uses.items():
        yield from _backing(name, found)
        if not any(use.backing for use in found) and all(use.mount.read_only for use in found):
            yield Finding(
                (*found[0].path, "read_only"),
                "EG353",
                f"nothing writes to the volume {name}: it is empty when the task starts, and every mount of it is read-only",
                "remove read_only where it is filled, or the volume",
                Severity.WARNING,
                reads=tuple(use.path for use in found),
            )


def _path(use: Use) -> Iterator[Finding]:
    path = use.mount.path
    if path == "/" or any(path == kept or path.startswith(f"{kept}/") for kept in KEPT_BY_LINUX):
        yield Finding(
            (*use.path, "path"),
            "EG350",
            f"a volume at {path} would hide what the container itself is made of",
            "mount it at a folder of its own, for example /data",
        )


def _twice(uses: Mapping[str, list[Use]]) -> Iterator[Finding]:
    """Two volumes at one path of a container: Docker refuses to start it."""
    seen: dict[tuple[str, str], str] = {}
    for name, found in uses.items():
        for use in found:
            other = seen.setdefault((use.container, posixpath.normpath(use.mount.path)), name)
            if other != name:
                yield Finding(
                    (*use.path, "path"),
                    "EG351",
                    f"{use.mount.path} is the path of the volume {other} too",
                    "give each volume a path of its own",
                )


def _names(uses: Mapping[str, list[Use]]) -> Iterator[Finding]:
    """Names that differ in hyphens only would be one name in Terraform."""
    seen: dict[str, str] = {}
    for name, found in uses.items():
        other = seen.setdefault(name.replace("-", "_"), name)
        if other != name:
            yield Finding(
                found[0].path,
                "EG354",
                f"the volumes {other} and {name} have the same name in Terraform",
                f"write {other} if one volume is meant, or rename one of them",
                on_key=True,
            )


def _backing(name: str, found: list[Use]) -> Iterator[Finding]:
    """A volume is kept in one place, which one of its mounts names, or several in the same words."""
    first: tuple[str, str, str] | None = None
    for use in found:
        if len(use.backing) > 1:
            yield Finding(
                (*use.path, "ebs"),
                "EG352",
                f"the volume {name} is to be both on EFS and on EBS",
                "keep one of efs and ebs",
                on_key=True,
            )
            continue
        for kind, settings in use.backing.items():
            if first is None:
                first = (use.container, kind, settings)
            elif first[1:] != (kind, settings):
                yield Finding(
                    (*use.path, kind),
                    "EG352",
                    f"container {first[0]} describes the volume {name} in another way",
                    f"write {kind} in one of the containers; the others need path only",
                    on_key=True,
                )


def mounts(container: Mapping[str, Mount]) -> list[dict[str, Any]]:
    """A container's mounts as the module takes them, in the order of their paths."""
    return [
        {"volume": name, "path": mount.path, **({"read_only": True} if mount.read_only else {})}
        for name, mount in sorted(container.items(), key=lambda item: item[1].path)
    ]
