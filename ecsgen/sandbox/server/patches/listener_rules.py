"""Listener rules: a priority is taken once a listener, a target group belongs to one load balancer, and conditions match
as AWS writes them.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.responses import get_request_client_ip
from ministack.services import alb

from ecsgen.sandbox.server.patches.load_balancer import balancers_of
from ecsgen.sandbox.server.patching import need, replace

IN_USE = "PriorityInUse"
ONE_BALANCER = "TargetGroupAssociationLimit"


def install() -> None:
    """Patch the handlers and the matching."""
    replace(alb, "_create_rule", create(need(alb, "_create_rule")))
    replace(alb, "_set_rule_priorities", set_priorities(need(alb, "_set_rule_priorities")))
    replace(alb, "_match_condition", match(need(alb, "_match_condition")))


def create(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """CreateRule refuses a priority that another rule of the listener has, and a target group of another load balancer."""

    def handler(params: Any) -> Any:
        get = need(alb, "_p")
        listener, priority = get(params, "ListenerArn"), get(params, "Priority", "1")
        if _holder(listener, priority):
            return need(alb, "_error")(IN_USE, f"Priority '{priority}' is currently in use")
        own = (alb._listeners.get(listener) or {}).get("LoadBalancerArn")
        for group in filter(None, _groups(params)):
            if own and balancers_of(group) - {own}:
                message = f"Target group '{group}' cannot be associated with more than one load balancer"
                return need(alb, "_error")(ONE_BALANCER, message)
        return original(params)

    return handler


def _groups(params: Any) -> list[str]:
    """The target groups that a request's actions forward to."""
    name = re.compile(r"Actions\.member\.\d+\.(?:ForwardConfig\.TargetGroups\.member\.\d+\.)?TargetGroupArn")
    return [need(alb, "_p")(params, key) for key in params if name.fullmatch(key)]


def set_priorities(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """SetRulePriorities refuses one that a rule outside the request has; rules inside it may swap theirs."""

    def handler(params: Any) -> Any:
        get = need(alb, "_p")
        wanted: dict[str, str] = {}
        while arn := get(params, f"RulePriorities.member.{len(wanted) + 1}.RuleArn"):
            wanted[arn] = get(params, f"RulePriorities.member.{len(wanted) + 1}.Priority")
        for arn, priority in wanted.items():
            holder = _holder((alb._rules.get(arn) or {}).get("ListenerArn", ""), priority)
            if holder and holder not in wanted:
                return need(alb, "_error")(IN_USE, f"Priority '{priority}' is currently in use")
        return original(params)

    return handler


def _holder(listener: str, priority: str) -> str:
    for arn, rule in alb._rules.items():
        if rule["ListenerArn"] == listener and str(rule["Priority"]) == str(priority):
            return str(arn)
    return ""


def match(original: Callable[..., bool]) -> Callable[..., bool]:
    """Conditions with AWS's wildcards (* and ? only): paths by case, hosts not; the client's address for source-ip."""

    def handler(condition: Mapping[str, Any], method: str, path: str, headers: Mapping[str, str], query: Any) -> bool:
        field = condition.get("Field")
        values = values_of(condition)
        if field == "path-pattern":
            return any(wildcard(path, value) for value in values)
        if field == "host-header":
            host = headers.get("host", "").split(":")[0].lower()
            return any(wildcard(host, value.lower()) for value in values)
        if field == "source-ip":
            return any(contains(value, get_request_client_ip()) for value in values)
        return original(condition, method, path, headers, query)

    return handler


def values_of(condition: Mapping[str, Any]) -> list[str]:
    """A condition's values, wherever the request had put them."""
    result = list(condition.get("Values") or [])
    for name in ("PathPatternConfig", "HostHeaderConfig", "SourceIpConfig"):
        result += [value for value in (condition.get(name) or {}).get("Values") or [] if value not in result]
    return result


def wildcard(text: str, pattern: str) -> bool:
    """Whether the whole text fits: * any characters, ? exactly one, everything else stands for itself."""
    regex = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)
    return re.fullmatch(regex, text, re.DOTALL) is not None


def contains(network: str, address: str) -> bool:
    """Whether a CIDR holds an address; of two families it never does."""
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
