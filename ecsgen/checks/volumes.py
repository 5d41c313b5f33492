"""The checks of a task's volumes, which several of its containers may use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecsgen import application
from ecsgen.application import ec2
from ecsgen.aws_values import GROUP_RULES
from ecsgen.components import ebs, efs, volumes
from ecsgen.description.model import Container, Description, Task, Volume, containers, tasks
from ecsgen.problems import Finding, Path, Severity


def uses(parts: Mapping[str, tuple[Path, Container]]) -> dict[str, list[volumes.Use]]:
    """The volumes of a task with all their mounts. `parts`: container -> its place and its settings."""
    found: dict[str, list[volumes.Use]] = {}
    for part, (here, settings) in parts.items():
        for name, volume in settings.volumes.items():
            found.setdefault(name, []).append(volumes.Use(part, (*here, "volumes", name), volume, _backing(volume)))
    return found


def _backing(volume: Volume) -> dict[str, str]:
    kinds = {"efs": volume.efs, "ebs": volume.ebs}
    return {kind: settings.model_dump_json(exclude_unset=True) for kind, settings in kinds.items() if settings}


def check_volumes(
    description: Description, service: str, parts: Mapping[str, tuple[Path, Container]]
) -> Iterator[Finding]:
    """All findings about a task's volumes."""
    found = uses(parts)
    yield from volumes.check(found)
    disks = []
    for name, mounts in found.items():
        for use in mounts:
            volume = parts[use.container][1].volumes[name]
            if volume.efs is not None:
                yield from efs.check(volume.efs, (*use.path, "efs"), description.region)
                yield from _shared(description, service, name, volume.efs, (*use.path, "efs"))
            if volume.ebs is not None:
                yield from ebs.check(volume.ebs, (*use.path, "ebs"), description.region)
        disks += [(name, use.path) for use in mounts if "ebs" in use.backing][:1]
    yield from ebs.check_count(disks)


def _shared(description: Description, service: str, name: str, settings: efs.Efs, path: Path) -> Iterator[Finding]:
    """A file system of another service that does not make one."""
    if settings.share is None:
        return
    others = {other: (place, item) for (place, other), item in tasks(description)}
    if settings.share == service:
        yield Finding((*path, "share"), "EG360", f"{service} would share with itself", "name another one")
    elif settings.share not in others:
        yield Finding(
            (*path, "share"),
            "EG360",
            f"there is no service or job {settings.share}",
            "name the one whose volume it is",
            reads=(("services",), ("jobs",)),
        )
    elif not any(
        volume.efs is not None and efs.is_ours(volume.efs)
        for _, _, container in containers(settings.share, others[settings.share][1])
        for volume_name, volume in container.volumes.items()
        if volume_name == name
    ):
        yield Finding(
            (*path, "share"),
            "EG360",
            f"{settings.share} makes no file system for a volume {name}",
            f"write volumes: {{{name}: {{path: /…, efs: {{}}}}}} there",
            reads=((others[settings.share][0], settings.share),),
        )


JOB = "a job's task gets no disk: it is described where a task is started, and not in the job"
DAEMON = "ECS attaches no disk to the tasks of a daemon"


def check_no_disk(
    name: str, item: Task, path: Path, why: str, code: str = "EG361", hint: str = "use scratch space, or efs"
) -> Iterator[Finding]:
    """A disk on EBS where ECS attaches none."""
    for _, below, container in containers(name, item):
        for volume_name, volume in container.volumes.items():
            if volume.ebs is not None:
                yield Finding(
                    (*path, *below, "volumes", volume_name, "ebs"),
                    code,
                    why,
                    hint,
                    on_key=True,
                )


def check_clients(description: Description) -> Iterator[Finding]:
    """File systems that more services and jobs mount than a security group has rules for."""
    clients: dict[tuple[str, str], set[str]] = {}
    places: dict[tuple[str, str], Path] = {}
    for path, item in tasks(description):
        who = path[1] if application.has_interface(item) else ec2.INSTANCES
        for _, below, container in containers(path[1], item):
            for name, volume in container.volumes.items():
                if volume.efs is None or volume.efs.file_system is not None:
                    continue
                clients.setdefault((volume.efs.share or path[1], name), set()).add(who)
                if volume.efs.share is None:
                    places.setdefault((path[1], name), (*path, *below, "volumes", name, "efs"))
    for key, place in places.items():
        if len(clients[key]) > GROUP_RULES:
            yield Finding(
                place,
                "EG458",
                f"{len(clients[key])} services and jobs mount the file system, and by AWS's default quota its security group lets in {GROUP_RULES}",
                "share it among fewer, or have the quota raised",
                Severity.WARNING,
                on_key=True,
            )
