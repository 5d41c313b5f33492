"""What a call is about, where MiniStack enforces policies (AUTH=true): as AWS's service authorization reference says."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ministack.core import iam_actions, iam_evaluator

from ecsgen.sandbox.server.patching import replace

STREAM_ACTIONS = ("CreateLogStream", "DescribeLogStreams", "PutLogEvents")

TARGET_ACTIONS = ("PutTargets", "RemoveTargets", "ListTargetsByRule")


def install() -> None:
    """MiniStack takes some calls for ones about something else, and knows nothing of clusters and roles as conditions."""
    find = replace(iam_actions, "extract_resource_arn", lambda *arguments: arn(find, *arguments))
    name = replace(iam_actions, "extract_iam_action", lambda *arguments: permission(name(*arguments)))
    tags = replace(iam_actions, "request_tag_context", lambda *arguments: context(tags, *arguments))
    resolve = replace(iam_evaluator, "_resolve_condition_key", lambda *arguments: condition_key(resolve, *arguments))


def permission(found: str | None) -> str | None:
    """The permission that a call takes. A batch of SQS takes that of the call which it repeats."""
    return found.removesuffix("Batch") if found and found.startswith("sqs:") else found


def arn(
    original: Callable[..., str],
    service: str,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    query_params: dict[str, Any],
    region: str,
    account_id: str,
) -> str:
    """The ARN of what a call is about, or *. A call about several parameters or tasks stays one about all."""
    found = original(service, method, path, headers, body, query_params, region, account_id)
    action = headers.get("x-amz-target", "").rpartition(".")[2]
    place = f"{region}:{account_id}"
    if service == "ssm" and action == "GetParameters":
        names = json.loads(body or b"{}").get("Names", [])
        if len(names) == 1:
            return f"arn:aws:ssm:{place}:parameter/{names[0].removeprefix('/')}"
    if service == "logs" and action in STREAM_ACTIONS and found != "*":
        return f"{found}:log-stream:{json.loads(body).get('logStreamName', '')}"
    if service == "events":
        rule = json.loads(body or b"{}").get("Rule") if action in TARGET_ACTIONS else None
        return f"arn:aws:events:{place}:rule/{rule}" if rule else found.replace(":rule/default/", ":rule/")
    if service == "ecs":
        return ecs_arn(action, json.loads(body or b"{}"), f"arn:aws:ecs:{place}", found)
    return found


def ecs_arn(action: str, asked: dict[str, Any], prefix: str, found: str) -> str:
    """Calls about tasks and instances, which MiniStack holds to be about their cluster."""
    cluster = asked.get("cluster", "default").rpartition("/")[2]
    if action == "RunTask":
        return _named(asked.get("taskDefinition", ""), f"{prefix}:task-definition/")
    if action in ("StopTask", "DescribeTasks"):
        tasks = asked.get("tasks", [asked.get("task", "")])
        return _named(tasks[0], f"{prefix}:task/{cluster}/") if len(tasks) == 1 else "*"
    if action == "ListTasks":
        return _named(asked.get("containerInstance", "*"), f"{prefix}:container-instance/{cluster}/")
    if action == "UpdateContainerInstancesState":
        instances = asked.get("containerInstances", [])
        return _named(instances[0], f"{prefix}:container-instance/{cluster}/") if len(instances) == 1 else "*"
    if action in ("TagResource", "UntagResource", "ListTagsForResource"):
        return str(asked.get("resourceArn", "*"))
    return found


def _named(name: str, prefix: str) -> str:
    """What is given by its ARN or by its name alone."""
    return name if name.startswith("arn:") else prefix + name


def context(
    original: Callable[..., dict[str, Any]], service: str, iam_action: str, body: bytes, params: dict[str, Any]
) -> dict[str, Any]:
    """The condition keys of a call; of one to ECS the cluster that it names."""
    found = original(service, iam_action, body, params)
    asked = json.loads(body) if service == "ecs" and body else {}
    if "cluster" in asked:
        from ministack.core.responses import get_account_id, get_region

        found = {
            **found,
            "ecs:cluster": _named(asked["cluster"], f"arn:aws:ecs:{get_region()}:{get_account_id()}:cluster/"),
        }
    return found


def condition_key(original: Callable[..., Any], key: str, asked: iam_evaluator.EvalContext) -> Any:
    """The value of a condition's key. Who assumed a role calls as that role, whatever the session is called."""
    value = original(key, asked)
    if key.lower() == "aws:principalarn" and ":assumed-role/" in str(value):
        partition, account = value.split(":")[1], value.split(":")[4]
        return f"arn:{partition}:iam::{account}:role/{value.split('/')[1]}"
    return value
