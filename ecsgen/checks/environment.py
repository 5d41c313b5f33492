"""The checks of one environment: what it has once, then each service, then what its services share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecsgen import application, names
from ecsgen.checks.existing import check_existing_cluster, check_existing_network, subnets_of
from ecsgen.checks.job import check_job
from ecsgen.checks.service import check_service
from ecsgen.components import existing_network, listener_rule, load_balancer, network, state, tags
from ecsgen.description.model import RESERVED_ENVIRONMENTS, Description, Service, containers, tasks
from ecsgen.problems import Finding, Severity

MOST_COMPARED = 1000
"""Services of which every two rules are compared: ten times what a load balancer takes."""


def check(description: Description, environment: str, priorities: Mapping[str, int]) -> Iterator[Finding]:
    """All findings of one environment. `priorities` are the lock file's, by rule key."""
    yield from _names(description, environment)
    yield from tags.check(description.tags, ("tags",), {})
    yield from state.check(description.state)
    yield from _network(description)
    yield from check_existing_cluster(description)
    yield from load_balancer.check(description.load_balancer, description.region, description.account)
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
    for name, job in description.jobs.items():
        yield from check_job(description, name, job)
    yield from _listener(description, priorities)


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
            parts = [
                network.Part(
                    part,
                    (*path, *below),
                    None if settings.build is not None else settings.image,
                    tuple(secret.source for secret in settings.secrets.values()),
                    any(secret.kms_key for secret in settings.secrets.values()),
                    bool(settings.env_files),
                )
                for part, below, settings in containers(name, item)
            ]
            with_exec = isinstance(item, Service) and item.exec
            yield from network.check_reach(description.network, name, parts, with_exec, path)


def _listener(description: Description, kept: Mapping[str, int]) -> Iterator[Finding]:
    served = {name: item.http for name, item in description.services.items() if item.http is not None}
    yield from load_balancer.check_served(list(served))
    if len(served) > MOST_COMPARED:
        return
    numbers = application.priorities(description, kept)
    yield from listener_rule.check_all(
        {
            name: (("services", name, "http"), application.rule_of(settings), numbers[application.rule_key(name)])
            for name, settings in served.items()
        },
        {name for name, settings in served.items() if settings.priority is not None},
    )
    for name, settings in served.items():
        if settings.priority is not None:
            key = application.rule_key(name)
            yield from listener_rule.check_taken(("services", name, "http"), key, settings.priority, kept)
