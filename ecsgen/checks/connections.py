"""The checks of how services reach each other: Service Connect, and who may connect to whom."""

from __future__ import annotations

from collections.abc import Iterator

from ecsgen import application
from ecsgen.application import ec2
from ecsgen.aws_values import GROUP_RULES
from ecsgen.components import connect, ingress, network, tcp
from ecsgen.description.model import Description, Service, containers
from ecsgen.problems import Finding, Path, Severity


def check_connections(description: Description) -> Iterator[Finding]:
    """All findings of an environment's connections between services."""
    aliases: dict[str, tuple[str, int, Path]] = {}
    for name, item in description.services.items():
        path: Path = ("services", name)
        if item.connect is not None:
            listening = application.listening(name, item)
            yield from connect.check(item.connect, application.main_port(name, item), listening, item.cpu, path)
            if (target := application.called(name, item)) is not None:
                place = (*path, "connect", *(["alias"] if item.connect.alias else []))
                aliases[name] = (item.connect.alias or name, target.port, place)
        yield from _allowed(description, name, item, path)
        yield from _mode(name, item, path)
        yield from _balanced(description, name, item, path)
    yield from connect.check_aliases(aliases)
    yield from _of_instances(description)


def _mode(name: str, item: Service, path: Path) -> Iterator[Finding]:
    """On EC2 a task without an interface of its own has no security group either, or no port that is known."""
    mode = item.network.mode
    if mode == "awsvpc":
        return
    if item.connect is not None and (mode == "host" or application.called(name, item) is not None):
        why = "takes no tasks in host mode" if mode == "host" else "gives a task in bridge mode another port each time"
        yield Finding(
            (*path, "connect"),
            "EG460",
            f"Service Connect {why}, so others cannot call it",
            "write network.mode: awsvpc" if mode == "host" else "write network.mode: awsvpc, or connect.client_only",
            on_key=True,
            reads=((*path, "network", "mode"), (*path, "connect")),
        )
    if item.tcp:
        yield Finding(
            (*path, "tcp"),
            "EG470",
            f"the network load balancer sends connections to a task's own interface, and in {mode} mode there is none",
            "write network.mode: awsvpc",
            on_key=True,
            reads=((*path, "network", "mode"),),
        )
    if item.allow_from and mode == "bridge":
        yield Finding(
            (*path, "allow_from"),
            "EG461",
            "in bridge mode the task gets another port of its instance each time, and no rule can open it",
            "write network.mode: awsvpc, or remove allow_from",
            on_key=True,
            reads=((*path, "network", "mode"),),
        )


def _allowed(description: Description, name: str, item: Service, path: Path) -> Iterator[Finding]:
    known = [*description.services, *description.jobs]
    yield from ingress.check(item, application.opened(name, item), known, path)
    yield from network.check_overlaps(
        ((*path, "allow_from", index), source) for index, source in enumerate(item.allow_from or []) if "/" in source
    )
    sources, ports = application.allowed(description, name)
    on = "connect" if item.allow_from is None else "allow_from"
    others = int(item.http is not None) + len(tcp.reached(item.tcp, name, application.tcp_ports(name, item)))
    if application.has_interface(item):  # else they are rules of the instances
        yield from ingress.check_rules(sources, ports, others, path, on)
    if application.called(name, item) is None:
        return
    for index, source in enumerate(item.allow_from or []):
        other = description.services.get(source)
        if other is not None and other.connect is None and source != name:
            yield Finding(
                (*path, "allow_from", index),
                "EG459",
                f"{source} may connect to {name} and has no connect, so it does not know its name",
                f"write connect: true in {source}",
                Severity.WARNING,
                reads=(("services", source, "connect"),),
            )


def _balanced(description: Description, name: str, item: Service, path: Path) -> Iterator[Finding]:
    if not item.tcp:
        return
    parts = [part for part, _, _ in containers(name, item)]
    ports = application.tcp_ports(name, item)
    yield from tcp.check(item.tcp, name, parts, ports, description.region, item.http is not None, path)
    for index, listener in enumerate(item.tcp):
        here = (*path, "tcp", index) if len(item.tcp) > 1 else (*path, "tcp")
        yield from network.check_overlaps(
            ((*here, "allow", number), block) for number, block in enumerate(listener.allow or [])
        )


def _of_instances(description: Description) -> Iterator[Finding]:
    """Services in host mode are all reached by the security group of the instances, which takes so many rules."""
    ways: list[tuple[str, ingress.Opened]] = []
    inside = {name for name, item in description.services.items() if not application.has_interface(item)}
    for name, item in description.services.items():
        if item.network.mode == "host":
            sources, ports = application.allowed(description, name)
            merged = {ec2.INSTANCES if source in inside else source for source in sources}
            ways += [(source, port) for source in merged for port in ports]
            ways += [("", ingress.Opened(0))] * (item.http is not None)
    if any(item.network.mode == "bridge" and item.http is not None for item in description.services.values()):
        ways.append(("", ingress.Opened(0)))
    if (most := max(ingress.versions(source for source, _ in ways))) > GROUP_RULES:
        yield Finding(
            ("cluster", "ec2"),
            "EG458",
            f"the security group of the instances would have {most} rules, and by AWS's default quota it takes {GROUP_RULES}",
            "write network.mode: awsvpc where many connect, list fewer sources, or have the quota raised",
            Severity.WARNING,
            on_key=True,
            reads=(("services",),),
        )
