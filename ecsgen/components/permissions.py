"""What a service's own code may do in AWS: its task role. Carried by the module `task_definition`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from ecsgen.fields import Fixed, FixedWord, OneOrMore, Pattern, Section, Text, Texts, invalid, nearest, one_of
from ecsgen.hcl import Reference
from ecsgen.problems import Finding, Path, Severity, shorten

INLINE_LIMIT = 10_240
"""Characters of all inline policies of a role together (IAM quotas); white space does not count."""
ATTACHED_LIMIT = 10

POLICY = Pattern(
    r"arn:aws[a-z-]*:iam::(?:[0-9]{12}|aws):policy/[A-Za-z0-9_+=,.@/-]+",
    "the ARN of an IAM policy",
    "write it like arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
)
RESOURCE = re.compile(r"arn:(?:[^:]*:){4}.|arn:(?:[^:]*:){0,4}[^:]*\*")
"""How a resource begins: all six parts of an ARN, unless a wildcard stands for the last of them."""
ACTION = Pattern(r"\*|[a-zA-Z0-9-]+:[a-zA-Z0-9*?]+", "an IAM action", "write it like s3:GetObject")


OPERATORS = (
    *(f"String{how}" for how in ("Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike")),
    *(
        f"{kind}{how}"
        for kind in ("Numeric", "Date")
        for how in ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
    ),
    *(
        "ArnEquals",
        "ArnNotEquals",
        "ArnLike",
        "ArnNotLike",
        "IpAddress",
        "NotIpAddress",
        "Bool",
        "BinaryEquals",
        "Null",
    ),
)
"""Condition operators (IAM User Guide: condition operators), which may have a prefix and a suffix."""


def _operator(text: str) -> str:
    bare = text.removeprefix("ForAllValues:").removeprefix("ForAnyValue:").removesuffix("IfExists")
    if bare not in OPERATORS:
        raise invalid(f'"{shorten(text)}" is not a condition operator of IAM', nearest(bare, OPERATORS), "EG105")
    return text


class Statement(Section):
    """One statement of an IAM policy."""

    effect: Annotated[Literal["Allow", "Deny"], one_of("Allow", "Deny")] = "Allow"
    """`Allow` or `Deny`."""
    actions: Annotated[list[Annotated[Text, ACTION]], OneOrMore()]
    """Actions like `s3:GetObject`; one or a list."""
    resources: Texts
    """ARNs of what the actions are allowed on; one or a list."""
    conditions: dict[Annotated[Fixed, AfterValidator(_operator)], dict[FixedWord, Texts]] = {}
    """Conditions: operator, then key, then value or values."""


class Permissions(Section):
    """The task role's permissions; without them the task may call nothing."""

    policies: list[Annotated[Text, POLICY]] = []
    """ARNs of managed policies to attach."""
    statements: list[Statement] = []
    """Statements of an inline policy."""
    boundary: Annotated[Text, POLICY] | None = None
    """A permissions boundary, set on the task role and the execution role."""


def statements(permissions: Permissions) -> list[dict[str, Any]]:
    """The statements as the module takes them, lists sorted: IAM treats them as sets."""
    return [
        {
            "effect": statement.effect,
            "actions": sorted(set(statement.actions)),
            "resources": sorted(set(statement.resources)),
            **(
                {
                    "conditions": {
                        operator: {key: sorted(set(values)) for key, values in sorted(keys.items())}
                        for operator, keys in sorted(statement.conditions.items())
                    }
                }
                if statement.conditions
                else {}
            ),
        }
        for statement in permissions.statements
    ]


def policies(permissions: Permissions) -> tuple[tuple[str, ...], dict[str, str]]:
    """The managed policies: the ARNs that are known, and by name those that are referred to."""
    arns = sorted(set(permissions.policies))
    return tuple(arn for arn in arns if not isinstance(arn, Reference)), {
        str(arn): arn for arn in arns if isinstance(arn, Reference)
    }


def check(permissions: Permissions, path: Path) -> Iterator[Finding]:
    """What IAM would refuse, and what allows everything."""
    if len(permissions.policies) > ATTACHED_LIMIT:
        yield Finding(
            (*path, "policies"),
            "EG601",
            f"{len(permissions.policies)} policies are more than the {ATTACHED_LIMIT} that a role takes",
            "join some of them",
        )
    for index, policy in enumerate(permissions.policies):
        if policy in permissions.policies[:index]:
            yield Finding((*path, "policies", index), "EG605", f"{policy} is listed twice", "remove one of them")
    size = len(json.dumps(statements(permissions), separators=(",", ":")))
    if size > INLINE_LIMIT:
        yield Finding(
            (*path, "statements"),
            "EG602",
            f"the statements take {size} characters, and a role's inline policies {INLINE_LIMIT}",
            "use a managed policy and list it under policies",
        )
    for index, statement in enumerate(permissions.statements):
        here = (*path, "statements", index)
        for key, values in (("actions", statement.actions), ("resources", statement.resources)):
            if not values:
                yield Finding((*here, key), "EG603", f"the statement names no {key}", f"list at least one of the {key}")
        for operator, variables in statement.conditions.items():
            if not variables or not all(variables.values()):
                yield Finding(
                    (*here, "conditions", operator),
                    "EG603",
                    f"the condition {operator} compares nothing",
                    f"write {operator}: {{KEY: VALUE}}, or remove it",
                    on_key=True,
                )
        for number, resource in enumerate(statement.resources):
            if not isinstance(resource, Reference) and resource != "*" and not RESOURCE.match(resource):
                yield Finding((*here, "resources", number), "EG603", f'"{resource}" is no ARN', 'write an ARN, or "*"')
        if statement.effect == "Allow" and "*" in statement.actions:
            yield Finding(
                (*here, "actions"),
                "EG604",
                "the task may do everything in the account",
                "name the actions that it needs",
                Severity.WARNING,
            )
