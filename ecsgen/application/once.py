"""What an environment has once, each made for it or there already: its network, its cluster, its load balancer."""

from __future__ import annotations

from ecsgen import names
from ecsgen.application.connections import endpoints
from ecsgen.application.domain import signs_in
from ecsgen.application.reach import beginning, entrance, rules
from ecsgen.components import (
    cluster,
    domain,
    existing_cluster,
    existing_listener,
    existing_network,
    listener_rule,
    load_balancer,
    network,
    static_addresses,
)
from ecsgen.description.model import Description


def network_of(
    description: Description, environment: str, private_subnets: bool
) -> network.NetworkInputs | existing_network.ExistingNetworkInputs:
    """`private_subnets`: whether a new VPC needs them."""
    settings = description.network
    if not existing_network.is_existing(settings.vpc):
        return network.resolve(settings, description.name, environment, private_subnets, endpoints(description))
    balanced = description.load_balancer.existing is None and any(
        item.http is not None for item in description.services.values()
    )
    return existing_network.resolve(
        settings.vpc,
        settings.public_subnets,
        settings.private_subnets,
        load_balancer_subnets(description) if balanced else None,
    )


def load_balancer_subnets(description: Description) -> str:
    """Where the load balancer that services share stands."""
    return balancer_subnets(description, description.load_balancer.scheme)


def balancer_subnets(description: Description, scheme: str) -> str:
    """Where a load balancer stands: an internal one in private subnets, unless an existing VPC names none."""
    settings = description.network
    has_private = not existing_network.is_existing(settings.vpc) or bool(settings.private_subnets)
    return "private" if scheme == "internal" and has_private else "public"


def cluster_of(
    description: Description, environment: str
) -> cluster.ClusterInputs | existing_cluster.ExistingClusterInputs:
    """The cluster's inputs."""
    if description.cluster.existing is not None:
        return existing_cluster.ExistingClusterInputs(description.cluster.existing)
    connected = any(item.connect is not None for item in description.services.values())
    return cluster.resolve(description.cluster, description.name, environment, connected)


def balancer_of(
    description: Description, environment: str
) -> load_balancer.LoadBalancerInputs | existing_listener.ListenerInputs | None:
    """The load balancer's inputs, or those of the listener that is shared; None when no service has HTTP."""
    if not any(item.http is not None for item in description.services.values()):
        return None
    if description.load_balancer.existing is not None:
        # The URL leads to what takes the most.
        widest = max(rules(description).values(), key=listener_rule.specificity)
        return existing_listener.resolve(description.load_balancer.existing, widest.hosts, beginning(widest))
    return load_balancer.resolve(
        description.load_balancer,
        description.name,
        environment,
        existing_network.identity(description.network.vpc),
        load_balancer_subnets(description),
        https_egress=signs_in(description),
        path=entrance(rules(description).values()),
    )


def addresses_of(description: Description, environment: str) -> static_addresses.StaticAddressesInputs | None:
    """The addresses that stay in front of the load balancer; None where it has none, or there is no load balancer."""
    settings = description.load_balancer
    if not settings.static_ips or not any(item.http is not None for item in description.services.values()):
        return None
    place, vpc = (description.name, environment), existing_network.identity(description.network.vpc)
    has_https = domain.has_https(description.domain)
    called = {
        key: names.target_group(*place, "static", "alb", key, str(port), vpc)
        for key, port in static_addresses.ports(has_https).items()
    }
    called[""] = names.load_balancer(*place, "network", "static", vpc)
    return static_addresses.resolve(
        called,
        load_balancer_subnets(description),
        has_https=has_https,
        deletion_protection=settings.deletion_protection,
    )


def target_group_home(description: Description) -> tuple[str, ...]:
    """Where target groups stand: another VPC or load balancer wants others, for each belongs to one of them."""
    balancer = description.load_balancer
    vpc = existing_network.identity(description.network.vpc)
    if balancer.existing is not None:
        return (vpc, existing_listener.load_balancer_of(balancer.existing))
    return (vpc, *([balancer.scheme] if balancer.scheme != "public" else []))
