"""Volumes on EFS: a file system that is there already, or one that belongs to a service.

Carried by the module `efs`, and by its variant `efs_protected` where Terraform must never delete the file system.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from ecsgen.aws_values import KmsKeyArn
from ecsgen.fields import Bool, Fixed, Int, Pattern, Section, Text, distinct, flag_or, invalid, is_reference, one_of
from ecsgen.hcl import Reference
from ecsgen.problems import Finding, Path, Severity

FILE_SYSTEM = Pattern(
    r"fs-[0-9a-f]{8,40}", "the id of an EFS file system", "write it like fs-0123456789abcdef0; without it one is made"
)
ACCESS_POINT = Pattern(r"fsap-[0-9a-f]{8,40}", "the id of an EFS access point", "write it like fsap-0123456789abcdef0")
ROOT = Pattern(r"/|(?:/(?!\.{1,2}(?:/|$))[^/\x00-\x1f\x7f]+)+", "an absolute path", "write it like /uploads")
OWNER = Pattern(r"[0-9]{1,10}:[0-9]{1,10}", "a user and a group by number", 'write it like "1000:1000"')
SUBNET = Pattern(r"subnet-[0-9a-f]{8,17}", "the id of a subnet", "write it like subnet-0123456789abcdef0")
COLD_DAYS = (1, 7, 14, 30, 60, 90, 180, 270, 365)
"""Days without access after which EFS can move a file to a cheaper class (LifecyclePolicy, TransitionToIA)."""


def _days(days: Any) -> Any:
    if days not in COLD_DAYS:
        raise invalid(
            f"EFS cannot move files after {days} days", f"write one of {', '.join(map(str, COLD_DAYS))}", "EG105"
        )
    return days


class Efs(Section):
    """Where on EFS a volume is. Without `file_system` ecsgen makes one, and an access point for the volume."""

    file_system: Annotated[Text, FILE_SYSTEM] | None = None
    """A file system that is there already; its mount targets must let the service in."""
    access_point: Annotated[Text, ACCESS_POINT] | None = None
    """Mount through this access point of it."""
    root: Annotated[Text, ROOT] = "/"
    """The folder of it to mount; an access point has its own."""
    iam: Bool = True
    """Mount with the rights of the task role, which may then mount this file system and write to it, and no more."""
    create: Bool | None = None
    """`true` says in so many words that ecsgen makes the file system."""
    share: Fixed | None = None
    """A service or job whose file system, made for a volume of the same name, this volume is."""
    owner: Annotated[Fixed, OWNER] = "1000:1000"
    """User and group, by number, to whom all files belong, whoever the containers run as."""
    kms_key: KmsKeyArn | None = None
    """The KMS key that encrypts the files, instead of AWS's own; another key makes another file system."""
    throughput: Annotated[Literal["bursting", "elastic"], one_of("bursting", "elastic")] = "bursting"
    """`bursting`: grows with the size, at no price; `elastic`: what is needed, billed by the gigabyte."""
    cold_after: Annotated[Int, AfterValidator(_days)] | None = None
    """Days without access after which a file moves to the Infrequent Access class, which costs less to keep."""
    backup: Bool = True
    """Daily backups by AWS Backup, kept for 35 days."""
    protect: Bool = False
    """Terraform refuses every plan that would delete the file system."""
    subnets: list[Annotated[Text, SUBNET]] = []
    """Subnets for the mount targets, one of each zone, instead of those that the service runs in."""


read_efs = flag_or(Efs.model_fields)
"""`efs: true` is a file system with all defaults."""

OF_OURS = ("owner", "kms_key", "throughput", "cold_after", "backup", "protect", "subnets")
OF_THEIRS = ("access_point", "root", "iam")


@dataclass(frozen=True, slots=True)
class EfsInputs:
    """Inputs of the module `efs`: one file system. `clients` are those that mount it: name -> label of its module call."""

    label: str
    protect: bool
    name: str
    path: str
    uid: int
    gid: int
    kms_key_arn: str | None
    throughput: str
    transition_to_ia: str | None
    backup: bool
    public: bool
    subnet_ids: dict[str, str]
    subnet_list: Reference | None
    clients: dict[str, str]


