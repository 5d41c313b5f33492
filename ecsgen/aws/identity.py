"""Who is asking AWS, and whether that is the account the description names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecsgen.errors import AwsError

if TYPE_CHECKING:
    from ecsgen.aws.session import Aws


@dataclass(frozen=True, slots=True)
class Identity:
    """The account (12 digits) and the ARN of the user or assumed role."""

    account: str
    arn: str


def identify(aws: Aws) -> Identity:
    """Ask STS who the caller is (GetCallerIdentity, which needs no permission). Raises AwsError."""
    with aws.calling("find out which AWS account this is"):
        answer = aws.sts.get_caller_identity()
    return Identity(answer["Account"], answer["Arn"])


def check_account(identity: Identity, expected: str | None) -> None:
    """Raise AwsError unless the caller is in the account that the description names; None accepts any."""
    if expected and identity.account != expected:
        raise AwsError(
            f"wrong AWS account: the description names {expected}, the credentials belong to {identity.account}",
            why=f"the caller is {identity.arn}",
            hint=f"use credentials for {expected} (AWS_PROFILE), or change `account` in the description",
        )
