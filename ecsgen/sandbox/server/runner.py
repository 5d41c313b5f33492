"""A task's life with real containers, from PROVISIONING to STOPPED: one thread a task."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from docker.errors import DockerException
from ministack.core.responses import new_uuid, now_iso, request_scope
from ministack.services import ecs
from requests.exceptions import RequestException

from ecsgen.sandbox.server import containers, task_logs, task_secrets
from ecsgen.sandbox.server.engine import Engine, EngineError, Exit, PullError, Seen, explain
from ecsgen.sandbox.server.ordering import Progress, next_step
from ecsgen.sandbox.server.patching import need
from ecsgen.sandbox.server.records import LOCK, WAKE, Record, mark_stopped, mark_stopping, move, task_id
from ecsgen.sandbox.server.task_secrets import MissingValueError

if TYPE_CHECKING:
    from ecsgen.sandbox.server.containers import Definition
    from ecsgen.sandbox.server.pulse import Pulse

logger = logging.getLogger("ecsgen.sandbox.tasks")

LOG_SECONDS = 3.0
OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"
EXITED = "Essential container in task exited"


class StartError(Exception):
    """The task can not start; the text is its stoppedReason, and that of `container` when it is about one."""

    def __init__(self, reason: str, container: str = "") -> None:
        super().__init__(reason)
        self.container = container


class Task:
    """One task. `record` is what the API answers; the thread started by `begin` moves it along until it is STOPPED."""

    def __init__(
        self,
        engine: Engine,
        pulse: Pulse,
        record: Record,
        definition: Record,
        overrides: list[Record],
        scope: tuple[str, str],
    ) -> None:
        self.engine, self.pulse, self.record, self.task_definition = engine, pulse, record, definition
        self.definitions: list[Definition] = definition["containerDefinitions"]
        self.overrides = {item["name"]: item for item in overrides}
        self.account, self.region = scope
        self.name = f"{engine.prefix}-{task_id(record)[:12]}"
        self.namespace = ""
        self.volumes: dict[str, str] = {}
        self.ids: dict[str, str] = {}
        self.started: dict[str, float] = {}
        self.exits: dict[str, Exit] = {}
        self.health: dict[str, str] = {}
        self.logs: list[threading.Thread] = []

    def live(self) -> None:
        """Run the task to its end; in a thread of its own."""
        with request_scope(self.account, self.region), self.pulse:
            try:
                self._start()
                self._watch()
            except (StartError, MissingValueError) as error:
                self._container_reason(getattr(error, "container", ""), str(error))
                mark_stopping(self.record, str(error), "TaskFailedToStart")
            except (DockerException, RequestException, EngineError) as error:
                mark_stopping(self.record, f"ResourceInitializationError: {explain(error)}", "TaskFailedToStart")
            except Exception as error:
                logger.exception("task %s", self.record["taskArn"])
                mark_stopping(self.record, f"InternalError: {type(error).__name__}: {error}", "TaskFailedToStart")
            finally:
                self._end()

    @property
    def stopping(self) -> bool:
        """Whether somebody or something has ended the task."""
        return bool(self.record["desiredStatus"] == "STOPPED")

    # From PROVISIONING to RUNNING

    def _start(self) -> None:
        move(self.record, "PENDING")
        variables = {item["name"]: self._variables(item) for item in self.definitions}
        places = {item["name"]: self._log_stream(item) for item in self.definitions}
        with LOCK:
            self.record["pullStartedAt"] = now_iso()
        move(self.record, "ACTIVATING")
        self._pull()
        if self.stopping:
            return
        labels = {"com.amazonaws.ecs.task-arn": self.record["taskArn"]}
        self.namespace, address = self.engine.open_namespace(self.name, labels)
        self._attach(address)
        self._make_volumes()
        moment = time.monotonic()
        while len(self.started) < len(self.definitions) and not self.stopping:
            self._look(moment)
            if self._essential_exit():
                return
            step = next_step(self.definitions, self._progress())
            if step.problem:
                raise StartError(step.problem)
            moment = time.monotonic()
            for name in step.start:
                self._start_container(name, variables[name], places[name])
        if not self.stopping:
            with LOCK:
                self.record["startedAt"] = now_iso()
                self.record["_running_since"] = time.monotonic()
            move(self.record, "RUNNING")

    def _variables(self, definition: Definition) -> dict[str, str]:
        files = task_secrets.environment_files(definition)
        own = {
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EXECUTION_ENV": f"AWS_ECS_{self.record.get('launchType') or 'FARGATE'}",
        }
        override = self.overrides.get(definition["name"], {})
        plain = containers.environment(definition, override, {**own, **files})
        return {**plain, **task_secrets.resolve(definition)}

    def _log_stream(self, definition: Definition) -> task_logs.Destination | None:
        place = task_logs.destination(definition, task_id(self.record), self.account, self.region)
        if place:
            options = definition["logConfiguration"]["options"]
            task_logs.open_stream(place, str(options.get("awslogs-create-group", "")).lower() == "true")
        return place

    def _pull(self) -> None:
        wanted = (self.task_definition.get("runtimePlatform") or {}).get("cpuArchitecture") or "X86_64"
        platform = {"ARM64": "arm64"}.get(wanted, "amd64")
        for definition in self.definitions:
            if self.stopping:
                return
            image = definition["image"]
            try:
                digest = self.engine.pull(image, need(ecs, "_resolve_repository_credentials")(definition))
                if self.engine.architecture(image) != platform:
                    raise PullError(f"image Manifest does not contain descriptor matching platform 'linux/{platform}'")
            except PullError as error:
                raise StartError(
                    "CannotPullContainerError: pull image manifest has been retried 1 time(s): "
                    f"failed to resolve ref {image}: {error}",
                    definition["name"],
                ) from error
            except need(ecs, "_SecretResolutionError") as error:
                raise StartError(
                    f"ResourceInitializationError: unable to pull secrets or registry auth: {error}"
                ) from error
            with LOCK:
                self._container(definition["name"])["imageDigest"] = digest or None
        with LOCK:
            self.record["pullStoppedAt"] = now_iso()

    def _attach(self, address: str) -> None:
        with LOCK:
            self.record["_container_ip"] = address
            if self.record.get("_network_mode") != "awsvpc":
                return
            attachment = new_uuid()
            details = [("subnetId", self.record.get("_subnet")), ("privateIPv4Address", address)]
            self.record["attachments"] = [
                {
                    "id": attachment,
                    "type": "ElasticNetworkInterface",
                    "status": "ATTACHED",
                    "details": [{"name": name, "value": value} for name, value in details if value],
                }
            ]
            for container in self.record["containers"]:
                container["networkInterfaces"] = [{"attachmentId": attachment, "privateIpv4Address": address}]

    def _make_volumes(self) -> None:
        for volume in self.task_definition.get("volumes") or []:
            if not (volume.get("host") or {}).get("sourcePath") and not volume.get("efsVolumeConfiguration"):
                name = f"{self.name}-{volume['name']}"
                self.engine.create_volume(name)
                self.volumes[volume["name"]] = name

    def _start_container(self, name: str, variables: dict[str, str], place: task_logs.Destination | None) -> None:
        definition = next(item for item in self.definitions if item["name"] == name)
        options, host = containers.docker_options(
            definition,
            self.overrides.get(name, {}),
            variables,
            image=definition["image"],
            namespace=self.namespace,
            task_cpu=_whole(self.task_definition.get("cpu")),
            task_memory=_whole(self.task_definition.get("memory")),
            engine_cpus=self.engine.cpus,
            volumes=self.volumes,
            labels={
                "com.amazonaws.ecs.task-arn": self.record["taskArn"],
                "com.amazonaws.ecs.container-name": name,
                "com.amazonaws.ecs.task-definition-family": self.task_definition["family"],
                "com.amazonaws.ecs.task-definition-version": str(self.task_definition["revision"]),
            },
        )
        try:
            self._create_and_start(name, options, host)
        except DockerException as error:
            raise StartError(f"CannotStartContainerError: {explain(error)}", name) from error
        self.started[name] = time.monotonic()
        with LOCK:
            container = self._container(name)
            container.update(lastStatus="RUNNING", runtimeId=f"{task_id(self.record)}-{self.ids[name][:10]}")
        if place:
            self.logs.append(task_logs.forward(self.engine, self.ids[name], place))

    def _create_and_start(self, name: str, options: Record, host: Record) -> None:
        self.ids[name] = self.engine.create(f"{self.name}-{name}", options, host)
        try:
            self.engine.start(self.ids[name])
        except DockerException as error:
            if "rlimit" not in explain(error) or "ulimits" not in host:
                raise
            # An engine without the right to raise limits: AWS would grant them, so the task runs without them.
            logger.warning("the engine can not set the ulimits of container %s: %s", name, explain(error))
            self.engine.remove(self.ids[name])
            less = {key: value for key, value in host.items() if key != "ulimits"}
            self.ids[name] = self.engine.create(f"{self.name}-{name}", options, less)
            self.engine.start(self.ids[name])

    # While it runs

    def _watch(self) -> None:
        while not self.stopping and not self._essential_exit():
            self._look(time.monotonic())

    def _look(self, moment: float) -> None:
        """Take in what the containers do, as seen after `moment`."""
        states = self.pulse.after(moment) if self.ids else None
        if states is None:
            return
        for name, container in self.ids.items():
            if name not in self.exits:
                self._take_in(name, states.get(container, Seen(running=False, exited=True)))
        self._report_health()

    def _take_in(self, name: str, seen: Seen) -> None:
        if seen.exited:
            self._record_exit(name, self.engine.ended(self.ids[name]))
        elif seen.health:
            self.health[name] = seen.health

    def _record_exit(self, name: str, ended: Exit) -> None:
        self.exits[name] = ended
        with LOCK:
            container = self._container(name)
            container.update(lastStatus="STOPPED", exitCode=ended.code)
            if ended.out_of_memory:
                container["reason"] = OUT_OF_MEMORY
            elif ended.error:
                container["reason"] = ended.error

    def _essential_exit(self) -> bool:
        """Whether an essential container has ended, or all of them; then the task is marked as stopping."""
        essential = [item["name"] for item in self.definitions if containers.is_essential(item)]
        if any(name in self.exits for name in essential) or len(self.exits) == len(self.definitions):
            mark_stopping(self.record, EXITED, "EssentialContainerExited")
            return True
        return False

    def _report_health(self) -> None:
        words = {"healthy": "HEALTHY", "unhealthy": "UNHEALTHY"}
        checked = [item for item in self.definitions if item.get("healthCheck")]
        with LOCK:
            before = self.record["healthStatus"]
            status = {item["name"]: words.get(self.health.get(item["name"], ""), "UNKNOWN") for item in checked}
            for name, word in status.items():
                self._container(name)["healthStatus"] = word
            essential = {status[item["name"]] for item in checked if containers.is_essential(item)}
            worst = next((word for word in ("UNHEALTHY", "UNKNOWN", "HEALTHY") if word in essential), "UNKNOWN")
            self.record["healthStatus"] = worst
        if worst != before:
            WAKE.set()

    def _progress(self) -> dict[str, Progress]:
        now = time.monotonic()
        return {
            name: Progress(
                now - since, self.health.get(name, ""), self.exits[name].code if name in self.exits else None
            )
            for name, since in self.started.items()
        }

    # From there to STOPPED

    def _end(self) -> None:
        try:
            if self.record["stopCode"] != "EssentialContainerExited" and self.record.get("_drains"):
                self._drain()
            move(self.record, "STOPPING")
            self._stop_containers()
            with LOCK:
                self.record["executionStoppedAt"] = now_iso()
            for thread in self.logs:
                thread.join(LOG_SECONDS)
            move(self.record, "DEPROVISIONING")
            self._remove()
        except (DockerException, RequestException) as error:
            logger.warning("task %s is not cleaned up: %s", self.record["taskArn"], explain(error))
        finally:
            mark_stopped(self.record)

    def _drain(self) -> None:
        """Wait until the load balancer has let go of the task; an essential container that exits ends the wait."""
        move(self.record, "DEACTIVATING")
        while self.record.get("_drains"):
            time.sleep(0.1)
            self._look(time.monotonic() - 1)
            if any(item["name"] in self.exits for item in self.definitions if containers.is_essential(item)):
                return

    def _stop_containers(self) -> None:
        by_name = {item["name"]: item for item in self.definitions}
        running = {name for name in self.started if name not in self.exits}
        with ThreadPoolExecutor(max_workers=max(1, len(running))) as pool:
            while running:
                names = containers.stop_order(self.definitions, running)
                list(
                    pool.map(
                        lambda name: self.engine.stop(self.ids[name], containers.stop_seconds(by_name[name])), names
                    )
                )
                for name in names:
                    self._record_exit(name, self.engine.ended(self.ids[name]))
                running -= set(names)

    def _remove(self) -> None:
        for container in [*self.ids.values(), *filter(None, [self.namespace])]:
            self.engine.remove(container)
        for volume in self.volumes.values():
            self.engine.remove_volume(volume)

    # Helpers

    def _container(self, name: str) -> Record:
        found: Record = next(item for item in self.record["containers"] if item["name"] == name)
        return found

    def _container_reason(self, name: str, reason: str) -> None:
        if name:
            with LOCK:
                self._container(name)["reason"] = reason


def _whole(value: Any) -> int | None:
    return int(value) if value else None
