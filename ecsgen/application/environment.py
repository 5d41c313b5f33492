"""Decides everything that an environment has once, and the registry root; its services one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ecsgen.application import ec2
from ecsgen.application.domain import resolve_domain
from ecsgen.application.images import builds
from ecsgen.application.job import resolve_job
from ecsgen.application.model import Application, RegistryApplication
from ecsgen.application.once import addresses_of, balancer_of, cluster_of, network_of
from ecsgen.application.order import servers
from ecsgen.application.reach import is_public, is_public_by_default, priorities
from ecsgen.application.service import resolve_service
from ecsgen.components import registry, state
from ecsgen.description.model import Description, tasks


def resolve(
    description: Description, environment: str, kept: Mapping[str, int], registry_region: str | None = None
) -> Application:
    """Decide everything about one environment.

    `kept` are the lock file's listener priorities by rule key; `registry_region` is that of the repositories, by
    default the environment's own.
    """
    numbers = priorities(description, environment, kept)
    public = {name: is_public(description, item) for (_, name), item in tasks(description)}
    before = servers(description)
    has_http = any(item.http is not None for item in description.services.values())
    balanced = has_http and description.load_balancer.existing is None
    internal = balanced and description.load_balancer.scheme == "internal"
    inside = any(listener.scheme == "internal" for item in description.services.values() for listener in item.tcp)
    private_needed = (
        internal
        or inside
        or any(not public[name] and not item.network.subnets for (_, name), item in tasks(description))
    )
    private_needed |= description.cluster.ec2 is not None and not is_public_by_default(description)
    return Application(
        name=description.name,
        environment=environment,
        region=description.region,
        account=description.account,
        tags=dict(sorted(description.tags.items())),
        backend=state.resolve(description.state, description.name, environment, description.region),
        network=network_of(description, environment, private_needed),
        cluster=cluster_of(description, environment),
        ec2=ec2.resolve(description, environment),
        load_balancer=balancer_of(description, environment),
        static_addresses=addresses_of(description, environment),
        domain=resolve_domain(description),
        services=tuple(
            resolve_service(
                description, environment, name, public[name], numbers, registry_region, before.get(name, [])
            )
            for name in sorted(description.services)
        ),
        jobs=tuple(
            resolve_job(description, environment, name, public[name], registry_region)
            for name in sorted(description.jobs)
        ),
        builds=builds(description),
    )


def resolve_registry(
    description: Description,
    images: Iterable[str],
    retained: Iterable[str],
    environments: Iterable[str],
    accounts: Iterable[str] = (),
) -> RegistryApplication:
    """Decide everything about the registry root. `images` are the keys of all environments' builds.

    `accounts` are the environments', as far as they are named.
    """
    return RegistryApplication(
        name=description.name,
        region=description.registry.region or description.region,
        account=description.registry.account or description.account,
        tags=dict(sorted(description.tags.items())),
        backend=state.resolve(description.state, description.name, "registry", description.region),
        registry=registry.resolve(description.registry, description.name, images, retained, environments, accounts),
        role=description.registry.role,
    )
