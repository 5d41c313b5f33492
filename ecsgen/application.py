"""One environment with everything decided: names, sizes, ports, priorities, places. Nothing is left to a template.

`resolve` wires the rooms together: each gives its template's inputs, and this module passes values between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ecsgen import names
from ecsgen.components import (
    autoscaling,
    cluster,
    container,
    health,
    http,
    image,
    linux,
    listener_rule,
    load_balancer,
    network,
    permissions,
    registry,
    secrets,
    service,
    state,
    task,
)
from ecsgen.description.model import Description, Service, Sidecar, containers
from ecsgen.hcl import Ref


@dataclass(frozen=True, slots=True)
class ServiceApplication:
    """One service: the inputs of its module calls. `label` begins their labels ("web_task", "web_service")."""

    name: str
    label: str
    task: task.TaskInputs
    service: service.ServiceInputs
    http: http.HttpInputs | None
    autoscaling: autoscaling.AutoscalingInputs | None
    tags: dict[str, str]


@dataclass(frozen=True, slots=True)
class Application:
    """One environment of an application, ready to be laid out by the templates of `templates/environment`."""

    name: str
    environment: str
    region: str
    account: str | None
    tags: dict[str, str]
    backend: state.Backend
    network: network.NetworkInputs
    cluster: cluster.ClusterInputs
    load_balancer: load_balancer.LoadBalancerInputs | None
    services: tuple[ServiceApplication, ...]
    builds: tuple[image.BuildInputs, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class RegistryApplication:
    """The registry root of an application, laid out by the templates of `templates/registry`."""

    name: str
    region: str
    account: str | None
    tags: dict[str, str]
    backend: state.Backend
    registry: registry.RegistryInputs


def rules(description: Description) -> dict[str, listener_rule.Rule]:
    """The listener rules of an environment by key: "web/main"."""
    return {rule_key(name): rule_of(item.http) for name, item in description.services.items() if item.http is not None}


def rule_of(settings: http.Http) -> listener_rule.Rule:
    """The listener rule that a service's http asks for."""
    return listener_rule.conditions(settings.host, settings.path, settings.sources)


def rule_key(service_name: str) -> str:
    """The key of a service's listener rule in the lock file."""
    return f"{service_name}/main"


def priorities(description: Description, kept: Mapping[str, int]) -> dict[str, int]:
    """The priority of every listener rule; `kept` are those of the lock file."""
    fixed = {
        rule_key(name): item.http.priority
        for name, item in description.services.items()
        if item.http is not None and item.http.priority is not None
    }
    return listener_rule.allocate(rules(description), fixed, dict(kept))


def is_public(description: Description, item: Service) -> bool:
    """Whether a service's tasks have public addresses: without NAT and endpoints the only way to pull an image."""
    if item.network.public is not None:
        return item.network.public
    return description.network.nat == "none" and not description.network.endpoints


def builds(description: Description) -> tuple[image.BuildInputs, ...]:
    """The images to build, sorted by key."""
    found = []
    for name, item in sorted(description.services.items()):
        for container_name, path, settings in containers(name, item):
            if (build := settings.build) is not None:
                key = image_key(name, container_name)
                found.append(
                    image.BuildInputs(
                        key=key,
                        repository=names.repository(description.name, key),
                        path=("services", name, *path, "build"),
                        context=build.context,
                        dockerfile=build.dockerfile,
                        target=build.target,
                        args=dict(build.args),
                        secrets=dict(build.secrets),
                        cache_from=tuple(build.cache_from),
                        platform=task.PLATFORMS[item.arch],
                    )
                )
    return tuple(found)


def image_key(service_name: str, container_name: str) -> str:
    """Whose image: "web" for the main container, "web/proxy" for a sidecar."""
    return service_name if service_name == container_name else f"{service_name}/{container_name}"


