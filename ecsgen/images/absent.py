"""The words for a missing Docker Engine: why none answers, and how to get one."""

from __future__ import annotations

import errno
from collections.abc import Iterator

from ecsgen.errors import ImageError

DEFAULT_ADDRESS = "unix:///var/run/docker.sock"

GET_ONE = (
    'install one: see "Install Docker Engine" in Docker\'s documentation; on Debian and Ubuntu: apt-get install docker.io,'
    " or make engine in a checkout of ecsgen. If one runs elsewhere, name it in DOCKER_HOST"
)


def no_engine(address: str, error: Exception) -> ImageError:
    """The error for an engine that does not answer; `address` is "" for the default socket."""
    why, hint = _reason(error)
    return ImageError(f"no Docker Engine answers at {address or DEFAULT_ADDRESS}", why=why, hint=hint)


def _reason(error: Exception) -> tuple[str, str]:
    codes = {found.errno for found in _chain(error) if isinstance(found, OSError)}
    text = str(error)
    if errno.ENOENT in codes:
        return "there is no such socket, so no engine is installed or none is running", GET_ONE
    if codes & {errno.EACCES, errno.EPERM}:
        return (
            "this user may not use its socket",
            "add the user to the group docker and sign in again: sudo usermod -aG docker $USER",
        )
    if errno.ECONNREFUSED in codes or "Connection refused" in text:
        return "the connection was refused, so the engine is not running", "start it: sudo systemctl start docker"
    if "Name or service not known" in text or "Failed to resolve" in text or "name resolution" in text:
        return "the name of its host cannot be resolved", "correct DOCKER_HOST or the Docker context"
    if "timed out" in text.lower():
        return "it did not answer in time", "see whether its host is up and reachable: docker info"
    return text, f"see what docker info says, and correct DOCKER_HOST or the Docker context; or {GET_ONE}"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and all that it came from: requests and urllib3 keep the cause among their arguments."""
    todo: list[BaseException] = [error]
    seen: set[int] = set()
    while todo:
        found = todo.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        inner = (found.__cause__, found.__context__, getattr(found, "reason", None), *found.args)
        todo += [each for each in inner if isinstance(each, BaseException)]
