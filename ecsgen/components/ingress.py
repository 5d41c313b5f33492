"""Who may open connections to a service's tasks: rules of its security group, on exactly its ports.

Carried by the module `service`. The load balancer's own way to the tasks is not here: it is always open.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from ecsgen.aws_values import GROUP_RULES, read_network
from ecsgen.fields import ReadBy, Section, invalid, is_reference, nearest, read_reference, read_text
from ecsgen.hcl import Ref, Reference
from ecsgen.problems import Finding, Path, Severity

_GROUP = re.compile(r"sg-[0-9a-f]{8,17}").fullmatch
_SERVICE = re.compile(r"[a-z](?:-?[a-z0-9])*").fullmatch


def _source(value: Any) -> str:
    """A security group, a CIDR block, the name of a service, or a reference to one of the first two."""
    if is_reference(value):
        return read_reference(value)
    text = read_text(value)
    if _GROUP(text) or (_SERVICE(text) and len(text) <= 63):
        return text
    if re.fullmatch(r"[0-9a-fA-F.:/]+", text):
        return read_network(text)
    raise invalid(
        f'"{text}" is not a service, a CIDR block or a security group',
        "write the name of a service or a job, 10.0.0.0/16 or sg-0123456789abcdef0",
        "EG104",
    )


class IngressKeys(Section):
    """Who may connect to the tasks."""

    allow_from: list[Annotated[str, ReadBy(_source)]] | None = None
    """Who may connect to the service's ports: services and jobs by name, CIDR blocks, security groups by id; a reference to a block or a group.

    Without it, nobody but the load balancer; with `connect`, the other services that have `connect`.
    """


@dataclass(frozen=True, slots=True)
class Opened:
    """One port of the tasks that others may connect to."""

    port: int
    udp: bool = False


def is_service(source: str) -> bool:
    """Whether a source is a service's name."""
    return not _GROUP(source) and _SERVICE(source) is not None


@dataclass(frozen=True, slots=True)
class IngressInputs:
    """Inputs of the module `service`: sources by a name of their own, and what they may connect to.

    That is the one port of that name, or else every port of these containers.
    """

    sources: dict[str, Any]
    port_name: str | None
    containers: tuple[str, ...]

    @property
    def from_outside(self) -> bool:
        """Whether addresses may connect, and not only what is in the VPC by its security group, as far as is known."""
        return any("cidr_block" in source for source in self.sources.values())


def resolve(
    sources: Sequence[str], port_name: str | None, containers: Sequence[str], service: str, modules: Mapping[str, str]
) -> IngressInputs:
    """`service` is what the tasks themselves are called among the sources.

    `modules`: service, job, or others of the description -> the module call that has their security group.
    """
    return IngressInputs(
        {str(source): _who(source, service, modules) for source in sorted(set(sources))}, port_name, tuple(containers)
    )


def _who(source: str, service: str, modules: Mapping[str, str]) -> dict[str, Any]:
    if isinstance(source, Reference):
        return {"source": source}
    if _GROUP(source) or "/" in source:
        return {"security_group_id" if _GROUP(source) else "cidr_block": source}
    # A module call cannot refer to its own outputs.
    return (
        {"self": True}
        if source == service
        else {"security_group_id": Ref(f"module.{modules[source]}.security_group_id")}
    )


def check(keys: IngressKeys, ports: Sequence[Opened], services: Sequence[str], path: Path) -> Iterator[Finding]:
    """What Terraform or AWS would refuse. `ports` are those that the rules open."""
    here = (*path, "allow_from")
    sources = keys.allow_from or []
    seen: set[str] = set()
    for index, source in enumerate(sources):
        if source in seen and "/" not in source:
            yield Finding((*here, index), "EG455", f"{source} is listed twice", "remove one of them")
        elif is_service(source) and source not in services:
            yield Finding(
                (*here, index),
                "EG456",
                f"there is no service and no job {source}",
                nearest(source, services),
                reads=(("services", source), ("jobs", source)),
            )
        seen.add(source)
    if sources and not ports:
        yield Finding(
            here,
            "EG457",
            "the service has no port that anybody could connect to",
            "write port: 8080 beside allow_from, or remove allow_from",
            on_key=True,
            reads=((*path, "port"), (*path, "ports"), (*path, "sidecars")),
        )


def check_rules(sources: Sequence[str], ports: Sequence[Opened], others: int, path: Path, on: str) -> Iterator[Finding]:
    """More rules than a security group takes. `others` are the load balancers' rules; `on` is the key that asks for them."""
    for version in (4, 6):
        count = sum(1 for source in set(sources) if _version(source) in {version, None})
        total = count * len(set(ports)) + others
        if total > GROUP_RULES:
            yield Finding(
                (*path, on),
                "EG458",
                f"the service's security group would have {total} rules, and by AWS's default quota it takes {GROUP_RULES}",
                "join neighbouring blocks, list fewer, or have the quota raised",
                Severity.WARNING,
                on_key=True,
                reads=((*path, "port"), (*path, "ports")),
            )
            return


def versions(sources: Iterable[str]) -> tuple[int, int]:
    """Rules for IPv4 and for IPv6; one that names no block counts for both."""
    found = list(map(_version, sources))
    return sum(version in {4, None} for version in found), sum(version in {6, None} for version in found)


def _version(source: str) -> int | None:
    is_block = "/" in source and not isinstance(source, Reference)
    return ipaddress.ip_network(source).version if is_block else None
