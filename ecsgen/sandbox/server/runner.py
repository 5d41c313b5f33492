"""A task's life with real containers, from PROVISIONING to STOPPED: one thread a task."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from docker.errors import DockerException
from ministack.core.responses import new_uuid, now_iso, request_scope
from ministack.services import ecs
from requests.exceptions import RequestException

from ecsgen.sandbox.server import containers, task_logs, task_secrets
from ecsgen.sandbox.server.engine import Engine, EngineError, Namespace, PullError, explain
from ecsgen.sandbox.server.ordering import next_step
from ecsgen.sandbox.server.patching import need
from ecsgen.sandbox.server.records import LOCK, Record, container_of, mark_stopped, mark_stopping, move, task_id
from ecsgen.sandbox.server.task_containers import TaskContainers
from ecsgen.sandbox.server.task_secrets import MissingValueError

if TYPE_CHECKING:
    from ecsgen.sandbox.server.containers import Definition
    from ecsgen.sandbox.server.pulse import Pulse

logger = logging.getLogger("ecsgen.sandbox.tasks")

EXITED = "Essential container in task exited"
DRAIN_LOOK_SECONDS = 0.1


class StartError(Exception):
    """The task can not start; the text is its stoppedReason, and that of `container` when it is about one."""

    def __init__(self, reason: str, container: str = "") -> None:
        super().__init__(reason)
        self.container = container


class Task:
    """One task. `record` is what the API answers; `live` moves it along until it is STOPPED."""

    def __init__(
        self, engine: Engine, pulse: Pulse, record: Record, definition: Record, overrides: list[Record]
    ) -> None:
        self._engine, self._pulse, self._record, self._task = engine, pulse, record, definition
        self._overrides = {item["name"]: item for item in overrides}
        self._containers = TaskContainers(engine, pulse, record, definition)
        wanted = (definition.get("runtimePlatform") or {}).get("cpuArchitecture") or "X86_64"
        self._architecture = {"ARM64": "arm64"}.get(wanted, "amd64")

    def live(self, account: str, region: str) -> None:
        """Run the task to its end, in the calling thread."""
        with request_scope(account, region), self._pulse:
            try:
                self._start(account, region)
                self._watch()
            except (StartError, MissingValueError) as error:
                if container := getattr(error, "container", ""):
                    with LOCK:
                        container_of(self._record, container)["reason"] = str(error)
                mark_stopping(self._record, str(error), "TaskFailedToStart")
            except (DockerException, RequestException, EngineError) as error:
                mark_stopping(self._record, f"ResourceInitializationError: {explain(error)}", "TaskFailedToStart")
            except Exception as error:
                logger.exception("task %s", self._record["taskArn"])
                mark_stopping(self._record, f"InternalError: {type(error).__name__}: {error}", "TaskFailedToStart")
            finally:
                self._end()

    def _stopping(self) -> bool:
        """Whether somebody or something has ended the task; a reset of MiniStack does it by a mark of its own."""
        return bool(self._record["desiredStatus"] == "STOPPED" or self._record.get("_ecs_resetting"))

    # From PROVISIONING to RUNNING

    def _start(self, account: str, region: str) -> None:
        move(self._record, "PENDING")
        definitions = {item["name"]: item for item in self._containers.definitions}
        variables = {name: self._variables(item, region) for name, item in definitions.items()}
        places = {name: self._log_stream(item, account, region) for name, item in definitions.items()}
        move(self._record, "ACTIVATING")
        self._pull()
        if self._stopping():
            return
        self._attach(self._containers.open())
        platform = None if self._engine.architecture == self._architecture else f"linux/{self._architecture}"
        while not self._stopping():
            step = next_step(self._containers.definitions, self._containers.progress())
            if step.problem:
                raise StartError(step.problem)
            for name in step.start:
                try:
                    self._containers.start(definitions[name], self._overrides.get(name, {}), variables[name], platform)
                except DockerException as error:
                    raise StartError(f"CannotStartContainerError: {explain(error)}", name) from error
                if place := places[name]:
                    self._containers.log_to(name, place)
            if len(self._containers.started) == len(definitions):
                break
            self._containers.look(time.monotonic())
            if self._containers.essential_ended():
                return
        if not self._stopping():
            with LOCK:
                self._record.update(startedAt=now_iso(), _running_since=time.monotonic())
                for container in self._record["containers"]:
                    if container["name"] not in definitions:
                        container["lastStatus"] = "RUNNING"
            move(self._record, "RUNNING")

    def _variables(self, definition: Definition, region: str) -> dict[str, str]:
        own = {
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EXECUTION_ENV": f"AWS_ECS_{self._record.get('launchType') or 'FARGATE'}",
            **task_secrets.environment_files(definition),
        }
        plain = containers.environment(definition, self._overrides.get(definition["name"], {}), own)
        return {**plain, **task_secrets.resolve(definition)}

    def _log_stream(self, definition: Definition, account: str, region: str) -> task_logs.Destination | None:
        place = task_logs.destination(definition, task_id(self._record), account, region)
        if place:
            options = definition["logConfiguration"]["options"]
            task_logs.open_stream(place, str(options.get("awslogs-create-group", "")).lower() == "true")
        return place

    def _pull(self) -> None:
        with LOCK:
            self._record["pullStartedAt"] = now_iso()
        for definition in self._containers.definitions:
            if self._stopping():
                return
            image = definition["image"]
            try:
                login = need(ecs, "_resolve_repository_credentials")(definition)
                digest = self._engine.pull(image, self._architecture, login)
            except PullError as error:
                raise StartError(
                    "CannotPullContainerError: pull image manifest has been retried 1 time(s): "
                    f"failed to resolve ref {image}: {error}",
                    definition["name"],
                ) from error
            except need(ecs, "_SecretResolutionError") as error:
                reason = f"ResourceInitializationError: unable to pull secrets or registry auth: {error}"
                raise StartError(reason) from error
            with LOCK:
                container_of(self._record, definition["name"])["imageDigest"] = digest or None
        with LOCK:
            self._record["pullStoppedAt"] = now_iso()

    def _attach(self, namespace: Namespace) -> None:
        """Give the record the task's network interface."""
        address = namespace.address
        with LOCK:
            self._record["_container_ip"] = address
            self._record["_reach"] = dict(namespace.reach)
            if self._record.get("_network_mode") != "awsvpc":
                return
            attachment = new_uuid()
            details = [("subnetId", self._record.get("_subnet")), ("privateIPv4Address", address)]
            self._record["attachments"] = [
                {
                    "id": attachment,
                    "type": "ElasticNetworkInterface",
                    "status": "ATTACHED",
                    "details": [{"name": name, "value": value} for name, value in details if value],
                }
            ]
            for container in self._record["containers"]:
                container["networkInterfaces"] = [{"attachmentId": attachment, "privateIpv4Address": address}]

    # While it runs, and from there to STOPPED

    def _watch(self) -> None:
        while not self._stopping():
            if self._containers.essential_ended():
                mark_stopping(self._record, EXITED, "EssentialContainerExited")
                return
            self._containers.look(time.monotonic())

    def _end(self) -> None:
        try:
            self._drain()
            move(self._record, "STOPPING")
            self._containers.stop()
            with LOCK:
                self._record["executionStoppedAt"] = now_iso()
            move(self._record, "DEPROVISIONING")
            self._containers.remove()
        except (DockerException, RequestException) as error:
            logger.warning("task %s is not cleaned up: %s", self._record["taskArn"], explain(error))
        finally:
            mark_stopped(self._record)

    def _drain(self) -> None:
        """Wait until the load balancer has let go of the task; an essential container that ends ends the wait."""
        if not self._record.get("_drains"):
            return
        move(self._record, "DEACTIVATING")
        while self._record.get("_drains") and not self._containers.essential_ended():
            time.sleep(DRAIN_LOOK_SECONDS)
            self._containers.look(time.monotonic() - 1)