def resolve(
    description: Description, environment: str, kept: Mapping[str, int], registry_region: str | None = None
) -> Application:
    """Decide everything about one environment.

    `kept` are the lock file's listener priorities by rule key; `registry_region` is that of the repositories, by
    default the environment's own.
    """
    numbers = priorities(description, kept)
    public = {name: is_public(description, item) for name, item in description.services.items()}
    has_http = any(item.http is not None for item in description.services.values())
    internal = has_http and description.load_balancer.scheme == "internal"
    private_needed = internal or any(
        not public[name] and not item.network.subnets for name, item in description.services.items()
    )
    return Application(
        name=description.name,
        environment=environment,
        region=description.region,
        account=description.account,
        tags=dict(sorted(description.tags.items())),
        backend=state.resolve(description.state, description.name, environment, description.region),
        network=network.resolve(description.network, description.name, environment, private_needed),
        cluster=cluster.resolve(description.cluster, description.name, environment),
        load_balancer=load_balancer.resolve(
            description.load_balancer, description.name, environment, description.network.vpc
        )
        if has_http
        else None,
        services=tuple(
            _service(description, environment, name, public[name], numbers.get(rule_key(name), 0), registry_region)
            for name in sorted(description.services)
        ),
        builds=builds(description),
    )


def resolve_registry(
    description: Description, images: Iterable[str], retained: Iterable[str], environments: Iterable[str]
) -> RegistryApplication:
    """Decide everything about the registry root. `images` are the keys of all environments' builds."""
    return RegistryApplication(
        name=description.name,
        region=description.region,
        account=description.account,
        tags=dict(sorted(description.tags.items())),
        backend=state.resolve(description.state, description.name, "registry", description.region),
        registry=registry.resolve(description.registry, description.name, images, retained, environments),
    )


def _service(
    description: Description, environment: str, name: str, public: bool, priority: int, registry_region: str | None
) -> ServiceApplication:
    application, item = description.name, description.services[name]
    checked = {part for part, _, settings in containers(name, item) if settings.health is not None}
    return ServiceApplication(
        name=name,
        label=names.label(name),
        task=_task(description, environment, name, registry_region),
        service=service.resolve(item, name, public, scaled=item.scaling is not None),
        http=http.resolve(
            item.http,
            names.target_group(application, environment, name, "HTTP", "HTTP1", "ip", description.network.vpc),
            name,
            listener_rule.inputs(rule_of(item.http), priority),
            checked,
        )
        if item.http is not None
        else None,
        autoscaling=autoscaling.resolve(item.scaling) if item.scaling is not None else None,
        tags=dict(sorted(item.tags.items())),
    )


def _task(description: Description, environment: str, name: str, registry_region: str | None) -> task.TaskInputs:
    application, item = description.name, description.services[name]
    elsewhere = registry_region not in {None, description.region} and description.account is not None
    prefix = registry.arn_prefix(str(registry_region), str(description.account)) if elsewhere else ""
    parts = list(containers(name, item))
    return task.TaskInputs(
        family=names.family(application, environment, name),
        cpu=item.cpu,
        memory=item.memory,
        cpu_architecture=item.arch.upper(),
        ephemeral_storage_gib=item.storage,
        execution_role_name=names.role(application, environment, name, "execution"),
        task_role_name=names.role(application, environment, name, "task"),
        log_group_name=names.log_group(application, environment, name),
        log_retention_days=item.logs.retention,
        log_kms_key_arn=item.logs.kms_key,
        ecr_repositories=tuple(
            repository
            for part, _, settings in parts
            if (
                repository := prefix + names.repository(application, image_key(name, part))
                if settings.build is not None
                else registry.arn_of(settings.image or "")
            )
        ),
        containers={part: _container(image_key(name, part), settings) for part, _, settings in parts},
        secret_kms_key_arns=tuple(sorted(set().union(*(secrets.keys(settings.secrets) for _, _, settings in parts)))),
        policy_arns=tuple(sorted(set(item.permissions.policies))),
        statements=tuple(permissions.statements(item.permissions)),
        permissions_boundary=item.permissions.boundary,
        exec=item.exec,
    )


def _container(key: str, settings: Service | Sidecar) -> dict[str, Any]:
    own = {**container.inputs(settings), **linux.inputs(settings)}
    return {
        "image": settings.image if settings.image is not None else Ref(f'var.images["{key}"]'),
        **({"repository_credentials_arn": settings.credentials} if settings.credentials else {}),
        **({} if settings.essential else {"essential": False}),
        **own,
        **({"secrets": secrets.inputs(settings.secrets)} if settings.secrets else {}),
        **({"health_check": health.inputs(settings.health)} if settings.health else {}),
    }
