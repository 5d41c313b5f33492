"""ECR: what Docker pushes is what the API describes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .stacks import Server, push


@pytest.mark.docker
def test_a_repository_can_be_pushed_to(server: Server, engine: Any) -> None:
    ecr = server.client("ecr")
    made = ecr.create_repository(repositoryName="push/web", imageTagMutability="IMMUTABLE")["repository"]
    assert made["repositoryUri"] == f"127.0.0.1:{server.port}/push/web"
    assert ecr.get_authorization_token()["authorizationData"][0]["proxyEndpoint"] == f"http://127.0.0.1:{server.port}"
    digest = push(server, engine, "push/web", "a").split("@")[1]
    (found,) = ecr.describe_images(repositoryName="push/web", imageIds=[{"imageTag": "a"}])["imageDetails"]
    assert found["imageDigest"] == digest

    with pytest.raises(AssertionError, match="cannot be overwritten because the tag is immutable"):
        push(server, engine, "push/web", "a", "another page")
    assert push(server, engine, "push/web", "a").endswith(digest), "the same image again is no change"
    with pytest.raises(ClientError, match="ImageNotFoundException"):
        ecr.describe_images(repositoryName="push/web", imageIds=[{"imageTag": "nope"}])

    ecr.batch_delete_image(repositoryName="push/web", imageIds=[{"imageDigest": digest}])
    with pytest.raises(Exception, match=r"(?i)manifest|not found"):
        engine.images.pull(f"127.0.0.1:{server.port}/push/web@{digest}")


MANIFEST = '{"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "n": %d}'


def test_tags_move_between_manifests(simulated: Server) -> None:
    ecr = simulated.client("ecr")
    ecr.create_repository(repositoryName="tags", imageTagMutability="IMMUTABLE")

    def put(number: int, tag: str) -> str:
        answer = ecr.put_image(repositoryName="tags", imageManifest=MANIFEST % number, imageTag=tag)
        return str(answer["image"]["imageId"]["imageDigest"])

    def tags() -> dict[str, list[str]]:
        details = ecr.describe_images(repositoryName="tags")["imageDetails"]
        return {item["imageDigest"]: sorted(item["imageTags"]) for item in details}

    first = put(1, "a")
    assert put(1, "prod-a") == first
    second = put(2, "b")
    assert tags() == {first: ["a", "prod-a"], second: ["b"]}
    with pytest.raises(ClientError, match="ImageAlreadyExistsException"):
        put(1, "a")
    with pytest.raises(ClientError, match="ImageTagAlreadyExistsException"):
        put(2, "a")
    ecr.batch_delete_image(repositoryName="tags", imageIds=[{"imageTag": "a"}])
    assert tags() == {first: ["prod-a"], second: ["b"]}
    ecr.batch_delete_image(repositoryName="tags", imageIds=[{"imageTag": "prod-a"}])
    assert tags() == {second: ["b"]}


def test_lifecycle_policies_are_kept(simulated: Server) -> None:
    ecr = simulated.client("ecr")
    ecr.create_repository(repositoryName="kept")
    policy = json.dumps(
        {
            "rules": [
                {"rulePriority": 1, "selection": {"tagStatus": "any", "countNumber": 30}, "action": {"type": "expire"}}
            ]
        }
    )
    ecr.put_lifecycle_policy(repositoryName="kept", lifecyclePolicyText=policy)
    assert ecr.get_lifecycle_policy(repositoryName="kept")["lifecyclePolicyText"] == policy
