"""Tasks: MiniStack keeps the records and the API, `runner` runs the containers."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ministack import app
from ministack.core.responses import error_response_json, json_response
from ministack.services import ecs

from ecsgen.sandbox.server.patching import need, replace
from ecsgen.sandbox.server.pulse import Pulse
from ecsgen.sandbox.server.records import LOCK, Record, mark_stopped, mark_stopping
from ecsgen.sandbox.server.runner import Task

if TYPE_CHECKING:
    from ecsgen.sandbox.server.engine import Engine
    from ecsgen.sandbox.server.scheduler import Stop

SIMULATED_RUN_SECONDS = 1.0
"""How long a simulated task that belongs to no service runs."""


def install(engine: Engine | None) -> Stop:
    """Run tasks with the engine, or simulate them without one. Back comes how to stop one."""
    for name in ("_dispatch_action", "_dispatch_path"):
        replace(ecs, name, locked(need(ecs, name)))
    # The engine is ours alone: MiniStack's sweeps would look at containers of other programs.
    replace(app, "_stop_docker_containers", lambda include_unlabelled=False: None)
    replace(app, "_reaper_docker_client", lambda: None)
    replace(ecs, "_ensure_ecs_reaper_thread", lambda: None)
    replace(ecs, "_maybe_mark_stopped", lambda task, docker_client=None: None)
    replace(ecs, "_get_docker", lambda: engine)
    stop = mark_stopping if engine else stop_simulated
    replace(ecs, "_stop_task", stop_task(stop))
    if engine:
        pulse = Pulse(engine)

        def run(task: Record, definition: Record, overrides: list[Record], _: Any, account: str, region: str) -> None:
            Task(engine, pulse, task, definition, overrides).live(account, region)

        replace(ecs, "_run_task_worker", run)
    else:
        replace(ecs, "_build_task_containers", simulated_containers(need(ecs, "_build_task_containers")))
        replace(ecs, "_run_task", simulated_run(need(ecs, "_run_task")))
    return stop


def locked(handler: Callable[..., Any]) -> Callable[..., Any]:
    """An API handler that sees and changes the records alone."""

    def call(*arguments: Any) -> Any:
        with LOCK:
            return handler(*arguments)

    return call


def stop_task(stop: Stop) -> Callable[[Record], Any]:
    """StopTask: answers at once; the containers get their SIGTERM and their time after that."""

    def handler(data: Record) -> Any:
        cluster = need(ecs, "_resolve_cluster_name")(data.get("cluster", "default"))
        task = need(ecs, "_resolve_task")(data.get("task", ""), cluster)
        if task is None:
            return error_response_json("InvalidParameterException", "The referenced task was not found.", 400)
        stop(task, data.get("reason") or "Task stopped by user", "UserInitiated")
        return json_response({"task": need(ecs, "_sanitize")(task)})

    return handler


def stop_simulated(task: Record, reason: str, code: str) -> bool:
    """Stop a task that is only simulated: nothing runs, so it is stopped at once."""
    first = mark_stopping(task, reason, code)
    if first:
        mark_stopped(task)
    return first


def end_simulated(task: Record) -> None:
    """The end of a simulated task that belongs to no service: its containers did what they were to do."""
    with LOCK:
        if mark_stopping(task, "Essential container in task exited", "EssentialContainerExited"):
            for container in task["containers"]:
                container["exitCode"] = 0
            mark_stopped(task)


def simulated_containers(original: Callable[..., list[Record]]) -> Callable[..., list[Record]]:
    """Containers whose health checks pass without having run: there is no engine to run them."""

    def build(definition: Record | None, overrides: list[Record]) -> list[Record]:
        found = original(definition, overrides)
        for container, source in zip(found, (definition or {}).get("containerDefinitions", []), strict=False):
            container["healthStatus"] = "HEALTHY" if source.get("healthCheck") else "UNKNOWN"
        return found

    return build


def simulated_run(original: Callable[[Record], Any]) -> Callable[[Record], Any]:
    """RunTask without an engine: the task is RUNNING at once, at an address that nothing listens on.

    A service's task stays so. Any other is to run to its end, and whoever waits for that gets one: exit code 0.
    """

    addresses = itertools.count(1)

    def run(data: Record) -> Any:
        before = set(ecs._tasks.keys())
        response = original(data)
        for arn, task in ecs._tasks.items():
            if arn in before:
                continue
            # 198.18.0.0/15 is set aside for benchmarks (RFC 2544): nobody has such an address.
            number = next(addresses)
            task["_container_ip"] = f"198.18.{number // 256 % 256}.{number % 256}"
            task["_running_since"] = time.monotonic()
            task["healthStatus"] = (
                "HEALTHY" if any(item["healthStatus"] == "HEALTHY" for item in task["containers"]) else "UNKNOWN"
            )
            if not str(task.get("group", "")).startswith("service:"):
                threading.Timer(SIMULATED_RUN_SECONDS, end_simulated, (task,)).start()
        return response

    return run
