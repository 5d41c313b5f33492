"""Amazon ECR: signing in, finding, tagging and deleting images. Names are repository names, without the registry."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from ecsgen.aws.translation import code_of
from ecsgen.errors import AwsError

if TYPE_CHECKING:
    from mypy_boto3_ecr.type_defs import ImageIdentifierTypeDef

    from ecsgen.aws.session import Aws

# BatchDeleteImage takes at most 100 images a call (Amazon ECR API Reference).
DELETE_BATCH = 100

# What BatchGetImage may answer with. Without it ECR converts the manifest, and its digest is another one.
MANIFESTS = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
]


@dataclass(frozen=True, slots=True)
class Login:
    """What a push to one registry needs. Valid for 12 hours; the password is never shown or written."""

    host: str
    username: str
    password: str = field(repr=False)


def login(aws: Aws, registry: str) -> Login:
    """Sign in to a registry, given by its host or by the URL of a repository in it (GetAuthorizationToken)."""
    host = registry.removeprefix("https://").split("/", 1)[0]
    with aws.calling(f"sign in to the registry {host}"):
        answer = aws.ecr.get_authorization_token()
    try:
        token = base64.b64decode(answer["authorizationData"][0]["authorizationToken"], validate=True).decode()
        username, password = token.split(":", 1)
    except (LookupError, ValueError, binascii.Error):
        # Nothing of the token goes into the message.
        raise AwsError(
            f"could not sign in to the registry {host}", why="ECR answered with a token that cannot be read"
        ) from None
    return Login(host, username, password)


def repository_exists(aws: Aws, repository: str) -> bool:
    """Whether the registry has the repository (DescribeRepositories)."""
    doing = f"look for the repository {repository}"
    try:
        aws.ecr.describe_repositories(repositoryNames=[repository])
    except (BotoCoreError, ClientError) as error:
        if code_of(error) == "RepositoryNotFoundException":
            return False
        raise aws.translated(error, doing) from error
    return True


def image_digest(aws: Aws, repository: str, tag: str) -> str | None:
    """The digest ("sha256:…") of the image with a tag; None when there is no such image or repository."""
    try:
        answer = aws.ecr.describe_images(repositoryName=repository, imageIds=[{"imageTag": tag}])
    except (BotoCoreError, ClientError) as error:
        if code_of(error) in {"ImageNotFoundException", "RepositoryNotFoundException"}:
            return None
        raise aws.translated(error, f"look for the image {repository}:{tag}") from error
    details = answer["imageDetails"]
    return details[0]["imageDigest"] if details else None


def tag_image(aws: Aws, repository: str, digest: str, tag: str) -> bool:
    """Give the image with a digest one more tag, without pulling it. True when the tag names this digest afterwards.

    Doing it again changes nothing. False: the tag is immutable and names another image already, which is left alone.
    Raises AwsError when there is no image with this digest.
    """
    doing = f"tag {repository}@{digest} as {tag}"
    with aws.calling(doing):
        answer = aws.ecr.batch_get_image(
            repositoryName=repository, imageIds=[{"imageDigest": digest}], acceptedMediaTypes=MANIFESTS
        )
    if not answer["images"]:
        reason = next((failure.get("failureReason", "") for failure in answer.get("failures", [])), "")
        raise AwsError(
            f"could not {doing}",
            why=reason or "the repository has no such image",
            hint="build and push it again: `ecsgen build`",
        )
    image = answer["images"][0]
    try:
        aws.ecr.put_image(
            repositoryName=repository,
            imageManifest=image["imageManifest"],
            imageManifestMediaType=image.get("imageManifestMediaType", MANIFESTS[-1]),
            imageTag=tag,
            imageDigest=digest,
        )
    except (BotoCoreError, ClientError) as error:
        code = code_of(error)
        if code == "ImageAlreadyExistsException":
            return True
        if code == "ImageTagAlreadyExistsException":
            return image_digest(aws, repository, tag) == digest
        raise aws.translated(error, doing) from error
    return True


def delete_all_images(aws: Aws, repository: str) -> int:
    """Delete every image of a repository and return how many there were; 0 when the repository does not exist.

    An image that an index refers to can only go after the index, so this works in rounds until nothing is left.
    Raises AwsError when a round deletes nothing (a rule or a policy forbids it).
    """
    deleted = 0
    while digests := _digests(aws, repository):
        round_deleted, refusals = 0, dict[str, str]()
        for start in range(0, len(digests), DELETE_BATCH):
            batch: list[ImageIdentifierTypeDef] = [
                {"imageDigest": digest} for digest in digests[start : start + DELETE_BATCH]
            ]
            with aws.calling(f"delete the images of {repository}"):
                answer = aws.ecr.batch_delete_image(repositoryName=repository, imageIds=batch)
            # One entry a tag comes back, so the same digest may be there several times.
            round_deleted += len({image.get("imageDigest", "") for image in answer.get("imageIds", [])})
            for failure in answer.get("failures", []):
                refusals[failure.get("imageId", {}).get("imageDigest", "")] = failure.get("failureReason", "")
        if not round_deleted:
            raise AwsError(
                f"could not delete the images of {repository}",
                why=f"ECR keeps {len(digests)} of them",
                hint="delete them in the console, or let the repository stay",
                details=[f"{digest}: {reason}" for digest, reason in sorted(refusals.items())[:5]],
            )
        deleted += round_deleted
    return deleted


def _digests(aws: Aws, repository: str) -> list[str]:
    """The digests in a repository, each once, in ECR's order."""
    try:
        return list(dict.fromkeys(_listed(aws, repository)))
    except (BotoCoreError, ClientError) as error:
        if code_of(error) == "RepositoryNotFoundException":
            return []
        raise aws.translated(error, f"list the images of {repository}") from error


def _listed(aws: Aws, repository: str) -> Iterator[str]:
    for page in aws.ecr.get_paginator("list_images").paginate(repositoryName=repository):
        for image in page["imageIds"]:
            if digest := image.get("imageDigest"):
                yield digest
