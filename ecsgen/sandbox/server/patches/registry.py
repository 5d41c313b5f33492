"""ECR: repositories that Docker can push to on loopback, found in whatever account and region they are."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.responses import error_response_json, json_response, set_request_account_id, set_request_region
from ministack.services import ecr

from ecsgen.sandbox.server.patching import need, replace

Handler = Callable[[Mapping[str, Any]], Any]


def install(registry: str) -> None:
    """`registry` is the host and port that image references begin with."""
    replace(ecr, "_repo_uri", lambda name: f"{registry}/{name}")
    replace(ecr, "_get_authorization_token", lambda data: authorization(registry))
    replace(ecr, "_select_registry_request_scope", select_scope(need(ecr, "_select_registry_request_scope")))
    replace(ecr, "_put_image", put_image(need(ecr, "_put_image")))
    replace(ecr, "_describe_images", describe_images(need(ecr, "_describe_images")))
    replace(ecr, "_batch_delete_image", batch_delete_image(need(ecr, "_batch_delete_image")))
    replace(ecr, "_v2_put_manifest", put_manifest(need(ecr, "_v2_put_manifest")))


def authorization(registry: str) -> Any:
    """GetAuthorizationToken for the loopback registry; it asks for no password, any will do."""
    token = base64.b64encode(b"AWS:sandbox").decode()
    data = {"authorizationToken": token, "expiresAt": int(time.time()) + 43200, "proxyEndpoint": f"http://{registry}"}
    return json_response({"authorizationData": [data]})


def select_scope(original: Callable[..., None]) -> Callable[..., None]:
    """A push or pull carries no account: it means the repository of that name, the newest if there are several."""

    def handler(name: str, headers: Any, query: Any) -> None:
        original(name, headers, query)
        if not name or name in ecr._repositories:
            return
        found = [(item["createdAt"], key) for key, item in ecr._repositories.all_items() if key[2] == name]
        if found:
            account, region, _ = max(found)[1]
            set_request_account_id(account)
            set_request_region(region)

    return handler


def put_image(original: Handler) -> Handler:
    """PutImage: the same tag on the same manifest is refused with ImageAlreadyExistsException, as by AWS."""

    def handler(data: Mapping[str, Any]) -> Any:
        tag = data.get("imageTag")
        digest = data.get("imageDigest") or need(ecr, "_image_digest")(data.get("imageManifest", ""))
        for image in ecr._images.get(data.get("repositoryName", "")) or []:
            if image["imageDigest"] == digest and (not tag or tag in image["imageTags"]):
                return error_response_json(
                    "ImageAlreadyExistsException",
                    f"Image with digest '{digest}' and tag '{tag}' already exists in the repository with name "
                    f"'{data['repositoryName']}'",
                    400,
                )
        return original(data)

    return handler


def describe_images(original: Handler) -> Handler:
    """DescribeImages: an image that is asked for and not there is an error, not an empty answer."""

    def handler(data: Mapping[str, Any]) -> Any:
        name = data.get("repositoryName", "")
        if name in ecr._repositories:
            for wanted in data.get("imageIds") or []:
                if need(ecr, "_find_image")(name, wanted) is None:
                    shown = json.dumps({key: wanted.get(key) for key in ("imageDigest", "imageTag")})
                    message = f"The image with imageId {shown} does not exist within the repository with name '{name}'"
                    return error_response_json("ImageNotFoundException", message, 400)
        return original(data)

    return handler


def batch_delete_image(original: Handler) -> Handler:
    """BatchDeleteImage: by tag it takes the tag, and the image with its last one; a deleted image can not be pulled."""

    def handler(data: Mapping[str, Any]) -> Any:
        name = data.get("repositoryName", "")
        untagged, rest = [], []
        for wanted in data.get("imageIds") or []:
            image = need(ecr, "_find_image")(name, wanted)
            tag = wanted.get("imageTag")
            if image and tag and not wanted.get("imageDigest") and len(image["imageTags"]) > 1:
                image["imageTags"].remove(tag)
                image["imageId"]["imageTag"] = image["imageTags"][-1]
                untagged.append({"imageDigest": image["imageDigest"], "imageTag": tag})
            else:
                rest.append(wanted)
        status, headers, body = original({**data, "imageIds": rest})
        if status != 200:
            return status, headers, body
        payload = json.loads(body)
        for deleted in payload["imageIds"]:
            ecr._manifest_blobs.get(name, {}).pop(deleted["imageDigest"], None)
        payload["imageIds"] += untagged
        return json_response(payload)

    return handler


def put_manifest(original: Callable[..., Any]) -> Callable[..., Any]:
    """A push to a tag that is immutable is refused in ECR's words, which is what Docker shows."""

    def handler(name: str, reference: str, headers: Any, body: Any) -> Any:
        status, answer_headers, answer = original(name, reference, headers, body)
        if status == 400 and b"TAG_INVALID" in answer:
            message = (
                f"The image tag '{reference}' already exists in the '{name}' repository and cannot be overwritten "
                "because the tag is immutable."
            )
            return need(ecr, "_registry_error")(400, "TAG_INVALID", message, {"tag": reference})
        return status, answer_headers, answer

    return handler
