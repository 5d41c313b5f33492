"""Decides about volumes: what a task definition says of them, and the file systems and disks that a service has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ecsgen import names
from ecsgen.application.ec2 import INSTANCES, has_interface
from ecsgen.components import ebs, efs
from ecsgen.description.model import Container, Description, Task, Volume, containers, tasks
from ecsgen.fields import distinct
from ecsgen.hcl import Ref


def volumes_of(parts: Iterable[Container]) -> dict[str, Volume]:
    """The volumes of a task's containers by name: of several mounts the one that says where it is kept."""
    found: dict[str, Volume] = {}
    for settings in parts:
        for name, volume in settings.volumes.items():
            if name not in found or volume.efs is not None or volume.ebs is not None:
                found[name] = volume
    return dict(sorted(found.items()))


def task_volumes(owner: str, parts: Iterable[Container]) -> dict[str, dict[str, Any]]:
    """The volumes of a task by name, as the module `task_definition` takes them. `owner` is the service or job."""
    return {name: _task_volume(owner, name, volume) for name, volume in volumes_of(parts).items()}


def _task_volume(owner: str, name: str, volume: Volume) -> dict[str, Any]:
    if volume.ebs is not None:
        return {"configure_at_launch": True}
    if (found := volume.efs) is None:
        return {}
    if found.file_system is None:
        module = f"module.{efs_label(found.share or owner, name)}"
        return {
            "efs": {
                "file_system_id": Ref(f"{module}.file_system_id"),
                "access_point_id": Ref(f"{module}.access_point_id"),
            }
        }
    return {
        "efs": {
            "file_system_id": found.file_system,
            **({"access_point_id": found.access_point} if found.access_point else {}),
            **({"root_directory": found.root} if found.root != "/" else {}),
            **({} if found.iam else {"iam": False}),
        }
    }


def efs_label(owner: str, volume: str) -> str:
    """The module call that makes the file system of a volume. No other label has two underscores."""
    return f"{names.label(owner)}__{names.label(volume)}_efs"


def file_systems(description: Description, environment: str, owner: str, public: bool) -> tuple[efs.EfsInputs, ...]:
    """The file systems that are made for a service or job, by volume. `public`: whether its tasks live in public subnets."""
    item = _task(description, owner)
    return tuple(
        efs.resolve(
            volume.efs,
            label=efs_label(owner, name),
            name=names.fit(names.FILE_SYSTEM, description.name, environment, owner, name),
            volume=name,
            public=public,
            subnets=distinct(item.network.subnets),
            clients=_clients(description, owner, name),
        )
        for name, volume in volumes_of(settings for _, _, settings in containers(owner, item)).items()
        if volume.efs is not None and efs.is_ours(volume.efs)
    )


def _task(description: Description, name: str) -> Task:
    return description.services[name] if name in description.services else description.jobs[name]


def _clients(description: Description, owner: str, volume: str) -> dict[str, str]:
    """The services and jobs that mount the file system of a volume of `owner`, each with the label of the module call whose
    security group it is in. Those without an interface of their own are all in that of the instances: one rule lets
    them in, and EC2 refuses another one like it.
    """
    found = {}
    for (kind, name), item in tasks(description):
        theirs = volumes_of(settings for _, _, settings in containers(name, item)).get(volume)
        if name == owner or (theirs is not None and theirs.efs is not None and theirs.efs.share == owner):
            if has_interface(item):
                found[name] = f"{names.label(name)}_{kind.removesuffix('s')}"
            else:
                found[INSTANCES] = "ec2_capacity"
    return found


def disk(application: str, environment: str, owner: str, parts: Iterable[Container]) -> ebs.EbsInputs | None:
    """The disk that each task of a service gets."""
    role = names.role(application, environment, owner, "volumes")
    found = [
        ebs.resolve(volume.ebs, name, role) for name, volume in volumes_of(parts).items() if volume.ebs is not None
    ]
    return found[0] if found else None
