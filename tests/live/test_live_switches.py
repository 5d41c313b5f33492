"""What may change about a deployed service, and what that replaces: the table of docs/how-to/change.md.

The plans say what is replaced or destroyed. That capacity really changes in place is shown with simulated tasks in
tests/sandbox/test_terraform_ec2.py.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from live_project import Stack
from live_stacks import MOVING

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live-steady")]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "change.md"

TOP, WEB = re.split(r"(?=services:)", MOVING)
EC2 = "cluster: {ec2: {instance_types: [m6i.large], min: 1, max: 3}}\n"
PRIVATE = "network: {nat: single}\n"

SWITCHES = {
    "spot": (TOP + WEB + "    capacity: spot\n", {}),
    "a mix of Fargate and Spot": (TOP + WEB + "    capacity: {fargate: {base: 1}, spot: {weight: 3}}\n", {}),
    "EC2": (TOP + EC2 + WEB + "    capacity: ec2\n", {}),
    "private subnets": (TOP + PRIVATE + WEB, {}),
    "scaling": (TOP + WEB + "    scaling: {min: 1, max: 3}\n", {}),
    "count": (TOP + WEB + "    count: 2\n", {}),
    "arch": (TOP + WEB + "    arch: arm64\n", {}),
    "another zone": (TOP + "network: {azs: 3}\n" + WEB, {}),
    "subnets": (TOP + WEB + "    network: {subnets: [subnet-0123456789abcdef0]}\n", {}),
    "no load balancer": (
        TOP + re.sub(r"    http: .*\n", "", WEB),
        {
            "aws_lb",
            "aws_lb_listener",
            "aws_lb_listener_rule",
            "aws_lb_target_group",
            "aws_security_group",
            "aws_vpc_security_group_egress_rule",
            "aws_vpc_security_group_ingress_rule",
        },
    ),
    "another service beside it": (TOP + WEB + "  worker: {image: nginx}\n", {}),
}
"""What is changed about the service of `moving` -> the description, and the types that are replaced or destroyed."""


def dangerous(document: dict[str, Any]) -> dict[str, set[str]]:
    """The types that a plan replaces or destroys, by action."""
    found: dict[str, set[str]] = {}
    for group in document["plan"]["groups"]:
        if group["risk"] == "danger":
            for change in group["changes"]:
                found.setdefault(change["action"], set()).add(change["type"])
    return found


@pytest.mark.parametrize("what", SWITCHES)
def test_a_change_replaces_only_what_aws_demands(moving: Stack, what: str) -> None:
    description, destroyed = SWITCHES[what]
    original = (moving.project.folder / "ecsgen.yaml").read_text()
    moving.applied  # noqa: B018 - raises when it was not deployed
    try:
        moving.project.write({"ecsgen.yaml": description})
        planned = moving.project.plan().require().document
    finally:
        moving.project.write({"ecsgen.yaml": original})
    assert planned["empty"] is False
    assert dangerous(planned) == ({"delete": set(destroyed)} if destroyed else {})


def test_the_page_has_every_row() -> None:
    text = PAGE.read_text()
    for what in SWITCHES:
        assert f"| {what} |" in text, what
