"""Checks of environments beside each other: what they would both call by one name, and what they share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecsgen import application, names
from ecsgen.components import domain, listener_rule
from ecsgen.description.model import Description, tasks
from ecsgen.hcl import Reference
from ecsgen.problems import Finding, Severity, shorten


def check_together(descriptions: Mapping[str, Description]) -> Iterator[Finding]:
    """All findings that need more than one environment. `descriptions` are those that could be read, by name."""
    yield from _same_tasks(descriptions)
    yield from _same_parts(descriptions)
    yield from _same_namespaces(descriptions)
    yield from _same_requests(descriptions)
    yield from _same_hosts(descriptions)
    yield from _one_registry(descriptions)


def _maybe_one(one: str | None, other: str | None) -> bool:
    """Whether two environments can be in one account, as far as they say where they are."""
    return None in (one, other) or one == other


def _same_tasks(descriptions: Mapping[str, Description]) -> Iterator[Finding]:
    """Services and jobs of two environments whose names in AWS are the same: c-d in b, and d in b-c."""
    seen: dict[str, tuple[str, str, str | None]] = {}
    for environment, description in descriptions.items():
        for (_, service_name), _ in tasks(description):
            name = names.family(description.name, environment, service_name)
            other, theirs, account = seen.setdefault(name, (environment, service_name, description.account))
            if other != environment and _maybe_one(account, description.account):
                yield Finding(
                    ("environments", environment),
                    "EG207",
                    f"{service_name} in {environment} and {theirs} in {other} would both be {name} in AWS",
                    "rename one of the environments or services, or give each environment its account",
                    on_key=True,
                )


def _same_parts(descriptions: Mapping[str, Description]) -> Iterator[Finding]:
    """Queues and alarms of two environments whose names are the same, though their services' are not."""
    seen: dict[tuple[str, str, str], tuple[str, str | None]] = {}
    for environment, description in descriptions.items():
        told: set[str] = set()
        for what, name, _ in application.derived_names(description, environment):
            other, account = seen.setdefault((description.region, what, name), (environment, description.account))
            if other != environment and other not in told and _maybe_one(account, description.account):
                told.add(other)
                yield Finding(
                    ("environments", environment),
                    "EG207",
                    f"the {what} {name} would be that of {environment} and of {other} in AWS",
                    "rename a service or a step of one of them, or give each environment its account",
                    on_key=True,
                )


def _same_namespaces(descriptions: Mapping[str, Description]) -> Iterator[Finding]:
    """A namespace that two environments would make: Cloud Map takes a name once in an account and region."""
    seen: dict[tuple[str, str], tuple[str, str | None]] = {}
    for environment, description in descriptions.items():
        namespace = description.cluster.namespace
        if namespace is None or description.cluster.existing is not None:
            continue
        other, account = seen.setdefault((description.region, namespace), (environment, description.account))
        if other != environment and _maybe_one(account, description.account):
            yield Finding(
                ("environments", environment),
                "EG480",
                f"{other} and {environment} would both make the namespace {shorten(namespace)}, and an account has one of a name in a region",
                f"write another cluster.namespace in {environment}, or none and it is called like the cluster",
                Severity.WARNING,
                on_key=True,
            )


def _same_requests(descriptions: Mapping[str, Description]) -> Iterator[Finding]:
    """Rules of two environments on one listener that want the same requests, or have the same number."""
    rules: dict[tuple[str, listener_rule.Rule], str] = {}
    numbers: dict[tuple[str, int], str] = {}
    for environment, description in descriptions.items():
        listener = description.load_balancer.existing
        if listener is None:
            continue
        for found in application.listener_rules(description):
            name = found.key.partition("/")[0]
            # A reference is to each environment's own Terraform.
            known = not any(isinstance(value, Reference) for value in (*found.rule.hosts, *found.rule.sources))
            if known and (other := rules.setdefault((listener, found.rule), environment)) != environment:
                yield Finding(
                    ("environments", environment),
                    "EG415",
                    f"{name} wants the same requests in {environment} and in {other}, which share a listener: only one of them gets any",
                    f"give {name} another host or path in {environment}",
                    Severity.WARNING,
                    on_key=True,
                )
            if found.priority is None:
                continue
            if (other := numbers.setdefault((listener, found.priority), environment)) != environment:
                yield Finding(
                    ("environments", environment),
                    "EG417",
                    f"priority {found.priority} is given to {name} in {environment} and to a rule of {other}, which share a listener",
                    f"choose another in {environment}, or remove it",
                    on_key=True,
                )


def _same_hosts(descriptions: Mapping[str, Description]) -> Iterator[Finding]:
    """Hosts of two environments in one zone, which has one record of each name. A zone of another account is another one."""
    seen: dict[tuple[str, str], tuple[str, str | None]] = {}
    for environment, description in descriptions.items():
        found = description.domain
        if found is None or found.zone is None:
            continue
        taken: dict[str, list[str]] = {}
        for host in domain.hosts_of(found, application.served(description)):
            other, account = seen.setdefault((found.zone, host), (environment, description.account))
            if other != environment and _maybe_one(account, description.account):
                taken.setdefault(other, []).append(host)
        for other, hosts in taken.items():
            yield Finding(
                ("environments", environment),
                "EG480",
                f"{', '.join(map(shorten, hosts[:3]))} would lead to {other} and to {environment}, and {found.zone} has one record of a name",
                f"give {environment} hosts or a zone of its own",
                Severity.WARNING,
                on_key=True,
            )


def _one_registry(descriptions: Mapping[str, Description]) -> Iterator[Finding]:
    """The repositories belong to all environments, and have one state: they cannot be in the account of each."""
    accounts: dict[str, str] = {}
    for environment, description in descriptions.items():
        kept = description.registry
        in_its_own = kept.account is None and kept.external is None
        if in_its_own and description.account is not None and application.builds(description):
            accounts.setdefault(description.account, environment)
    first, *others = accounts.values() or [""]
    for environment in others:
        yield Finding(
            ("environments", environment, "account"),
            "EG718",
            f"{first} and {environment} are in different accounts and share their images, and registry has no account",
            "name one account for the images: registry: {account: …, role: …}",
            Severity.WARNING,
        )
