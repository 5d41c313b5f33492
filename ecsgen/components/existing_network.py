"""A VPC that is there already, and those of its subnets that are to be used. Nothing in it is changed.

Carried by the module `existing_network`, whose outputs are named as those of `network`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from ecsgen.problems import Finding, Path

OF_A_NEW_ONE = ("cidr", "azs", "nat", "endpoints", "flow_logs")
"""Keys that say how a VPC is made."""

HAS_NO_MEANING = {
    "cidr": "its block is what it is",
    "azs": "its zones are those of the subnets",
    "nat": "its routes belong to its owner",
    "endpoints": "its endpoints belong to its owner",
    "flow_logs": "its flow logs belong to its owner",
}


class Tagged(Protocol):
    """What is found by its tags."""

    @property
    def tags(self) -> dict[str, str]:
        """Every tag that it has."""


@dataclass(frozen=True, slots=True)
class ExistingNetworkInputs:
    """Inputs of the module `existing_network`. Neither `vpc_id` nor `vpc_tags`: the region's default VPC.

    `load_balancer_subnets` is "public" or "private" where a load balancer will stand there.
    """

    existing: ClassVar[bool] = True

    vpc_id: str | None
    vpc_tags: dict[str, str]
    public_subnet_ids: tuple[str, ...]
    public_subnet_tags: dict[str, str]
    private_subnet_ids: tuple[str, ...]
    private_subnet_tags: dict[str, str]
    load_balancer_subnets: str | None


def is_existing(vpc: str | Tagged) -> bool:
    """Whether the description names a VPC that is there already."""
    return vpc != "new"


def identity(vpc: str | Tagged) -> str:
    """A text for the VPC: what stands in a VPC is replaced when it changes."""
    return vpc if isinstance(vpc, str) else "&".join(f"{key}={value}" for key, value in sorted(vpc.tags.items()))


def resolve(
    vpc: str | Tagged, public: Sequence[str] | Tagged, private: Sequence[str] | Tagged, balancer: str | None
) -> ExistingNetworkInputs:
    """`balancer`: the subnets, "public" or "private", in which a load balancer is to be made."""
    return ExistingNetworkInputs(
        vpc_id=vpc if isinstance(vpc, str) and vpc != "default" else None,
        vpc_tags=_tags(vpc),
        public_subnet_ids=_ids(public),
        public_subnet_tags=_tags(public),
        private_subnet_ids=_ids(private),
        private_subnet_tags=_tags(private),
        load_balancer_subnets=balancer,
    )


def _tags(found: str | Sequence[str] | Tagged) -> dict[str, str]:
    return {} if isinstance(found, (str, Sequence)) else dict(sorted(found.tags.items()))


def _ids(found: Sequence[str] | Tagged) -> tuple[str, ...]:
    return tuple(sorted(set(found))) if isinstance(found, Sequence) else ()


def check(
    vpc: str | Tagged,
    subnets: Mapping[str, Sequence[str] | Tagged],
    written: set[str],
) -> Iterator[Finding]:
    """What does not fit to the VPC. `subnets`: "public_subnets" and "private_subnets"; `written`: keys of the network."""
    if not is_existing(vpc):
        for key in sorted(written & subnets.keys()):
            yield Finding(
                ("network", key),
                "EG431",
                "a VPC of its own gets its own subnets",
                "name the VPC that they are in: vpc: vpc-…, or remove them",
                on_key=True,
                reads=VPC,
            )
        return
    for key in sorted(written & set(OF_A_NEW_ONE)):
        yield Finding(
            ("network", key),
            "EG430",
            f"{key} is for a VPC that ecsgen makes, and this one is there already: {HAS_NO_MEANING[key]}",
            "remove it, or write vpc: new",
            on_key=True,
            reads=VPC,
        )
    if vpc == "default":
        if "private_subnets" in written:
            yield Finding(
                ("network", "private_subnets"),
                "EG431",
                "the default VPC is used with its default subnets, which are public",
                "to choose subnets, name the VPC by its id: vpc: vpc-…",
                on_key=True,
                reads=VPC,
            )
    elif not any(subnets.values()):
        yield Finding(
            ("network",),
            "EG432",
            "no subnet of the VPC is named",
            "write public_subnets, private_subnets or both: a list of ids, or {tags: {…}}",
            on_key=True,
            reads=(*VPC, *SUBNETS),
        )
    if not isinstance(vpc, str) and not vpc.tags:
        yield Finding(("network", "vpc", "tags"), "EG432", "no tag is named", "write one, such as Name: main")
    for key, found in subnets.items():
        if not isinstance(found, Sequence):
            if not found.tags:
                yield Finding(("network", key, "tags"), "EG432", "no tag is named", "write one, such as Tier: public")
            continue
        for index, subnet in enumerate(found):
            other = next((name for name in subnets if name != key and subnet in _ids(subnets[name])), "")
            if subnet in found[:index] or (other == "public_subnets"):
                where = "twice" if subnet in found[:index] else "as a public one too"
                yield Finding(
                    ("network", key, index), "EG433", f"{subnet} is listed {where}", "remove one of them", reads=SUBNETS
                )


VPC: tuple[Path, ...] = (("network", "vpc"),)
SUBNETS: tuple[Path, ...] = (("network", "public_subnets"), ("network", "private_subnets"))


def check_placed(
    kinds: Mapping[str, Sequence[str] | Tagged],
    vpc: str | Tagged,
    kind: str,
    who: str,
    otherwise: str,
    path: Path,
    reads: Path,
) -> Iterator[Finding]:
    """A service or load balancer in subnets that the description does not name. `kind` is "public" or "private"."""
    named = bool(kinds[f"{kind}_subnets"]) or (vpc == "default" and kind == "public")
    if is_existing(vpc) and not named:
        yield Finding(
            path,
            "EG434",
            f"{who} in {kind} subnets, and the description names none",
            f"write network.{kind}_subnets, or {otherwise}"
            if vpc != "default"
            else "the default VPC has public subnets only: use these, or name a VPC by its id",
            on_key=True,
            reads=(reads, *VPC, *SUBNETS),
        )
