"""TCP, TLS and UDP from a network load balancer of the service's own. Carried by the module `nlb`.

The target groups and the rules between load balancer and tasks are in the module `service`. The load balancer has a
security group, and the tasks' own refers to it: that holds whether tasks see the clients' addresses or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from ecsgen.aws_values import GROUP_RULES, Cidr, arn
from ecsgen.fields import Between, Bool, Fixed, Int, OneOrMore, Pattern, Port, Seconds, Section, one_of
from ecsgen.hcl import Ref
from ecsgen.problems import Finding, Path, Severity

MOST = 5
"""Target groups of a service."""
EVERYWHERE = ("0.0.0.0/0",)
TARGET = Pattern(r"[a-z0-9_][a-z0-9_-]{0,63}", "a port", "write its number, or its name from ports")
NAME = Pattern(
    r"[a-z](?:-?[a-z0-9]){0,19}", "a listener's name", "use at most 20 lower-case letters, digits and hyphens"
)


class TcpHealth(Section):
    """The load balancer's health check of each task: a TCP connection, or an HTTP request."""

    port: Port | None = None
    """The TCP port that is checked; the target itself when not given, or for UDP the container's main port."""
    path: Annotated[Fixed, Pattern(r"/[\x21-\x7e]{0,1023}", "a path", "write it like /health")] | None = None
    """Request this path and expect 200 to 399; without it a connection is enough."""
    interval: Annotated[Seconds, Between(5, 300, "seconds")] = 30
    """Seconds between two checks."""
    timeout: Annotated[Seconds, Between(2, 120, "seconds")] = 10
    """Seconds to wait; less than the interval."""
    healthy: Annotated[Int, Between(2, 10, "checks")] = 2
    """Successful checks in a row that make a target healthy."""
    unhealthy: Annotated[Int, Between(2, 10, "checks")] = 3
    """Failed checks in a row that make a target unhealthy."""


class Tcp(Section):
    """One listener of the service's network load balancer."""

    name: Annotated[Fixed, NAME] | None = None
    """A name for the listener, its protocol when not given. With another name it is another listener."""
    port: Port
    """The port that clients connect to."""
    protocol: Annotated[Literal["tcp", "tls", "udp"], one_of("tcp", "tls", "udp")] = "tcp"
    """`tcp`, `udp`, or `tls`: encrypted up to the load balancer, TCP behind it."""
    certificate: (
        Annotated[Fixed, arn("acm", "the ARN of a certificate", "arn:aws:acm:eu-west-1:123456789012:certificate/ID")]
        | None
    ) = None
    """The certificate for `tls`, in the service's region."""
    container: Fixed | None = None
    """The container that gets the connections; the main one when not given."""
    target: Annotated[Fixed, TARGET] | None = None
    """The container's port, by number or name; its first port of this protocol when not given."""
    static_ips: Bool = False
    """An Elastic IP in each zone, which stays as long as the load balancer is wanted. For all listeners of the service."""
    scheme: Annotated[Literal["public", "internal"], one_of("public", "internal")] = "public"
    """`public`: reachable from the internet; `internal`: from the VPC and networks connected to it."""
    allow: Annotated[list[Cidr], OneOrMore()] | None = None
    """Who may connect, as CIDR blocks; everyone when public, the VPC when internal."""
    client_ip: Bool = False
    """Let the tasks see the clients' addresses; with `udp` they always do."""
    health: TcpHealth = TcpHealth()
    """The load balancer's health check."""
    drain: Annotated[Seconds, Between(0, 3600, "seconds")] = 30
    """Seconds that connections get to end before a task is stopped."""


class OneOrMoreMaps(OneOrMore):
    """A list of maps, or one map that stands for a list of one."""

    @staticmethod
    def _read(value: Any) -> Any:
        return [value] if isinstance(value, dict) else value


class TcpKeys(Section):
    """A network load balancer, if the service has one."""

    tcp: Annotated[list[Tcp], OneOrMoreMaps()] = []
    """Listeners of a network load balancer of the service's own: one, or a list."""


@dataclass(frozen=True, slots=True)
class Listening:
    """A port of a container, as `target` can name it."""

    container: str
    port: int
    name: str | None = None
    udp: bool = False


@dataclass(frozen=True, slots=True)
class TcpInputs:
    """Inputs of the module `nlb`, and of `service` for its target groups. `ingress_cidr_blocks` None: the VPC's block."""

    name: str
    internal: bool
    subnets: str
    static_ips: bool
    target_groups: dict[str, dict[str, Any]]
    listeners: dict[str, Tcp]


