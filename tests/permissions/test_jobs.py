"""What starts a job by itself: the role of its schedule, and that of the state machine where something is to be watched."""

from __future__ import annotations

import json

import pytest
from strict import ACCOUNT, CLUSTER, REGION, Account, definition, queue

pytestmark = [pytest.mark.terraform, pytest.mark.xdist_group("permissions")]

STARTS_CLEAN = "shop-default-clean-schedule"
STARTS_REPORT = "shop-default-report-schedule"
RUNS_REPORT = "shop-default-report-runs"
STATE_MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:shop-default-report"
STARTERS = [(STARTS_CLEAN, "clean"), (RUNS_REPORT, "report")]
"""Who sends RunTask, and for which job."""

each_starter = pytest.mark.parametrize(("role", "job"), STARTERS, ids=["schedule", "state machine"])


@each_starter
def test_it_starts_any_revision_of_its_job_in_its_cluster(account: Account, role: str, job: str) -> None:
    starter, own = account.assume(role), definition(account, job)
    assert starter.may("ecs", "run_task", cluster=CLUSTER, taskDefinition=own)
    assert starter.may("ecs", "run_task", cluster=CLUSTER, taskDefinition=f"{own.rpartition(':')[0]}:99")


@each_starter
def test_it_starts_nothing_else_and_nowhere_else(account: Account, role: str, job: str) -> None:
    starter, own = account.assume(role), definition(account, job)
    for other in ("web", "report" if job == "clean" else "clean"):
        assert not starter.may("ecs", "run_task", cluster=CLUSTER, taskDefinition=definition(account, other))
    assert not starter.may("ecs", "run_task", cluster="others", taskDefinition=own)
    assert not starter.may("ecs", "run_task", taskDefinition=own)
    assert not starter.may("ecs", "register_task_definition", family=f"shop-default-{job}", containerDefinitions=[])
    assert not starter.may("ecs", "update_service", cluster=CLUSTER, service="web", desiredCount=0)


@each_starter
def test_it_hands_the_two_roles_of_the_task_to_ecs_and_to_nobody_else(account: Account, role: str, job: str) -> None:
    """By the emulator's evaluator: its RunTask does not ask for iam:PassRole."""
    arn = f"arn:aws:iam::{ACCOUNT}:role/shop-default"
    for own in (f"{arn}-{job}-execution", f"{arn}-{job}-task"):
        assert account.allows(role, "iam:PassRole", own, iam__PassedToService="ecs-tasks.amazonaws.com")
        assert not account.allows(role, "iam:PassRole", own, iam__PassedToService="ec2.amazonaws.com")
    for other in (f"{arn}-web-task", f"{arn}-web-execution"):
        assert not account.allows(role, "iam:PassRole", other, iam__PassedToService="ecs-tasks.amazonaws.com")


@each_starter
def test_it_tags_a_task_only_while_it_starts_it(account: Account, role: str, job: str) -> None:
    """As a part of RunTask by the emulator's evaluator, for there it asks for nothing; by itself against its API."""
    task = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/shop-default/1"
    assert account.allows(role, "ecs:TagResource", task, ecs__CreateAction="RunTask")
    assert not account.allows(role, "ecs:TagResource", task, ecs__CreateAction="CreateService")
    other = task.replace("shop-default", "others")
    assert not account.allows(role, "ecs:TagResource", other, ecs__CreateAction="RunTask")
    assert not account.assume(role).may("ecs", "tag_resource", resourceArn=task, tags=[{"key": "a", "value": "b"}])


def test_a_schedule_with_a_state_machine_starts_that_one_and_no_task(account: Account) -> None:
    role = account.assume(STARTS_REPORT)
    assert role.may("stepfunctions", "start_execution", stateMachineArn=STATE_MACHINE)
    assert not role.may("stepfunctions", "start_execution", stateMachineArn=f"{STATE_MACHINE}-of-others")
    assert not role.may("stepfunctions", "describe_state_machine", stateMachineArn=STATE_MACHINE)
    assert not role.may("ecs", "run_task", cluster=CLUSTER, taskDefinition=definition(account, "report"))
    assert not account.assume(STARTS_CLEAN).may("stepfunctions", "start_execution", stateMachineArn=STATE_MACHINE)


