"""Jobs before a deployment: when they are due, and that nothing is applied which was not announced."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from descriptions import check

from ecsgen import application
from ecsgen.errors import TerraformError
from ecsgen.pipeline import before
from ecsgen.terraform import Action, Plan
from ecsgen.terraform.diff import AttributeChange
from ecsgen.terraform.plan import Change

DESCRIPTION = """
name: books
region: eu-west-1
services:
  web: {image: "a:1", deploy: {before: migrate}}
  web-admin: {image: "a:1", deploy: {before: migrate}}
  worker: {image: "a:1", deploy: {before: warm-up}}
  plain: {image: "a:1"}
jobs:
  migrate: {image: "a:1"}
  warm-up: {image: "a:1"}
"""


@pytest.fixture
def target() -> Any:
    found = check(DESCRIPTION)
    assert not found.errors
    return SimpleNamespace(application=application.resolve(found.environments["default"], "default", {}))


def change(module: str, type_: str, action: Action = Action.UPDATE, *paths: str) -> Change:
    attributes = tuple(AttributeChange(path, "a", "b") for path in paths)
    return Change(
        f"module.{module}.{type_}.this", f"module.{module}", type_, "this", None, action, attributes=attributes
    )


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        ([], {}),
        ([change("plain_service", "aws_ecs_service")], {}),
        ([change("web_service", "aws_ecs_service", Action.CREATE)], {"migrate": ["web"]}),
        ([change("web_task", "aws_ecs_task_definition", Action.REPLACE)], {"migrate": ["web"]}),
        ([change("web_service", "aws_ecs_service", Action.UPDATE, "desired_count")], {"migrate": ["web"]}),
        ([change("web_service", "aws_ecs_service", Action.UPDATE, "tags.team")], {}),
        ([change("web_service", "aws_ecs_service", Action.DELETE)], {}),
        ([change("web_service", "aws_security_group")], {}),
        ([change("migrate_task", "aws_ecs_task_definition", Action.REPLACE)], {}),
        (
            [change("web_admin_service", "aws_ecs_service"), change("web_task", "aws_ecs_task_definition")],
            {"migrate": ["web", "web-admin"]},
        ),
        (
            [change("worker_service", "aws_ecs_service"), change("web_service", "aws_ecs_service")],
            {"migrate": ["web"], "warm-up": ["worker"]},
        ),
    ],
)
def test_a_job_is_due_when_a_service_that_waits_for_it_is_deployed(
    target: Any, changes: list[Change], due: dict[str, list[str]]
) -> None:
    assert before.due(target, Plan(tuple(changes))) == due


def test_less_than_was_announced_may_be_applied() -> None:
    service, task = change("web_service", "aws_ecs_service"), change("migrate_task", "aws_ecs_task_definition")
    read = change("web_task", "aws_secretsmanager_secret", Action.READ)
    before.require_announced(Plan((service, task)), Plan((service, read)))


@pytest.mark.parametrize(
    "more",
    [change("network", "aws_vpc", Action.REPLACE), change("web_service", "aws_ecs_service", Action.REPLACE)],
)
def test_nothing_else_may_be(more: Change) -> None:
    agreed = Plan((change("web_service", "aws_ecs_service"),))
    with pytest.raises(TerraformError, match="the plan is another one now, and no service was changed"):
        before.require_announced(agreed, Plan((*agreed.changes, more)))


def test_what_runs_first_is_announced() -> None:
    assert before.announcement({"migrate": ["api", "web"]}) == [
        "migrate runs first, and must end well before api and web are deployed"
    ]
