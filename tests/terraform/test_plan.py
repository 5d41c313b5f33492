"""Plans recorded from real runs, parsed and summarized: nothing risky is missed, no secret shows."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from ecsgen.errors import TerraformError
from ecsgen.terraform import plan, state
from ecsgen.terraform.consequences import of_deletion, of_replacement
from ecsgen.terraform.diff import AttributeChange
from ecsgen.terraform.events import Diagnostic
from ecsgen.terraform.plan import Action, Change, Plan
from ecsgen.terraform.summary import Summary, summarize

DATA = Path(__file__).parent / "data"
NAMES = ["create", "image", "risky", "tainted", "drift", "destroy"]


def raw(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((DATA / f"plan_{name}.json").read_text())
    return data


def recorded(name: str) -> Plan:
    return plan.parse(raw(name))


def text(summary: Summary) -> str:
    return "\n".join("  " * line.indent + line.text for line in summary.lines())


def change(type_: str, action: Action, **more: Any) -> Change:
    module, name = more.pop("module", "module.web_service"), more.pop("name", "this")
    return Change(f"{module}.{type_}.{name}", module, type_, name, None, action, **more)


def test_a_first_plan() -> None:
    parsed = recorded("create")
    assert {item.action for item in parsed.changes} == {Action.CREATE}
    assert (len(parsed.changes), parsed.operations, parsed.is_empty) == (19, 19, False)
    summary = summarize(parsed)
    assert summary.counts == {"create": 19}
    assert summary.headline == "19 to create, 2 outputs to change"
    assert text(summary).startswith("Created\n  service web\n")
    assert not summary.is_risky


def test_a_new_image_is_shown_as_that() -> None:
    summary = summarize(recorded("image"))
    assert (
        text(summary)
        == """\
Restarted: the tasks are replaced, a few at a time
  service web rolls its tasks
    availability_zone_rebalancing: DISABLED (new)
    task_definition: arn:aws:ecs:eu-west-1:123456789012:task-definition/hello-default-web:1 -> (known after apply)
  task definition of web: new revision
    container_definitions.web.environment.GREETING: changes (not shown)
    container_definitions.web.environment.NEW: (not shown) (new)
    container_definitions.web.image: hello/web@sha256:aaaa -> hello/web@sha256:bbbb
    container_definitions.web.secrets.DB.valueFrom: arn:aws:ssm:eu-west-1:123456789012:parameter/db \
-> arn:aws:ssm:eu-west-1:123456789012:parameter/db2
  task definition of worker 0: new revision
    container_definitions.web.image: hello/web@sha256:aaaa -> hello/web@sha256:bbbb
Changed in place
  execution role policy of web
    policy.Statement.Secrets.Resource: ["arn:aws:ssm:eu-west-1:123456789012:parameter/db"] \
-> ["arn:aws:ssm:eu-west-1:123456789012:parameter/db2"]
Outputs
  image: hello/web@sha256:aaaa -> hello/web@sha256:bbbb
