"""How the services of an environment are reached: their listener rules with priorities, and who has a public address."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ecsgen import names
from ecsgen.components import existing_listener, existing_network, http, listener_rule
from ecsgen.description.model import Description, Service, Task
from ecsgen.problems import Path

_UNFIT = re.compile(r"[^a-z0-9]+")
WORDS = 24
"""Characters of a rule's key that show its host or path."""


@dataclass(frozen=True, slots=True)
class ListenerRule:
    """One rule of the listener: its key in the lock file ("web/main"), where it is written, and what it says."""

    key: str
    path: Path
    rule: listener_rule.Rule
    settings: http.RuleKeys
    auth: http.Auth | None

    @property
    def name(self) -> str:
        """Its name within its service: "main"."""
        return self.key.partition("/")[2]

    @property
    def priority(self) -> int | None:
        """Its priority, where it is written."""
        return self.settings.priority


def service_rules(name: str, item: Service) -> Iterator[ListenerRule]:
    """The rules of one service, in the order in which they are written; two that are the same have the same key."""
    if item.http is None:
        return
    for below, settings, auth in http.written_rules(item.http):
        rule = listener_rule.conditions(settings.host, settings.path, settings.sources)
        key = _key(settings, rule) if isinstance(settings, http.HttpRule) else http.MAIN
        yield ListenerRule(f"{name}/{key}", ("services", name, "http", *below), rule, settings, auth)


def _key(settings: http.HttpRule, rule: listener_rule.Rule) -> str:
    """A rule's own name; or by its priority, so that it changes in place and never takes a number that is in use.

    Or else by what it says: where it stands in the list changes nothing.
    """
    if settings.name is not None:
        return settings.name
    if settings.priority is not None:
        return f"priority-{settings.priority}"
    first = next((path for path in rule.paths if path != "/*"), "") or next(iter(rule.hosts), "")
    words = _UNFIT.sub("-", first.lower()).strip("-")[:WORDS].strip("-")
    return f"{words or 'all'}-{names.digest(*rule.hosts, ' ', *rule.paths, ' ', *rule.sources)}"


def listener_rules(description: Description) -> list[ListenerRule]:
    """The rules of all services."""
    return [rule for name, item in description.services.items() for rule in service_rules(name, item)]


def rules(description: Description) -> dict[str, listener_rule.Rule]:
    """What the listener rules of an environment say, by key: "web/main"."""
    return {item.key: item.rule for item in listener_rules(description)}


def beginning(rule: listener_rule.Rule) -> str:
    """A path that a rule takes, as far as it is written without wildcards; "" for the root."""
    return next(iter(rule.paths), "").partition("*")[0].partition("?")[0].rstrip("/")


def entrance(rules: Iterable[listener_rule.Rule], host: str | None = None) -> str:
    """The path to begin with, at a host or at any: "" where the root is served, or where a rule wants another host."""
    there = [rule for rule in rules if not rule.hosts or host in rule.hosts]
    return beginning(max(there, key=listener_rule.specificity)) if there else ""


def rule_inputs(name: str, item: Service, numbers: Mapping[str, int]) -> dict[str, dict[str, Any]]:
    """A service's rules as the module takes them, by their names; `numbers` are the priorities by key."""
    return {
        rule.name: {**listener_rule.inputs(rule.rule, numbers[rule.key]), **http.auth_inputs(rule.auth)}
        for rule in service_rules(name, item)
    }


def priorities(description: Description, environment: str, kept: Mapping[str, int]) -> dict[str, int]:
    """The priority of every listener rule; `kept` are those of the lock file."""
    found = listener_rules(description)
    fixed = {item.key: item.priority for item in found if item.priority is not None}
    return listener_rule.allocate(
        {item.key: item.rule for item in found}, fixed, dict(kept), places(description, environment)
    )


def places(description: Description, environment: str) -> listener_rule.Places:
    """Where the rules' numbers lie: anywhere on a listener of one's own, in stretches of one's own on a shared one."""
    if description.load_balancer.existing is None:
        return listener_rule.OWN_LISTENER
    owner = f"{description.name}/{environment}"
    return listener_rule.Places(
        lambda rule: existing_listener.start(listener_rule.band(rule) // listener_rule.BAND, owner),
        existing_listener.ROOM,
    )


def is_public(description: Description, item: Task) -> bool:
    """Whether tasks of a service or job live in public subnets."""
    if item.network.public is not None:
        return item.network.public
    return is_public_by_default(description)


def is_public_by_default(description: Description) -> bool:
    """Whether tasks and instances have public addresses: without NAT and endpoints the only way to pull an image.

    In an existing VPC they live in its private subnets, where it names any: whoever made these gave them a way out.
    """
    if existing_network.is_existing(description.network.vpc):
        return not description.network.private_subnets
    return description.network.nat == "none" and not description.network.endpoints
