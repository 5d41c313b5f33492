"""The containers of one task: made, started, looked at, stopped and removed; the record tells how each is doing."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from docker.errors import DockerException

from ecsgen.sandbox.server import containers, task_logs
from ecsgen.sandbox.server.engine import Engine, Exit, Namespace, Seen, explain
from ecsgen.sandbox.server.ordering import Progress
from ecsgen.sandbox.server.records import LOCK, WAKE, Record, container_of, task_id

if TYPE_CHECKING:
    from ecsgen.sandbox.server.containers import Definition
    from ecsgen.sandbox.server.pulse import Pulse

logger = logging.getLogger("ecsgen.sandbox.tasks")

LOG_SECONDS = 3.0
OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"
HEALTH = {"healthy": "HEALTHY", "unhealthy": "UNHEALTHY"}


class TaskContainers:
    """`started` holds when each container started (time.monotonic), `exits` how those that ended did."""

    def __init__(self, engine: Engine, pulse: Pulse, record: Record, definition: Record) -> None:
        self._engine, self._pulse, self._record, self._task = engine, pulse, record, definition
        self.definitions: list[Definition] = task_logs.without_router(definition["containerDefinitions"])
        self._name = f"{engine.prefix}-{task_id(record)[:12]}"
        self._namespace = ""
        self._volumes: dict[str, str] = {}
        self._scratch: list[str] = []
        self._ids: dict[str, str] = {}
        self._health: dict[str, str] = {}
        self._logs: list[threading.Thread] = []
        self.started: dict[str, float] = {}
        self.exits: dict[str, Exit] = {}

    def open(self) -> Namespace:
        """Make the task's network and its volumes. Raises DockerException, EngineError."""
        labels = {"com.amazonaws.ecs.task-arn": self._record["taskArn"]}
        mappings = [mapping for item in self.definitions for mapping in item.get("portMappings") or []]
        ports = {int(item["containerPort"]) for item in mappings if item.get("protocol", "tcp") == "tcp"}
        namespace = self._engine.open_namespace(self._name, labels, ports)
        self._namespace = namespace.container
        self._make_volumes()
        return namespace

    def _make_volumes(self) -> None:
        """Scratch space and disks end with the task; a file system is one for all tasks, and stays for the next ones."""
        for volume in self._task.get("volumes") or []:
            if (volume.get("host") or {}).get("sourcePath"):
                continue
            efs = volume.get("efsVolumeConfiguration")
            name = f"{self._engine.prefix}-{_file_system(efs)}" if efs else f"{self._name}-{volume['name']}"
            self._engine.create_volume(name)
            self._volumes[volume["name"]] = name
            if not efs:
                self._scratch.append(name)

    def start(self, definition: Definition, override: Record, variables: dict[str, str], platform: str | None) -> None:
        """Start one container. Raises DockerException."""
        name = definition["name"]
        options, host = containers.docker_options(
            definition,
            override,
            variables,
            image=definition["image"],
            namespace=self._namespace,
            task_cpu=_whole(self._task.get("cpu")),
            task_memory=_whole(self._task.get("memory")),
            engine_cpus=self._engine.cpus,
            volumes=self._volumes,
            labels={
                "com.amazonaws.ecs.task-arn": self._record["taskArn"],
                "com.amazonaws.ecs.container-name": name,
                "com.amazonaws.ecs.task-definition-family": self._task["family"],
                "com.amazonaws.ecs.task-definition-version": str(self._task["revision"]),
            },
        )
        if platform:
            options["platform"] = platform
        self._create_and_start(name, options, host)
        self.started[name] = time.monotonic()
        with LOCK:
            identity = f"{task_id(self._record)}-{self._ids[name][:10]}"
            container_of(self._record, name).update(lastStatus="RUNNING", runtimeId=identity)

    def _create_and_start(self, name: str, options: Record, host: Record) -> None:
        self._ids[name] = self._engine.create(f"{self._name}-{name}", options, host)
        try:
            self._engine.start(self._ids[name])
        except DockerException as error:
            if "rlimit" not in explain(error) or "ulimits" not in host:
                raise
            # An engine without the right to raise limits: AWS would grant them, so the task runs without them.
            logger.warning("the engine can not set the ulimits of container %s: %s", name, explain(error))
            self._engine.remove(self._ids[name])
            less = {key: value for key, value in host.items() if key != "ulimits"}
            self._ids[name] = self._engine.create(f"{self._name}-{name}", options, less)
            self._engine.start(self._ids[name])

    def log_to(self, name: str, place: task_logs.Destination) -> None:
        """Send a started container's output to a log stream."""
        self._logs.append(task_logs.forward(self._engine, self._ids[name], place))

    def look(self, moment: float) -> None:
        """Take in what the containers do, as seen after `moment`."""
        states = self._pulse.after(moment) if self.started else None
        if states is None:
            return
        for name in self.started:
            if name in self.exits:
                continue
            seen = states.get(self._ids[name], Seen(running=False, exited=True))
            if seen.exited:
                self._take_exit(name)
            elif seen.health:
                self._health[name] = seen.health
        self._report_health()

    def _take_exit(self, name: str) -> None:
        ended = self.exits[name] = self._engine.ended(self._ids[name])
        with LOCK:
            container = container_of(self._record, name)
            container.update(lastStatus="STOPPED", exitCode=ended.code)
            if ended.out_of_memory:
                container["reason"] = OUT_OF_MEMORY
            elif ended.error:
                container["reason"] = ended.error

    def essential_ended(self) -> bool:
        """Whether an essential container has ended, or all have."""
        essential = [item["name"] for item in self.definitions if containers.is_essential(item)]
        return any(name in self.exits for name in essential) or len(self.exits) == len(self.definitions)

    def _report_health(self) -> None:
        checked = [item for item in self.definitions if item.get("healthCheck")]
        with LOCK:
            before = self._record["healthStatus"]
            status = {item["name"]: HEALTH.get(self._health.get(item["name"], ""), "UNKNOWN") for item in checked}
            for name, word in status.items():
                container_of(self._record, name)["healthStatus"] = word
            essential = {status[item["name"]] for item in checked if containers.is_essential(item)}
            worst = next((word for word in ("UNHEALTHY", "UNKNOWN", "HEALTHY") if word in essential), "UNKNOWN")
            self._record["healthStatus"] = worst
        if worst != before:
            WAKE.set()

    def progress(self) -> dict[str, Progress]:
        """Every started container as the order of starting looks at it."""
        now = time.monotonic()
        return {
            name: Progress(
                now - since, self._health.get(name, ""), self.exits[name].code if name in self.exits else None
            )
            for name, since in self.started.items()
        }

    def stop(self) -> None:
        """SIGTERM and time for every container, those first that no other one depends on. Raises DockerException."""
        by_name = {item["name"]: item for item in self.definitions}
        running = {name for name in self.started if name not in self.exits}

        def end(name: str) -> None:
            self._engine.stop(self._ids[name], containers.stop_seconds(by_name[name]))
            self._take_exit(name)

        with ThreadPoolExecutor(max_workers=max(1, len(running))) as pool:
            while running:
                names = containers.stop_order(self.definitions, running)
                list(pool.map(end, names))
                running -= set(names)
        for thread in self._logs:
            thread.join(LOG_SECONDS)

    def remove(self) -> None:
        """Leave nothing of the task in the engine."""
        for container in [*self._ids.values(), *filter(None, [self._namespace])]:
            self._engine.remove(container)
        for volume in self._scratch:
            self._engine.remove_volume(volume)


def _file_system(efs: Record) -> str:
    """A name for what of a file system is mounted: through an access point, or a folder of it."""
    point = (efs.get("authorizationConfig") or {}).get("accessPointId")
    folder = hashlib.sha256((efs.get("rootDirectory") or "/").encode()).hexdigest()[:8]
    return f"{efs['fileSystemId']}-{point or folder}"


def _whole(value: Any) -> int | None:
    return int(value) if value else None
