"""The names that an application is reached by: HTTPS with a certificate for them, and their DNS records.

Carried by the module `domain`; the listener itself is the load balancer's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from ecsgen.aws_values import arn
from ecsgen.fields import (
    Bool,
    Fixed,
    OneOrMore,
    Pattern,
    ReadBy,
    Section,
    invalid,
    is_reference,
    read_reference,
    read_text,
)
from ecsgen.hcl import Reference
from ecsgen.problems import Finding, Path, Severity, shorten

AUTO = "auto"
DEFAULT_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
"""TLS 1.2 and 1.3 with forward secrecy: AWS's recommendation for load balancers."""
OLD_PROTOCOLS = re.compile(r"TLS13-1-[01]|-TLS-1-[01]|-2015-|-2016-|FS-2018-|-FS-1-1")
"""In the names of policies that let clients in with TLS 1.0 or 1.1."""
NAMES_QUOTA, NAMES_LIMIT = 10, 100
"""Names of a certificate by ACM's default quota, and at most."""
SUBJECT_LIMIT = 64
"""Characters of a certificate's first name."""
HERE = ("domain",)

_NAME = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]"
_is_id = re.compile(r"Z[A-Z0-9]{6,31}").fullmatch
_is_name = re.compile(rf"(?:\*\.)?{_NAME}").fullmatch
ZONE = Pattern(
    rf"Z[A-Z0-9]{{6,31}}|{_NAME}", "a hosted zone", "write its name like example.com, or its id like Z0123456789ABC"
)
CERTIFICATE_NAME = Pattern(
    rf"(?:\*\.)?{_NAME}", "a name for a certificate", "write it like www.example.com or *.example.com, in lower case"
)
POLICY = Pattern(r"ELBSecurityPolicy-[A-Za-z0-9-]+", "a TLS policy", f"write it like {DEFAULT_POLICY}")
_ARN = arn("acm", "the ARN of a certificate", "arn:aws:acm:eu-west-1:123456789012:certificate/ID")


def _certificate(value: Any) -> str:
    if is_reference(value):
        return read_reference(value)
    text = read_text(value)
    if text != AUTO and not re.fullmatch(_ARN.regex, text):
        raise invalid(f'"{shorten(text)}" is neither auto nor {_ARN.what}', _ARN.hint, "EG104")
    return text


class Domain(Section):
    """HTTPS for the services that have `http`, and the names that they are reached by."""

    zone: Annotated[Fixed, ZONE] | None = None
    """The Route 53 hosted zone of the hosts, by name (`example.com`) or by id; without one, records are made by hand."""
    certificate: Annotated[str, ReadBy(_certificate)] = AUTO
    """`auto`: one from ACM for all hosts, validated in the zone; or the ARN of one, in the load balancer's region."""
    names: Annotated[list[Annotated[Fixed, CERTIFICATE_NAME]], OneOrMore()] = []
    """Names of the certificate instead of the hosts' own, such as `*.example.com`: a new host then needs no new one."""
    validated: Bool = False
    """Without a zone: say that the validation records of the `auto` certificate exist, so that HTTPS can begin."""
    policy: Annotated[Fixed, POLICY] = DEFAULT_POLICY
    """The TLS policy of the listener."""


@dataclass(frozen=True, slots=True)
class Served:
    """What the checks know about one service: its hosts in lower case, each with where it is written."""

    hosts: tuple[tuple[str, Path], ...]
    path: Path

    @property
    def everywhere(self) -> bool:
        """Whether none of its rules names a host."""
        return not self.hosts


@dataclass(frozen=True, slots=True)
class DomainInputs:
    """Inputs of the module `domain`, and of the HTTPS listener.

    `certificate_arn` None: the module's own certificate. `https` False: its certificate still waits for records.
    `url` is that of the host that is written first; None without a host, or without HTTPS.
    """

    zone: str | None
    hosts: tuple[str, ...]
    certificate_names: tuple[str, ...]
    validated: bool
    https: bool
    certificate_arn: str | None
    policy: str
    url: str | None


