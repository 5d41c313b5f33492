"""Where built images are kept: ECR repositories, one for each image and shared by all environments, or another registry.

The repositories are carried by the module `ecr`, in a root of its own that is applied first (`infra/registry`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from ecsgen import names
from ecsgen.aws_values import KMS_KEY, REGION, SECRET_ARN, Account
from ecsgen.fields import Between, Bool, Fixed, Int, Pattern, PlainOrMap, Section
from ecsgen.hcl import Reference
from ecsgen.problems import Finding, Path

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


EXTERNAL = Pattern(
    r"(?:localhost|(?=[^/]*[.:])[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?::[0-9]{1,5})?)"
    r"(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)+",
    "a registry's host and a path in it",
    "write it like ghcr.io/example/shop, without https:// and without a tag",
)
DOCKER_HUB = ("docker.io/", "index.docker.io/", "registry-1.docker.io/")
OF_ECR = ("immutable", "scan", "keep", "kms_key", "account", "region", "role")
"""Keys that are about repositories which ecsgen makes."""


class PullCredentials(Section):
    """The credentials of an external registry, kept encrypted with a key of one's own."""

    source: Annotated[Fixed, SECRET_ARN] = Field(alias="from")
    """The Secrets Manager secret."""
    kms_key: Annotated[Fixed, KMS_KEY] | None = None
    """The KMS key that encrypts it, when it is not AWS's own."""


class Registry(Section):
    """Settings of every ECR repository of the application; or another registry."""

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
    external: Annotated[Fixed, EXTERNAL] | None = None
    """Another registry to push to, as HOST/PATH; the image of the service web is then HOST/PATH/web."""
    credentials: Annotated[Annotated[Fixed, SECRET_ARN] | PullCredentials, PlainOrMap()] | None = None
    """The Secrets Manager secret with `username` and `password` that ECS pulls with from `external`, if it asks for them: its
    ARN, or a map with its key."""


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
    if registry.external is None and registry.credentials is not None:
        yield Finding(
            ("registry", "credentials"),
            "EG716",
            "credentials are for pulling from an external registry, and ECR needs none",
            "remove it, or name the registry: external: HOST/PATH",
            reads=(("registry", "external"),),
        )
    if registry.external is not None:
        for key in OF_ECR:
            if key in registry.model_fields_set:
                yield Finding(
                    ("registry", key),
                    "EG715",
                    f"{key} is about repositories that ecsgen makes in ECR, and the images go to {registry.external}",
                    f"remove {key} or external",
                    reads=(("registry", "external"),),
                )
        return
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


def check_external(registry: Registry, key: str, path: Path) -> Iterator[Finding]:
    """A built image has a name that the external registry takes. `key` is the image's: "web", or "web/proxy"."""
    if registry.external is None:
        return
    name = external_repository(registry.external, key)
    if name.startswith(DOCKER_HUB) and name.count("/") != 2:
        yield Finding(
            (*path, "build"),
            "EG717",
            f"the image would be {name}, and Docker Hub has names of two parts only",
            "write external: docker.io/NAME, and no build in sidecars; or take another registry",
            on_key=True,
            reads=(("registry", "external"),),
        )


def external_repository(external: str, key: str) -> str:
    """The repository of an image in a registry of one's own."""
    return f"{external}/{key}"


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
    built = set(images) if registry.external is None else set()
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
