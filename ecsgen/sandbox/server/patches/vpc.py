"""The default VPC is found; endpoints, flow logs and rules of security groups give back what they were made with, so a second plan is empty."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape

from ministack.services import ec2

from ecsgen.sandbox.server.patching import need, replace

Parameters = Mapping[str, Any]
Answer = tuple[int, dict[str, str], Any]


def install() -> None:
    """MiniStack drops an endpoint's groups and private DNS, and a flow log's role, interval and tags.

    Of the two names that EC2 has for one filter it knows is-default, and the provider asks with isDefault. Where a rule is
    to name another group it looks for the key under which EC2 answers, and not for that of the request.
    """
    matches = need(ec2, "_matches_vpc_filters")
    replace(
        ec2,
        "_matches_vpc_filters",
        lambda vpc, filters: matches(
            vpc, {"is-default" if name == "isDefault" else name: values for name, values in filters.items()}
        ),
    )
    replace(ec2, "_create_vpc_endpoint", _remembering("_vpc_endpoints", need(ec2, "_create_vpc_endpoint"), _endpoint))
    replace(ec2, "_modify_vpc_endpoint", _modified(need(ec2, "_modify_vpc_endpoint")))
    replace(ec2, "_vpce_fields_xml", _endpoint_xml(need(ec2, "_vpce_fields_xml")))
    replace(ec2, "_modify_security_group_rules", _naming_groups(need(ec2, "_modify_security_group_rules")))
    replace(ec2, "_create_flow_logs", _remembering("_flow_logs", need(ec2, "_create_flow_logs"), _flow_log))
    replace(ec2, "_describe_flow_logs", _described(need(ec2, "_describe_flow_logs")))


def _remembering(
    store: str, original: Callable[[Parameters], Answer], remember: Callable[[dict[str, Any], Parameters], None]
) -> Callable[[Parameters], Answer]:
    """The original, and what it made with more of what the request said."""
    records = need(ec2, store)

    def create(parameters: Parameters) -> Answer:
        before = set(records.keys())
        answer = original(parameters)
        for key in set(records.keys()) - before:
            remember(records.get(key), parameters)
        return answer

    return create


def _endpoint(record: dict[str, Any], parameters: Parameters) -> None:
    interface = record["VpcEndpointType"] == "Interface"
    private = ec2._p(parameters, "PrivateDnsEnabled") or ("true" if interface else "false")
    record["PrivateDnsEnabled"] = private == "true"
    record["SecurityGroupIds"] = ec2._parse_member_list(parameters, "SecurityGroupId")


def _modified(original: Callable[[Parameters], Answer]) -> Callable[[Parameters], Answer]:
    def modify(parameters: Parameters) -> Answer:
        record = ec2._vpc_endpoints.get(ec2._p(parameters, "VpcEndpointId"))
        if record:
            added = ec2._parse_member_list(parameters, "AddSecurityGroupId")
            removed = ec2._parse_member_list(parameters, "RemoveSecurityGroupId")
            groups = [group for group in record.get("SecurityGroupIds", []) if group not in removed]
            record["SecurityGroupIds"] = [*groups, *added]
            if private := ec2._p(parameters, "PrivateDnsEnabled"):
                record["PrivateDnsEnabled"] = private == "true"
        return original(parameters)

    return modify


def _naming_groups(original: Callable[[Parameters], Answer]) -> Callable[[Parameters], Answer]:
    asked, answered = ".ReferencedGroupId", ".ReferencedGroupInfo.GroupId"

    def modify(parameters: Parameters) -> Answer:
        named = {key.replace(asked, answered): value for key, value in parameters.items() if key.endswith(asked)}
        return original({**parameters, **named})

    return modify


def _endpoint_xml(original: Callable[..., str]) -> Callable[..., str]:
    def fields(record: dict[str, Any], tag: str = "item") -> str:
        groups = "".join(
            f"<item><groupId>{escape(group)}</groupId></item>" for group in record.get("SecurityGroupIds", [])
        )
        private = "true" if record.get("PrivateDnsEnabled") else "false"
        more = f"<groupSet>{groups}</groupSet><privateDnsEnabled>{private}</privateDnsEnabled>"
        text = original(record, tag)
        return text.replace("<state>", f"{more}<state>", 1)

    return fields


def _flow_log(record: dict[str, Any], parameters: Parameters) -> None:
    record["DeliverLogsPermissionArn"] = ec2._p(parameters, "DeliverLogsPermissionArn")
    record["MaxAggregationInterval"] = ec2._p(parameters, "MaxAggregationInterval") or "600"
    ec2._parse_tag_specs(parameters, "vpc-flow-log", record["FlowLogId"])


def _described(original: Callable[[Parameters], Answer]) -> Callable[[Parameters], Answer]:
    def describe(parameters: Parameters) -> Answer:
        status, headers, body = original(parameters)
        text = body.decode() if isinstance(body, bytes) else str(body)
        for record in ec2._flow_logs.values():
            role = record.get("DeliverLogsPermissionArn")
            more = f"<deliverLogsPermissionArn>{escape(role)}</deliverLogsPermissionArn>" if role else ""
            more += f"<maxAggregationInterval>{record.get('MaxAggregationInterval', '600')}</maxAggregationInterval>"
            own = f"<flowLogId>{record['FlowLogId']}</flowLogId>"
            text = text.replace(own, own + more)
        return status, headers, text.encode() if isinstance(body, bytes) else text

    return describe
