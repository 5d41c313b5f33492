"""How services reach each other and AWS: Service Connect, who may connect to whom, and what private subnets must reach."""

from __future__ import annotations

from ecsgen import names
from ecsgen.application.ec2 import INSTANCES, has_interface
from ecsgen.application.images import image_key, repository
from ecsgen.application.reach import is_public
from ecsgen.components import connect, container, firelens, ingress, network
from ecsgen.description.model import Description, Service, Sidecar, Task, containers, tasks
from ecsgen.hcl import Reference


def listening(name: str, item: Service) -> list[connect.Listening]:
    """Every port that the containers of a service declare, the main container's first."""
    found = []
    for part, _, settings in containers(name, item):
        if settings.port is not None:
            found.append(connect.Listening(part, settings.port))
        found += [connect.Listening(part, port.port, port.name, port.protocol == "udp") for port in settings.ports]
    return found


def main_port(name: str, item: Service) -> connect.Listening | None:
    """The main container's first TCP port."""
    number = container.first_port(item)
    return next((port for port in listening(name, item) if port.port == number and not port.udp), None)


def called(name: str, item: Service) -> connect.Listening | None:
    """The port that other services call by Service Connect; None when they do not."""
    if item.connect is None:
        return None
    return connect.called(item.connect, main_port(name, item), listening(name, item))


def open_containers(name: str, item: Service) -> list[str]:
    """The containers whose ports `allow_from` opens: the main one, and sidecars that http or connect names."""
    target = called(name, item)
    named = {item.http.container if item.http is not None else None, target.container if target else None}
    return [part for part, _, _ in containers(name, item) if part == name or part in named]


def opened(name: str, item: Service) -> list[ingress.Opened]:
    """The ports that `allow_from` opens."""
    found = open_containers(name, item)
    return [ingress.Opened(port.port, port.udp) for port in listening(name, item) if port.container in found]


def allowed(description: Description, name: str) -> tuple[list[str], list[ingress.Opened]]:
    """Who may connect to a service, and to which of its ports: without `allow_from` to the one that others call."""
    item = description.services[name]
    if item.allow_from is not None:
        return item.allow_from, opened(name, item)
    target = called(name, item)
    if target is None:
        return [], []
    others = [other for other, settings in description.services.items() if settings.connect and other != name]
    return others, [ingress.Opened(target.port)]


def ingress_of(description: Description, name: str) -> ingress.IngressInputs | None:
    """The rules of a service's security group; None when there are none."""
    item = description.services[name]
    sources, _ = allowed(description, name)
    if not sources:
        return None
    target = called(name, item)
    only = target.port_name if target is not None and item.allow_from is None else None
    modules = {path[1]: f"{names.label(path[1])}_{path[0][:-1]}" for path, _ in tasks(description)}
    # Those without an interface of their own are all in the security group of the instances: EC2 refuses a second rule
    # that is like the first.
    inside = {path[1] for path, other in tasks(description) if not has_interface(other)}
    if inside.intersection(sources):
        sources = [source for source in sources if source not in inside] + [INSTANCES]
        modules[INSTANCES] = "ec2_capacity"
    own = name if has_interface(item) else INSTANCES
    return ingress.resolve(sources, only, open_containers(name, item), own, modules)


def _pulled(description: Description, name: str, part: str, settings: Task | Sidecar) -> str | Reference | None:
    """The image that a container runs, where it is named or kept elsewhere; None for the region's own ECR."""
    if settings.build is None:
        return settings.image
    kept, image = description.registry, repository(description, image_key(name, part))
    if kept.external is None and kept.region not in {None, description.region}:
        return f"{kept.account or description.account}.dkr.ecr.{kept.region}.amazonaws.com/{image}"
    return None if kept.external is None else image


def parts(description: Description, path: tuple[str, str], item: Task) -> list[network.Part]:
    """What each container of a service or a job needs of the network before it runs. `path`: ("jobs", "report")."""
    return [
        network.Part(
            part,
            (*path, *below),
            _pulled(description, path[1], part, settings),
            tuple(secret.source for secret in settings.secrets.values()),
            any(secret.kms_key for secret in settings.secrets.values()),
            bool(settings.env_files),
        )
        for part, below, settings in containers(path[1], item)
    ] + _router(path, item)


def _router(path: tuple[str, str], item: Task) -> list[network.Part]:
    if item.logs.driver == "awslogs":
        return []
    kept = item.logs.secret_options.values()
    return [
        network.Part(
            firelens.ROUTER,
            (*path, "logs"),
            item.logs.image,
            tuple(secret.source for secret in kept),
            any(secret.kms_key for secret in kept),
            False,
        )
    ]


def endpoints(description: Description) -> set[str]:
    """The VPC endpoints that tasks in private subnets of the environment's own network need."""
    found: set[str] = set()
    for path, item in tasks(description):
        if not is_public(description, item) and not item.network.subnets:
            found |= network.needed(parts(description, path, item), has_exec(item), has_queue(item), perhaps=True)
    return found


def has_exec(item: Task) -> bool:
    """Whether a shell can be opened in it."""
    return isinstance(item, Service) and item.exec


def has_queue(item: Task) -> bool:
    """Whether it works off a queue that it scales by."""
    return isinstance(item, Service) and item.scaling is not None and item.scaling.queue is not None
