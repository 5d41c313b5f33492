"""A container's image: built from a Dockerfile, or named. Carried by the module `task_definition`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from ecsgen.aws_values import SECRET_ARN, KmsKeyArn
from ecsgen.fields import Fixed, FixedWord, OneOrMore, Pattern, PlainOrMap, Section, Text, Variable
from ecsgen.hcl import Reference
from ecsgen.problems import Finding, Path, Severity

REFERENCE = re.compile(
    r"(?P<name>(?:(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9-]+)*(?::[0-9]+)?/)?"
    r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*)"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?",
    re.ASCII,
)
"""An image reference by the grammar of the distribution project."""

SECRET_ID = Pattern(
    r"[A-Za-z0-9][A-Za-z0-9_.-]*", "the id of a build secret", "use letters, digits, hyphens, points and underscores"
)
SECRET_SOURCE = Pattern(
    r"(?:env:[A-Za-z_][A-Za-z0-9_]*|file:[^\s].*)", "a source of a build secret", "write env:NAME or file:PATH"
)


def _context(value: Any) -> Any:
    return {"context": value} if isinstance(value, str) else value


class Build(Section):
    """How an image is built."""

    context: FixedWord = "."
    """The folder that the Dockerfile copies from, relative to the description."""
    dockerfile: FixedWord = "Dockerfile"
    """The Dockerfile, relative to the context."""
    target: FixedWord | None = None
    """The stage to build; without it the last one."""
    args: dict[Variable, Fixed] = {}
    """Build arguments."""
    secrets: dict[Annotated[Fixed, SECRET_ID], Annotated[Fixed, SECRET_SOURCE]] = {}
    """Secrets for `RUN --mount=type=secret`: id to `env:NAME` or `file:PATH`; never stored in the image."""
    cache_from: Annotated[list[FixedWord], OneOrMore()] = []
    """Images whose layers may serve as a cache."""


class Credentials(Section):
    """The credentials of a registry, kept encrypted with a key of one's own."""

    source: Annotated[Text, SECRET_ARN] = Field(alias="from")
    """The Secrets Manager secret."""
    kms_key: KmsKeyArn | None = None
    """The KMS key that encrypts it, when it is not AWS's own."""


class ImageKeys(Section):
    """Where a container's image comes from."""

    build: Annotated[Build, BeforeValidator(_context)] | None = None
    """Build the image: the context's path, or a map."""
    image: Text | None = None
    """Use this image, instead of `build`."""
    credentials: Annotated[Annotated[Text, SECRET_ARN] | Credentials, PlainOrMap()] | None = None
    """A Secrets Manager secret with username and password for the image's registry: its ARN, or a map with its key."""


@dataclass(frozen=True, slots=True)
class BuildInputs:
    """One image to build. `key` is "web", or "web/proxy" for a sidecar; `path` is its place in the description.

    `repository` is the name of one in ECR; with `external` that in another registry, with its host.
    """

    key: str
    repository: str
    path: Path
    context: str
    dockerfile: str
    target: str | None
    args: dict[str, str]
    secrets: dict[str, str]
    cache_from: tuple[str, ...]
    platform: str
    external: bool = False


def check(keys: ImageKeys, path: Path) -> Iterator[Finding]:
    """A container has exactly one source of its image, and a reference that a registry understands."""
    build, image, credentials = keys.build, keys.image, keys.credentials
    if build is not None and image is not None:
        yield Finding((*path, "image"), "EG301", "the container has both build and image", "remove one of them")
    if build is None and image is None:
        yield Finding(
            path,
            "EG301",
            "the container has no image",
            "write build: . or image: NAME:TAG",
            on_key=True,
            reads=((*path, "build"), (*path, "image")),
        )
    if image is not None:
        yield from check_reference(image, path)
    if credentials is not None and image is None and build is not None:
        yield Finding(
            (*path, "credentials"),
            "EG304",
            "credentials are for an image of another registry, and this one is built",
            "remove credentials: ECR needs none, and for a registry of your own they are registry.credentials",
        )


def check_reference(image: str, path: Path) -> Iterator[Finding]:
    """An image that no registry could have, or that is another one tomorrow. `path` is what has it under `image`."""
    if isinstance(image, Reference):
        return
    match = REFERENCE.fullmatch(image)
    if not match or len(match["name"]) > 255:
        yield Finding(
            (*path, "image"),
            "EG302",
            f'"{image}" is not an image reference',
            "write it like nginx:1.27 or HOST/NAME@sha256:…",
        )
    elif not match["digest"] and match["tag"] in {None, "latest"}:
        yield Finding(
            (*path, "image"),
            "EG303",
            f'"{image}" can mean another image tomorrow',
            "name a version, or pin a digest",
            Severity.WARNING,
        )
