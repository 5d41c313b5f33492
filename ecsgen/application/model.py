"""What an application is when everything is decided: the inputs of every template, by environment and service."""

from __future__ import annotations

from dataclasses import dataclass, field

from ecsgen.components import (
    autoscaling,
    cluster,
    connect,
    domain,
    ebs,
    ec2,
    efs,
    existing_cluster,
    existing_listener,
    existing_network,
    http,
    image,
    ingress,
    job,
    load_balancer,
    network,
    queue,
    registry,
    service,
    state,
    static_addresses,
    task,
    tcp,
)


@dataclass(frozen=True, slots=True)
class ServiceApplication:
    """One service: the inputs of its module calls. `label` begins their labels ("web_task", "web_service").

    `before` is the job that must end well before it is deployed; no template prints it.
    """

    name: str
    label: str
    task: task.TaskInputs
    service: service.ServiceInputs
    http: http.HttpInputs | None
    tcp: tcp.TcpInputs | None
    connect: connect.ConnectInputs | None
    ingress: ingress.IngressInputs | None
    autoscaling: autoscaling.AutoscalingInputs | None
    queue: queue.QueueInputs | None
    efs: tuple[efs.EfsInputs, ...]
    ebs: ebs.EbsInputs | None
    tags: dict[str, str]
    before: str | None = None


@dataclass(frozen=True, slots=True)
class JobApplication:
    """One job: the inputs of its module calls. `label` begins their labels ("report_task", "report_job")."""

    name: str
    label: str
    task: task.TaskInputs
    job: job.JobInputs
    efs: tuple[efs.EfsInputs, ...]
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
    ec2: ec2.Ec2Inputs | None
    load_balancer: load_balancer.LoadBalancerInputs | existing_listener.ListenerInputs | None
    domain: domain.DomainInputs | None
    services: tuple[ServiceApplication, ...]
    jobs: tuple[JobApplication, ...] = field(default=())
    builds: tuple[image.BuildInputs, ...] = field(default=())
    static_addresses: static_addresses.StaticAddressesInputs | None = None

    @property
    def has_network_balancers(self) -> bool:
        """Whether a network load balancer is made: a service's own, or one in front of the application load balancer."""
        return self.static_addresses is not None or any(service.tcp is not None for service in self.services)

    @property
    def families(self) -> tuple[str, ...]:
        """The families of all task definitions, of services and of jobs."""
        tasks = (*(service.task for service in self.services), *(job.task for job in self.jobs))
        return tuple(item.family for item in tasks)


@dataclass(frozen=True, slots=True)
class RegistryApplication:
    """The registry root of an application, laid out by the templates of `templates/registry`."""

    name: str
    region: str
    account: str | None
    tags: dict[str, str]
    backend: state.Backend
    registry: registry.RegistryInputs
    role: str | None = None
