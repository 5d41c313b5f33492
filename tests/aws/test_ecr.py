"""ECR and identity against a real server over HTTP, and what that server cannot show against recorded answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ecsgen.aws import ecr
from ecsgen.aws.identity import Identity, check_account, identify
from ecsgen.errors import AwsError

if TYPE_CHECKING:
    from ecsgen.aws.session import Aws

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def push(aws: Aws, repository: str, tag: str, content: str) -> str:
    """An image made of nothing but its manifest; returns its digest."""
    answer = aws.ecr.put_image(
        repositoryName=repository,
        imageManifest=json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "note": content}),
        imageManifestMediaType=MANIFEST,
        imageTag=tag,
    )
    return answer["image"]["imageId"]["imageDigest"]


@pytest.fixture
def repository(server: Aws, request: pytest.FixtureRequest) -> str:
    name = f"hello/{request.node.name.replace('_', '-')}"
    server.ecr.create_repository(repositoryName=name, imageTagMutability="IMMUTABLE")
    return name


def test_identity(server: Aws) -> None:
    who = identify(server)
    assert who.account == "123456789012"
    assert who.arn.startswith("arn:aws:")


def test_the_wrong_account_names_both() -> None:
    who = Identity("111111111111", "arn:aws:iam::111111111111:user/ann")
    check_account(who, None)
    check_account(who, "111111111111")
    with pytest.raises(AwsError) as caught:
        check_account(who, "222222222222")
    assert "222222222222" in caught.value.what
    assert "111111111111" in caught.value.what
    assert caught.value.exit_code == 6


@pytest.mark.parametrize(
    "registry",
    ["127.0.0.1:4566", "127.0.0.1:4566/hello/web", "https://127.0.0.1:4566/hello/web"],
)
def test_login_hides_the_password(server: Aws, registry: str) -> None:
    login = ecr.login(server, registry)
    assert login.host == "127.0.0.1:4566"
    assert login.username == "AWS"
    assert login.password
    assert login.password not in repr(login)


def test_a_token_that_cannot_be_read_is_not_shown(answering: Any) -> None:
    aws = answering(lambda *_: {"authorizationData": [{"authorizationToken": "bm90LXNwbGl0dGFibGU="}]})
    with pytest.raises(AwsError) as caught:
        ecr.login(aws, "host")
    assert "bm90" not in repr(caught.value) + str(caught.value)
    assert caught.value.__suppress_context__


def test_repository_exists(server: Aws, repository: str) -> None:
    assert ecr.repository_exists(server, repository)
    assert not ecr.repository_exists(server, "hello/none")


def test_image_digest(server: Aws, repository: str) -> None:
    digest = push(server, repository, "0123abcd", "one")
    assert ecr.image_digest(server, repository, "0123abcd") == digest
    assert ecr.image_digest(server, repository, "none") is None
    assert ecr.image_digest(server, "hello/none", "0123abcd") is None


def test_no_such_image_on_aws(answering: Any) -> None:
    aws = answering(lambda *_: ("ImageNotFoundException", "The image with imageId {imageTag:'x'} does not exist"))
    assert ecr.image_digest(aws, "hello/web", "x") is None


def test_tag_twice(server: Aws, repository: str) -> None:
    digest = push(server, repository, "0123abcd", "one")
    assert ecr.tag_image(server, repository, digest, "prod-0123abcd")
    assert ecr.tag_image(server, repository, digest, "prod-0123abcd")
    assert ecr.image_digest(server, repository, "prod-0123abcd") == digest
    assert ecr.image_digest(server, repository, "0123abcd") == digest


def test_an_immutable_tag_stays_where_it_is(server: Aws, repository: str) -> None:
    first, second = push(server, repository, "one", "one"), push(server, repository, "two", "two")
    assert ecr.tag_image(server, repository, first, "prod")
    assert not ecr.tag_image(server, repository, second, "prod")
    assert ecr.image_digest(server, repository, "prod") == first


def test_tagging_keeps_the_manifest_as_it_is(answering: Any) -> None:
    asked: dict[str, Any] = {}

    def answer(operation: str, parameters: dict[str, Any]) -> Any:
        asked[operation] = parameters
        if operation == "BatchGetImage":
            return {"images": [{"imageManifest": "{}", "imageManifestMediaType": ecr.MANIFESTS[0]}]}
        return "ImageAlreadyExistsException", "there were no changes to the manifest or image tag after the last push"

    assert ecr.tag_image(answering(answer), "hello/web", "sha256:" + "a" * 64, "prod")
    assert asked["BatchGetImage"]["acceptedMediaTypes"] == ecr.MANIFESTS
    assert asked["PutImage"]["imageManifestMediaType"] == ecr.MANIFESTS[0]
    assert asked["PutImage"]["imageDigest"] == "sha256:" + "a" * 64


def test_tag_of_an_image_that_is_gone(server: Aws, repository: str) -> None:
    with pytest.raises(AwsError, match="could not tag"):
        ecr.tag_image(server, repository, "sha256:" + "0" * 64, "prod")


def test_delete_all_images(server: Aws, repository: str) -> None:
    for number in range(ecr.DELETE_BATCH + 5):
        push(server, repository, f"tag-{number}", str(number))
    assert ecr.delete_all_images(server, repository) == ecr.DELETE_BATCH + 5
    assert server.ecr.list_images(repositoryName=repository)["imageIds"] == []
    assert ecr.delete_all_images(server, repository) == 0
    assert ecr.delete_all_images(server, "hello/none") == 0


def test_an_index_goes_before_its_images(answering: Any) -> None:
    left = {"sha256:index", "sha256:amd64", "sha256:arm64"}

    def answer(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        if operation == "ListImages":
            # Pages, and an image with two tags.
            rows = [{"imageDigest": digest} for digest in sorted(left)]
            token = parameters.get("nextToken")
            return {"imageIds": rows + rows[:1]} if token else {"imageIds": rows[:1], "nextToken": "more"}
        deleted, kept = [], []
        for row in parameters["imageIds"]:
            if row["imageDigest"] != "sha256:index" and "sha256:index" in left:
                kept.append({"imageId": row, "failureCode": "ImageReferencedByManifestList", "failureReason": "in use"})
            else:
                deleted.append(row)
        left.difference_update(row["imageDigest"] for row in deleted)
        return {"imageIds": deleted, "failures": kept}

    # The listing is sorted, so the images come before their index in the first round.
    assert ecr.delete_all_images(answering(answer), "hello/web") == 3
    assert not left


def test_images_that_stay_are_named(answering: Any) -> None:
    def answer(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        rows = [{"imageDigest": "sha256:held"}]
        if operation == "ListImages":
            return {"imageIds": rows}
        reason = "a rule keeps it"
        return {"failures": [{"imageId": rows[0], "failureCode": "ImageNotFound", "failureReason": reason}]}

    with pytest.raises(AwsError) as caught:
        ecr.delete_all_images(answering(answer), "hello/web")
    assert caught.value.details == ("sha256:held: a rule keeps it",)
