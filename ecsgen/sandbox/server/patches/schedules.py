"""What runs by itself: Scheduler starts tasks too, and Step Functions fails where the task that it waits for fails."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any

from ministack.services import ecs, eventbridge, stepfunctions

from ecsgen.sandbox.server.patching import SandboxPatchError, need, replace
from ecsgen.sandbox.server.records import LOCK, Record

RUN_TASK = "arn:aws:states:::ecs:runTask"
LOOK_SECONDS = 0.5
FILTER = re.compile(r"(.*?)\[\?\(@\.(\w+)\s*==\s*'([^']*)'\)\](.*)")
"""`$.a[?(@.Name=='x')].b`: of a list the items whose text under a name is this."""


def install() -> None:
    """MiniStack's Scheduler knew no ECS targets; its Step Functions took any exit code for success, and knew no filters."""
    replace(eventbridge, "_invoke_target", invoke_target(need(eventbridge, "_invoke_target")))
    table = need(stepfunctions, "_SERVICE_DISPATCH")
    if RUN_TASK not in table:
        raise SandboxPatchError("MiniStack's Step Functions cannot run tasks")
    table[RUN_TASK] = run_task
    replace(stepfunctions, "_resolve_path", resolve_path(need(stepfunctions, "_resolve_path")))
    need(stepfunctions, "_ExecutionError")
    need(stepfunctions, "_pascal_to_camel")


def invoke_target(original: Callable[..., None]) -> Callable[..., None]:
    """A target with parameters for ECS is a task to start; anything else is MiniStack's own to deliver."""

    def invoke(target: Record, *arguments: Any) -> None:
        if "EcsParameters" not in target:
            original(target, *arguments)
            return
        asked = stepfunctions._pascal_to_camel(target["EcsParameters"])
        asked = {**asked, "cluster": target["Arn"], "taskDefinition": asked.pop("taskDefinitionArn")}
        with LOCK:
            ecs._run_task({**asked, "count": asked.pop("taskCount", 1), "startedBy": "scheduler"})

    return invoke


def resolve_path(original: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    """A path with a filter gives a list, as Step Functions has it; MiniStack found nothing there."""

    def resolve(path: str, data: Any) -> Any:
        found = FILTER.fullmatch(path or "")
        if found is None:
            return original(path, data)
        place, name, value, rest = found.groups()
        items = original(place, data)
        chosen = (
            [item for item in items if isinstance(item, dict) and item.get(name) == value]
            if isinstance(items, list)
            else []
        )
        return [told for item in chosen if (told := original(f"${rest}", item)) is not None]

    return resolve


def run_task(resource: str, asked: Record) -> Any:
    """`ecs:runTask`, and with .sync its end: an error when the task did not start or a container of it failed."""
    with LOCK:
        status, _, body = ecs._run_task(stepfunctions._pascal_to_camel(asked))
    answer = json.loads(body)
    if status >= 400:
        raise stepfunctions._ExecutionError(f"ECS.{answer.get('__type', 'ServerException')}", answer.get("message", ""))
    if not resource.endswith(".sync"):
        return pascal(answer)
    if answer.get("failures") or not answer.get("tasks"):
        raise stepfunctions._ExecutionError("AmazonECS.Unknown", json.dumps(pascal(answer)))
    return ended(answer["tasks"][0])


def ended(task: Record) -> Any:
    """Wait for a task's end, and say what Step Functions says of it."""
    while True:
        with LOCK:
            _, _, body = ecs._describe_tasks({"cluster": task["clusterArn"], "tasks": [task["taskArn"]]})
        found = json.loads(body)["tasks"][0]
        if found["lastStatus"] == "STOPPED":
            break
        time.sleep(LOOK_SECONDS)
    if any(container.get("exitCode") != 0 for container in found["containers"]):
        raise stepfunctions._ExecutionError("States.TaskFailed", json.dumps(pascal(found)))
    return pascal(found)


def pascal(value: Any) -> Any:
    """An answer of ECS with the names that Step Functions gives its parts: Containers, ExitCode."""
    if isinstance(value, dict):
        return {key[:1].upper() + key[1:]: pascal(item) for key, item in value.items()}
    return [pascal(item) for item in value] if isinstance(value, list) else value