def listener_name(listener: Tcp) -> str:
    """The name of a listener among those of its service."""
    return listener.name or listener.protocol


def target(listener: Tcp, service: str, ports: Sequence[Listening]) -> Listening | None:
    """The port that a listener's connections go to; None when the container has no such port."""
    container, udp = listener.container or service, listener.protocol == "udp"
    fitting = [port for port in ports if port.container == container and port.udp == udp]
    if listener.target is None:
        return fitting[0] if fitting else None
    by_name = [port for port in fitting if port.name == listener.target]
    return next(iter((*by_name, *(port for port in fitting if str(port.port) == listener.target))), None)


def health_port(listener: Tcp, service: str, ports: Sequence[Listening]) -> int | None:
    """The port of the health check where it is not the target itself; None when it is, or when there is none."""
    if listener.health.port is not None or listener.protocol != "udp":
        return listener.health.port
    container = listener.container or service
    return next((port.port for port in ports if port.container == container and not port.udp), None)


def reached(listeners: Sequence[Tcp], service: str, ports: Sequence[Listening]) -> set[tuple[int, bool]]:
    """The tasks' ports that the load balancer must reach, those of health checks too, and whether each is UDP."""
    targets = (target(listener, service, ports) for listener in listeners)
    checked = (health_port(listener, service, ports) for listener in listeners)
    return {(port.port, port.udp) for port in targets if port is not None} | {
        (number, False) for number in checked if number is not None
    }


def resolve(
    listeners: Sequence[Tcp],
    service: str,
    label: str,
    ports: Sequence[Listening],
    names: Mapping[str, str],
    subnets: str,
) -> TcpInputs:
    """`subnets`: "public" or "private". `names`: "" -> the load balancer's, listener -> its target group's."""
    groups: dict[str, dict[str, Any]] = {}
    for listener in sorted(listeners, key=listener_name):
        found = target(listener, service, ports)
        if found is None:  # the checks refuse it
            continue
        health = listener.health
        checked = health_port(listener, service, ports)
        groups[listener_name(listener)] = {
            "name": names[listener_name(listener)],
            "container_name": found.container,
            "container_port": _port(listener, found, label),
            **({"protocol": "UDP"} if found.udp else {}),
            **({"preserve_client_ip": True} if listener.client_ip or found.udp else {}),
            "deregistration_delay": listener.drain,
            "health_check": {
                **({"port": checked} if checked is not None else {}),
                **({"path": health.path} if health.path else {}),
                "interval": health.interval,
                "timeout": health.timeout,
                "healthy_threshold": health.healthy,
                "unhealthy_threshold": health.unhealthy,
            },
        }
    return TcpInputs(
        names[""],
        listeners[0].scheme == "internal",
        subnets,
        any(listener.static_ips for listener in listeners),
        groups,
        {listener_name(listener): listener for listener in sorted(listeners, key=listener_name)},
    )


def _port(listener: Tcp, found: Listening, label: str) -> Ref | int:
    """The target's port: by its name or place in the task, or as the description gives its number."""
    if listener.target is not None and found.name != listener.target:
        return found.port
    if found.name is not None and listener.target is not None:
        return Ref(f'module.{label}_task.named_ports["{found.name}"]')
    output = "udp_ports" if found.udp else "tcp_ports"
    return Ref(f'module.{label}_task.{output}["{found.container}"]')


def check(
    listeners: Sequence[Tcp],
    service: str,
    containers: Sequence[str],
    ports: Sequence[Listening],
    region: str,
    with_http: bool,
    path: Path,
) -> Iterator[Finding]:
    """What the load balancer or ECS would refuse."""
    several = len(listeners) > 1
    seen_names: set[str] = set()
    seen_ports: set[int] = set()
    for index, listener in enumerate(listeners):
        here = (*path, "tcp", index) if several else (*path, "tcp")
        yield from _target(listener, service, containers, ports, here)
        yield from _settings(listener, region, here)
        name = listener_name(listener)
        if name in seen_names:
            yield Finding(
                here,
                "EG465",
                f"two listeners are called {name}",
                "give one of them a name: name: …",
                reads=((*path, "tcp"),),
            )
        if listener.port in seen_ports:
            yield Finding(
                (*here, "port"),
                "EG465",
                f"two listeners want port {listener.port}, and a load balancer has one of each, for TCP or UDP",
                "use another port",
                reads=((*path, "tcp"),),
            )
        seen_names.add(name)
        seen_ports.add(listener.port)
        if listener.scheme != listeners[0].scheme:
            yield Finding(
                (*here, "scheme"),
                "EG466",
                f"the first listener is {listeners[0].scheme}, and a service has one network load balancer",
                f"write scheme: {listeners[0].scheme}",
                reads=((*path, "tcp"),),
            )
    if (count := len(listeners) + int(with_http)) > MOST:
        yield Finding(
            (*path, "tcp"),
            "EG467",
            f"a service takes {MOST} target groups, and this one would have {count}",
            "give some of the listeners to a service of their own",
            on_key=True,
            reads=((*path, "http"),),
        )
    yield from _rules(listeners, path)


