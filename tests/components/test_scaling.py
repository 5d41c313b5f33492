"""What scaling becomes: policies, alarms and actions, and which of the module's variants owns what."""

from __future__ import annotations

from typing import Any

import pytest
from descriptions import check, messages, render

from ecsgen import application


def inputs(scaling: dict[str, Any], **service: Any) -> Any:
    """The module's inputs of a service that scales so."""
    web = {"image": "a:1", "port": 80, "http": {}, "scaling": scaling, **service}
    examined = check({"name": "shop", "region": "eu-west-1", "services": {"web": web}})
    assert not examined.errors, [str(problem) for problem in examined.errors]
    return application.resolve(examined.environments["default"], "default", {}).services[0].autoscaling


@pytest.mark.parametrize(
    ("others", "target"),
    [
        ({}, 75),
        ({"cpu": 60}, 60),
        ({"memory": 60}, None),
        ({"metric": {"namespace": "A", "name": "B", "target": 1}}, None),
        ({"steps": [{"name": "a", "metric": "memory", "above": 80, "change": 1}]}, None),
        ({"schedule": [{"name": "a", "cron": "0 8 * * *", "min": 1}]}, 75),
        ({"cpu": 60, "metric": {"namespace": "A", "name": "B", "target": 1}}, 60),
    ],
)
def test_cpu_is_the_metric_when_no_other_is_given(others: dict[str, Any], target: int | None) -> None:
    assert inputs({"max": 5, **others}).cpu_target == target


@pytest.mark.parametrize(
    ("bounds", "module", "ignored"),
    [
        ([], "autoscaling", ""),
        ([{"min": 1}], "autoscaling_scheduled_min", "min_capacity"),
        ([{"max": 9}], "autoscaling_scheduled_max", "max_capacity"),
        ([{"min": 1, "max": 9}], "autoscaling_scheduled", "min_capacity, max_capacity"),
        ([{"min": 1}, {"max": 9}], "autoscaling_scheduled", "min_capacity, max_capacity"),
    ],
)
def test_terraform_ignores_the_bounds_that_a_schedule_owns_and_no_other(
    bounds: list[dict[str, int]], module: str, ignored: str
) -> None:
    schedule = [{"name": f"a{index}", "cron": f"0 {index} * * *", **item} for index, item in enumerate(bounds)]
    web = {"image": "a:1", "scaling": {"max": 5, "schedule": schedule}}
    files = render({"name": "shop", "region": "eu-west-1", "services": {"web": web}})
    assert f'source = "../modules/{module}"' in " ".join(files["default/service_web.tf"].split())
    assert f"ignore_changes = [{ignored}]\n" in files[f"modules/{module}/main.tf"]


def test_a_change_is_the_same_however_it_is_written() -> None:
    short = {"name": "a", "metric": "cpu", "above": 80, "change": "+2"}
    long = {"name": "a", "metric": "cpu", "above": 80, "adjustments": [{"from": 80, "change": 2}]}
    open_ended = {"name": "a", "metric": "cpu", "above": 80, "adjustments": [{"change": 2}]}
    assert inputs({"max": 5, "steps": [short]}) == inputs({"max": 5, "steps": [open_ended]})
    assert inputs({"max": 5, "steps": [long]}).steps["a"]["adjustments"] == [{"from": 80, "change": 2}]


@pytest.mark.parametrize(
    ("written", "kind", "amount"),
    [
        ("+2", "ChangeInCapacity", 2),
        ("2", "ChangeInCapacity", 2),
        ("+50%", "PercentChangeInCapacity", 50),
        ("=4", "ExactCapacity", 4),
        ("=0", "ExactCapacity", 0),
    ],
)
def test_changes(written: str, kind: str, amount: int) -> None:
    step = inputs({"max": 5, "steps": [{"name": "a", "metric": "cpu", "above": 80, "change": written}]}).steps["a"]
    assert (step["adjustment_type"], step["adjustments"][0]["change"]) == (kind, amount)


def test_ranges_are_in_ascending_order() -> None:
    adjustments = [{"change": -1}, {"to": 0.1, "change": -3}, {"to": 0.2, "change": -2}]
    own = {"namespace": "Shop", "name": "Depth"}
    step = inputs({"max": 5, "steps": [{"name": "a", "metric": own, "below": 0.3, "adjustments": adjustments}]}).steps[
        "a"
    ]
    assert step["comparison_operator"] == "LessThanOrEqualToThreshold"
    assert step["adjustments"] == [{"to": 0.1, "change": -3}, {"to": 0.2, "change": -2}, {"change": -1}]


def test_cooldowns_are_each_policys_own() -> None:
    found = inputs(
        {
            "max": 5,
            "cooldown": {"in": "10m", "out": 30},
            "metric": [
                {"namespace": "A", "name": "B", "target": 1, "cooldown": {"in": 0}},
                {"namespace": "A", "name": "C", "target": 1},
            ],
            "steps": [
                {"name": "up", "metric": "memory", "above": 80, "change": 1},
                {"name": "own", "metric": "cpu", "above": 80, "change": 1, "cooldown": 0},
            ],
        }
    )
    assert (found.scale_in_cooldown, found.scale_out_cooldown) == (600, 30)
    assert found.metrics["B"]["scale_in_cooldown"] == 0
    assert "scale_out_cooldown" not in found.metrics["B"]
    assert "scale_in_cooldown" not in found.metrics["C"]
    assert ("cooldown" in found.steps["up"], found.steps["own"]["cooldown"]) == (False, 0)


