"""Secrets that a task cannot read: which one, under which name in the description, and why."""

from __future__ import annotations

import re
from dataclasses import replace

from ecsgen.aws.causes.cause import About, Cause

_ABOUT_SECRETS = re.compile(
    r"secrets? from (?:asm|ssm)|retrieve secret|secretsmanager|Secrets Manager|ssm parameters|ssm:GetParameter"
    r"|Systems Manager|SSM Parameter|kms:Decrypt|Access to KMS|ParameterNotFound"
)
_ARN = re.compile(r"arn:[\w-]+:(?:secretsmanager:[\w-]*:\d*:secret:|ssm:[\w-]*:\d*:parameter/)[^\s'\",;)]+")
_INVALID_PARAMETERS = re.compile(r"[Ii]nvalid (?:ssm )?parameters?: (?P<names>[^\s,]+)")
_JSON_KEY = re.compile(r"did not contain json key (?P<key>\S+)")
_MISSING = re.compile(
    r"ResourceNotFoundException|can't find the specified secret|ParameterNotFound|[Ii]nvalid (?:ssm )?param"
)
_KMS = re.compile(r"kms:Decrypt|Access to KMS|KMSAccessDenied|ciphertext refers to")


def secret_cause(text: str, about: About, unreachable: str, denied: str, route: str) -> Cause | None:
    """The cause of a ResourceInitializationError that speaks of a secret; None when it speaks of something else.

    `unreachable` and `denied` are the patterns of the two reasons, `route` is what to do about the first.
    """
    if not _ABOUT_SECRETS.search(text):
        return None
    json_key = _JSON_KEY.search(text)
    reference = _reference(text)
    container, name = _owner(reference, json_key["key"].rstrip(".") if json_key else "", about)
    about = replace(about, container=container)
    place = about.in_container("secrets", name) if name else about.in_container("secrets")
    shown = " ".join(filter(None, (name, f"({reference})" if reference else ""))) or "a secret"
    if json_key:
        key = json_key["key"].rstrip(".")
        return Cause(f"the secret {shown} has no key {key!r}", (place,), "check the key after the secret's name")
    if "AWSCURRENT" in text:
        return Cause(f"the secret {shown} has no value yet", (place,), "put a value into it, then apply again")
    if _MISSING.search(text):
        return Cause(
            f"the secret {shown} does not exist",
            (place,),
            "create it, in this region and account, or correct its name",
        )
    if _KMS.search(text):
        return Cause(
            f"the task may not decrypt the secret {shown}",
            (place, about.in_container("kms_key")),
            "name the secret's KMS key in `kms_key`, so that the execution role may use it; its key policy must agree",
        )
    if re.search(denied, text):
        return Cause(
            f"the task's execution role may not read the secret {shown}",
            (place,),
            "a secret of another account needs a resource policy; a permissions boundary may also forbid it",
        )
    if re.search(unreachable, text):
        service = "SSM" if re.search(r"ssm|Systems Manager", text) else "Secrets Manager"
        return Cause(
            f"the task cannot reach {service} to read its secrets", (("network",), about.in_service("network")), route
        )
    return Cause(f"the secret {shown} cannot be read", (place,), "see the reason ECS gives")


def _reference(text: str) -> str:
    """The ARN or the parameter's name that the text names; "" when it names none."""
    if match := _INVALID_PARAMETERS.search(text):
        return match["names"].rstrip(".")
    match = _ARN.search(text)
    return match[0].rstrip(".:") if match else ""


def _owner(reference: str, json_key: str, about: About) -> tuple[str, str]:
    """The container and its environment variable that take the secret; the variable is "" when that is not certain."""
    secrets = [
        (container.name, name, value)
        for container in (about.definition.containers if about.definition else ())
        for name, value in container.secrets
    ]
    for container, name, value in secrets:
        # IAM names parameters and secrets by their ARN, SSM by their path; a JSON key follows a secret's ARN.
        if reference and (value.startswith(reference) or value.endswith(f"parameter{reference}")):
            return container, name
    for container, name, value in secrets:
        if json_key and f":{json_key}:" in f"{value}:":
            return container, name
    return secrets[0][:2] if len(secrets) == 1 else (about.container, "")
