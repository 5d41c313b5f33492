"""The Docker Engine as the sandbox uses it: one labelled network, containers that publish nothing, and a clean end."""

from __future__ import annotations

import contextlib
import logging
import re
import socket
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import docker
from docker.errors import APIError, DockerException, NotFound

from ecsgen.errors import EcsgenError
from ecsgen.sandbox.server import pause
from ecsgen.sandbox.server.settings import LABEL, Settings

logger = logging.getLogger("ecsgen.sandbox.engine")

CALL_SECONDS = 60
LOOPBACK = "127.0.0.1"
CLOSED_PORT = 9
REACH_SECONDS = 2.0


class EngineError(EcsgenError):
    """The Docker Engine does not answer, or refused what a task needs."""

    kind = "sandbox"


class PullError(Exception):
    """An image cannot be had; the text is the engine's own."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A container at one moment. `health` is Docker's: "" (no check), starting, healthy, unhealthy."""

    running: bool
    exited: bool
    health: str = ""


@dataclass(frozen=True, slots=True)
class Namespace:
    """The container that holds a task's network, the task's address, and where this process reaches its ports."""

    container: str
    address: str
    reach: Mapping[int, tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Exit:
    """How a container ended; `error` is what the engine says when it could not even start it."""

    code: int
    out_of_memory: bool = False
    error: str = ""


def explain(error: Exception) -> str:
    """The engine's own words for an error, in one line."""
    text = str(getattr(error, "explanation", None) or error)
    return " ".join(text.split())


class Engine:
    """A connection to the engine, and what one sandbox owns on it: everything carries the sandbox's label."""

    def __init__(self, settings: Settings) -> None:
        self.labels = {LABEL: settings.sandbox_id}
        self._filter = {"label": f"{LABEL}={settings.sandbox_id}"}
        self._network = f"ecsgen-{settings.sandbox_id}"
        self._pause_image = f"ecsgen-pause:{settings.sandbox_id}"
        self.prefix = self._network
        self._registry = settings.registry
        self._lock = threading.Lock()
        self._prepared = False
        self._bridge_reachable = True
        try:
            self._api: Any = docker.from_env(timeout=CALL_SECONDS).api
            info = self._api.info()
        except DockerException as error:
            raise EngineError(
                "the Docker Engine does not answer",
                why=explain(error),
                hint="start it, or run the sandbox without one: tasks are simulated then",
            ) from error
        self.cpus: int = info["NCPU"]
        self._machine: str = info["Architecture"]
        self.architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(self._machine, self._machine)

    def prepare(self) -> None:
        """Make the network and the pause image, and find out how tasks are reached; once, before the first task."""
        with self._lock:
            if self._prepared:
                return
            self._make_network()
            try:
                root = pause.root_file_system(self._machine)
            except KeyError:
                raise EngineError(f"the sandbox has no pause program for {self._machine}") from None
            name, tag = self._pause_image.split(":")
            label = f"LABEL {LABEL}={self.labels[LABEL]}"
            self._api.import_image_from_data(root, repository=name, tag=tag, changes=['ENTRYPOINT ["/pause"]', label])
            self._bridge_reachable = self._reaches_bridge()
            self._prepared = True

    def _make_network(self) -> None:
        if self._api.networks(names=[self._network], filters=self._filter):
            return
        self._api.create_network(self._network, driver="bridge", labels=self.labels, check_duplicate=True)

    def open_namespace(self, name: str, labels: Mapping[str, str], ports: Collection[int] = ()) -> Namespace:
        """Start the container that holds a task's network. Raises DockerException, EngineError.

        The task is reached by its address on the bridge. Where that is not possible (an engine in a virtual machine)
        its ports are published, on loopback only.
        """
        self.prepare()
        publish = list(ports) if not self._bridge_reachable else []
        return self._open(name, labels, publish)

    def _open(self, name: str, labels: Mapping[str, str], publish: Sequence[int]) -> Namespace:
        host = self._api.create_host_config(
            network_mode=self._network,
            read_only=True,
            cap_drop=["ALL"],
            port_bindings=dict.fromkeys(publish, (LOOPBACK, None)) or None,
        )
        made = self._api.create_container(
            self._pause_image, name=name, labels={**self.labels, **labels}, host_config=host, ports=publish or None
        )["Id"]
        self._api.start(made)
        settings = self._api.inspect_container(made)["NetworkSettings"]
        published = settings.get("Ports") or {}
        reach = {port: (LOOPBACK, int(published[f"{port}/tcp"][0]["HostPort"])) for port in publish}
        return Namespace(made, settings["Networks"][self._network]["IPAddress"], reach)

    def _reaches_bridge(self) -> bool:
        """Whether this process reaches an address on the bridge: then a port with no listener refuses at once."""
        probe = self._open(f"{self.prefix}-probe", {}, ())
        try:
            socket.create_connection((probe.address, CLOSED_PORT), timeout=REACH_SECONDS).close()
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
        finally:
            self.remove(probe.container)
        return False

    def pull(self, reference: str, architecture: str, auth: Mapping[str, str] | None = None) -> str:
        """Have an image for an architecture (amd64, arm64): its manifest's digest, "" where unknown. Raises PullError.

        The sandbox's own registry is always asked; another image is taken from the engine when it is there.
        """
        if not reference.startswith(f"{self._registry}/") and self._built_for(reference) == architecture:
            return self._digest(reference)
        repository, tag = split_reference(reference)
        platform = None if architecture == self.architecture else f"linux/{architecture}"
        try:
            for line in self._api.pull(
                repository, tag=tag, stream=True, decode=True, auth_config=auth, platform=platform
            ):
                if "error" in line:
                    raise PullError(line["error"])
            if self._built_for(reference) != architecture:
                raise PullError(f"image Manifest does not contain descriptor matching platform 'linux/{architecture}'")
            return self._digest(reference)
        except DockerException as error:
            raise PullError(explain(error)) from error

    def _built_for(self, reference: str) -> str:
        try:
            return str(self._api.inspect_image(reference)["Architecture"])
        except NotFound:
            return ""

    def _digest(self, reference: str) -> str:
        if "@" in reference:
            self._api.inspect_image(reference)
            return reference.split("@", 1)[1]
        repository = split_reference(reference)[0]
        digests = self._api.inspect_image(reference).get("RepoDigests") or []
        return next((item.split("@", 1)[1] for item in digests if item.startswith(f"{repository}@")), "")

    def create(self, name: str, container: Mapping[str, Any], host: Mapping[str, Any]) -> str:
        """Make a container; its id. Raises DockerException."""
        host_config = self._api.create_host_config(**host)
        labels = {**self.labels, **container.get("labels", {})}
        made = self._api.create_container(name=name, host_config=host_config, **{**container, "labels": labels})
        return str(made["Id"])

    def create_volume(self, name: str) -> None:
        """Make a labelled volume: the scratch space that containers of one task share."""
        self._api.create_volume(name=name, labels=self.labels)

    def start(self, container: str) -> None:
        """Start a container. Raises DockerException."""
        self._api.start(container)

    def stop(self, container: str, seconds: int) -> None:
        """SIGTERM (or the image's own signal), then SIGKILL when it has not ended in time."""
        with contextlib.suppress(NotFound):
            self._api.stop(container, timeout=seconds)

    def ended(self, container: str) -> Exit:
        """How a container that is not running any more ended."""
        try:
            state = self._api.inspect_container(container)["State"]
        except NotFound:
            return Exit(137, error="the container was removed from outside")
        return Exit(int(state["ExitCode"]), bool(state.get("OOMKilled")), str(state.get("Error") or ""))

    def states(self) -> dict[str, Seen]:
        """Every container of this sandbox by id, in one call."""
        return {item["Id"]: _seen(item) for item in self._api.containers(all=True, filters=self._filter)}

    def logs(self, container: str) -> Iterator[bytes]:
        """A container's output as it comes, each line with its time in front, until it ends."""
        known = 0
        for chunk in self._output(container, follow=True):
            known += len(chunk)
            yield chunk
        # What a container writes last without a newline is often not in what Docker Engine 20.10 lets follow.
        for chunk in self._output(container, follow=False):
            yield chunk[known:]
            known = max(0, known - len(chunk))

    def _output(self, container: str, follow: bool) -> Iterator[bytes]:
        stream: Iterator[bytes] = self._api.logs(
            container, stream=True, follow=follow, stdout=True, stderr=True, timestamps=True
        )
        return stream

    def remove(self, container: str) -> None:
        """Take a container away with its anonymous volumes, running or not."""
        with contextlib.suppress(NotFound):
            try:
                self._api.remove_container(container, v=True, force=True)
            except APIError as error:
                logger.warning("container %s is not removed: %s", container[:12], explain(error))

    def remove_volume(self, name: str) -> None:
        """Take a volume away."""
        with contextlib.suppress(NotFound):
            self._api.remove_volume(name)

    def remove_volumes(self, prefix: str) -> None:
        """Take away the volumes whose names begin so, but for those that a container still uses."""
        for item in (self._api.volumes(filters=self._filter) or {}).get("Volumes") or []:
            if item["Name"].startswith(prefix):
                with contextlib.suppress(APIError):
                    self.remove_volume(item["Name"])

    def remove_all(self) -> None:
        """Take away everything that carries this sandbox's label, and the images only its registry had."""
        found = [item["Id"] for item in self._api.containers(all=True, filters=self._filter)]
        if found:
            with ThreadPoolExecutor(max_workers=8) as pool:
                list(pool.map(self.remove, found))
        for item in (self._api.volumes(filters=self._filter) or {}).get("Volumes") or []:
            self.remove_volume(item["Name"])
        for network in self._api.networks(filters=self._filter):
            with contextlib.suppress(NotFound):
                self._api.remove_network(network["Id"])
        self._remove_images()

    def _remove_images(self) -> None:
        for image in self._api.images():
            names = [*(image.get("RepoTags") or []), *(image.get("RepoDigests") or [])]
            for name in names:
                if name == self._pause_image or name.startswith(f"{self._registry}/"):
                    with contextlib.suppress(APIError):
                        self._api.remove_image(name)


def _seen(item: Mapping[str, Any]) -> Seen:
    state, status = item["State"], item.get("Status", "")
    found = re.search(r"\((?:health: )?(starting|healthy|unhealthy)\)", status)
    return Seen(running=state == "running", exited=state in ("exited", "dead"), health=found[1] if found else "")


def split_reference(reference: str) -> tuple[str, str]:
    """A reference's repository and its tag or digest (latest when it has none)."""
    if "@" in reference:
        repository, digest = reference.split("@", 1)
        return _without_tag(repository), digest
    repository = _without_tag(reference)
    return repository, reference[len(repository) + 1 :] or "latest"


def _without_tag(reference: str) -> str:
    head, slash, last = reference.rpartition("/")
    return f"{head}{slash}{last.split(':', 1)[0]}"
