"""What an application is when everything is decided: the inputs of every template, by environment and service."""

from __future__ import annotations

from dataclasses import dataclass, field

from ecsgen.components import (
    autoscaling,
    cluster,
    existing_cluster,
    existing_network,
    http,
    image,
    load_balancer,
    network,
    registry,
    service,
    state,
    task,
)


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
    network: network.NetworkInputs | existing_network.ExistingNetworkInputs
    cluster: cluster.ClusterInputs | existing_cluster.ExistingClusterInputs
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
