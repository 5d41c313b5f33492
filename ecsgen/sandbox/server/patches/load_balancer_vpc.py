"""Load balancers: they are in the VPC of their subnets. MiniStack puts all of them into the default one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.services import alb, ec2

from ecsgen.sandbox.server.patching import need, replace

Answer = tuple[int, dict[str, str], Any]


def install() -> None:
    """Terraform's data source compares a shared load balancer's VPC with that of the services."""
    need(ec2, "_subnets")
    replace(alb, "_create_lb", create(need(alb, "_create_lb")))


def create(original: Callable[[Any], Answer]) -> Callable[[Any], Answer]:
    """CreateLoadBalancer with the VPC of the first subnet that is known."""

    def handler(params: Any) -> Answer:
        named = need(alb, "_parse_member_list")(params, "Subnets")
        known = [subnet["VpcId"] for name in named if (subnet := ec2._subnets.get(name))]
        return original({**params, "VpcId": known[:1]} if known else params)

    return handler