def _rules(listeners: Sequence[Tcp], path: Path) -> Iterator[Finding]:
    """More blocks than the load balancer's security group takes: each is a rule for each listener that lists it."""
    for version in (4, 6):
        count = sum((":" in block) == (version == 6) for listener in listeners for block in listener.allow or ())
        if count > GROUP_RULES:
            yield Finding(
                (*path, "tcp"),
                "EG406",
                f"{count} IPv{version} blocks in allow are more than the {GROUP_RULES} rules of the load balancer's security group",
                "join neighbouring blocks",
                on_key=True,
                reads=((*path, "tcp"),),
            )


def _target(
    listener: Tcp, service: str, containers: Sequence[str], ports: Sequence[Listening], here: Path
) -> Iterator[Finding]:
    container, kind = listener.container or service, "UDP" if listener.protocol == "udp" else "TCP"
    reads = ((*here[:2], "port"), (*here[:2], "ports"), (*here[:2], "sidecars"))
    if container not in containers:
        yield Finding(
            (*here, "container"),
            "EG462",
            f"the task has no container {container}",
            f"its containers: {', '.join(containers)}",
            reads=reads,
        )
    elif target(listener, service, ports) is None:
        wanted = "no" if listener.target is None else f"no {listener.target} as"
        yield Finding(
            (*here, "target") if listener.target is not None else here,
            "EG463",
            f"container {container} has {wanted} {kind} port that connections could go to",
            "write port: 8080 beside tcp" if kind == "TCP" else "write it in ports, with protocol: udp",
            on_key=listener.target is None and here[-1] == "tcp",
            reads=reads,
        )
    elif listener.protocol == "udp" and health_port(listener, service, ports) is None:
        yield Finding(
            here,
            "EG464",
            f"whether UDP is served cannot be checked, and container {container} has no TCP port to check instead",
            "write port: 8080 beside tcp, or health.port of another container",
            on_key=here[-1] == "tcp",
            reads=reads,
        )


def _settings(listener: Tcp, region: str, here: Path) -> Iterator[Finding]:
    if (listener.protocol == "tls") != (listener.certificate is not None):
        yield Finding(
            (*here, "protocol") if listener.protocol == "tls" else (*here, "certificate"),
            "EG468",
            "tls needs a certificate" if listener.protocol == "tls" else "only tls has a certificate",
            "write certificate: arn:aws:acm:…" if listener.protocol == "tls" else "write protocol: tls, or remove it",
            reads=((*here, "protocol"), (*here, "certificate")),
        )
    elif listener.certificate is not None and listener.certificate.split(":")[3] != region:
        yield Finding(
            (*here, "certificate"),
            "EG468",
            f"the certificate is in {listener.certificate.split(':')[3]} and the load balancer in {region}",
            f"use one of {region}",
            reads=(("region",),),
        )
    if listener.static_ips and listener.scheme == "internal":
        yield Finding(
            (*here, "static_ips"),
            "EG469",
            "an internal load balancer has no Elastic IPs",
            "write scheme: public, or remove static_ips",
            reads=((*here, "scheme"),),
        )
    if listener.health.timeout >= listener.health.interval:
        yield Finding(
            (*here, "health", "timeout"),
            "EG413",
            f"the timeout ({listener.health.timeout} s) is not below the interval ({listener.health.interval} s)",
            f"write at most {listener.health.interval - 1}",
            reads=((*here, "health", "interval"),),
        )
    if listener.allow is not None and not listener.allow:
        yield Finding((*here, "allow"), "EG405", "nobody may connect to the load balancer", "list a CIDR block")
    elif listener.allow and all(":" in block for block in listener.allow):
        yield Finding(
            (*here, "allow"),
            "EG405",
            "the load balancer has IPv4 addresses only, so nobody can connect from IPv6 blocks alone",
            "list an IPv4 block too, such as 0.0.0.0/0",
            Severity.WARNING,
        )
