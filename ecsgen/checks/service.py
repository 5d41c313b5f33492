"""The checks of one service or job: its containers, its task, how it runs and how it is reached."""

from __future__ import annotations

from collections.abc import Iterator

from ecsgen import application
from ecsgen.checks import ec2
from ecsgen.checks.firelens import check_logs, shares
from ecsgen.checks.scaling import check_scaling
from ecsgen.checks.volumes import DAEMON, check_no_disk, check_volumes
from ecsgen.components import (
    container,
    dependencies,
    health,
    http,
    image,
    linux,
    listener_rule,
    network,
    permissions,
    registry,
    secrets,
    service,
    tags,
    task,
)
from ecsgen.description.model import Description, Service, Sidecar, Task, containers
from ecsgen.problems import Finding, Path, Severity


def check_task(description: Description, name: str, item: Task, path: Path, *, with_exec: bool) -> Iterator[Finding]:
    """What a service and a job have in common: containers, size, secrets, permissions, tags."""
    parts = _parts(name, item, path)
    if name in item.sidecars:
        yield Finding(
            (*path, "sidecars", name),
            "EG309",
            f"the main container is called {name} too",
            "rename the sidecar",
            on_key=True,
        )
    essential = {part: settings.essential for part, (_, settings) in parts.items()}
    on_ec2 = application.on_ec2(item)
    yield from task.check(item, path, on_ec2)
    yield from task.check_containers(essential, path)
    yield from task.check_shares(
        item,
        {
            part: task.Shares(here, settings.limits.cpu, settings.limits.memory, settings.limits.memory_reservation)
            for part, (here, settings) in parts.items()
        }
        | shares(item, path),
        path,
    )
    yield from check_logs(name, item, path)
    for part, (here, settings) in parts.items():
        yield from image.check(settings, here)
        if settings.build is not None:
            yield from registry.check_external(description.registry, application.image_key(name, part), here)
        yield from container.check(settings, here, on_ec2)
        yield from linux.check(settings, here, on_ec2)
        yield from secrets.check(settings.secrets, settings.env, here)
        if settings.health is not None:
            yield from health.check(settings.health, (*here, "health"))
        if with_exec and settings.readonly_root:
            yield Finding(
                (*here, "readonly_root"),
                "EG506",
                "ECS Exec writes to the root file system, which is read-only here",
                "remove exec, or readonly_root",
            )
    yield from container.check_task_ports(parts, shared=item.network.mode != "bridge")
    yield from check_volumes(description, name, parts)
    yield from dependencies.check(
        {part: (here, dict(settings.depends_on)) for part, (here, settings) in parts.items()},
        essential,
        {part for part, (_, settings) in parts.items() if settings.health is not None},
        (*path, "sidecars"),
    )
    yield from permissions.check(item.permissions, (*path, "permissions"))
    yield from secrets.check_policy(
        [*(settings.secrets for _, settings in parts.values()), item.logs.secret_options], (*path, "secrets")
    )
    yield from tags.check(item.tags, (*path, "tags"), description.tags)
    yield from ec2.check_task(description, name, item, path)
    yield from _definition(item, path)


def _parts(name: str, item: Task, path: Path) -> dict[str, tuple[Path, Task | Sidecar]]:
    return {part: ((*path, *below), settings) for part, below, settings in containers(name, item)}


def check_service(description: Description, name: str, item: Service) -> Iterator[Finding]:
    """All findings of one service."""
    path: Path = ("services", name)
    parts = _parts(name, item, path)
    yield from check_task(description, name, item, path, with_exec=item.exec)
    if item.scaling is not None:
        yield from check_scaling(description, item.scaling, item, path)
        least, place = max(item.scaling.min, 1), (*path, "scaling", "min")
    else:
        least, place = item.count, (*path, "count")
    yield from service.check(item, least, place, path, item.daemon)
    yield from ec2.check_service(description, name, item)
    if item.daemon:
        yield from check_no_disk(name, item, path, DAEMON)
    if item.http is not None:
        yield from http.check(
            item.http,
            {
                part: (container.first_port(settings), settings.health.start_period if settings.health else 0)
                for part, (_, settings) in parts.items()
            },
            name,
            path,
        )
        if target := parts.get(item.http.container or name):
            yield from container.check_balanced(target[1], target[0])
        yield from _rules(name, item)
    if (
        application.is_public(description, item)
        and description.network.vpc == "new"
        and item.network.public is None
        and description.load_balancer.scheme == "internal"
        and item.http
    ):
        yield Finding(
            path,
            "EG422",
            f"tasks of {name} have public addresses although its load balancer is internal",
            "set network.nat: single, or network.public: true to say that it is meant",
            Severity.WARNING,
            on_key=True,
            reads=((*path, "network"), *network.REACH, ("load_balancer", "scheme")),
        )


def _rules(name: str, item: Service) -> Iterator[Finding]:
    """What the load balancer would refuse about each rule, and two rules that cannot be told apart."""
    seen: set[str] = set()
    for found in application.service_rules(name, item):
        yield from listener_rule.check(found.rule, found.path)
        yield from network.check_overlaps(
            ((*found.path, "sources", index), block) for index, block in enumerate(found.settings.sources)
        )
        if found.key in seen:
            yield from http.check_twice(found.settings, found.path)
        seen.add(found.key)


def _definition(item: Task, path: Path) -> Iterator[Finding]:
    """The size of the registered task definition, near enough: what the description puts into it."""
    content = [
        [
            [{"name": key, "value": value} for key, value in settings.env.items()],
            [{"name": key, "valueFrom": secret.source} for key, secret in settings.secrets.items()],
            settings.command,
            settings.entrypoint,
            settings.health.command if settings.health else None,
        ]
        for _, _, settings in containers("main", item)
    ]
    yield from task.check_size(content, path)