def has_https(domain: Domain | None) -> bool:
    """Whether the load balancer has an HTTPS listener."""
    return domain is not None and (domain.certificate != AUTO or domain.zone is not None or domain.validated)


def zone_name(domain: Domain) -> str | None:
    """The zone's name; None without a zone, or where only its id is known."""
    return None if domain.zone is None or _is_id(domain.zone) else domain.zone


def covers(name: str, host: str) -> bool:
    """Whether a certificate's name is good for a host: `*` stands for exactly one label."""
    return name == host or (name.startswith("*.") and name[2:] == host.partition(".")[2])


def hosts_of(domain: Domain, services: Mapping[str, Served]) -> tuple[str, ...]:
    """The hosts that lead to the load balancer, sorted: those of the rules, and the zone's apex for rules without one."""
    found = {host for item in services.values() for host, _ in item.hosts}
    apex = zone_name(domain)
    if apex is not None and any(item.everywhere for item in services.values()):
        found.add(apex)
    return tuple(sorted(host for host in found if not isinstance(host, Reference) and _is_name(host)))


def certificate_names(domain: Domain, hosts: Sequence[str]) -> tuple[str, ...]:
    """The names of the certificate to request: as written, or the hosts but for those that a wildcard covers."""
    if domain.certificate != AUTO:
        return ()
    wanted = sorted(set(domain.names)) or [
        host for host in hosts if not any(other != host and covers(other, host) for other in hosts)
    ]
    return tuple(sorted(wanted, key=lambda name: (len(name) > SUBJECT_LIMIT, name)))


def resolve(domain: Domain, services: Mapping[str, Served]) -> DomainInputs:
    """`services` are those that have `http`."""
    hosts = hosts_of(domain, services)
    apex = zone_name(domain)
    written = (host for item in services.values() for host, _ in (item.hosts or ((apex, item.path),)))
    first = next((host for host in written if host in hosts and not host.startswith("*.")), None)
    return DomainInputs(
        zone=domain.zone,
        hosts=hosts,
        certificate_names=certificate_names(domain, hosts),
        validated=domain.validated and domain.zone is None,
        https=has_https(domain),
        certificate_arn=None if domain.certificate == AUTO else domain.certificate,
        policy=domain.policy,
        url=f"https://{first}" if first is not None and has_https(domain) else None,
    )


def check(domain: Domain, region: str, account: str | None) -> Iterator[Finding]:
    """What is wrong with the domain by itself."""
    if domain.certificate != AUTO:
        yield from _check_arn(domain.certificate, region, account)
        if domain.names:
            what = "a certificate that exists has its names already"
            yield Finding((*HERE, "names"), "EG478", what, "remove names, or write certificate: auto", on_key=True)
    if domain.validated and (domain.zone is not None or domain.certificate != AUTO):
        what = "only the records of an auto certificate without a zone are made by hand"
        yield Finding((*HERE, "validated"), "EG478", what, "remove validated", on_key=True, reads=(HERE,))
    if OLD_PROTOCOLS.search(domain.policy):
        yield Finding(
            (*HERE, "policy"),
            "EG449",
            f"{domain.policy} lets clients in with TLS 1.0 or 1.1, which are broken",
            f"write {DEFAULT_POLICY}, or remove policy",
            Severity.WARNING,
        )


def _check_arn(certificate: str, region: str, account: str | None) -> Iterator[Finding]:
    if isinstance(certificate, Reference):
        return
    path, (place, owner) = (*HERE, "certificate"), certificate.split(":")[3:5]
    hint = "request or import one there, or write certificate: auto"
    if place != region:
        what = f"the certificate is in {place} and the load balancer in {region}"
        yield Finding(path, "EG444", what, hint, reads=(("region",),))
    elif account is not None and owner != account:
        what = f"the certificate belongs to account {owner} and the load balancer to {account}"
        yield Finding(path, "EG444", what, hint, reads=(("account",),))


