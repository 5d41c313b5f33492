"""How the services of an environment are reached: their listener rules with priorities, and who has a public address."""

from __future__ import annotations

from collections.abc import Mapping

from ecsgen.components import existing_network, http, listener_rule
from ecsgen.description.model import Description, Task


def rules(description: Description) -> dict[str, listener_rule.Rule]:
    """The listener rules of an environment by key: "web/main"."""
    return {rule_key(name): rule_of(item.http) for name, item in description.services.items() if item.http is not None}


def rule_of(settings: http.Http) -> listener_rule.Rule:
    """The listener rule that a service's http asks for."""
    return listener_rule.conditions(settings.host, settings.path, settings.sources)


def rule_key(service_name: str) -> str:
    """The key of a service's listener rule in the lock file."""
    return f"{service_name}/main"


def priorities(description: Description, kept: Mapping[str, int]) -> dict[str, int]:
    """The priority of every listener rule; `kept` are those of the lock file."""
    fixed = {
        rule_key(name): item.http.priority
        for name, item in description.services.items()
        if item.http is not None and item.http.priority is not None
    }
    return listener_rule.allocate(rules(description), fixed, dict(kept))


def is_public(description: Description, item: Task) -> bool:
    """Whether tasks of a service or job have public addresses: without NAT and endpoints the only way to pull an image.

    In an existing VPC they live in its private subnets, where it names any: whoever made these gave them a way out.
    """
    if item.network.public is not None:
        return item.network.public
    if existing_network.is_existing(description.network.vpc):
        return not description.network.private_subnets
    return description.network.nat == "none" and not description.network.endpoints