def is_ours(efs: Efs) -> bool:
    """Whether ecsgen makes the file system for this volume."""
    return efs.file_system is None and efs.share is None


def resolve(
    efs: Efs,
    *,
    label: str,
    name: str,
    volume: str,
    public: bool,
    subnets: tuple[str, ...] | Reference,
    clients: Mapping[str, str],
) -> EfsInputs:
    """`public` and `subnets` say where the tasks live (a subnet is called by its id, or by what refers to it); `clients`: name -> label of its module call."""
    uid, gid = efs.owner.split(":")
    chosen = distinct(efs.subnets) or subnets
    return EfsInputs(
        label=label,
        protect=efs.protect,
        name=name,
        path=f"/{volume}",
        uid=int(uid),
        gid=int(gid),
        kms_key_arn=efs.kms_key,
        throughput=efs.throughput,
        transition_to_ia=f"AFTER_{efs.cold_after}_DAY{'S' if efs.cold_after > 1 else ''}" if efs.cold_after else None,
        backup=efs.backup,
        public=public,
        subnet_ids={str(subnet): subnet for subnet in chosen} if not isinstance(chosen, Reference) else {},
        subnet_list=chosen if isinstance(chosen, Reference) else None,
        clients=dict(sorted(clients.items())),
    )


def check(efs: Efs, path: Path, region: str) -> Iterator[Finding]:
    """Settings that belong to another kind of file system, and what ECS and EFS would refuse."""
    written = efs.model_fields_set
    if efs.file_system is not None or efs.share is not None:
        whose = (
            "a file system that is there already" if efs.file_system is not None else f"the file system of {efs.share}"
        )
        for key in OF_OURS:
            if key in written:
                yield Finding(
                    (*path, key),
                    "EG355",
                    f"{key} is for a file system that ecsgen makes, and this is {whose}",
                    f"remove {key}",
                    on_key=True,
                )
    if efs.file_system is None:
        for key in OF_THEIRS:
            if key in written and getattr(efs, key) != Efs.model_fields[key].default:
                yield Finding(
                    (*path, key),
                    "EG355",
                    f"{key} is for a file system that is there already, and file_system names none",
                    f"write file_system: fs-…, or remove {key}",
                    on_key=True,
                    reads=((*path, "file_system"),),
                )
    yield from _one_source(efs, path)
    if efs.file_system is not None and efs.access_point is not None and efs.root != "/":
        yield Finding(
            (*path, "root"),
            "EG355",
            "an access point has a root of its own, and ECS refuses another one",
            "remove root",
        )
    if efs.kms_key is not None and not is_reference(efs.kms_key) and efs.kms_key.split(":")[3] != region:
        yield Finding(
            (*path, "kms_key"),
            "EG356",
            f"the key is of {efs.kms_key.split(':')[3]}, and the file system of {region}",
            f"name a key of {region}",
            reads=(("region",),),
        )
    for index, subnet in enumerate(efs.subnets):
        if subnet in efs.subnets[:index]:
            yield Finding((*path, "subnets", index), "EG355", f"{subnet} is listed twice", "remove one of them")
    if efs.file_system is not None and efs.iam and efs.access_point is None:
        yield Finding(
            (*path, "file_system"),
            "EG357",
            "without an access point the containers' root user is nobody on the file system, and may not be able to write",
            "name an access_point, or run the containers as a user who owns the folder",
            Severity.WARNING,
            reads=((*path, "access_point"), (*path, "iam")),
        )


def _one_source(efs: Efs, path: Path) -> Iterator[Finding]:
    if efs.create is False and efs.file_system is None and efs.share is None:
        yield Finding(
            (*path, "create"), "EG355", "there is no file system", "write file_system: fs-…, or remove create"
        )
    named = [
        key for key, given in (("file_system", efs.file_system), ("share", efs.share), ("create", efs.create)) if given
    ]
    if len(named) > 1:
        yield Finding(
            (*path, named[1]),
            "EG355",
            f"{named[0]} and {named[1]} name two file systems",
            "keep one of them",
            on_key=True,
        )
