"""Which resource a call is about, where MiniStack enforces policies (AUTH=true): as AWS's service authorization reference says."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ministack.core import iam_actions

from ecsgen.sandbox.server.patching import replace

STREAM_ACTIONS = ("CreateLogStream", "PutLogEvents")


def install() -> None:
    """MiniStack knows no parameter of GetParameters, and holds calls about a log stream to be about its group."""
    original = replace(iam_actions, "extract_resource_arn", lambda *arguments: arn(original, *arguments))


def arn(
    original: Callable[..., str],
    service: str,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    query_params: dict[str, Any],
    region: str,
    account_id: str,
) -> str:
    """The ARN of what a call is about, or *. A call for several parameters stays one about all."""
    found = original(service, method, path, headers, body, query_params, region, account_id)
    action = headers.get("x-amz-target", "").rpartition(".")[2]
    if service == "ssm" and action == "GetParameters":
        names = json.loads(body or b"{}").get("Names", [])
        if len(names) == 1:
            return f"arn:aws:ssm:{region}:{account_id}:parameter/{names[0].removeprefix('/')}"
    if service == "logs" and action in STREAM_ACTIONS and found != "*":
        return f"{found}:log-stream:{json.loads(body).get('logStreamName', '')}"
    return found
