"""The checks of what is there already: whether it fits to what is to be made in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ecsgen import application
from ecsgen.components import existing_cluster, existing_listener, existing_network
from ecsgen.components.network import Tagged
from ecsgen.description.model import Description, tasks
from ecsgen.problems import Finding, Path


def subnets_of(description: Description) -> dict[str, Sequence[str] | Tagged]:
    """The subnets that the description names, by its key."""
    settings = description.network
    return {"public_subnets": settings.public_subnets, "private_subnets": settings.private_subnets}


def check_existing_network(description: Description) -> Iterator[Finding]:
    """An existing VPC, and who is to live in it."""
    settings, subnets = description.network, subnets_of(description)
    yield from existing_network.check(settings.vpc, subnets, settings.model_fields_set)
    if settings.vpc != "default" and not any(subnets.values()):
        return
    for place, item in tasks(description):
        if not item.network.subnets:
            public = application.is_public(description, item)
            path: Path = (*place, "network", "public")
            yield from existing_network.check_placed(
                subnets,
                settings.vpc,
                "public" if public else "private",
                f"tasks of {place[1]} are to live",
                f"set network.public: {str(not public).lower()}",
                path,
                path,
            )
    if description.load_balancer.existing is None and any(
        item.http is not None for item in description.services.values()
    ):
        yield from existing_network.check_placed(
            subnets,
            settings.vpc,
            application.load_balancer_subnets(description),
            f"the load balancer ({description.load_balancer.scheme}) is to stand",
            "set load_balancer.scheme: internal",
            ("network",),
            ("load_balancer", "scheme"),
        )


def check_existing_cluster(description: Description) -> Iterator[Finding]:
    """An existing cluster, or what only one has."""
    cluster = description.cluster
    yield from existing_cluster.check({key for key in cluster.model_fields_set if getattr(cluster, key) is not None})


def check_existing_listener(description: Description) -> Iterator[Finding]:
    """An existing listener, and the rules that are added to it."""
    settings = description.load_balancer
    if settings.existing is None:
        return
    yield from existing_listener.check(
        settings.existing,
        settings.model_fields_set,
        description.region,
        description.account,
        vpc_is_new=not existing_network.is_existing(description.network.vpc),
        has_domain=description.domain is not None,
        has_http=any(item.http is not None for item in description.services.values()),
    )
    for key, rule in application.rules(description).items():
        if rule.paths == ("/*",) and not rule.hosts and not rule.sources:
            service = key.partition("/")[0]
            yield from existing_listener.check_rule(service, ("services", service, "http"))
