"""A service's own network load balancer: where its connections go, and what it and its target groups are called."""

from __future__ import annotations

from ecsgen import names
from ecsgen.application.connections import listening
from ecsgen.application.once import balancer_subnets
from ecsgen.components import existing_network, tcp
from ecsgen.description.model import Description, Service


def tcp_ports(name: str, item: Service) -> list[tcp.Listening]:
    """The ports of a service's containers."""
    return [tcp.Listening(port.container, port.port, port.name, port.udp) for port in listening(name, item)]


def tcp_of(description: Description, environment: str, name: str) -> tcp.TcpInputs | None:
    """The load balancer's inputs; None without one."""
    item = description.services[name]
    if not item.tcp:
        return None
    place = (description.name, environment, name)
    vpc = existing_network.identity(description.network.vpc)
    fixed = any(listener.static_ips for listener in item.tcp)
    called = {"": names.target_group(*place, "network", item.tcp[0].scheme, str(fixed), vpc)}
    for listener in item.tcp:
        protocol = "UDP" if listener.protocol == "udp" else "TCP"
        called[tcp.listener_name(listener)] = names.target_group(
            *place, "network", tcp.listener_name(listener), protocol, vpc
        )
    subnets = balancer_subnets(description, item.tcp[0].scheme)
    return tcp.resolve(item.tcp, name, names.label(name), tcp_ports(name, item), called, subnets)
