"""What Linux gives a container's processes: capabilities, limits, an init process, a read-only root.

Carried by the module `task_definition`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BeforeValidator

from ecsgen import scalars
from ecsgen.fields import Between, Bool, Fixed, Int, MemoryMiB, Pattern, Section, one_of
from ecsgen.problems import Finding, Path

CAPABILITIES = (
    "ALL",
    "AUDIT_CONTROL",
    "AUDIT_WRITE",
    "BLOCK_SUSPEND",
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "IPC_LOCK",
    "IPC_OWNER",
    "KILL",
    "LEASE",
    "LINUX_IMMUTABLE",
    "MAC_ADMIN",
    "MAC_OVERRIDE",
    "MKNOD",
    "NET_ADMIN",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_CHROOT",
    "SYS_MODULE",
    "SYS_NICE",
    "SYS_PACCT",
    "SYS_PTRACE",
    "SYS_RAWIO",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "SYSLOG",
    "WAKE_ALARM",
)
"""Linux capabilities that a task definition can name (KernelCapabilities)."""
ULIMITS = (
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
)

UNLIMITED = -1
"""No limit (RLIM_INFINITY), as Docker writes it."""
OPEN_FILES = 1_048_576
"""Most open files of a process (fs.nr_open), as Linux begins with it."""


class Limit(Section):
    """Soft and hard value of one ulimit."""

    soft: Annotated[Int, Between(-1, 2**31 - 1)]
    """What applies; the process may raise it up to `hard`. `-1` is no limit, but not for `nofile`."""
    hard: Annotated[Int, Between(-1, 2**31 - 1)]
    """The most that the process may ask for; `-1` as for `soft`."""


DEVICE = Pattern(
    r"(/[^:\s]+)(?::(/[^:\s]+))?(?::([rwm]{1,3}))?",
    "a device",
    "write it as Docker does: /dev/fuse, or /dev/snd:/dev/sound:rw",
)
PERMISSIONS = {"m": "mknod", "r": "read", "w": "write"}


class Tmpfs(Section):
    """One folder kept in memory."""

    path: Annotated[Fixed, Pattern(r"/\S*", "an absolute path", "write it like /run")]
    """The folder in the container."""
    size: MemoryMiB = 64
    """Size in MiB; it counts as the container's memory."""
    options: list[Fixed] = []
    """Mount options, such as `noexec`."""


def _tmpfs(value: Any) -> Any:
    return {"path": value} if isinstance(value, str) and not scalars.is_null(value) else value


class Linux(Section):
    """Linux options of a container."""

    drop: list[Annotated[Fixed, one_of(*CAPABILITIES)]] = []
    """Capabilities to take away; `ALL` for every one."""
    add: list[Annotated[Fixed, one_of(*CAPABILITIES)]] = []
    """Capabilities to give; on Fargate only `SYS_PTRACE`."""
    shm_size: MemoryMiB | None = None
    """Size of /dev/shm; not on Fargate."""
    tmpfs: list[Annotated[Tmpfs, BeforeValidator(_tmpfs)]] = []
    """Folders kept in memory: a path, or a map; not on Fargate."""
    devices: list[Annotated[Fixed, DEVICE]] = []
    """Devices of the instance, as Docker writes them (`/dev/fuse`, `/dev/snd:/dev/sound:rw`); not on Fargate."""
    privileged: Bool = False
    """Give the container all that root has on the instance; not on Fargate."""


class LinuxKeys(Section):
    """How Linux runs a container."""

    init: Bool = False
    """Run an init process that forwards signals and reaps zombies."""
    readonly_root: Bool = False
    """Mount the root file system read-only."""
    ulimits: dict[Annotated[Fixed, one_of(*ULIMITS)], Limit] = {}
    """Process limits; on Fargate only `nofile`."""
    linux: Linux = Linux()
    """Linux options."""


def check(keys: LinuxKeys, path: Path, on_ec2: bool = False) -> Iterator[Finding]:
    """What ECS would refuse about one container, on Fargate more than on EC2."""
    for name, limit in keys.ulimits.items():
        yield from _limit(name, limit, (*path, "ulimits", name))
    if on_ec2:
        return
    for name in keys.ulimits:
        if name != "nofile":
            yield Finding(
                (*path, "ulimits", name),
                "EG326",
                f"Fargate does not let a task set the ulimit {name}",
                "remove it; nofile is possible",
                on_key=True,
            )
    for index, capability in enumerate(keys.linux.add):
        if capability != "SYS_PTRACE":
            yield Finding(
                (*path, "linux", "add", index),
                "EG326",
                f"Fargate does not give a container {capability}",
                "remove it; SYS_PTRACE is possible",
            )
    if keys.linux.shm_size is not None:
        yield Finding(
            (*path, "linux", "shm_size"),
            "EG326",
            "Fargate has no setting for shared memory",
            "remove shm_size",
            on_key=True,
        )
    if keys.linux.tmpfs:
        yield Finding((*path, "linux", "tmpfs"), "EG326", "Fargate has no tmpfs", "remove tmpfs", on_key=True)
    if keys.linux.devices:
        yield Finding(
            (*path, "linux", "devices"), "EG326", "Fargate has no devices of an instance", "remove devices", on_key=True
        )
    if keys.linux.privileged:
        yield Finding(
            (*path, "linux", "privileged"),
            "EG326",
            "Fargate runs no privileged container",
            "remove privileged",
            on_key=True,
        )


def _limit(name: str, limit: Limit, path: Path) -> Iterator[Finding]:
    if name == "nofile":
        for key, number in (("soft", limit.soft), ("hard", limit.hard)):
            if number == UNLIMITED:
                yield Finding(
                    (*path, key),
                    "EG103",
                    "Linux has no open files without a limit",
                    f"write a number from 0 to {OPEN_FILES}",
                )
    if limit.hard != UNLIMITED and (limit.soft > limit.hard or limit.soft == UNLIMITED):
        soft = "none" if limit.soft == UNLIMITED else limit.soft
        yield Finding(
            (*path, "soft"),
            "EG320",
            f"the soft limit ({soft}) is over the hard one ({limit.hard})",
            f"write at most {limit.hard}",
        )


def inputs(keys: LinuxKeys) -> dict[str, Any]:
    """The container's part of what the module takes, without what is not set."""
    values: dict[str, Any] = {
        "init_process_enabled": keys.init,
        "readonly_root_filesystem": keys.readonly_root,
        "ulimits": {name: {"soft": limit.soft, "hard": limit.hard} for name, limit in sorted(keys.ulimits.items())},
        "add_capabilities": sorted(set(keys.linux.add)),
        "drop_capabilities": sorted(set(keys.linux.drop)),
        "shared_memory_size": keys.linux.shm_size,
        "tmpfs": [
            {
                "container_path": mount.path,
                "size": mount.size,
                **({"mount_options": mount.options} if mount.options else {}),
            }
            for mount in keys.linux.tmpfs
        ],
        "devices": [_device(text) for text in keys.linux.devices],
        "privileged": keys.linux.privileged,
    }
    return {key: value for key, value in values.items() if value}


def _device(text: str) -> dict[str, Any]:
    """A device as the module takes it; all permissions are the module's own default."""
    host, inside, permissions = re.fullmatch(DEVICE.regex, text).groups()  # type: ignore[union-attr]
    return {
        "host_path": host,
        "container_path": inside or host,
        **({"permissions": sorted(PERMISSIONS[letter] for letter in set(permissions))} if permissions else {}),
    }
