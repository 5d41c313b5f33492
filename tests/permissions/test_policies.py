"""Every role of the application: who may take it, and all that it may do. Read from IAM as it was applied."""

from __future__ import annotations

import pytest
from allowed import ALLOWED, of, role
from strict import ACCOUNT, REGION, Account

pytestmark = [pytest.mark.terraform, pytest.mark.xdist_group("permissions")]


def test_there_is_no_role_beside_these(account: Account) -> None:
    found = {one["RoleName"] for one in account.client("iam").list_roles()["Roles"]}
    assert found == {role(kind) for kind in ALLOWED}


@pytest.mark.parametrize("kind", ALLOWED)
def test_a_role_may_do_what_there_is_a_reason_for(account: Account, kind: str) -> None:
    assert account.actions(role(kind)) == set(ALLOWED[kind])


@pytest.mark.parametrize("kind", ALLOWED)
def test_one_service_takes_the_role_and_only_for_this_account(account: Account, kind: str) -> None:
    service, condition = of(kind)
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    document = account.trust(role(kind))
    assert document["Statement"] == [statement if condition is None else {**statement, "Condition": condition}]


SOURCES = {
    "web-task": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/shop-default/1",
    "clean-schedule": f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule-group/default",
    "report-runs": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:shop-default-report",
    "flow-logs": f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc-flow-log/fl-1",
}


@pytest.mark.parametrize("kind", SOURCES)
def test_a_service_that_acts_for_another_account_does_not_get_the_role(account: Account, kind: str) -> None:
    """By the emulator's evaluator: nobody can call it as a service."""
    name, source = role(kind), SOURCES[kind]
    assert account.trusts(name, aws__SourceAccount=ACCOUNT, aws__SourceArn=source)
    others = source.replace(ACCOUNT, "444455556666")
    assert not account.trusts(name, aws__SourceAccount="444455556666", aws__SourceArn=others)
    assert not account.trusts(name)


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ("clean-schedule", f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule-group/others"),
        ("clean-schedule", f"arn:aws:scheduler:us-east-1:{ACCOUNT}:schedule-group/default"),
        ("report-runs", f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:others"),
        ("flow-logs", f"arn:aws:ec2:us-east-1:{ACCOUNT}:vpc-flow-log/fl-1"),
    ],
)
def test_nor_does_something_else_of_this_account(account: Account, kind: str, source: str) -> None:
    """By the emulator's evaluator."""
    assert not account.trusts(role(kind), aws__SourceAccount=ACCOUNT, aws__SourceArn=source)
