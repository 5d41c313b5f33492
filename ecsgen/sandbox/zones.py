"""The hosted zone of a description with `domain.zone`, made in the sandbox: nobody else would make it there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

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
        zones = route53.list_hosted_zones()["HostedZones"]
        if any(_is(zone, item) for item in zones):
            return
        name, reference = (common_domain(hosts), f"{WITH_ID}{zone}") if by_id else (zone, zone)
        route53.create_hosted_zone(Name=name, CallerReference=reference)
    except (ClientError, BotoCoreError) as error:
        raise AwsError(f"the zone {zone} could not be made in the sandbox", why=str(error)) from error


def _is(zone: str, item: Mapping[str, Any]) -> bool:
    """Whether a hosted zone is the one: by its id, or by name the public one."""
    public = not item["Config"]["PrivateZone"]
    return item["Id"].rpartition("/")[2] == zone or (public and item["Name"].rstrip(".") == zone)


def common_domain(hosts: Sequence[str]) -> str:
    """The domain that all hosts are in, with two labels at least: for a zone of which only the id is known."""
    shared: list[str] = []
    for labels in zip(*(reversed(host.removeprefix("*.").split(".")) for host in hosts), strict=False):
        if len(set(labels)) > 1:
            break
        shared.insert(0, labels[0])
    return ".".join(shared) if len(shared) > 1 else "sandbox.test"
