"""The DNS records that nobody but the user can make: those of hosts that are in no zone of the description."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecsgen.application import Application
from ecsgen.components.domain import DomainInputs
from ecsgen.hcl import Reference
from ecsgen.pipeline.target import Target

OUTPUT = "dns_records"
VALIDATION = "and those that validate the certificate (known after apply)"
WAITING = "once they exist, write domain.validated: true and apply again: HTTPS begins then"


@dataclass(frozen=True)
class DnsRecord:
    """One record. `value` is empty before an apply has made what it leads to."""

    name: str
    type: str
    value: str

    def __str__(self) -> str:
        return f"{self.name} {self.type} {self.value or '(known after apply)'}"


def records_to_create(target: Target) -> tuple[DnsRecord, ...]:
    """The records to make by hand, as far as they are known; none with a zone, or where no service names a host."""
    if not hosts_by_hand(target.application):
        return ()
    return records(target.application, target.terraform.output(target.root, target.env))


def records(application: Application, outputs: Mapping[str, Any]) -> tuple[DnsRecord, ...]:
    """The same from Terraform's outputs, which are empty before the first apply."""
    if application.domain is not None and OUTPUT in outputs:
        return _described(application.domain, outputs[OUTPUT])
    # Without `domain` the address that Terraform gives out is the load balancer's own name, unless others share it.
    name = (
        "" if application.domain is not None else str(outputs.get("url", "")).removeprefix("http://").partition("/")[0]
    )
    if application.load_balancer is not None and application.load_balancer.existing:
        name = str(outputs.get("dns_name", ""))
    return tuple(DnsRecord(host, "CNAME", name) for host in hosts_by_hand(application))


def _described(domain: DomainInputs, made: Iterable[Mapping[str, str]]) -> tuple[DnsRecord, ...]:
    """What the last apply has made, without hosts that are gone and with those that are new."""
    known = [DnsRecord(item["name"], item["type"], item["value"]) for item in made]
    names = {record.name for record in known}
    return (
        *(record for record in known if record.name in domain.hosts or _validates(record, domain)),
        *(DnsRecord(host, "CNAME", "") for host in domain.hosts if host not in names),
    )


def _validates(record: DnsRecord, domain: DomainInputs) -> bool:
    """Whether it validates one of the certificate's names: `_TOKEN.www.example.com`, or `_TOKEN.example.com` for a wildcard."""
    token, _, name = record.name.partition(".")
    return token.startswith("_") and name in {wanted.removeprefix("*.") for wanted in domain.certificate_names}


def hosts_by_hand(application: Application) -> tuple[str, ...]:
    """The hosts that no record of the description's own leads to."""
    if application.domain is not None:
        return () if application.domain.zone is not None else application.domain.hosts
    rules = [rule for service in application.services if service.http for rule in service.http.listener_rules.values()]
    hosts = {host for rule in rules for host in rule.get("hosts", ())}
    # Of a pattern, and of a reference, the names are not known.
    return tuple(sorted(host for host in hosts if not isinstance(host, Reference) and not set(host) & set("*?")))


def lines(application: Application, records: Sequence[DnsRecord]) -> list[str]:
    """What to say about them."""
    if not records:
        return []
    domain = application.domain
    waits = domain is not None and not domain.https
    validated = {record.name.partition(".")[2] for record in records if record.name.startswith("_")}
    unknown = domain is not None and any(name.removeprefix("*.") not in validated for name in domain.certificate_names)
    return [
        "DNS records to create by hand:",
        *(f"  {record}" for record in records),
        *([f"  {VALIDATION}"] if unknown else []),
        *([WAITING] if waits else []),
    ]
