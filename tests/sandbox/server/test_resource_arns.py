"""What a call is about where policies are enforced: the service authorization reference, and MiniStack's own answer beside it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ministack.core import iam_actions, iam_evaluator
from ministack.core.iam_evaluator import EvalContext

from ecsgen.sandbox.server.patches import resource_arns

PLACE = "eu-west-1:111122223333"
ECS = f"arn:aws:ecs:{PLACE}"
TASK = f"{ECS}:task/shop/1"


def both(service: str, action: str, asked: dict[str, Any]) -> tuple[str, str]:
    """The ARN with the patch, and without it."""
    original = iam_actions.extract_resource_arn
    headers = {"x-amz-target": f"Service.{action}"}
    call = (service, "POST", "/", headers, json.dumps(asked).encode(), {}, "eu-west-1", "111122223333")
    return resource_arns.arn(original, *call), original(*call)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("service", "action", "asked", "expected"),
    [
        ("ssm", "GetParameters", {"Names": ["/a/b"]}, f"arn:aws:ssm:{PLACE}:parameter/a/b"),
        (
            "logs",
            "PutLogEvents",
            {"logGroupName": "/a", "logStreamName": "b"},
            f"arn:aws:logs:{PLACE}:log-group:/a:log-stream:b",
        ),
        ("logs", "DescribeLogStreams", {"logGroupName": "/a"}, f"arn:aws:logs:{PLACE}:log-group:/a:log-stream:"),
        ("events", "PutRule", {"Name": "a"}, f"arn:aws:events:{PLACE}:rule/a"),
        ("events", "PutTargets", {"Rule": "a"}, f"arn:aws:events:{PLACE}:rule/a"),
        ("ecs", "RunTask", {"cluster": "shop", "taskDefinition": "web:1"}, f"{ECS}:task-definition/web:1"),
        (
            "ecs",
            "RunTask",
            {"cluster": "shop", "taskDefinition": f"{ECS}:task-definition/web:1"},
            f"{ECS}:task-definition/web:1",
        ),
        ("ecs", "StopTask", {"cluster": f"{ECS}:cluster/shop", "task": "1"}, TASK),
        ("ecs", "DescribeTasks", {"cluster": "shop", "tasks": [TASK]}, TASK),
        ("ecs", "DescribeTasks", {"tasks": ["1"]}, f"{ECS}:task/default/1"),
        ("ecs", "DescribeTasks", {"cluster": "shop", "tasks": ["1", "2"]}, "*"),
        ("ecs", "ListTasks", {"cluster": "shop", "family": "web"}, f"{ECS}:container-instance/shop/*"),
        (
            "ecs",
            "UpdateContainerInstancesState",
            {"cluster": "shop", "containerInstances": ["1"]},
            f"{ECS}:container-instance/shop/1",
        ),
        ("ecs", "TagResource", {"resourceArn": TASK}, TASK),
    ],
)
def test_a_call_is_about_what_aws_says(service: str, action: str, asked: dict[str, Any], expected: str) -> None:
    found, ministacks = both(service, action, asked)
    assert found == expected
    assert ministacks != expected, "the patch can go"


def test_what_ministack_knows_stays_its_answer() -> None:
    for service, action, asked in (
        ("ecs", "RegisterContainerInstance", {"cluster": "shop"}),
        ("events", "PutRule", {"Name": "a", "EventBusName": "b"}),
        ("sqs", "SendMessage", {"QueueUrl": "http://localhost/111122223333/a"}),
    ):
        found, ministacks = both(service, action, asked)
        assert found == ministacks


@pytest.mark.parametrize("cluster", ["shop", f"{ECS}:cluster/shop"])
def test_the_cluster_is_a_condition_of_a_call_to_ecs(cluster: str) -> None:
    from ministack.core.responses import get_account_id, get_region

    def context(service: str, asked: dict[str, str]) -> dict[str, Any]:
        body = json.dumps(asked).encode()
        return resource_arns.context(iam_actions.request_tag_context, service, f"{service}:RunTask", body, {})

    found = context("ecs", {"cluster": cluster})["ecs:cluster"]
    named = f"arn:aws:ecs:{get_region()}:{get_account_id()}:cluster/shop"
    assert found == (cluster if cluster.startswith("arn:") else named)
    assert "ecs:cluster" not in context("ecs", {}) | context("sqs", {"cluster": cluster})


def test_a_batch_takes_the_permission_of_one() -> None:
    assert resource_arns.permission("sqs:DeleteMessageBatch") == "sqs:DeleteMessage"
    assert resource_arns.permission("sqs:DeleteMessage") == "sqs:DeleteMessage"
    assert resource_arns.permission("dynamodb:GetBatch") == "dynamodb:GetBatch"
    assert resource_arns.permission(None) is None


def test_who_assumed_a_role_calls_as_the_role() -> None:
    session = "arn:aws:sts::111122223333:assumed-role/report/1"
    asked = EvalContext(session, "AssumedRole", "111122223333", "sqs:SendMessage", "*", "eu-west-1")
    original = iam_evaluator._resolve_condition_key
    assert original("aws:PrincipalArn", asked) == session, "the patch can go"
    role = "arn:aws:iam::111122223333:role/report"
    assert resource_arns.condition_key(original, "aws:PrincipalArn", asked) == role
    assert resource_arns.condition_key(original, "aws:PrincipalAccount", asked) == "111122223333"
