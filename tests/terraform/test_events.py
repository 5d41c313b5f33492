"""The lines of `-json`, recorded from real runs, and the progress told from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ecsgen.progress import Event, Kind
from ecsgen.terraform import events
from ecsgen.terraform.events import Diagnostic, Note, Phase, PlannedChange, Resource, ResourceStep, Totals
from ecsgen.terraform.labels import label
from ecsgen.terraform.live import Progress

DATA = Path(__file__).parent / "data"
OUT = "outbound rule to anywhere of web"
NET = "inbound rule, network load balancer to tcp-80 of web"
IN = "inbound rule, load balancer to port 8080 of web"
FROM = "inbound rule, 10.0.0.0/8 to HTTP of load balancer"
LINES = (DATA / "apply.jsonl").read_text().splitlines()
SERVICE = Resource("module.web_service.aws_ecs_service.this", "module.web_service", "aws_ecs_service", "this", None)


def step(phase: Phase, action: str, elapsed: int = 0, resource: Resource = SERVICE) -> ResourceStep:
    return ResourceStep(phase, resource, action, elapsed)


def test_a_recorded_apply() -> None:
    parsed = [events.parse(line) for line in LINES]
    assert parsed[0] == Note("version", "Terraform 1.11.4")
    assert parsed[4] == PlannedChange(SERVICE, "create")
    subnet = Resource('module.network.aws_subnet.public["a"]', "module.network", "aws_subnet", "public", "a")
    assert step(Phase.COMPLETE, "create", 0, subnet) in parsed
    balancer = Resource("module.load_balancer.aws_lb.this", "module.load_balancer", "aws_lb", "this", None)
    assert [item for item in parsed if isinstance(item, ResourceStep) and item.resource == balancer] == [
        step(Phase.START, "create", 0, balancer),
        *(step(Phase.PROGRESS, "create", seconds, balancer) for seconds in (10, 20, 30, 40, 50, 60)),
        step(Phase.COMPLETE, "create", 60, balancer),
    ]
    assert parsed[-2] == Totals("apply", 19, 0, 0)
    assert None not in parsed


@pytest.mark.parametrize(
    ("line", "tells"),
    [
        ({"type": "version"}, False),
        ({"type": "refresh_start"}, False),
        ({"type": "change_summary", "changes": {"add": 0, "change": 0, "remove": 0}}, False),
        ({"type": "change_summary", "changes": {"add": 0, "change": 1, "remove": 0}}, True),
        ({"type": "outputs", "outputs": {"url": {"action": "noop"}}}, False),
        ({"type": "outputs", "outputs": {"url": {"action": "noop"}, "x": {"action": "delete"}}}, True),
        ({"type": "planned_change"}, True),
        ({"type": "resource_drift"}, True),
        ({"type": "something_new"}, True),
    ],
)
def test_what_may_stand_for_a_change(line: dict[str, Any], tells: bool) -> None:
    event = events.parse(json.dumps(line))
    assert event is not None
    assert events.tells_of_change(event) is tells
    assert events.tells_of_change(event, drift=False) is (tells and line["type"] != "resource_drift")


def test_a_diagnostic_with_its_place() -> None:
    recorded: dict[str, Any] = json.loads((DATA / "failures.json").read_text())
    parsed = events.parse(json.dumps(recorded["already-exists-role"]))
    assert isinstance(parsed, Diagnostic)
    assert parsed.is_error
    assert (parsed.address, parsed.file, parsed.line) == ("aws_iam_role.r", "main.tf", 12)
    assert parsed.context == 'resource "aws_iam_role" "r"'
    assert parsed.lines()[0].endswith("already exists. (aws_iam_role.r, main.tf:12)")


def test_a_diagnostic_for_people() -> None:
    assert Diagnostic("error", "bad", "one\n\n  two \n").lines() == ["bad", "one", "  two"]
    assert Diagnostic("error", "bad", file="a.tf", line=3, context='check "c"').lines() == ['bad (check "c", a.tf:3)']
    assert Diagnostic("warning", "").lines() == [""]


@pytest.mark.parametrize("line", ["", "panic: runtime error", "[1]", '"text"', "null", "{"])
def test_what_is_no_event(line: str) -> None:
    assert events.parse(line) is None


@pytest.mark.parametrize(
    "line",
    [
        "{}",
        '{"type": "diagnostic"}',
        '{"type": "apply_start", "hook": null}',
        '{"type": "planned_change", "change": {"resource": 1}}',
        '{"type": "change_summary"}',
        '{"@level":"info","@message":"Initializing modules...","@module":"tofu.ui"}',  # OpenTofu's init has no type
    ],
)
def test_events_that_say_less_than_expected_do_no_harm(line: str) -> None:
    assert events.parse(line) is not None


def test_opentofu_writes_the_same_lines() -> None:
    line = (
        '{"@level":"info","@message":"OpenTofu 1.10.5","@module":"tofu.ui","tofu":"1.10.5","type":"version","ui":"1.2"}'
    )
    assert events.parse(line) == Note("version", "OpenTofu 1.10.5")


def told(*given: PlannedChange | ResourceStep, seconds: float = 0) -> tuple[Progress, list[Event]]:
    heard: list[Event] = []
    now = [0.0]

    def clock() -> float:
        now[0] += seconds
        return now[0]

    progress = Progress(heard.append, clock)
    for event in given:
        progress.take(event)
    return progress, heard


def test_progress_of_the_recorded_apply() -> None:
    parsed = [events.parse(line) for line in LINES]
    progress, heard = told(*(item for item in parsed if isinstance(item, PlannedChange | ResourceStep)))
    assert [event.text for event in heard if event.kind is Kind.LINE] == [
        "created public subnet a",
        "created public subnet b",
        "created load balancer (1m 0s)",
        "created service web",
    ]
    assert (progress.total, progress.done, progress.in_flight, progress.failed) == (4, 4, (), ())
    statuses = [event.text for event in heard if event.kind is Kind.STATUS]
    assert statuses[0] == "0 of 4 done; creating public subnet a"
    assert statuses[-1] == "4 of 4 done"
    assert {event.scope for event in heard} == {"terraform"}


def test_the_status_says_since_when() -> None:
    other = Resource("aws_x.y", "", "aws_x", "y", None)
    _, heard = told(step(Phase.START, "update"), step(Phase.START, "create", resource=other), seconds=10)
    assert heard[-1].text == "0 of 0 done; changing service web (30s), creating aws_x.y (10s)"


def test_only_some_of_many_in_flight_are_named() -> None:
    many = [Resource(f"aws_x.r{index}", "", "aws_x", f"r{index}", None) for index in range(5)]
    _, heard = told(*(step(Phase.START, "delete", resource=resource) for resource in many))
    assert heard[-1].text.endswith("destroying aws_x.r0, destroying aws_x.r1, destroying aws_x.r2, and 2 more")


def test_a_replacement_counts_twice() -> None:
    progress, heard = told(
        PlannedChange(SERVICE, "replace"),
        step(Phase.START, "delete"),
        step(Phase.COMPLETE, "delete", 3),
        step(Phase.START, "create"),
    )
    assert [event.text for event in heard if event.kind is Kind.LINE] == ["destroyed service web (3s)"]
    assert heard[-1].text == "1 of 2 done; creating service web"
    assert progress.in_flight == ("creating service web",)


def test_a_failure_is_told_when_it_happens() -> None:
    progress, heard = told(step(Phase.START, "create"), step(Phase.ERRORED, "create", 1200))
    assert [event.text for event in heard if event.kind is Kind.LINE] == ["failed: creating service web (20m 0s)"]
    assert progress.failed == ("creating service web",)
    assert progress.in_flight == ()


def test_reading_a_data_source_is_no_change() -> None:
    _, heard = told(step(Phase.START, "read"), step(Phase.COMPLETE, "read"))
    assert heard == []


@pytest.mark.parametrize(
    ("address", "module", "type_", "name", "key", "expected"),
    [
        ("", "module.web_service", "aws_ecs_service", "this", None, "service web"),
        ("", "module.my_api_service", "aws_ecs_service", "this", None, "service my-api"),
        ("", "module.x_task_service", "aws_ecs_service", "this", None, "service x-task"),
        ("", "module.web_task", "aws_ecs_task_definition", "this", None, "task definition of web"),
        ("", "module.web_task", "aws_iam_role", "execution", None, "execution role of web"),
        ("", "module.web_service", "aws_lb_listener_rule", "this", "main", "listener rule of web"),
        ("", "module.web_service", "aws_lb_listener_rule", "this", "api", "listener rule api of web"),
        ("", "module.web_repository", "aws_ecr_repository", "this", None, "repository of web"),
        ("", "module.load_balancer", "aws_lb", "this", None, "load balancer"),
        ("", "module.load_balancer", "aws_lb_listener", "http", None, "http listener of load balancer"),
        ("", "module.cluster", "aws_ecs_cluster", "this", None, "cluster"),
        ("", "module.network", "aws_subnet", "public", "eu-west-1a", "public subnet eu-west-1a"),
        ("", "module.web_service", "aws_lb_target_group", "this", 0, "target group of web"),
        ("", "module.web_service", "aws_vpc_security_group_egress_rule", "anywhere", None, OUT),
        ("", "module.web_service", "aws_vpc_security_group_ingress_rule", "from_load_balancer", "8080", IN),
        ("", "module.load_balancer", "aws_vpc_security_group_ingress_rule", "http", "10.0.0.0/8", FROM),
        ("", "module.a_b__c_d_efs", "aws_efs_file_system", "this", None, "file system of a-b c_d"),
        ("", "module.a__b_efs", "aws_vpc_security_group_ingress_rule", "nfs", "web", "inbound rule, web to NFS of a b"),
        ("", "module.broker_nlb", "aws_eip", "this", 0, "elastic IP of broker"),
        ("", "module.nlb_nlb", "aws_lb", "this", 0, "load balancer of nlb"),
        ("", "module.worker_queue", "aws_sqs_queue", "dead_letter", None, "dead letter sqs queue of worker"),
        ("", "module.web_autoscaling", "aws_cloudwatch_metric_alarm", "step", "burst", "step alarm burst of web"),
        ("", "module.web_service", "aws_vpc_security_group_ingress_rule", "from_network_load_balancer", "tcp-80", NET),
        ("", "module.store", "aws_kms_key", "this", None, "kms key of store"),
        ("", 'module.job["a"]', "aws_sqs_queue", "this", None, "sqs queue of job a"),
        ("", 'module.a["x.y"].module.b_task', "aws_iam_role", "this", None, "role of b"),
        ("aws_db_instance.main", "", "aws_db_instance", "main", None, "aws_db_instance.main"),
    ],
)
def test_names_for_people(
    address: str, module: str, type_: str, name: str, key: str | int | None, expected: str
) -> None:
    assert label(address, module, type_, name, key) == expected
