"""Volumes on EBS: a disk of its own for each task of a service, made when the task starts and deleted with it.

Carried by the module `service`, for the service and not the task definition says how large and how fast it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from ecsgen.aws_values import KmsKeyArn
from ecsgen.fields import Int, Pattern, Section, StorageGiB, Text, is_reference, one_of
from ecsgen.problems import Finding, Path

SNAPSHOT = Pattern(r"snap-[0-9a-f]{8,17}", "the id of an EBS snapshot", "write it like snap-0123456789abcdef0")
TYPES = ("gp3", "gp2", "io1", "io2", "st1", "sc1")
SIZES = {
    type_: (1, 16_384) if type_ in {"gp2", "gp3"} else (4, 16_384) if type_ in {"io1", "io2"} else (125, 16_384)
    for type_ in TYPES
}
"""GiB that ECS takes for a volume of each type (ServiceManagedEBSVolumeConfiguration)."""
IOPS = {"gp3": (3000, 16_000), "io1": (100, 64_000), "io2": (100, 256_000)}
IOPS_PER_GIB = {"gp3": 500, "io1": 50, "io2": 1000}
"""Operations a second for each GiB at most (Amazon EBS volume types)."""
THROUGHPUT = (125, 1000)
"""MiB a second of a gp3 volume; a quarter of its iops at most."""


class Ebs(Section):
    """The disk that each task gets, encrypted always."""

    size: StorageGiB | None = None
    """GiB; needed without a snapshot."""
    type: Annotated[Literal["gp3", "gp2", "io1", "io2", "st1", "sc1"], one_of(*TYPES)] = "gp3"
    """The volume type: `gp3` fits nearly always."""
    iops: Int | None = None
    """Operations a second; `gp3` has 3000, `io1` and `io2` need a number."""
    throughput: Int | None = None
    """MiB a second, `gp3` only; it has 125."""
    kms_key: KmsKeyArn | None = None
    """The KMS key that encrypts it, instead of AWS's own."""
    filesystem: Annotated[Literal["xfs", "ext4", "ext3"], one_of("xfs", "ext4", "ext3")] = "xfs"
    """How it is formatted; that of the snapshot, if there is one."""
    snapshot: Annotated[Text, SNAPSHOT] | None = None
    """A snapshot that each new disk begins with."""


@dataclass(frozen=True, slots=True)
class EbsInputs:
    """Input of the module `service`: the volume `name` of every task."""

    name: str
    role_name: str
    size_gib: int | None
    type: str
    iops: int | None
    throughput: int | None
    kms_key_arn: str | None
    filesystem: str
    snapshot_id: str | None


def resolve(ebs: Ebs, volume: str, role_name: str) -> EbsInputs:
    """`role_name` is the role with which ECS makes the disks."""
    return EbsInputs(
        name=volume,
        role_name=role_name,
        size_gib=ebs.size,
        type=ebs.type,
        iops=ebs.iops,
        throughput=ebs.throughput,
        kms_key_arn=ebs.kms_key,
        filesystem=ebs.filesystem,
        snapshot_id=ebs.snapshot,
    )


def check_count(volumes: Sequence[tuple[str, Path]]) -> Iterator[Finding]:
    """ECS attaches one disk to a task. `volumes` are a task's volumes on EBS with their places."""
    for name, path in volumes[1:]:
        yield Finding(
            (*path, "ebs"),
            "EG358",
            f"{volumes[0][0]} and {name} are two disks, and ECS attaches one to a task",
            "put both folders on one volume, or keep one of them on EFS",
            on_key=True,
        )


def check(ebs: Ebs, path: Path, region: str) -> Iterator[Finding]:
    """Sizes and speeds that EBS does not have."""
    low, high = SIZES[ebs.type]
    if ebs.size is None and ebs.snapshot is None:
        yield Finding(
            path,
            "EG359",
            "the size of the disk is missing",
            "write size: 20, or a snapshot",
            on_key=True,
            reads=((*path, "size"), (*path, "snapshot")),
        )
    elif ebs.size is not None and not low <= ebs.size <= high:
        yield Finding(
            (*path, "size"),
            "EG359",
            f"{_a(ebs.type)} volume does not have {ebs.size} GiB",
            f"write a number from {low} to {high}",
            reads=((*path, "type"),),
        )
    yield from _iops(ebs, path)
    yield from _throughput(ebs, path)
    if ebs.kms_key is not None and not is_reference(ebs.kms_key) and ebs.kms_key.split(":")[3] != region:
        yield Finding(
            (*path, "kms_key"),
            "EG356",
            f"the key is of {ebs.kms_key.split(':')[3]}, and the disks of {region}",
            f"name a key of {region}",
            reads=(("region",),),
        )


def _a(kind: str) -> str:
    return f"an {kind}" if kind[0] == "i" else f"a {kind}"


def _iops(ebs: Ebs, path: Path) -> Iterator[Finding]:
    here, reads = (*path, "iops"), ((*path, "type"), (*path, "size"))
    if ebs.type not in IOPS:
        if ebs.iops is not None:
            yield Finding(
                here,
                "EG359",
                f"{_a(ebs.type)} volume has no iops to choose",
                "remove iops, or write type: gp3",
                reads=reads,
            )
        return
    low, high = IOPS[ebs.type]
    if ebs.size is not None:
        high = max(low, min(high, ebs.size * IOPS_PER_GIB[ebs.type]))
    if ebs.iops is None:
        if ebs.type != "gp3":
            yield Finding(
                path,
                "EG359",
                f"{_a(ebs.type)} volume needs iops",
                f"write a number from {low} to {high}",
                on_key=True,
                reads=(here, *reads),
            )
    elif not low <= ebs.iops <= high:
        size = f" of {ebs.size} GiB" if ebs.size is not None else ""
        yield Finding(
            here,
            "EG359",
            f"{_a(ebs.type)} volume{size} does not have {ebs.iops} iops",
            f"write a number from {low} to {high}" if low < high else f"write {low}, or a larger size",
            reads=reads,
        )


def _throughput(ebs: Ebs, path: Path) -> Iterator[Finding]:
    if ebs.throughput is None:
        return
    here, reads = (*path, "throughput"), ((*path, "type"), (*path, "iops"))
    if ebs.type != "gp3":
        yield Finding(
            here, "EG359", f"{_a(ebs.type)} volume has no throughput to choose", "remove throughput", reads=reads
        )
        return
    low, high = THROUGHPUT
    high = max(low, min(high, (ebs.iops or IOPS["gp3"][0]) // 4))
    if not low <= ebs.throughput <= high:
        more = (
            ""
            if high == THROUGHPUT[1]
            else f"; over {high} needs iops: {ebs.throughput * 4}"
            if ebs.throughput <= THROUGHPUT[1]
            else ""
        )
        yield Finding(
            here,
            "EG359",
            f"a gp3 volume with {ebs.iops or IOPS['gp3'][0]} iops does not have {ebs.throughput} MiB a second",
            f"write a number from {low} to {high}{more}",
            reads=reads,
        )