def test_two_metrics_of_one_name_get_names_that_do_not_depend_on_their_order() -> None:
    one = {"namespace": "A", "name": "B", "target": 1}
    other = {**one, "dimensions": {"Stage": "a"}}
    first, second = inputs({"max": 5, "metric": [one, other]}), inputs({"max": 5, "metric": [other, one]})
    assert first == second
    assert len(first.metrics) == 2
    assert all(name.startswith("B-") for name in first.metrics)


def test_requests_are_counted_for_steps_too() -> None:
    steps = [{"name": "a", "metric": "requests", "above": 80, "change": 1}]
    assert inputs({"max": 5, "steps": steps}).counts_requests
    assert not inputs({"max": 5}).counts_requests


def test_policies_that_agree_are_no_problem() -> None:
    scaling = {
        "max": 20,
        "cpu": 60,
        "steps": [{"name": "burst", "metric": "cpu", "above": 80, "change": 2}],
        "schedule": [
            {"name": "day", "cron": "0 8 * * *", "min": 3, "max": 20},
            {"name": "night", "cron": "0 20 * * *", "min": 1, "max": 4},
        ],
    }
    assert (
        messages({"name": "shop", "region": "eu-west-1", "services": {"web": {"image": "a:1", "scaling": scaling}}})
        == []
    )


def rendered(queue: dict[str, Any], **scaling: Any) -> tuple[dict[str, str], str]:
    """The files of a service that works off a queue, and its own without repeated blanks."""
    worker = {"image": "a:1", "env": {"A": "b", "Z": "z"}, "scaling": {"max": 5, "queue": queue, **scaling}}
    files = render({"name": "shop", "region": "eu-west-1", "services": {"worker": worker}})
    return files, " ".join(files["default/service_worker.tf"].split())


def test_a_queue_is_made_for_the_service() -> None:
    files, text = rendered({"backlog": 100})
    assert 'source = "../modules/queue" name = "shop-default-worker"' in text
    assert "modules/queue/main.tf" in files
    assert 'environment = { A = "b" QUEUE_URL = module.worker_queue.url Z = "z" }' in text
    assert "resources = [module.worker_queue.arn]" in text
    assert "queue = { name = module.worker_queue.name backlog = 100 }" in text
    assert "cpu_target" not in text


def test_a_queue_that_is_there_is_not_made() -> None:
    files, text = rendered({"backlog": 100, "name": "orders", "env": "ORDERS"})
    assert 'data "aws_sqs_queue" "worker" { name = "orders" }' in text
    assert "ORDERS = data.aws_sqs_queue.worker.url" in text
    assert "resources = [data.aws_sqs_queue.worker.arn]" in text
    assert 'queue = { name = "orders" backlog = 100 }' in text
    assert "modules/queue/main.tf" not in files


@pytest.mark.parametrize(("partition", "domain"), [("aws", "amazonaws.com"), ("aws-cn", "amazonaws.com.cn")])
def test_a_queue_by_its_arn(partition: str, domain: str) -> None:
    arn = f"arn:{partition}:sqs:eu-west-1:123456789012:orders.fifo"
    _, text = rendered({"backlog": 1.5, "arn": arn})
    assert f'QUEUE_URL = "https://sqs.eu-west-1.{domain}/123456789012/orders.fifo"' in text
    assert f'resources = ["{arn}"]' in text
    assert 'queue = { name = "orders.fifo" backlog = 1.5 }' in text
    assert "data " not in text


def test_a_queue_of_ones_own_terraform() -> None:
    _, text = rendered({"backlog": 5, "arn": {"ref": "aws_sqs_queue.orders.arn"}})
    assert 'data "aws_sqs_queue" "worker" { name = element(split(":", aws_sqs_queue.orders.arn), 5) }' in text
    assert "QUEUE_URL = data.aws_sqs_queue.worker.url" in text
    assert "resources = [aws_sqs_queue.orders.arn]" in text
    assert "queue = { name = data.aws_sqs_queue.worker.name backlog = 5 }" in text


def test_a_task_may_do_with_its_queue_what_it_needs_and_no_more() -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    description = check(
        {
            "name": "shop",
            "region": "eu-west-1",
            "services": {"worker": {"image": "a:1", "scaling": {"max": 5, "queue": {"backlog": 1, "kms_key": key}}}},
        }
    ).environments["default"]
    first, second = application.resolve(description, "default", {}).services[0].task.statements
    assert first["actions"] == [
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
        "sqs:ReceiveMessage",
    ]
    assert [str(resource) for resource in first["resources"]] == ["module.worker_queue.arn"]
    assert second == {"effect": "Allow", "actions": ["kms:Decrypt"], "resources": [key]}


def test_a_queue_can_scale_from_nothing() -> None:
    scaling = {"min": 0, "max": 5, "queue": {"backlog": 10}}
    assert (
        messages({"name": "shop", "region": "eu-west-1", "services": {"a": {"image": "a:1", "scaling": scaling}}}) == []
    )
