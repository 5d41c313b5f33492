"""Containers that ended: which one brought the task down, and what its exit code says."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from ecsgen.aws.causes.cause import About, Cause
from ecsgen.aws.causes.startup import startup_cause

if TYPE_CHECKING:
    from ecsgen.aws.model import Container, Task

# 128 plus the signal's number, as shells and container runtimes report it.
SIGKILL = 137
SIGSEGV = 139
SIGTERM = 143
NOT_EXECUTABLE = 126
NOT_FOUND = 127

# When one container ends, ECS stops the others: these codes are how they answer to that.
ANSWERS_TO_STOP = {0, SIGKILL, SIGTERM}

# A shell says "exec /app: exec format error", a runtime 'exec: "app": executable file not found in $PATH'.
_NEVER_RAN = re.compile(
    r"\bexec\b.*(?:format error|not found|no such file or directory|permission denied)", re.IGNORECASE
)


def culprit(task: Task, about: About) -> Container | None:
    """The essential container that ended first, as far as its code tells; None when none ended."""
    essential = {one.name for one in about.definition.containers if one.essential} if about.definition else None
    ended = [
        container
        for container in task.containers
        if container.exit_code is not None and (essential is None or container.name in essential)
    ]

    def rank(container: Container) -> tuple[bool, bool, bool]:
        return (not container.reason, container.exit_code in ANSWERS_TO_STOP, container.name != about.key)

    return min(ended, key=rank, default=None)


def exit_cause(container: Container, about: About, log: tuple[str, ...] = ()) -> Cause:
    """What the end of a container means. `log` is the end of its log, if that was read."""
    about = replace(about, container=container.name)
    name, code = container.name, container.exit_code
    if "OutOfMemory" in container.reason or "OOM" in container.reason:
        return Cause(
            f"{name} needs more memory than it has{_limit(about)}: {container.reason}",
            (_memory_place(about),),
            "raise `memory`, or make the program use less",
        )
    # The runtime's last word may be in the log, without the name of the error that the table of causes goes by.
    told = [line for line in log[-3:] if _NEVER_RAN.search(line)]
    if code and told and (cause := startup_cause(f"CannotStartContainerError: {told[-1]}", about)):
        return cause
    if code == 0:
        return Cause(
            f"{name} ended by itself (exit code 0); a service's container must keep running",
            (about.in_container("command"),),
            "run the program in the foreground; for work that ends, a container that is not `essential` may",
        )
    if code == NOT_EXECUTABLE:
        return Cause(
            f"{name} cannot run its command (exit code 126: found, but not executable)",
            (about.in_container("command"),),
            "make the file executable in the image (chmod +x), or check `user`",
        )
    if code == NOT_FOUND:
        return Cause(
            f"{name} cannot find its command (exit code 127)",
            (about.in_container("command"),),
            "check `command` and `entrypoint`, or the Dockerfile's CMD",
        )
    if code == SIGKILL:
        return Cause(
            f"{name} was killed (exit code 137, SIGKILL){_limit(about)}",
            (_memory_place(about), about.in_container("stop_timeout")),
            "most often it needs more `memory`; or it did not stop within `stop_timeout` when it was asked to",
        )
    if code == SIGSEGV:
        return Cause(
            f"{name} crashed (exit code 139, segmentation fault)",
            (about.in_container(),),
            "see its last log lines; a library for another processor or C library does this too",
        )
    if code == SIGTERM:
        return Cause(
            f"{name} was asked to stop (exit code 143, SIGTERM)",
            (about.in_container(),),
            "see its last log lines: the container, or the one it depends on, was stopped from outside",
        )
    return Cause(
        f"{name} exits with code {code}",
        (about.in_container("command"),),
        "see its last log lines: this is the program's own error",
    )


def _limit(about: About) -> str:
    if about.defined and about.defined.memory:
        return f" (the container's limit is {about.defined.memory} MiB)"
    if about.definition and about.definition.memory:
        return f" (the task has {about.definition.memory} MiB)"
    return ""


def _memory_place(about: About) -> tuple[str | int, ...]:
    """The container's own limit where it has one below the task's, else the task's size."""
    if about.defined and about.defined.memory:
        return about.in_container("limits", "memory")
    return about.in_service("memory")
