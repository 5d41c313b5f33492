"""What AWS decides of values that several rooms have: the form of ARNs, regions, accounts and blocks of addresses, and a quota."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Any

from pydantic import BeforeValidator

from ecsgen import scalars
from ecsgen.fields import Pattern, ReadBy, Text
from ecsgen.problems import shorten
from ecsgen.reading import invalid, is_reference, read_reference, read_text

GROUP_RULES = 60
"""Rules of a security group in each direction, for IPv4 and IPv6 each, by AWS's default quota."""


def arn(service: str, what: str, example: str) -> Pattern:
    """An ARN of one AWS service in any partition, region and account."""
    return Pattern(
        rf"arn:aws[a-z-]*:{service}:[a-z0-9-]*:(?:[0-9]{{12}}|aws)?:[^\s]+", what, f"write it like {example}"
    )


KMS_ARN = r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:"
KMS_EXAMPLE = "write it like arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"

SECRET_ARN = Pattern(
    r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+",
    "the ARN of a Secrets Manager secret",
    "write it like arn:aws:secretsmanager:eu-west-1:123456789012:secret:registry-AbCdEf",
)
KMS_KEY = Pattern(rf"{KMS_ARN}key/[A-Za-z0-9-]+", "the ARN of a KMS key", KMS_EXAMPLE)
KmsKeyArn = Annotated[Text, KMS_KEY]
"""An alias will not do: IAM grants nothing on it, and AWS answers with the key's own ARN, a change in every plan."""


REGION = Pattern(r"[a-z]{2,4}(?:-[a-z]+)+-[0-9]", "an AWS region", "write it like eu-west-1")
"""The form of a region's name; one that this version does not know passes with a warning."""


def _account(value: Any) -> Any:
    text = read_text(value)
    if isinstance(value, scalars.Plain) and text.isdigit():
        raise invalid("an account without quotes is a number, and a leading zero would be lost", f'write "{text}"')
    return text


Account = Annotated[
    str, BeforeValidator(_account), Pattern(r"[0-9]{12}", "an AWS account", "write 12 digits in quotes")
]
"""An AWS account, 12 digits in quotes."""


def read_network(value: Any) -> str:
    """A CIDR block, IPv4 or IPv6, with no host bits set."""
    text = read_text(value)
    try:
        ipaddress.ip_network(text)
    except ValueError:
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise invalid(f'"{shorten(text)}" is not a CIDR block', "write it like 10.0.0.0/16", "EG104") from None
        raise invalid(f"{text} has bits set behind its prefix", f"write {network}", "EG104") from None
    if "/" not in text:
        raise invalid(f"{text} is an address and not a CIDR block", f"write {ipaddress.ip_network(text)}", "EG104")
    # AWS answers with the canonical form: any other would look like a change in every plan.
    if text != str(ipaddress.ip_network(text)):
        raise invalid(f"{text} is an unusual way to write a block", f"write {ipaddress.ip_network(text)}", "EG104")
    return text


Cidr = Annotated[str, BeforeValidator(read_network)]


def _network_or_reference(value: Any) -> str:
    return read_reference(value) if is_reference(value) else read_network(value)


CidrOrReference = Annotated[str, ReadBy(_network_or_reference)]