Plan: 1 to roll out, 2 to revise, 1 to change, 1 output to change."""
    )
    assert not summary.is_risky


def test_what_is_replaced_and_destroyed_comes_first_with_cause_and_consequence() -> None:
    summary = summarize(recorded("risky"))
    assert summary.is_risky
    assert [group.key for group in summary.groups] == ["danger", "update"]
    assert [entry.text for entry in summary.groups[0].entries] == [
        "service web is replaced because name changes: it is down until the tasks of the new one are healthy, 2 to 5 minutes as a rule",
        "log group of worker 0 is destroyed because it is no longer described: its logs are deleted",
        "target group of web is replaced because name changes: "
        "requests get 503 until tasks are registered with the new one, 1 to 3 minutes as a rule",
        "execution role of worker 0 is destroyed because it is no longer described",
        "execution role policy of worker 0 is destroyed because it is no longer described",
        "security group of web is replaced because name changes",
        "task definition of worker 0 is destroyed because it is no longer described",
    ]
    assert summary.counts == {"replace": 3, "destroy": 4, "update": 2}
    assert "value: changes (sensitive)" in text(summary)
    assert {line.style for line in summary.lines()} == {"title", "danger", "change", "plain"}


def test_a_tainted_service_says_why_it_is_replaced() -> None:
    parsed = recorded("tainted")
    assert [(item.address, item.reason) for item in parsed.changes] == [
        ("module.web_service.aws_ecs_service.this", "replace_because_tainted")
    ]
    assert parsed.operations == 2
    assert "is replaced because its creation failed the last time" in text(summarize(parsed))


def test_of_what_changed_outside_only_what_the_plan_sets_back_is_shown() -> None:
    parsed = recorded("drift")
    assert {item.type for item in parsed.drift} == {"aws_ecs_service", "aws_iam_role"}
    drift = summarize(parsed).drift
    assert [(item.label, item.attributes) for item in drift] == [
        ("service web", (AttributeChange("desired_count", "1", "4"),))
    ]
    assert "  service web\n    desired_count: 1 -> 4\n" in text(summarize(parsed))


def test_what_was_deleted_outside_is_shown() -> None:
    group = change("aws_lb_target_group", Action.DELETE)
    again = change("aws_lb_target_group", Action.CREATE)
    assert "  target group of web is gone\n" in text(summarize(Plan((again,), drift=(group,))))


def test_a_plan_to_destroy() -> None:
    summary = summarize(recorded("destroy"))
    assert summary.counts == {"destroy": 19}
    assert summary.groups[0].entries[0].text == "service web is destroyed: its tasks are stopped"


@pytest.mark.parametrize("name", NAMES)
def test_no_secret_shows(name: str) -> None:
    summary = summarize(recorded(name))
    shown = text(summary) + json.dumps(summary.data())
    for secret in ("tok-1", "tok-2", '"hi"', ": hi"):
        assert secret not in shown


@pytest.mark.parametrize("name", NAMES)
def test_every_change_is_in_the_data_and_in_the_text(name: str) -> None:
    summary = summarize(recorded(name))
    data = summary.data()
    listed = [item["address"] for group in data["groups"] for item in group["changes"]]
    wanted = [item["address"] for item in raw(name)["resource_changes"] if item["change"]["actions"] != ["no-op"]]
    assert sorted(listed) == sorted(wanted)
    assert sum(summary.counts.values()) == len(wanted)
    for group in summary.groups:
        for entry in group.entries:
            assert entry.headline in text(summary)
    assert json.loads(json.dumps(data)) == data


def test_an_empty_plan() -> None:
    data = raw("drift")
    data["resource_changes"] = [item for item in data["resource_changes"] if item["change"]["actions"] == ["no-op"]]
    data["resource_changes"].append({**data["resource_changes"][0], "mode": "data", "change": {"actions": ["read"]}})
    parsed = plan.parse(data)
    assert parsed.is_empty
    assert [(line.text, line.style) for line in summarize(parsed).lines()] == [("Plan: nothing to change.", "title")]


def test_only_an_output_changes() -> None:
    data = raw("image")
    data["resource_changes"] = []
    parsed = plan.parse(data)
    assert not parsed.is_empty
    assert summarize(parsed).headline == "1 output to change"


def test_a_moved_or_imported_resource_is_not_nothing() -> None:
    data = raw("drift")
    item = next(item for item in data["resource_changes"] if item["change"]["actions"] == ["no-op"])
    moved, imported = copy.deepcopy(item), copy.deepcopy(item)
    moved["previous_address"] = "aws_ecs_cluster.old"
    imported["change"]["importing"] = {"id": "hello"}
    data["resource_changes"] = [item, moved, imported]
    parsed = plan.parse(data)
    assert not parsed.is_empty
    entries = summarize(parsed).groups[0].entries
    assert [entry.text.split(" ", 1)[1] for entry in entries] == ["is imported", "moves here from aws_ecs_cluster.old"]


@pytest.mark.parametrize(
    ("actions", "action", "first"),
    [
        (["delete", "create"], Action.REPLACE, False),
        (["create", "delete"], Action.REPLACE, True),
        (["create", "forget"], Action.CREATE, False),
        (["forget"], Action.FORGET, False),
        (["open"], Action.NO_OP, False),
    ],
)
def test_actions(actions: list[str], action: Action, first: bool) -> None:
    item = {"address": "x", "change": {"actions": actions}, "previous_address": "y"}
    parsed = plan.parse({"format_version": "1.2", "resource_changes": [item]}).changes[0]
    assert (parsed.action, parsed.create_before_destroy) == (action, first)


def test_a_service_of_which_only_tags_change_does_not_roll() -> None:
    def update(*paths: str) -> Change:
        attributes = tuple(AttributeChange(path, "a", "b") for path in paths)
        return change("aws_ecs_service", Action.UPDATE, attributes=attributes)

    assert summarize(Plan((update("tags.team"),))).counts == {"update": 1}
    assert summarize(Plan((update("tags.team", "desired_count"),))).counts == {"restart": 1}
    assert summarize(Plan((update(),))).counts == {"restart": 1}


@pytest.mark.parametrize(
    ("type_", "first", "said"),
    [
        (
            "aws_lb",
            False,
            "its address changes, and nothing answers until the new one is there, 2 to 5 minutes as a rule",
        ),
        ("aws_lb", True, "its address changes, and what asks for the old one is not answered any more"),
        ("aws_lb_listener", False, "what it serves is not answered for some seconds"),
        ("aws_lb_listener", True, "the new one is created first"),
        ("aws_security_group", True, "the new one is created first"),
        ("aws_security_group", False, ""),
    ],
)
def test_what_a_replacement_interrupts_depends_on_the_order(type_: str, first: bool, said: str) -> None:
    assert of_replacement(change(type_, Action.REPLACE, create_before_destroy=first)) == said


@pytest.mark.parametrize(
    ("type_", "said"),
    [
        ("aws_eip", "the address is given back, and does not come again"),
        ("aws_lb_listener", "nothing answers on its port"),
        ("aws_route53_record", "the name leads nowhere"),
        ("aws_sqs_queue", "the messages in it are deleted"),
        ("aws_security_group", ""),
    ],
)
def test_what_is_lost_with_a_resource(type_: str, said: str) -> None:
    assert of_deletion(change(type_, Action.DELETE), Plan(())) == said


def test_a_record_that_validates_leads_nowhere_anyway() -> None:
    record = change("aws_route53_record", Action.DELETE, name="validation")
    assert of_deletion(record, Plan(())) == (
        "no certificate for the name is issued or renewed, in another environment neither, until its next apply"
    )


def test_a_service_that_goes_while_another_comes_is_announced_as_a_rename_is() -> None:
    gone = change("aws_ecs_service", Action.DELETE, reason="delete_because_no_module")
    new = change("aws_ecs_service", Action.CREATE, module="module.site_service")
    other = change("aws_ecs_service", Action.UPDATE, module="module.api_service")
    assert summarize(Plan((gone, other))).groups[0].entries[0].text == (
        "service web is destroyed because it is no longer described: its tasks are stopped"
    )
    assert summarize(Plan((gone, new, other))).groups[0].entries[0].text == (
        "service web is destroyed because it is no longer described: its tasks are stopped; "
        "if service site is to take its place, nothing answers until the tasks of that are healthy, "
        "2 to 5 minutes as a rule: to avoid it, add the new one first and remove the old one later"
    )


def test_a_listener_that_is_created_first_interrupts_nothing() -> None:
    def said(type_: str, first: bool) -> str:
        replaced = change(type_, Action.REPLACE, create_before_destroy=first)
        return summarize(Plan((replaced,))).groups[0].entries[0].consequence

    for type_ in ("aws_lb_listener", "aws_lb_listener_rule"):
        assert said(type_, True) == "the new one is created first"
        assert said(type_, False).endswith("for some seconds")
    assert said("aws_lb", True).startswith("its address changes")


def test_another_protocol_in_service_connect_is_announced_as_refused() -> None:
    def warnings(before: dict[str, Any], after: dict[str, Any]) -> tuple[str, ...]:
        def side(port: dict[str, Any]) -> dict[str, Any]:
            container = {"name": "web", "portMappings": [{"containerPort": 80, "hostPort": 80, **port}]}
            return {"container_definitions": json.dumps([container])}

        values = {
            "actions": ["delete", "create"],
            "before": side(before),
            "after": side(after),
            "replace_paths": [["container_definitions"]],
        }
        item = {"address": "module.web_task.aws_ecs_task_definition.this", "module_address": "module.web_task"}
        data = [{**item, "type": "aws_ecs_task_definition", "name": "this", "change": values}]
        return summarize(plan.parse({"format_version": "1.2", "resource_changes": data})).warnings

    tcp, http, grpc = {"name": "web"}, {"name": "web", "appProtocol": "http"}, {"name": "web", "appProtocol": "grpc"}
    refused = (
        "task definition of web: ECS refuses another protocol of a port that is in Service Connect; "
        "write connect: false, apply, and then the new protocol",
    )
    for before, after in ((http, grpc), (tcp, http), (http, tcp)):
        assert warnings(before, after) == refused
    for before, after in (({}, http), (http, {}), (http, http), ({}, tcp)):
        assert warnings(before, after) == ()


def test_a_capacity_provider_that_goes_while_a_service_leaves_it_is_announced_as_refused() -> None:
    def leaves(name: str, provider: str) -> Change:
        attributes = (
            AttributeChange(f"capacity_provider_strategy.{provider}", '{"weight": 1}', None),
            AttributeChange("capacity_provider_strategy.FARGATE_SPOT", None, '{"weight": 1}'),
        )
        return change("aws_ecs_service", Action.UPDATE, module=f"module.{name}_service", attributes=attributes)

    gone = change("aws_ecs_capacity_provider", Action.DELETE, module="module.ec2_capacity")
    assert summarize(Plan((gone, leaves("web", "ec2-crew"), leaves("api", "FARGATE")))).warnings == (
        "capacity provider of ec2 capacity goes while service web still runs on it: AWS refuses that, and the apply "
        "fails after 10 minutes; keep it, apply, and then remove it",
    )
    assert summarize(Plan((gone, leaves("api", "FARGATE")))).warnings == ()
    assert summarize(Plan((leaves("web", "ec2-crew"),))).warnings == ()


def test_long_changes_are_cut_in_text_but_not_in_data() -> None:
    attributes = tuple(AttributeChange(f"a{number}", "x", "y") for number in range(12))
    summary = summarize(Plan((change("aws_lb", Action.UPDATE, attributes=attributes),)))
    assert "    and 4 more\n" in text(summary)
    assert len(summary.data()["groups"][0]["changes"][0]["attributes"]) == 12


def test_warnings_and_a_plan_that_is_not_complete() -> None:
    parsed = plan.parse({"format_version": "1.2", "complete": False}, (Diagnostic("warning", "Old", "Do better."),))
    lines = text(summarize(parsed))
    assert "Warning: Old Do better." in lines
    assert "Terraform puts a part off" in lines


@pytest.mark.parametrize("version", ["2.0", ""])
def test_a_format_from_the_future(version: str) -> None:
    with pytest.raises(TerraformError, match="its format is"):
        plan.parse({"format_version": version})


def test_a_plan_that_failed() -> None:
    with pytest.raises(TerraformError, match="plan again"):
        plan.parse({"format_version": "1.2", "errored": True})


def test_the_state() -> None:
    managed = state.parse(json.loads((DATA / "state_tainted.json").read_text()))
    assert len(managed) == 19
    assert [item.address for item in managed] == sorted(item.address for item in managed)
    assert [(item.address, item.label) for item in managed if item.tainted] == [
        ("module.web_service.aws_ecs_service.this", "service web")
    ]
    assert state.parse({}) == ()
    with pytest.raises(TerraformError, match="its version is 5"):
        state.parse({"version": 5})


@pytest.mark.parametrize(
    ("key", "address"),
    [
        (0, "module.m.t.n[0]"),
        ("a", 'module.m.t.n["a"]'),
        ('"${x}é', 'module.m.t.n["\\"$${x}é"]'),
        (None, "module.m.t.n"),
    ],
)
def test_the_address_of_an_instance(key: str | int | None, address: str) -> None:
    instance = {} if key is None else {"index_key": key}
    item = {"module": "module.m", "mode": "managed", "type": "t", "name": "n"}
    data = {"version": 4, "resources": [{**item, "instances": [instance, {**instance, "deposed": "1"}]}]}
    assert [managed.address for managed in state.parse(data)] == [address]
