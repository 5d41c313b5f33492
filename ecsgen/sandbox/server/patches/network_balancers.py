"""Network load balancers: the subnets and Elastic IPs of their subnet mappings, and what TCP target groups do not have.

MiniStack knows the plain list of subnets only, and takes every target group for one of an application load balancer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ministack.services import alb, ec2

from ecsgen.sandbox.server.patching import need, replace

Answer = tuple[int, dict[str, str], Any]
Handler = Callable[[Any], Answer]

ONLY_HTTP = re.compile(r"<HealthCheckPath>[^<]*</HealthCheckPath>|<Matcher>.*?</Matcher>")
FIELDS = ("SubnetId", "AllocationId", "PrivateIPv4Address")


def install() -> None:
    """Patch the handlers and what they answer with."""
    need(ec2, "_addresses")
    need(ec2, "_subnets")
    replace(alb, "_create_lb", create(need(alb, "_create_lb")))
    replace(alb, "_set_subnets", set_subnets(need(alb, "_set_subnets")))
    replace(alb, "_lb_xml", as_xml(need(alb, "_lb_xml")))
    replace(alb, "_tg_xml", target_group(need(alb, "_tg_xml")))


def create(original: Handler) -> Handler:
    """CreateLoadBalancer keeps the subnet mappings. An Elastic IP has to be there, and belongs to one load balancer."""

    def handler(params: Any) -> Answer:
        mappings = list(_mappings(params))
        for allocation in (mapping["AllocationId"] for mapping in mappings if "AllocationId" in mapping):
            if allocation not in ec2._addresses:
                return _refused("AllocationIdNotFound", f"The allocation ID '{allocation}' does not exist")
            if any(allocation == used.get("AllocationId") for item in alb._lbs.values() for used in _kept(item)):
                return _refused("ResourceInUse", f"The allocation ID '{allocation}' is in use")
        answer = original({**params, **_as_subnets(mappings)})
        balancer = _by_name(need(alb, "_p")(params, "Name"))
        if answer[0] != 200 or balancer is None or not mappings:
            return answer
        balancer["SubnetMappings"] = mappings
        inner = f"<LoadBalancers>{need(alb, '_lb_xml')(balancer)}</LoadBalancers>"
        made: Answer = need(alb, "_xml")(200, "CreateLoadBalancer", inner)
        return made

    return handler


def set_subnets(original: Handler) -> Handler:
    """SetSubnets keeps the subnet mappings."""

    def handler(params: Any) -> Answer:
        answer = original(params)
        if answer[0] == 200:
            alb._lbs.get(need(alb, "_p")(params, "LoadBalancerArn"))["SubnetMappings"] = list(_mappings(params))
        return answer

    return handler


def as_xml(original: Callable[[Any], str]) -> Callable[[Any], str]:
    """A load balancer in an answer: each subnet in its own zone, with the addresses that its mapping gives it."""

    def handler(balancer: Any) -> str:
        text = original(balancer)
        start, end = text.index("<AvailabilityZones>"), text.index("</AvailabilityZones>")
        given = {mapping["SubnetId"]: mapping for mapping in _kept(balancer)}
        zones = "".join(_zone(subnet, given.get(subnet, {})) for subnet in balancer.get("Subnets", []))
        return f"{text[:start]}<AvailabilityZones>{zones}{text[end:]}"

    return handler


def target_group(original: Callable[[Any], str]) -> Callable[[Any], str]:
    """A target group in an answer: a health check over TCP asks for no path and expects no status."""

    def handler(group: Any) -> str:
        text = original(group)
        return ONLY_HTTP.sub("", text) if group["HealthCheckProtocol"] == "TCP" else text

    return handler


def _zone(subnet: str, mapping: Mapping[str, str]) -> str:
    known = ec2._subnets.get(subnet) or {}
    name = known.get("AvailabilityZone") or f"{need(alb, 'get_region')()}a"
    address = {key: value for key, value in mapping.items() if key != "SubnetId"}
    if allocated := ec2._addresses.get(mapping.get("AllocationId", "")):
        address["IpAddress"] = allocated["PublicIp"]
    fields = "".join(f"<{key}>{value}</{key}>" for key, value in address.items())
    addresses = f"<member>{fields}</member>" if fields else ""
    return (
        f"<member><ZoneName>{name}</ZoneName><SubnetId>{subnet}</SubnetId>"
        f"<LoadBalancerAddresses>{addresses}</LoadBalancerAddresses></member>"
    )


def _mappings(params: Any) -> Iterator[dict[str, str]]:
    get, index = need(alb, "_p"), 1
    while get(params, f"SubnetMappings.member.{index}.SubnetId"):
        given = {field: get(params, f"SubnetMappings.member.{index}.{field}") for field in FIELDS}
        yield {field: value for field, value in given.items() if value}
        index += 1


def _as_subnets(mappings: list[dict[str, str]]) -> dict[str, list[str]]:
    return {f"Subnets.member.{index}": [mapping["SubnetId"]] for index, mapping in enumerate(mappings, 1)}


def _kept(balancer: Mapping[str, Any]) -> list[dict[str, str]]:
    kept: list[dict[str, str]] = balancer.get("SubnetMappings", [])
    return kept


def _by_name(name: str) -> Any:
    return next((item for item in alb._lbs.values() if item["LoadBalancerName"] == name), None)


def _refused(code: str, message: str) -> Answer:
    answer: Answer = need(alb, "_error")(code, message)
    return answer
