"""Service Connect: services call each other by a short name, through a proxy that ECS runs in every task.

Carried by the module `service`. Running tasks know the names that there were when they started: a service that is
new to the namespace is seen by the others from their next deployment on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from ecsgen.fields import Bool, Fixed, Pattern, Section, flag_or, nearest, one_of, read_text
from ecsgen.hcl import Ref
from ecsgen.problems import Finding, Path, Severity

UNNAMED = "connect"
"""The name of a called port that has none."""
SMALL_CPU = 256
"""CPU units that AWS advises to add to a task for the proxy."""

ALIAS = Pattern(
    r"(?=.{1,127}$)[a-z0-9_.][a-z0-9_.-]*",
    "a name for Service Connect",
    "use at most 127 lower-case letters, digits, hyphens, underscores and points",
)
PORT = Pattern(r"[a-z0-9_][a-z0-9_-]{0,63}", "a port", "write its number, or its name from ports")


class Connect(Section):
    """The service's place in Service Connect."""

    alias: Annotated[Fixed, ALIAS] | None = None
    """The name that other services call it by; its own name when not given. They use the container's port."""
    port: Annotated[str, BeforeValidator(read_text), PORT] | None = None
    """The port that others call, by number or name; the main port when not given. Without any port it only calls others."""
    protocol: Annotated[Literal["tcp", "http", "http2", "grpc"], one_of("tcp", "http", "http2", "grpc")] = "tcp"
    """What is spoken there: with `http`, `http2` or `grpc` the proxy retries and measures requests. ECS refuses a change of it as long as `connect` stands."""
    client_only: Bool = False
    """Only call others, although there is a port: requests from the load balancer then pass no proxy."""
    logs: Bool = False
    """Write the proxy's own log into the service's log group."""


class ConnectKeys(Section):
    """Service Connect, if the service takes part in it."""

    connect: Annotated[Connect | None, flag_or(Connect.model_fields)] = None
    """Service Connect: `true`, or a map. Other services call this one by its name, and this one calls them."""


@dataclass(frozen=True, slots=True)
class Listening:
    """A port that a container of the task listens on. `name` None: it has none."""

    container: str
    port: int
    name: str | None = None
    udp: bool = False

    @property
    def port_name(self) -> str:
        """The name of its port mapping, which Service Connect goes by."""
        return self.name or UNNAMED


@dataclass(frozen=True, slots=True)
class ConnectInputs:
    """Inputs of the module `service` for Service Connect. `server` None: the service only calls others.

    `after` are the services that it calls: they are deployed first.
    """

    server: dict[str, Any] | None
    logs: bool
    after: tuple[Ref, ...]


def called(connect: Connect, main: Listening | None, ports: Sequence[Listening]) -> Listening | None:
    """The port that others call; None when the service only calls, or when no container has that port.

    `main` is the main container's first TCP port, `ports` are those of all containers.
    """
    if connect.client_only:
        return None
    if connect.port is None:
        return main
    by_name = [item for item in ports if item.name == connect.port]
    by_number = sorted((item for item in ports if str(item.port) == connect.port), key=lambda item: item.udp)
    return next(iter((*by_name, *by_number)), None)


def name_port(ports: list[dict[str, Any]], connect: Connect, target: Listening) -> list[dict[str, Any]]:
    """The container's ports, the called one with the name and the protocol that Service Connect needs."""
    protocol = {} if connect.protocol == "tcp" else {"app_protocol": connect.protocol}
    return [
        {**port, "name": target.port_name, **protocol}
        if port["container_port"] == target.port and "protocol" not in port
        else port
        for port in ports
    ]


def resolve(connect: Connect, target: Listening | None, name: str, service: str, after: Sequence[str]) -> ConnectInputs:
    """`target` is the port that others call, `service` what ECS calls the service `name`; `after` are the labels of the services that this one calls."""
    names = tuple(Ref(f"module.{label}_service.name") for label in after)
    if target is None:
        return ConnectInputs(None, connect.logs, names)
    return ConnectInputs(
        {
            "discovery_name": service,
            "port_name": target.port_name,
            "dns_name": connect.alias or name,
        },
        connect.logs,
        names,
    )


def check(
    connect: Connect, main: Listening | None, listening: Sequence[Listening], cpu: int, path: Path
) -> Iterator[Finding]:
    """What ECS would refuse, or what would not do what it says. Ports as in `called`."""
    here = (*path, "connect")
    ports = ((*path, "port"), (*path, "ports"), (*path, "sidecars"))
    target = called(connect, main, listening)
    if connect.client_only and (connect.alias is not None or connect.port is not None):
        key = "alias" if connect.alias is not None else "port"
        yield Finding(
            (*here, key),
            "EG451",
            f"with client_only nobody calls the service, so its {key} means nothing",
            f"remove {key}, or client_only",
            reads=((*here, "client_only"),),
        )
    elif target is None and connect.port is not None:
        known = [item.name or str(item.port) for item in listening if not item.udp]
        yield Finding(
            (*here, "port"),
            "EG450",
            f"no container of the task has the port {connect.port}",
            nearest(connect.port, known) or "write port: 8080 beside connect",
            reads=ports,
        )
    elif target is None and connect.alias is not None:
        yield Finding(
            (*here, "alias"),
            "EG451",
            "the service has an alias and no port that others could call",
            "write port: 8080 beside connect, or remove alias",
            reads=ports,
        )
    elif target is not None and target.udp:
        yield Finding(
            (*here, "port"),
            "EG452",
            f"port {target.port} is for UDP, and Service Connect carries TCP only",
            "name a TCP port",
            reads=ports,
        )
    if cpu <= SMALL_CPU:
        yield Finding(
            here,
            "EG454",
            f"the proxy of Service Connect wants {SMALL_CPU} CPU units and 64 MiB for itself, and the task has {cpu}",
            "write cpu: 512",
            Severity.WARNING,
            on_key=True,
            reads=((*path, "cpu"),),
        )


def check_aliases(services: Mapping[str, tuple[str, int, Path]]) -> Iterator[Finding]:
    """Two services under one name and port. `services`: name -> alias, port, and where the alias stands."""
    seen: dict[tuple[str, int], str] = {}
    for service, (alias, port, path) in services.items():
        other = seen.setdefault((alias, port), service)
        if other != service:
            yield Finding(
                path,
                "EG453",
                f"{other} and {service} would both be called as {alias}:{port}",
                "give one of them another alias",
                on_key=path[-1] != "alias",
                reads=(("services", other, "connect"), ("services", other, "port")),
            )
