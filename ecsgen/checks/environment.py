"""The checks of one environment: what it has once, then each service, then what its services share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecsgen import application, names
from ecsgen.checks import ec2
from ecsgen.checks.connections import check_connections
from ecsgen.checks.existing import check_existing_cluster, check_existing_listener, check_existing_network, subnets_of
from ecsgen.checks.job import check_before, check_job
from ecsgen.checks.service import check_service
from ecsgen.checks.volumes import check_clients
from ecsgen.components import (
    domain,
    existing_network,
    http,
    listener_rule,
    load_balancer,
    network,
    registry,
    state,
    static_addresses,
    tags,
)
from ecsgen.description.model import RESERVED_ENVIRONMENTS, Description, tasks
from ecsgen.problems import Finding, Path, Severity

MOST_COMPARED = 1000
"""Rules of which every two are compared: ten times what a load balancer takes."""


def check(description: Description, environment: str, priorities: Mapping[str, int]) -> Iterator[Finding]:
    """All findings of one environment. `priorities` are the lock file's, by rule key."""
    yield from _names(description, environment)
    yield from tags.check(description.tags, ("tags",), {})
    yield from state.check(description.state)
    yield from registry.check(description.registry, environment, description.region, description.account)
    yield from _network(description)
    yield from check_existing_cluster(description)
    ports = 2 if domain.has_https(description.domain) else 1
    if description.load_balancer.existing is None:
        yield from load_balancer.check(description.load_balancer, description.region, description.account, ports)
        if description.load_balancer.static_ips:
            has_http = any(item.http is not None for item in description.services.values())
            yield from static_addresses.check(description.load_balancer.scheme, has_http)
    if description.load_balancer.allow:
        yield from network.check_overlaps(
            (("load_balancer", "allow", index), block) for index, block in enumerate(description.load_balancer.allow)
        )
    if not description.services and not description.jobs:
        yield Finding(
            (),
            "EG109",
            "the description has no services",
            "write services: with at least one below it, or jobs:",
            reads=(("services",), ("jobs",)),
        )
    for name, item in description.services.items():
        yield from check_service(description, name, item)
        yield from check_before(description, name, item)
    for name, job in description.jobs.items():
        yield from check_job(description, name, job)
    yield from _parts(description, environment)
    yield from ec2.check(description)
    yield from _listener(description, environment, priorities)
    yield from check_existing_listener(description)
    yield from _https(description)
    yield from check_connections(description)
    yield from check_clients(description)
    yield from static_addresses.check_quota(list(_elastic_ips(description)))


def _elastic_ips(description: Description) -> Iterator[tuple[Path, int]]:
    """Where Elastic IPs are asked for, and how many: a load balancer has one in each zone."""
    settings, balancer = description.network, description.load_balancer
    zones = settings.azs
    if existing_network.is_existing(settings.vpc):
        zones = len(settings.public_subnets) if isinstance(settings.public_subnets, list) else 0  # not known here
    elif settings.nat != "none":
        yield ("network", "nat"), zones if settings.nat == "per_az" else 1
    if balancer.static_ips:
        yield static_addresses.HERE, zones
    for name, item in description.services.items():
        if fixed := [index for index, listener in enumerate(item.tcp) if listener.static_ips]:
            below = ("tcp", fixed[0]) if len(item.tcp) > 1 else ("tcp",)
            yield ("services", name, *below, "static_ips"), zones


def _names(description: Description, environment: str) -> Iterator[Finding]:
    name = description.name
    if environment in RESERVED_ENVIRONMENTS:
        yield Finding(
            ("environments", environment),
            "EG201",
            f"{environment} is the name of a folder beside the environments'",
            "choose another name",
            on_key=True,
        )
    for prefix, what in (("internal-", "load balancers"), ("sg-", "security groups")):
        if names.stack(name, environment).startswith(prefix):
            yield Finding(
                ("name",),
                "EG202",
                f'"{name}": AWS refuses names of {what} that begin with {prefix}',
                "choose another name",
            )
    if description.region not in state.REGIONS:
        yield Finding(
            ("region",),
            "EG203",
            f"{description.region} is not a region known to this version of ecsgen",
            "check its spelling",
            Severity.WARNING,
        )
    if name.startswith("aws"):
        yield Finding(
            ("name",),
            "EG202",
            f'"{name}": ECR reserves names that begin with aws',
            "choose another name",
            Severity.WARNING,
        )


def _parts(description: Description, environment: str) -> Iterator[Finding]:
    """Queues and alarms of two services that AWS would take for one; it replaces an alarm without a word."""
    seen: dict[tuple[str, str], Path] = {}
    for what, name, path in application.derived_names(description, environment):
        other = seen.setdefault((what, name), path)
        if other[:4] != path[:4]:  # two steps of one service are told about by their room
            whose = (
                f"{other[1]} and of {path[1]}" if other[1] != path[1] else f"the queue of {path[1]} and of this step"
            )
            yield Finding(
                path,
                "EG207",
                f"the {what} {name} would be that of {whose} in AWS",
                f"rename {'one of them' if other[1] != path[1] else 'the step'}",
                reads=(other,),
            )


def _network(description: Description) -> Iterator[Finding]:
    if existing_network.is_existing(description.network.vpc):
        yield from check_existing_network(description)
        return
    yield from existing_network.check("new", subnets_of(description), description.network.model_fields_set)
    yield from network.check(description.network)
    if description.network.nat != "none":
        return
    for path, item in tasks(description):
        name = path[1]
        if not application.is_public(description, item) and not item.network.subnets:
            parts = application.parts(description, path, item)
            yield from network.check_reach(
                description.network,
                name,
                parts,
                path,
                description.region,
                with_exec=application.has_exec(item),
                with_queue=application.has_queue(item),
            )


def _listener(description: Description, environment: str, kept: Mapping[str, int]) -> Iterator[Finding]:
    found = application.listener_rules(description)
    served = [name for name, item in description.services.items() if item.http is not None]
    yield from load_balancer.check_served(served, [rule.path for rule in found])
    if len(found) > MOST_COMPARED:
        return
    numbers = application.priorities(description, environment, kept)
    yield from listener_rule.check_all(
        {rule.key: (rule.path, rule.rule, numbers[rule.key]) for rule in found},
        {rule.key for rule in found if rule.priority is not None},
    )
    for rule in found:
        if rule.priority is not None:
            yield from listener_rule.check_taken(rule.path, rule.key, rule.priority, kept)


def _https(description: Description) -> Iterator[Finding]:
    """The domain, and what is possible only with HTTPS."""
    found = description.domain
    if found is not None:
        yield from domain.check(found, description.region, description.account)
        yield from domain.check_hosts(found, application.served(description))
    hint = (
        "write domain: with a zone, or with a certificate"
        if found is None
        else "write validated: true once it is issued"
    )
    for name, item in description.services.items():
        if item.http is not None:
            # What a listener of others speaks is not known here.
            has_https = domain.has_https(found) or description.load_balancer.existing is not None
            yield from http.check_listener(item.http, has_https, hint, ("services", name))
        for rule in application.service_rules(name, item):
            if rule.auth is not None:
                place = (
                    (*rule.path, "auth")
                    if "auth" in rule.settings.model_fields_set
                    else ("services", name, "http", "auth")
                )
                is_new = not existing_network.is_existing(description.network.vpc)
                closed = is_new and description.network.nat == "none"
                yield from load_balancer.check_cognito(description.load_balancer.scheme, closed, place)
