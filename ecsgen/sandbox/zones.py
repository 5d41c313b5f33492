"""The hosted zone of a description with `domain.zone`, made in the sandbox: nobody else would make it there."""

from __future__ import annotations

from collections.abc import Sequence

from ecsgen.errors import AwsError
from ecsgen.sandbox.clients import client

WITH_ID = "ecsgen-zone-"
"""A caller reference that begins so asks the sandbox for the id that follows; AWS chooses ids itself."""


def ensure(zone: str, hosts: Sequence[str], *, endpoint: str, region: str, account: str, secret_key: str) -> None:
    """Create a public zone in this account if it is not there. Raises AwsError when the sandbox refuses it.

    `zone` is a name, or an id; one by id is named by what the hosts have in common.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    by_id = zone.startswith("Z")
    try:
        route53 = client("route53", endpoint=endpoint, region=region, account=account, secret_key=secret_key)
        if by_id:
            name, reference = common_domain(hosts), f"{WITH_ID}{zone}"
        else:
            name = reference = zone
            found = route53.list_hosted_zones_by_name(DNSName=zone)["HostedZones"]
            if any(item["Name"].rstrip(".") == zone and not item["Config"]["PrivateZone"] for item in found):
                return
        # A caller reference that was used before gives the zone that it made.
        route53.create_hosted_zone(Name=name, CallerReference=reference)
    except (ClientError, BotoCoreError) as error:
        raise AwsError(f"the zone {zone} could not be made in the sandbox", why=str(error)) from error


def common_domain(hosts: Sequence[str]) -> str:
    """The domain that all hosts are in, with two labels at least: for a zone of which only the id is known."""
    shared: list[str] = []
    for labels in zip(*(reversed(host.removeprefix("*.").split(".")) for host in hosts), strict=False):
        if len(set(labels)) > 1:
            break
        shared.insert(0, labels[0])
    return ".".join(shared) if len(shared) > 1 else "sandbox.test"
