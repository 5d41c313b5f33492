"""EC2 instances: no instance ever starts, but what is said about them is kept and given back as AWS does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape

from ministack.services import autoscaling, ec2, ecs

from ecsgen.sandbox.server.patching import need, replace
from ecsgen.sandbox.server.records import Record

Handler = Callable[[Any], Any]
Answer = tuple[int, dict[str, str], bytes]
POLICY = "MixedInstancesPolicy."
SPECIFICATION = f"{POLICY}LaunchTemplate.LaunchTemplateSpecification."
DISTRIBUTION = (
    "OnDemandAllocationStrategy",
    "OnDemandBaseCapacity",
    "OnDemandPercentageAboveBaseCapacity",
    "SpotAllocationStrategy",
    "SpotInstancePools",
    "SpotMaxPrice",
)


def install() -> None:
    """Keep the mixed instances policy, the draining of a capacity provider, and a launch template's key and interfaces."""
    for name in ("_create_asg", "_update_asg"):
        replace(autoscaling, name, with_policy(need(autoscaling, name)))
    replace(autoscaling, "_describe_asgs", describe(need(autoscaling, "_describe_asgs")))
    replace(ec2, "_parse_lt_data", parse_template(need(ec2, "_parse_lt_data")))
    replace(ec2, "_lt_data_xml", template_xml(need(ec2, "_lt_data_xml")))
    for name in ("_create_capacity_provider", "_update_capacity_provider"):
        replace(ecs, name, with_draining(need(ecs, name)))


def with_policy(original: Handler) -> Handler:
    """CreateAutoScalingGroup and UpdateAutoScalingGroup: keep the mixed instances policy."""

    def handler(parameters: Mapping[str, Any]) -> Any:
        answer = original(parameters)
        group = autoscaling._asgs.get(_text(parameters, "AutoScalingGroupName"))
        if answer[0] == 200 and group is not None and any(name.startswith(POLICY) for name in parameters):
            group["MixedInstancesPolicy"] = {
                name: _text(parameters, name) for name in parameters if name.startswith(POLICY)
            }
        return answer

    return handler


def describe(original: Handler) -> Handler:
    """DescribeAutoScalingGroups with the mixed instances policy of each group."""

    def handler(parameters: Mapping[str, Any]) -> Answer:
        status, headers, body = original(parameters)
        text = body.decode()
        for name, group in autoscaling._asgs.items():
            if policy := group.get("MixedInstancesPolicy"):
                own = f"<member><AutoScalingGroupName>{name}</AutoScalingGroupName>"
                text = text.replace(own, own + _policy_xml(policy))
        return status, headers, text.encode()

    return handler


def _policy_xml(policy: Mapping[str, str]) -> str:
    template_id, overrides = policy.get(f"{SPECIFICATION}LaunchTemplateId", ""), ""
    template = ec2._launch_templates.get(template_id) or {}
    index = 1
    while kind := policy.get(f"{POLICY}LaunchTemplate.Overrides.member.{index}.InstanceType"):
        overrides += f"<member><InstanceType>{escape(kind)}</InstanceType></member>"
        index += 1
    distribution = "".join(
        f"<{name}>{escape(policy[f'{POLICY}InstancesDistribution.{name}'])}</{name}>"
        for name in DISTRIBUTION
        if f"{POLICY}InstancesDistribution.{name}" in policy
    )
    return (
        "<MixedInstancesPolicy><LaunchTemplate><LaunchTemplateSpecification>"
        f"<LaunchTemplateId>{escape(template_id)}</LaunchTemplateId>"
        f"<LaunchTemplateName>{escape(template.get('LaunchTemplateName', ''))}</LaunchTemplateName>"
        f"<Version>{escape(policy.get(f'{SPECIFICATION}Version', '$Default'))}</Version>"
        f"</LaunchTemplateSpecification><Overrides>{overrides}</Overrides></LaunchTemplate>"
        f"<InstancesDistribution>{distribution}</InstancesDistribution></MixedInstancesPolicy>"
    )


def parse_template(original: Callable[..., Record]) -> Callable[..., Record]:
    """A launch template's data with the KMS key of each volume and the end of each interface."""

    def parse(parameters: Mapping[str, Any], prefix: str = "LaunchTemplateData") -> Record:
        data = original(parameters, prefix)
        for index, mapping in enumerate(data.get("BlockDeviceMappings", []), 1):
            if key := _text(parameters, f"{prefix}.BlockDeviceMapping.{index}.Ebs.KmsKeyId"):
                mapping.setdefault("Ebs", {})["KmsKeyId"] = key
        for index, interface in enumerate(data.get("NetworkInterfaces", []), 1):
            if ends := _text(parameters, f"{prefix}.NetworkInterface.{index}.DeleteOnTermination"):
                interface["DeleteOnTermination"] = ends.lower() == "true"
        return data

    return parse


def template_xml(original: Callable[[Record], str]) -> Callable[[Record], str]:
    """The same as the API answers it."""

    def render(data: Record) -> str:
        text = original(data)
        for mapping in data.get("BlockDeviceMappings", []):
            if key := mapping.get("Ebs", {}).get("KmsKeyId"):
                own = f"<deviceName>{escape(mapping['DeviceName'])}</deviceName><ebs>"
                text = text.replace(own, f"{own}<kmsKeyId>{escape(key)}</kmsKeyId>")
        for interface in data.get("NetworkInterfaces", []):
            if "DeleteOnTermination" in interface:
                own = f"<deviceIndex>{interface.get('DeviceIndex', 0)}</deviceIndex>"
                ends = str(interface["DeleteOnTermination"]).lower()
                text = text.replace(own, f"{own}<deleteOnTermination>{ends}</deleteOnTermination>")
        # Members of this list have a name of their own in the API.
        for group in {group for item in data.get("NetworkInterfaces", []) for group in item.get("Groups", [])}:
            text = text.replace(f"<item>{escape(group)}</item>", f"<groupId>{escape(group)}</groupId>")
        return text

    return render


def with_draining(original: Handler) -> Handler:
    """CreateCapacityProvider and UpdateCapacityProvider: keep managed draining."""

    def handler(data: Record) -> Any:
        draining = (data.get("autoScalingGroupProvider") or {}).get("managedDraining")
        answer = original(data)
        provider = ecs._capacity_providers.get(data.get("name", ""))
        if answer[0] == 200 and provider is not None and draining:
            provider["autoScalingGroupProvider"]["managedDraining"] = draining
        return answer

    return handler


def _text(parameters: Mapping[str, Any], name: str) -> str:
    """A parameter of the Query API; MiniStack hands each over as a list of one."""
    value = parameters.get(name, "")
    return str(value[0]) if isinstance(value, list) and value else str(value or "")
