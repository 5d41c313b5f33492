"""In which order services that call each other by Service Connect are deployed: those that are called come first.

A task knows the names that there were when it started. Services that call each other in a circle have no order.
"""

from __future__ import annotations

from collections.abc import Mapping

from ecsgen.application.connections import allowed, called
from ecsgen.components import ingress
from ecsgen.description.model import Description


def servers(description: Description) -> dict[str, list[str]]:
    """Service -> the services that it calls and that can be deployed before it, each sorted."""
    calls: dict[str, set[str]] = {name: set() for name, item in description.services.items() if item.connect}
    for name, item in description.services.items():
        if called(name, item) is not None:
            for source in allowed(description, name)[0]:
                if ingress.is_service(source) and source in calls and source != name:
                    calls[source].add(name)
    reached = {name: _reached(calls, name) for name in calls}
    return {name: sorted(other for other in calls[name] if name not in reached[other]) for name in calls}


def _reached(calls: Mapping[str, set[str]], start: str) -> set[str]:
    """Every service that one calls, or that those call."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for other in calls[waiting.pop()] - found:
            found.add(other)
            waiting.append(other)
    return found
