"""The Docker Engine: finding it, and what ecsgen asks of it. Safe to use from several threads."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from ecsgen.errors import ImageError, InterruptedByUser
from ecsgen.images.absent import no_engine
from ecsgen.images.build import Build, Login, check_files, check_secrets
from ecsgen.images.builders import Builder, find_builder
from ecsgen.images.buildkit import build_with_cli
from ecsgen.images.classic import build_with_sdk
from ecsgen.images.push import find_digest, push
from ecsgen.images.reference import repository_digest
from ecsgen.progress import Report

Answer = TypeVar("Answer")

ANSWER_SECONDS = 20
"""How long the engine may take for a short question."""
REGISTRY_SECONDS = 5
"""How long finding a base image's digest in its registry may take."""


class Engine:
    """A reachable Docker Engine for Linux containers. Made by `connect`; close it when done.

    `make` returns a new docker.APIClient for this engine; its argument is the read timeout in seconds, None for none.
    """

    def __init__(self, make: Callable[[float | None], Any], env: Mapping[str, str]) -> None:
        self._make = make
        self._env = dict(env)
        self._api = make(ANSWER_SECONDS)
        self._registry_api = make(REGISTRY_SECONDS)
        # Streams may be silent for as long as a step takes.
        self._stream_api = make(None)
        self._lock = threading.Lock()
        self._builder: list[Builder | None] = []
        self._digests: dict[tuple[str, str], str | None] = {}

    def close(self) -> None:
        """Give the connections back."""
        for api in (self._api, self._registry_api, self._stream_api):
            api.close()

    @property
    def builder(self) -> Builder | None:
        """The CLI that builds with BuildKit, looked for once; None when there is none."""
        with self._lock:
            if not self._builder:
                self._builder.append(find_builder(self._env))
            return self._builder[0]

    def build(self, build: Build, reference: str, report: Report, cancel: threading.Event | None = None) -> None:
        """Build the image into the engine under `reference` and see that it is for the platform asked for.

        Raises ImageError (with the step that failed and its last lines), InterruptedByUser when `cancel` was set.
        """
        if cancel is not None and cancel.is_set():
            raise InterruptedByUser(f"the build of {build.key} was not begun")
        check_files(build)
        check_secrets(build, self._env)
        builder = self.builder
        if builder is None:
            build_with_sdk(self._stream_api, build, reference, report, cancel)
        else:
            build_with_cli(builder, build, reference, self._env, report, cancel)
        built = self.image_platform(reference)
        if built != build.platform:
            self.remove(reference)
            raise ImageError(
                f"the image of {build.key} is for the wrong platform",
                why=f"it was built for {built or 'none that the engine knows'}, and its task runs on {build.platform}",
                hint=f"see what FROM --platform says in {build.dockerfile}, or change arch in the description",
            )

    def push(
        self, key: str, reference: str, login: Login | None, report: Report, cancel: threading.Event | None = None
    ) -> str | None:
        """Push `reference` for the image of `key`; the digest, or None when the registry has that tag already."""
        return push(self._stream_api, key, reference, login, report, cancel)

    def pushed_digest(self, key: str, reference: str) -> str | None:
        """The digest that the registry has for `reference`, for the image of `key`; None when it has none."""
        return find_digest(self._api, key, reference)

    def exists_locally(self, reference: str) -> bool:
        """Whether the engine has the image."""
        return self._inspect(reference) is not None

    def image_platform(self, reference: str) -> str | None:
        """The image's platform ("linux/amd64"), or None when the engine does not have it."""
        found = self._inspect(reference)
        return None if found is None else f"{found['Os']}/{found['Architecture']}"

    def tag(self, source: str, target: str) -> None:
        """Give an image another name. Raises ImageError when the engine does not have it."""
        repository, _, tag = target.rpartition(":")
        self._ask(f"name the image {source}", lambda: self._api.tag(source, repository, tag))

    def remove(self, reference: str) -> None:
        """Remove the name, and the image when it has no other; nothing happens when there is no such image."""
        from docker.errors import ImageNotFound

        def remove() -> None:
            try:
                self._api.remove_image(reference, force=True)
            except ImageNotFound:
                return

        self._ask(f"remove the image {reference}", remove)

    def base_digest(self, reference: str, platform: str) -> str | None:
        """The digest of the image that a build for `platform` would use now; asked once, kept for this run.

        The engine's own copy counts first, if it is for that platform, since that is what a build takes; then the
        registry, through the engine. None when nobody can tell.
        """
        with self._lock:
            if (reference, platform) in self._digests:
                return self._digests[reference, platform]
        digest = self._find_digest(reference, platform)
        with self._lock:
            return self._digests.setdefault((reference, platform), digest)

    def _find_digest(self, reference: str, platform: str) -> str | None:
        from docker.errors import DockerException
        from requests.exceptions import RequestException

        if "@" in reference:
            return reference.partition("@")[2]
        local = None
        # Whatever is wrong with a base image, the build itself says it better.
        with suppress(ImageError):
            if found := self._inspect(reference):
                local = repository_digest(reference, found.get("RepoDigests") or ()) or str(found["Id"])
                if f"{found['Os']}/{found['Architecture']}" == platform:
                    return local
        with suppress(DockerException, RequestException, KeyError, ValueError):
            return str(self._registry_api.inspect_distribution(reference)["Descriptor"]["digest"])
        return local

    def _inspect(self, reference: str) -> Mapping[str, Any] | None:
        from docker.errors import ImageNotFound

        def inspect() -> Mapping[str, Any] | None:
            try:
                found: Mapping[str, Any] = self._api.inspect_image(reference)
            except ImageNotFound:
                return None
            return found

        return self._ask(f"look at the image {reference}", inspect)

    def _ask(self, doing: str, call: Callable[[], Answer]) -> Answer:
        from docker.errors import DockerException
        from requests.exceptions import RequestException

        try:
            return call()
        except (DockerException, RequestException) as error:
            raise ImageError(
                f"the Docker Engine could not {doing}",
                why=str(getattr(error, "explanation", None) or error),
                hint="see whether it still runs: docker info",
            ) from error


