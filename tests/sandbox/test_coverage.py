from __future__ import annotations

import re
from pathlib import Path

from ecsgen.sandbox import coverage
from ecsgen.sandbox.coverage import Proof

MODULES = Path(__file__).resolve().parents[2] / "modules"


def test_real_tasks_are_executed_and_simulated_ones_accepted() -> None:
    assert coverage.of("aws_ecs_service", True) is Proof.EXECUTED
    assert coverage.of("aws_ecs_service", False) is Proof.ACCEPTED
    assert coverage.of("aws_appautoscaling_policy", True) is Proof.ACCEPTED
    assert coverage.of("aws_something_new", True) is Proof.NOT_COVERED


def test_a_summary_is_grouped_and_sorted() -> None:
    types = ["aws_vpc", "aws_subnet", "aws_lb", "aws_vpc"]
    assert coverage.proved(types, True) == {
        Proof.EXECUTED: ("aws_lb",),
        Proof.ACCEPTED: ("aws_subnet", "aws_vpc"),
    }
    assert list(coverage.proved([*types, "x"], True)) == [Proof.EXECUTED, Proof.ACCEPTED, Proof.NOT_COVERED]


def test_a_network_load_balancer_forwards_nothing() -> None:
    types = ["aws_lb", "aws_lb_listener", "aws_lb_target_group", "aws_lb_listener_rule", "aws_ecs_service"]
    assert coverage.proved(types, True, network_balancers=True) == {
        Proof.EXECUTED: ("aws_ecs_service", "aws_lb_listener_rule"),
        Proof.ACCEPTED: ("aws_lb", "aws_lb_listener", "aws_lb_target_group"),
    }


def test_every_resource_of_the_modules_has_a_label_of_its_own() -> None:
    used = {
        name
        for path in MODULES.glob("*/*.tf")
        for name in re.findall(r'^resource "(aws_\w+)"', path.read_text(), re.MULTILINE)
    }
    assert used
    assert used - coverage.KNOWN == set()
