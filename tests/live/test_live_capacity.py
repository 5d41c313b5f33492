"""A service behind a load balancer moves between Fargate, Spot and EC2 in place, and no request fails.

The containers are real, and run on this machine whatever their capacity is: no instance starts, and nothing takes a Spot
task back. Where ECS places a task is read from what it says of the task.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from live_project import Hammer, Stack
from live_sandbox import Sandbox
from live_stacks import MOVING

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live-steady")]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "change.md"

TOP, WEB = re.split(r"(?=services:)", MOVING)
PRIVATE = "network: {nat: single, azs: 3}\n"
EC2 = "cluster: {ec2: {instance_types: [m6i.large], max: 3}}\n"

STEPS = {
    "FARGATE_SPOT": (TOP + WEB + "    capacity: spot\n", set()),
    "ec2-moving-default": (TOP + PRIVATE + EC2 + WEB + "    capacity: ec2\n", set()),
    "FARGATE": (
        TOP + EC2 + WEB + "    capacity: fargate\n",
        {
            "aws_eip",
            "aws_nat_gateway",
            "aws_route",
            "aws_route_table",
            "aws_route_table_association",
            "aws_subnet",
            "terraform_data",  # what the private subnets reached
        },
    ),
}
"""By the capacity provider of the tasks, one after the other: the description, and the types that are destroyed.

With the instances come NAT, private subnets and a third zone, and go after them. The capacity provider stays: it must not
go in the apply that moves the last service off it.
"""


def kept(sandbox: Sandbox) -> dict[str, Any]:
    """What must stay: the service as it was created, its place behind the load balancer, and the load balancer."""
    (service,) = sandbox.client("ecs").describe_services(cluster="moving-default", services=["web"])["services"]
    balancers = sandbox.client("elbv2").describe_load_balancers()["LoadBalancers"]
    return {
        "service": [service["serviceArn"], service["createdAt"], service["loadBalancers"]],
        "load balancer": [
            [balancer[key] for key in ("LoadBalancerArn", "DNSName", "CreatedTime")]
            for balancer in balancers
            if balancer["LoadBalancerName"].startswith("moving-default-")
        ],
    }


def running(sandbox: Sandbox) -> dict[str, str]:
    """The running tasks by their ARN, each with its capacity provider."""
    ecs = sandbox.client("ecs")
    arns = ecs.list_tasks(cluster="moving-default", serviceName="web", desiredStatus="RUNNING")["taskArns"]
    tasks = ecs.describe_tasks(cluster="moving-default", tasks=arns)["tasks"]
    return {task["taskArn"]: task["capacityProviderName"] for task in tasks}


def dangerous(document: dict[str, Any]) -> dict[str, set[str]]:
    """The types that a plan replaces or destroys, by action."""
    found: dict[str, set[str]] = {}
    for group in document["plan"]["groups"]:
        for change in group["changes"] if group["risk"] == "danger" else ():
            found.setdefault(change["action"], set()).add(change["type"])
    return found


def test_capacity_and_subnets_change_in_place_and_no_request_fails(moving: Stack, sandbox: Sandbox) -> None:
    url, before, tasks = moving.applied.url, kept(sandbox), running(sandbox)
    assert list(tasks.values()) == ["FARGATE"]
    for provider, (description, destroyed) in STEPS.items():
        moving.project.write({"ecsgen.yaml": description})
        with Hammer(url) as hammer:
            result = moving.project.apply("--json").require()
        document = result.document
        assert hammer.failures == [], provider
        assert len(hammer.bodies) > 100
        assert dangerous(document) == ({"delete": destroyed} if destroyed else {})
        assert "terraform: destroyed" not in result.err.partition("terraform: changed service web")[0]
        assert document["plan"]["warnings"] == []
        assert document["changes"]["restart"] == 1
        assert kept(sandbox) == before
        found = running(sandbox)
        assert list(found.values()) == [provider]
        assert tasks.keys().isdisjoint(found)
        tasks = found


def test_another_scheme_replaces_the_load_balancer_and_its_target_groups_but_not_the_service(moving: Stack) -> None:
    """Planned only: another load balancer takes the provider a minute. The instances go with it, for nothing runs there."""
    moving.project.write({"ecsgen.yaml": TOP + "load_balancer: {scheme: internal}\n" + WEB})
    document = moving.project.plan().require().document
    danger = [
        change for group in document["plan"]["groups"] if group["risk"] == "danger" for change in group["changes"]
    ]
    assert {change["address"] for change in danger if change["action"] == "replace"} == {
        "module.load_balancer.aws_lb.this",
        "module.load_balancer.aws_lb_listener.http",
        "module.load_balancer.aws_security_group.this",
        'module.web_service.aws_lb_listener_rule.this["main"]',
        "module.web_service.aws_lb_target_group.this[0]",
        'module.web_service.aws_vpc_security_group_egress_rule.from_load_balancer["8080"]',
    }
    assert {change["address"].split(".")[1] for change in danger if change["action"] == "delete"} == {
        "ec2_capacity",
        "load_balancer",  # who is let in: the VPC now
    }
    assert "its address changes, and what asks for the old one is not answered any more" in [
        change["consequence"] for change in danger if change["type"] == "aws_lb"
    ]
    assert document["plan"]["warnings"] == []


def test_the_page_has_every_row() -> None:
    text = PAGE.read_text()
    for row in ("Fargate to Spot", "Spot to EC2", "EC2 to Fargate", "NAT and another zone", "load_balancer.scheme"):
        assert f"| {row} |" in text, row
