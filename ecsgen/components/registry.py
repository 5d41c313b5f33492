"""The ECR repositories of an application: one for each image that is built, shared by all environments.

Carried by the module `ecr`, in a root of its own that is applied first (`infra/registry`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated

from ecsgen import names
from ecsgen.fields import KMS_KEY, REGION, Account, Between, Bool, Fixed, Int, Pattern, Section
from ecsgen.hcl import Reference
from ecsgen.problems import Finding

ECR_IMAGE = re.compile(
    r"(?P<account>[0-9]{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.(?:com|com\.cn|eu)/(?P<name>[a-z0-9._/-]+)"
)

PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "eusc-": "aws-eusc"}
"""What the names of regions begin with that are not in the partition `aws`."""


ROLE = Pattern(
    r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+",
    "the ARN of a role",
    "write it like arn:aws:iam::123456789012:role/push-images",
)


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
    account: Account | None = None
    """The account of the repositories, if it is not the environments' own: they may pull from it then."""
    region: Annotated[Fixed, REGION] | None = None
    """The region of the repositories, if it is not the environments' own."""
    role: Annotated[Fixed, ROLE] | None = None
    """The role that ecsgen and Terraform assume to make the repositories and to push, where the account is another."""


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
    pull_account_ids: tuple[str, ...] = ()


def check(registry: Registry, environment: str, region: str, account: str | None) -> Iterator[Finding]:
    """Repositories elsewhere can be named and reached. `region` and `account` are the environment's."""
    if registry.account is not None and account is None:
        yield Finding(
            ("registry", "account"),
            "EG712",
            f"{environment} has no account, and the registry would not know whom to let pull",
            f"write account: for {environment}, 12 digits in quotes",
            reads=(("account",),),
        )
    home = registry.account or account
    if registry.region not in {None, region} and home is None:
        yield Finding(
            ("registry", "region"),
            "EG713",
            f"the repositories are in {registry.region}, and in which account is not known",
            "write account: beside region, 12 digits in quotes",
            reads=(("account",), ("region",)),
        )
    if registry.role is not None and home != registry.role.split(":")[4]:
        yield Finding(
            ("registry", "role"),
            "EG714",
            f"the role is not in {'the account of the registry, ' + home if home else 'an account that is named'}",
            f'write registry.account: "{registry.role.split(":")[4]}", or a role of the registry\'s account',
            reads=(("account",), ("registry", "account")),
        )


def arn_prefix(region: str, account: str) -> str:
    """What the ARN of a repository begins with."""
    partition = next((name for start, name in PARTITIONS.items() if region.startswith(start)), "aws")
    return f"arn:{partition}:ecr:{region}:{account}:repository/"


def arn_of(image: str) -> str | None:
    """The ARN of the ECR repository that an image reference names; None for an image of another registry."""
    match = None if isinstance(image, Reference) else ECR_IMAGE.match(image)
    return arn_prefix(match["region"], match["account"]) + match["name"] if match else None


def resolve(
    registry: Registry,
    application: str,
    images: Iterable[str],
    retained: Iterable[str],
    environments: Iterable[str],
    accounts: Iterable[str] = (),
) -> RegistryInputs:
    """`images` are the keys of the images that are built ("web", "web/proxy"); `retained` those of earlier ones.
    `accounts` are the environments': where the registry has an account of its own, the others may pull.

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
        pull_account_ids=tuple(sorted(set(accounts) - {registry.account})) if registry.account else (),
    )
