"""Security groups: a rule for all protocols has no ports, whatever a request says about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import ec2

from ecsgen.sandbox.server.patching import need, replace

Rule = Mapping[str, Any]


def install() -> None:
    """The provider revokes the egress rule that a new group has with ports 0 to 0; MiniStack found no such rule."""
    replace(ec2, "_rules_match", match(need(ec2, "_rules_match")))


def match(original: Callable[[Rule, Rule], bool]) -> Callable[[Rule, Rule], bool]:
    """Compare two rules as EC2 does: with protocol -1 the ports do not count."""

    def compare(one: Rule, other: Rule) -> bool:
        return original(_without_ports(one), _without_ports(other))

    return compare


def _without_ports(rule: Rule) -> Rule:
    if str(rule.get("IpProtocol", "-1")) != "-1":
        return rule
    return {name: value for name, value in rule.items() if name not in ("FromPort", "ToPort")}