def connect(env: Mapping[str, str] | None = None) -> Engine:
    """The engine that DOCKER_HOST, else the Docker CLI's context, else the default socket names.

    `env` is the process environment unless given. Raises ImageError with how to get an engine when none answers.
    """
    from docker import APIClient
    from docker.errors import DockerException

    env = os.environ if env is None else env
    address: dict[str, Any] = {}
    try:
        address = _address(env)

        def make(timeout: float | None) -> Any:
            return APIClient(**address, timeout=timeout, version="auto", use_ssh_client=True)

        engine = Engine(make, env)
        info = engine._api.version()
    except (DockerException, OSError, ValueError) as error:
        raise no_engine(str(address.get("base_url", "")), error) from error
    if info.get("Os") != "linux":
        engine.close()
        raise ImageError(
            "the Docker Engine runs Windows containers",
            why="images for ECS on Fargate are built for Linux here",
            hint="switch it to Linux containers",
        )
    return engine


def _address(env: Mapping[str, str]) -> dict[str, Any]:
    """What APIClient needs to reach the engine, by the rules of Docker's CLI (docs: "Docker contexts")."""
    from docker.context import ContextAPI
    from docker.context.config import get_current_context_name
    from docker.utils import kwargs_from_env

    name = env.get("DOCKER_CONTEXT") or get_current_context_name()
    if env.get("DOCKER_HOST") or name == "default":
        return dict(kwargs_from_env(environment=dict(env)))
    context = ContextAPI.get_context(name)
    if context is None:
        raise ValueError(f"there is no Docker context {name}")
    address = {"base_url": context.Host, "tls": context.TLSConfig}
    return {key: value for key, value in address.items() if value}
