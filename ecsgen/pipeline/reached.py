"""Where an environment is reached apart from its URL: network load balancers, addresses that stay, tasks' own addresses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ecsgen.application import Application
from ecsgen.aws.addresses import public_addresses
from ecsgen.errors import AwsError
from ecsgen.pipeline.target import Target
from ecsgen.progress import Event, Kind

Addresses = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Reached:
    """By service. `listeners` are those of its network load balancer, as `tcp://NAME:1883`, and `static_ips` its addresses.

    `own` are the public addresses of running tasks, of services that are reached in no other way. `balancer_ips` are
    the addresses that stay in front of the application load balancer.
    """

    listeners: Addresses
    static_ips: Addresses
    own: Addresses
    balancer_ips: tuple[str, ...] = ()

    def of(self, service: str) -> dict[str, list[str]]:
        """What the JSON document says of a service: only what it has."""
        found = {"listeners": self.listeners, "static_ips": self.static_ips, "public_addresses": self.own}
        return {key: list(addresses[service]) for key, addresses in found.items() if service in addresses}

    def lines(self) -> Iterator[str]:
        """One line for each place."""
        for name, listeners in self.listeners.items():
            yield from (f"{name}: {listener}" for listener in listeners)
            yield from (f"{name}: {address} (it stays)" for address in self.static_ips.get(name, ()))
        for name, addresses in self.own.items():
            yield from (f"{name}: {address} (this task's own: every new task has another)" for address in addresses)
        yield from (f"load balancer: {address} (it stays)" for address in self.balancer_ips)


def reached(target: Target, outputs: Mapping[str, Any]) -> Reached:
    """From Terraform's outputs, and from AWS where only AWS knows."""
    listeners, static_ips = network_balancers(target.application, outputs)
    balancer_ips = outputs.get("static_ips", ()) if target.application.static_addresses is not None else ()
    return Reached(listeners, static_ips, own_addresses(target), tuple(balancer_ips))


def network_balancers(application: Application, outputs: Mapping[str, Any]) -> tuple[Addresses, Addresses]:
    """The listeners of services' own network load balancers, and the addresses of those that have them."""
    listeners, static_ips = {}, {}
    for item in application.services:
        host = outputs.get(f"{item.label}_tcp")
        if item.tcp is None or host is None:
            continue
        listeners[item.name] = tuple(f"{one.protocol}://{host}:{one.port}" for one in item.tcp.listeners.values())
        if item.tcp.static_ips:
            static_ips[item.name] = tuple(outputs.get(f"{item.label}_static_ips", ()))
    return listeners, static_ips


def own_addresses(target: Target) -> dict[str, tuple[str, ...]]:
    """The tasks' own public addresses, by service: of those that let addresses in and have no load balancer.

    What AWS does not say is left out: a deployment does not fail for it.
    """
    found: dict[str, tuple[str, ...]] = {}
    for item in target.application.services:
        balanced = item.http is not None or item.tcp is not None
        if balanced or not item.service.assign_public_ip or item.ingress is None or not item.ingress.from_outside:
            continue
        try:
            addresses = public_addresses(target.aws, target.application.cluster.name, item.service.name)
        except AwsError as error:
            target.report(Event(Kind.WARNING, item.name, f"its public addresses are not known: {error}"))
            continue
        if addresses:
            found[item.name] = addresses
    return found