def test_a_schedule_writes_to_its_own_dead_letter_queue(account: Account) -> None:
    own, other = queue(account, "shop-default-clean-undelivered"), queue(account, "shop-default-report-undelivered")
    role = account.assume(STARTS_CLEAN)
    assert role.may("sqs", "send_message", QueueUrl=own, MessageBody="x")
    assert not role.may("sqs", "send_message", QueueUrl=other, MessageBody="x")
    assert not role.may("sqs", "receive_message", QueueUrl=own)
    assert account.assume(STARTS_REPORT).may("sqs", "send_message", QueueUrl=other, MessageBody="x")


def test_nobody_else_writes_to_it_whatever_they_may(account: Account, almighty: str) -> None:
    role = account.assume(almighty)
    assert not role.may(
        "sqs", "send_message", QueueUrl=queue(account, "shop-default-clean-undelivered"), MessageBody="x"
    )
    assert role.may("sqs", "receive_message", QueueUrl=queue(account, "shop-default-clean-undelivered"))
    assert role.may("sqs", "send_message", QueueUrl=queue(account, "others"), MessageBody="x")


def test_the_state_machine_finds_sees_and_stops_tasks_of_its_cluster(account: Account) -> None:
    role, task = account.assume(RUNS_REPORT), f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/shop-default/1"
    assert role.may("ecs", "list_tasks", cluster=CLUSTER, family="shop-default-report")
    assert role.may("ecs", "describe_tasks", cluster=CLUSTER, tasks=[task])
    assert role.may("ecs", "stop_task", cluster=CLUSTER, task=task)
    assert not role.may("ecs", "list_tasks", cluster="others", family="shop-default-report")
    assert not role.may("ecs", "describe_tasks", cluster="others", tasks=[task])
    assert not role.may("ecs", "stop_task", cluster="others", task=task)
    assert not role.may("ecs", "list_services", cluster=CLUSTER)
    assert not role.may("ecs", "execute_command", cluster=CLUSTER, task=task, command="sh", interactive=True)


def test_the_state_machine_stops_no_task_of_a_service(account: Account) -> None:
    """By the emulator's evaluator: its tasks lack the tags that ECS gives them. Tasks of other jobs it may stop."""
    task = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/shop-default/1"
    tags = {"aws__ResourceTag/aws:ecs:clusterName": "shop-default"}
    assert account.allows(RUNS_REPORT, "ecs:StopTask", task, ecs__cluster=CLUSTER, **tags)
    tags["aws__ResourceTag/aws:ecs:serviceName"] = "web"
    assert not account.allows(RUNS_REPORT, "ecs:StopTask", task, ecs__cluster=CLUSTER, **tags)
    assert account.allows(RUNS_REPORT, "ecs:DescribeTasks", task, ecs__cluster=CLUSTER, **tags)


def test_the_state_machine_has_one_rule_by_which_it_hears_of_tasks(account: Account) -> None:
    role, rule = account.assume(RUNS_REPORT), "StepFunctionsGetEventsForECSTaskRule"
    target = [{"Id": "states", "Arn": STATE_MACHINE}]
    pattern = json.dumps({"source": ["aws.ecs"]})
    assert role.may("events", "put_rule", Name=rule, EventPattern=pattern)
    assert role.may("events", "put_targets", Rule=rule, Targets=target)
    assert role.may("events", "describe_rule", Name=rule)
    assert not role.may("events", "put_rule", Name="others", EventPattern=pattern)
    assert not role.may("events", "put_targets", Rule="others", Targets=target)
    assert not role.may("events", "delete_rule", Name=rule)


def test_the_state_machine_sets_up_its_logging(account: Account) -> None:
    """What belongs to no resource. Deliveries by the emulator's evaluator: no API that it has makes one."""
    role = account.assume(RUNS_REPORT)
    assert role.may("logs", "describe_log_groups")
    assert role.may("logs", "describe_resource_policies")
    assert role.may("logs", "put_resource_policy", policyName="states", policyDocument="{}")
    for action in ("Create", "Get", "Update", "Delete"):
        assert account.allows(RUNS_REPORT, f"logs:{action}LogDelivery", "*")
    assert account.allows(RUNS_REPORT, "logs:ListLogDeliveries", "*")
    group = "/aws/vendedlogs/states/shop-default-report"
    assert not role.may("logs", "create_log_stream", logGroupName=group, logStreamName="x")
    assert not role.may("logs", "delete_log_group", logGroupName=group)
    assert not role.may("logs", "delete_resource_policy", policyName="states")
