"""The values a task is given when it starts: parameters, secrets and environment files, or AWS's error without them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ministack.services import s3, secretsmanager, ssm

from ecsgen.sandbox.server.patching import need

_PULL = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
_FILES = "ResourceInitializationError: failed to download env files: file download command: non empty error stream: "


class MissingValueError(Exception):
    """A value the task needs is not there; the text is the task's stoppedReason."""


def resolve(definition: Mapping[str, Any]) -> dict[str, str]:
    """Variable -> value for a container's `secrets`. Raises MissingValueError."""
    return {item["name"]: _value(item["valueFrom"]) for item in definition.get("secrets") or []}


def _value(source: str) -> str:
    if ":secretsmanager:" in source:
        return _secret(source)
    value = need(ssm, "resolve_parameter_value")(source, decrypt=True)
    if value is None:
        name = source.split(":parameter", 1)[-1]
        raise MissingValueError(
            f"{_PULL}unable to retrieve secrets from ssm: service call has been retried 1 time(s): "
            f"invalid parameters: {name}"
        )
    return str(value)


def _secret(source: str) -> str:
    """`arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME[:json-key[:stage[:version]]]`."""
    parts = source.split(":")
    arn, (key, stage, version) = ":".join(parts[:7]), ([*parts[7:], "", "", ""])[:3]
    text = need(secretsmanager, "resolve_secret_string")(arn, stage or "AWSCURRENT", version or None)
    failed = f"{_PULL}unable to retrieve secret from asm: service call has been retried 1 time(s): "
    if text is None:
        raise MissingValueError(
            f"{failed}failed to fetch secret {arn} from secrets manager: ResourceNotFoundException: "
            "Secrets Manager can't find the specified secret."
        )
    if not key:
        return str(text)
    try:
        value = json.loads(text)[key]
    except (ValueError, KeyError, TypeError):
        raise MissingValueError(
            f"{failed}retrieved secret from Secrets Manager did not contain json key {key}"
        ) from None
    return value if isinstance(value, str) else json.dumps(value)


def environment_files(definition: Mapping[str, Any]) -> dict[str, str]:
    """Variables from a container's `environmentFiles` in S3; the first file wins. Raises MissingValueError."""
    result: dict[str, str] = {}
    for item in definition.get("environmentFiles") or []:
        bucket, _, key = item["value"].split(":::", 1)[-1].partition("/")
        body = need(s3, "_get_object_data")(bucket, key)
        if body is None:
            raise MissingValueError(f"{_FILES}NoSuchKey: {item['value']} does not exist")
        for name, value in parse_file(body.decode("utf-8", "replace")).items():
            result.setdefault(name, value)
    return result


def parse_file(text: str) -> dict[str, str]:
    """`NAME=value` lines; a line that begins with # or has no = is left out, and quotes stay as they are."""
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return {name.strip(): value for name, value in pairs}
