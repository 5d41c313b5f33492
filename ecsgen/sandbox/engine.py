"""The Docker Engine as the sandbox sees it: does one answer, what of ours runs in it, and removing all of that.

What is ours is known by the label that everything a sandbox makes carries, and by the address of its registry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ecsgen.errors import AwsError

if TYPE_CHECKING:
    import docker

LABEL = "ecsgen.sandbox"
TIMEOUT_SECONDS = 30
HOW_TO_GET_ONE = "`make engine` in ecsgen's checkout installs and starts one on Debian"


@dataclass(frozen=True, slots=True)
class Probe:
    """Whether an engine answers; if not, why."""

    answers: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Removed:
    """How many of each were removed."""

    containers: int = 0
    networks: int = 0
    volumes: int = 0
    images: int = 0


def probe(env: Mapping[str, str]) -> Probe:
    """Ask the engine that this environment names (DOCKER_HOST, else the local socket)."""
    try:
        with _client(env):
            return Probe(True)
    except EngineUnavailable as error:
        return Probe(False, str(error))


def running_containers(sandbox_id: str, env: Mapping[str, str]) -> int:
    """How many containers of this sandbox run; 0 when no engine answers."""
    try:
        with _client(env) as client:
            return len(client.containers.list(filters={"label": f"{LABEL}={sandbox_id}"}, ignore_removed=True))
    except EngineUnavailable:
        return 0


def remove_all(sandbox_id: str, registries: tuple[str, ...], env: Mapping[str, str]) -> Removed:
    """Remove every container, network and volume of this sandbox, its labelled images, and its tags of images in its
    `registries` (`HOST:PORT`), with the images that have no other.

    Raises EngineUnavailable when no engine answers, and AwsError when it refuses to remove something.
    """
    from docker.errors import DockerException

    try:
        with _client(env) as client:
            return _remove_all(client, sandbox_id, registries)
    except (DockerException, OSError) as error:
        raise AwsError(
            "the Docker Engine did not remove all that the sandbox made",
            why=str(error),
            hint="`ecsgen sandbox down` goes on where this stopped",
        ) from error


def _remove_all(client: docker.DockerClient, sandbox_id: str, registries: tuple[str, ...]) -> Removed:
    ours = {"label": f"{LABEL}={sandbox_id}"}
    containers = client.containers.list(all=True, filters=ours, ignore_removed=True)
    gone = [_remove(partial(container.remove, force=True, v=True)) for container in containers]
    networks = [_remove(network.remove) for network in client.networks.list(filters=ours)]
    volumes = [_remove(partial(volume.remove, force=True)) for volume in client.volumes.list(filters=ours)]
    names = list(_image_names(client, sandbox_id, tuple(f"{registry}/" for registry in registries)))
    images = [_remove(partial(client.images.remove, name)) for name in names]
    return Removed(sum(gone), sum(networks), sum(volumes), sum(images))


class EngineUnavailable(Exception):
    """No Docker Engine answers; the text says why."""


@contextmanager
def _client(env: Mapping[str, str]) -> Iterator[docker.DockerClient]:
    import docker
    from docker.errors import DockerException

    try:
        client = docker.from_env(timeout=TIMEOUT_SECONDS, environment=dict(env))
        client.ping()
    except DockerException as error:
        raise EngineUnavailable(_short(str(error))) from error
    try:
        yield client
    finally:
        client.close()


def _image_names(client: docker.DockerClient, sandbox_id: str, prefixes: tuple[str, ...]) -> Iterator[str]:
    """The names of images that carry the sandbox's label, and those that its registry gave: tags, and digests of what
    was pulled by digest. An image is removed with its last name.
    """
    for image in client.images.list(all=True):
        labelled = image.labels.get(LABEL) == sandbox_id
        names = (image.attrs.get("RepoTags") or []) + (image.attrs.get("RepoDigests") or [])
        for name in names:
            if "<none>" not in name and (labelled or name.startswith(prefixes)):
                yield name


def _remove(removal: Callable[[], object]) -> bool:
    """Remove one thing. That it is gone already, or still in use by something of somebody else's, is no failure."""
    from docker.errors import APIError, NotFound

    try:
        removal()
    except NotFound:
        return False
    except APIError as error:
        if error.status_code == 409:
            return False
        raise
    return True


def _short(text: str) -> str:
    """The SDK wraps an error in an error in an error: the innermost says it."""
    if "FileNotFoundError" in text or "No such file" in text:
        return "there is no Docker socket"
    if "ConnectionRefusedError" in text or "Connection refused" in text:
        return "the Docker socket is there, but nothing answers on it"
    if "PermissionError" in text or "Permission denied" in text:
        return "this user may not use the Docker socket (is it in the group docker?)"
    return text
