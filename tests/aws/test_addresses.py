"""Public addresses of tasks: what is asked, whose are asked for, and that a deployment does not fail for them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from descriptions import check

from ecsgen import application
from ecsgen.aws.addresses import public_addresses
from ecsgen.errors import AwsError
from ecsgen.pipeline.reached import Reached, own_addresses

if TYPE_CHECKING:
    from ecsgen.pipeline.target import Target
    from ecsgen.progress import Event

NGINX = {"image": "nginx:1.27", "port": 80, "network": {"public": True}}
OPEN = {**NGINX, "allow_from": ["192.0.2.0/24"]}
DESCRIBED = {
    "name": "shop",
    "region": "eu-west-1",
    "network": {"nat": "single"},
    "services": {
        "feed": OPEN,
        "inside": {**NGINX, "allow_from": ["feed"]},
        "closed": NGINX,
        "hidden": {**OPEN, "network": {"public": False}},
        "web": {**OPEN, "http": True},
        "broker": {**OPEN, "tcp": {"port": 80}},
    },
}


def attached(say: Any, task: str, interface: str | None) -> dict[str, Any]:
    details = [{"name": "privateIPv4Address", "value": "10.0.0.4"}]
    if interface is not None:
        details.append({"name": "networkInterfaceId", "value": interface})
    attachments = [
        {"id": "1", "type": "ElasticNetworkInterface", "status": "ATTACHED", "details": details},
        {"id": "2", "type": "Service Connect", "status": "ATTACHED", "details": []},
    ]
    found: dict[str, Any] = say.task(task, lastStatus="RUNNING", attachments=attachments)
    return found


def answers(tasks: list[dict[str, Any]], public: dict[str, str | None], asked: list[str]) -> Any:
    def answer(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        match operation:
            case "ListTasks":
                assert parameters["desiredStatus"] == "RUNNING"
                asked.append(parameters["serviceName"])
                return {"taskArns": [task["taskArn"] for task in tasks]}
            case "DescribeTasks":
                return {"tasks": tasks}
            case "DescribeNetworkInterfaces":
                (wanted,) = parameters["Filters"]
                assert wanted["Name"] == "network-interface-id"
                return {
                    "NetworkInterfaces": [
                        {"NetworkInterfaceId": name, **({"Association": {"PublicIp": address}} if address else {})}
                        for name, address in public.items()
                        if name in wanted["Values"]
                    ]
                }
        raise AssertionError(operation)

    return answer


def test_each_running_task_has_its_own(say: Any, answering: Any) -> None:
    tasks = [attached(say, "1a", "eni-1"), attached(say, "2b", "eni-2"), attached(say, "3c", "eni-3")]
    public = {"eni-1": "203.0.113.9", "eni-2": None, "eni-3": "203.0.113.7", "eni-4": "203.0.113.1"}
    aws = answering(answers(tasks, public, []))
    assert public_addresses(aws, "shop-default", "feed") == ("203.0.113.7", "203.0.113.9")


def test_where_interfaces_are_not_shown_nothing_is_asked(say: Any, answering: Any) -> None:
    aws = answering(answers([attached(say, "1a", None)], {}, []))
    assert public_addresses(aws, "shop-default", "feed") == ()
    assert aws.calls == ["ListTasks", "DescribeTasks"]


def test_without_the_right_to_ask(say: Any, answering: Any) -> None:
    with pytest.raises(AwsError):
        public_addresses(answering(lambda *_: ("AccessDeniedException", "no")), "shop-default", "feed")


def target(aws: Any, report: Any) -> Target:
    found = check(DESCRIBED)
    assert not found.errors, found.errors
    resolved = application.resolve(found.environments["default"], "default", {})
    return cast("Target", SimpleNamespace(application=resolved, aws=aws, report=report))


def test_only_what_is_reached_in_no_other_way(say: Any, answering: Any, told: list[Event]) -> None:
    asked: list[str] = []
    aws = answering(answers([attached(say, "1a", "eni-1")], {"eni-1": "203.0.113.9"}, asked))
    found = own_addresses(target(aws, told.append))
    assert found == {"feed": ("203.0.113.9",)}
    assert asked == ["feed"]
    assert list(Reached({}, {}, found).lines()) == ["feed: 203.0.113.9 (this task's own: every new task has another)"]


def test_a_deployment_does_not_fail_for_it(answering: Any, told: list[Event]) -> None:
    aws = answering(lambda *_: ("AccessDeniedException", "no"))
    assert own_addresses(target(aws, told.append)) == {}
    assert [event.scope for event in told] == ["feed"]
