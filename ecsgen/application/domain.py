"""The names that an environment's services are reached by, gathered from their rules."""

from __future__ import annotations

from dataclasses import replace

from ecsgen.application.reach import entrance, rules, service_rules
from ecsgen.components import domain
from ecsgen.description.model import Description
from ecsgen.hcl import Reference


def served(description: Description) -> dict[str, domain.Served]:
    """The services that have `http`, with the hosts of their rules."""
    found = {}
    for name, item in description.services.items():
        if item.http is None:
            continue
        rules = list(service_rules(name, item))
        hosts = tuple(
            (host if isinstance(host, Reference) else host.lower(), (*rule.path, "host", index))
            for rule in rules
            for index, host in enumerate(rule.settings.host)
        )
        found[name] = domain.Served(hosts, ("services", name, "http"))
    return found


def resolve_domain(description: Description) -> domain.DomainInputs | None:
    """What the module `domain` makes; None where nobody asks for it, or nothing is reached by a name."""
    services = served(description)
    if description.domain is None or not services:
        return None
    found = domain.resolve(description.domain, services)
    if found.url is None:
        return found
    path = entrance(rules(description).values(), found.url.removeprefix("https://"))
    return replace(found, url=f"{found.url}{path}")


def signs_in(description: Description) -> bool:
    """Whether a rule of the listener signs clients in, for which the load balancer must reach Cognito."""
    return any(
        rule.auth is not None for name, item in description.services.items() for rule in service_rules(name, item)
    )
