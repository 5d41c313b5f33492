"""The ECR repositories of an application: one for each image that is built, shared by all environments.

Carried by the module `ecr`, in a root of its own that is applied first (`infra/registry`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from ecsgen import names
from ecsgen.fields import KMS_KEY, Between, Bool, Fixed, Int, Section
from ecsgen.hcl import Reference

ECR_IMAGE = re.compile(
    r"(?P<account>[0-9]{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.(?:com|com\.cn|eu)/(?P<name>[a-z0-9._/-]+)"
)

PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "eusc-": "aws-eusc"}
"""What the names of regions begin with that are not in the partition `aws`."""


class Registry(Section):
    """Settings of every ECR repository of the application."""

    immutable: Bool = True
    """A tag, once pushed, cannot be moved to another image."""
    scan: Bool = True
    """Images are scanned for known vulnerabilities when they are pushed."""
    keep: Annotated[Int, Between(1, 1000, "images")] = 30
    """Images kept in each repository; those that an environment runs are kept beside them."""
    kms_key: Annotated[Fixed, KMS_KEY] | None = None
    """The KMS key that encrypts the images; without it ECR's own encryption (AES-256). It cannot be changed later."""


@dataclass(frozen=True, slots=True)
class Repository:
    """Inputs of one call of the module `ecr`."""

    key: str
    label: str
    name: str
    in_use: bool


@dataclass(frozen=True, slots=True)
class RegistryInputs:
    """What the templates of the registry root need."""

    immutable: bool
    scan: bool
    keep: int
    kms_key: str | None
    repositories: tuple[Repository, ...]
    protected_tag_prefixes: tuple[str, ...]


def arn_prefix(region: str, account: str) -> str:
    """What the ARN of a repository begins with."""
    partition = next((name for start, name in PARTITIONS.items() if region.startswith(start)), "aws")
    return f"arn:{partition}:ecr:{region}:{account}:repository/"


def arn_of(image: str) -> str | None:
    """The ARN of the ECR repository that an image reference names; None for an image of another registry."""
    match = None if isinstance(image, Reference) else ECR_IMAGE.match(image)
    return arn_prefix(match["region"], match["account"]) + match["name"] if match else None


def resolve(
    registry: Registry, application: str, images: Iterable[str], retained: Iterable[str], environments: Iterable[str]
) -> RegistryInputs:
    """`images` are the keys of the images that are built ("web", "web/proxy"); `retained` those of earlier ones.

    A repository stays when its service goes: an environment may still run its image.
    """
    built = set(images)
    return RegistryInputs(
        immutable=registry.immutable,
        scan=registry.scan,
        keep=registry.keep,
        kms_key=registry.kms_key,
        repositories=tuple(
            Repository(
                key=key,
                label=names.label(key.replace("/", "--")),
                name=names.repository(application, key),
                in_use=key in built,
            )
            for key in sorted(built | set(retained))
        ),
        protected_tag_prefixes=tuple(f"{environment}-" for environment in sorted(environments)),
    )