def check_hosts(domain: Domain, services: Mapping[str, Served]) -> Iterator[Finding]:
    """Hosts that are in no zone, in no certificate, or missing."""
    apex = zone_name(domain)
    for item in services.values():
        for host, path in item.hosts:
            yield from _check_host(domain, host, path)
        if item.everywhere and domain.zone is not None and apex is None:
            yield Finding(
                (*HERE, "zone"),
                "EG476",
                "a service without a host is reached at the zone's own name, which its id does not tell",
                "write the zone's name, or give the service a host",
                reads=(item.path,),
            )
    hosts = hosts_of(domain, services)
    names = certificate_names(domain, hosts)
    for index, name in enumerate(domain.names):
        if apex is not None and not f".{name}".endswith(f".{apex}"):
            yield Finding(
                (*HERE, "names", index),
                "EG442",
                f"{shorten(name)} is outside the zone {apex}, where it would be validated",
                "remove it, or use a certificate's ARN",
                reads=((*HERE, "zone"),),
            )
    if apex in hosts and names and not any(covers(name, str(apex)) for name in names):
        yield Finding(
            (*HERE, "names"),
            "EG475",
            f"the certificate's names do not cover {apex}, where the services without a host are reached",
            f"add {apex}, which *.{apex} does not cover",
            reads=(("services",), (*HERE, "zone")),
        )
    if not services:
        yield Finding(
            HERE,
            "EG478",
            "no service has http, and domain makes certificates and records for nothing else",
            "remove domain, or write http in a service; for tcp make the record by hand",
            Severity.WARNING,
            on_key=True,
            reads=(("services",), HERE),
        )
    elif not hosts:
        severity = Severity.WARNING if domain.certificate != AUTO else Severity.ERROR
        yield Finding(
            HERE,
            "EG448",
            "no service names a host, so there is nothing that a certificate could be for",
            "write http: {host: www.example.com}, or zone: example.com",
            severity,
            on_key=True,
            reads=(("services",), HERE),
        )
    if len(names) > NAMES_QUOTA:
        severity = Severity.WARNING if len(names) <= NAMES_LIMIT else Severity.ERROR
        limit = NAMES_LIMIT if len(names) > NAMES_LIMIT else f"{NAMES_QUOTA} by AWS's default quota"
        yield Finding(
            (*HERE, "names") if domain.names else HERE,
            "EG445",
            f"the certificate has {len(names)} names, and it takes {limit}",
            "write names: with a wildcard that covers them, such as *.example.com",
            severity,
            on_key=True,
            reads=(("services",),),
        )
    if names and len(names[0]) > SUBJECT_LIMIT:
        yield Finding(
            HERE,
            "EG443",
            f"every name of the certificate has over {SUBJECT_LIMIT} characters, and the first may not",
            "write names: with a shorter one, such as a wildcard",
            on_key=True,
            reads=(("services",),),
        )


def _check_host(domain: Domain, host: str, path: Path) -> Iterator[Finding]:
    apex = zone_name(domain)
    reads = (HERE,)
    if isinstance(host, Reference):
        if domain.zone is not None or domain.certificate == AUTO:
            yield Finding(
                path,
                "EG121",
                "a reference cannot stand here: certificates and records are made for names that are known",
                "write the name itself, or give the ARN of a certificate and remove domain.zone",
                reads=reads,
            )
        return
    if not _is_name(host):
        if domain.zone is not None or (domain.certificate == AUTO and not domain.names):
            yield Finding(
                path,
                "EG443",
                f"{shorten(host)} can be neither in a certificate nor in a zone",
                "name the hosts, or let the wildcard be the whole first part, as in *.example.com",
                reads=reads,
            )
        return
    if apex is not None and host != apex and not host.endswith(f".{apex}"):
        yield Finding(
            path,
            "EG442",
            f"{shorten(host)} is outside the zone {apex}",
            f"write a host like www.{apex}, or remove domain.zone and make the records by hand",
            reads=reads,
        )
    elif domain.names and domain.certificate == AUTO and not any(covers(name, host) for name in domain.names):
        yield Finding(
            path,
            "EG475",
            f"the certificate's names do not cover {shorten(host)}",
            f"add {shorten(host)} to domain.names",
            reads=reads,
        )
