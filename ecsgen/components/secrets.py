"""Secrets that ECS hands to a container as environment variables, always by reference.

Carried by the module `task_definition`, whose execution role may read exactly these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from ecsgen.aws_values import KmsKeyArn
from ecsgen.fields import Section, Text, Variable, is_reference
from ecsgen.hcl import Reference
from ecsgen.problems import Finding, Path, Severity

SSM = re.compile(r"ssm:/?[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*")
SECRETS_MANAGER = re.compile(r"secretsmanager:[A-Za-z0-9/_+=.@-]{1,512}(?::[^:]+)?")
SSM_ARN = re.compile(r"arn:aws[a-z-]*:ssm:[a-z0-9-]+:[0-9]{12}:parameter/[A-Za-z0-9_./-]+")
SECRET_ARN = re.compile(
    r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+(?::[^:]*(?::[^:]*:[^:]*)?)?"
)
REFERENCES = (SSM, SECRETS_MANAGER, SSM_ARN, SECRET_ARN)
LOOKS_SECRET = re.compile(
    r"(?i)(?:^|_)(?:password|passwd|secret|token|api_?key|private_?key|access_?key|credentials?)$"
)
KNOWN_SECRETS = re.compile(
    r"AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY-----|gh[pousr]_[A-Za-z0-9]{36}|xox[abprs]-[A-Za-z0-9-]{10,}"
)


SECRET_VALUE = re.compile(
    r"(?i)[._](?:password|passwd|secret|secret_string|token|api_?key|private_?key(?:_pem)?|secret_?key|access_key)$"
    r"|^random_password\.[^.]+\.(?:result|bcrypt_hash)$"
)
"""References that end in the value of a secret."""


def _reference(value: Any) -> Any:
    return {"from": value} if isinstance(value, str) or is_reference(value) else value


class Secret(Section):
    """Where a secret's value is kept."""

    source: Text = Field(alias="from")
    """`ssm:/path`, `secretsmanager:name[:json-key]` or an ARN."""
    kms_key: KmsKeyArn | None = None
    """The KMS key that encrypts it, when it is not AWS's own."""


SecretReference = Annotated[Secret, BeforeValidator(_reference)]
"""A secret: the reference alone, or a map."""


class SecretKeys(Section):
    """A container's secrets."""

    secrets: dict[Variable, SecretReference] = {}
    """Environment variables whose values ECS reads from SSM or Secrets Manager."""


def check(
    secrets: dict[str, Secret], env: dict[str, str], path: Path, plain: str = "env", kept: str = "secrets"
) -> Iterator[Finding]:
    """A secret is a reference, its name is free, and no plain variable holds what looks like one.

    No message repeats the text in question: it may be the secret itself. `plain` and `kept` are the keys of the two.
    """
    for name, secret in secrets.items():
        here = (*path, kept, name)
        if not isinstance(secret.source, Reference) and not any(form.fullmatch(secret.source) for form in REFERENCES):
            yield Finding(
                here,
                "EG610",
                "this looks like a value and not like a reference to a secret",
                "keep the value in SSM or Secrets Manager and write ssm:/path, secretsmanager:name[:json-key] or an ARN",
                sensitive=True,
            )
        if name in env:
            yield Finding(here, "EG611", f"{name} is both in {plain} and in {kept}", "remove one of them", on_key=True)
    for name, value in env.items():
        if isinstance(value, Reference):
            if SECRET_VALUE.search(value):
                yield Finding(
                    (*path, plain, name),
                    "EG123",
                    f"{value} is the value of a secret, and {plain} is plain text in the task definition",
                    f"refer to the ARN of the secret under {kept}: {name}: {{ref: …}}",
                    Severity.WARNING,
                )
        elif KNOWN_SECRETS.search(value):
            yield Finding(
                (*path, plain, name),
                "EG612",
                f"{name} holds a credential, and {plain} is plain text in the Terraform",
                f"keep it in SSM or Secrets Manager and name it under {kept}: {name}: ssm:/path",
                sensitive=True,
            )
        elif value and LOOKS_SECRET.search(name) and not any(form.fullmatch(value) for form in REFERENCES):
            yield Finding(
                (*path, plain, name),
                "EG612",
                f"{name} sounds like a secret, and {plain} is plain text in the Terraform",
                f"if it is one, keep it in SSM or Secrets Manager and name it under {kept}: {name}: ssm:/path",
                Severity.WARNING,
                sensitive=True,
            )
        elif any(form.fullmatch(value) for form in (SSM, SECRETS_MANAGER)):
            yield Finding(
                (*path, plain, name),
                "EG613",
                f"{name} would hold the reference itself and not the secret",
                f"move it under {kept}",
                Severity.WARNING,
            )


POLICY_LIMIT = 10_240
"""Characters of the execution role's inline policy, which names every secret (IAM quotas)."""
POLICY_FRAME = 1200
"""Of these, what the rest of the policy takes."""
ARN_LENGTH = len("arn:aws:secretsmanager:ap-southeast-1:123456789012:secret:-AbCdEf")


def check_policy(containers: Sequence[Mapping[str, Secret]], path: Path) -> Iterator[Finding]:
    """More secrets than the policy of the execution role can name. `containers` are the secrets of each of a task."""
    sources = {_without_key(secret.source) for secrets in containers for secret in secrets.values()}
    size = sum(len(source) + (3 if source.startswith("arn:") else ARN_LENGTH) for source in sources)
    if size > POLICY_LIMIT - POLICY_FRAME:
        yield Finding(
            path,
            "EG614",
            f"{len(sources)} secrets are more than one role's policy can name",
            "keep several values in one secret and write secretsmanager:name:json-key, or split the service",
            on_key=True,
        )


def _without_key(source: str) -> str:
    """The secret itself: a reference without the JSON key, stage and version that may stand behind it."""
    return ":".join(source.split(":")[: 7 if source.startswith("arn:") else 2])


def inputs(secrets: dict[str, Secret]) -> dict[str, dict[str, str]]:
    """The secrets as the module takes them: by a name or ARN that is known, and by the ARN that is referred to."""
    sources = {name: secret.source for name, secret in sorted(secrets.items())}
    known = {name: source for name, source in sources.items() if not isinstance(source, Reference)}
    referred: dict[str, str] = {name: source for name, source in sources.items() if isinstance(source, Reference)}
    return {**({"secrets": known} if known else {}), **({"secret_arns": referred} if referred else {})}


def keys(secrets: dict[str, Secret]) -> set[str]:
    """The KMS keys that the execution role must be able to use."""
    return {secret.kms_key for secret in secrets.values() if secret.kms_key}
