"""The public addresses of running tasks, which last as long as a task does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ecsgen.aws.session import Aws

# The API's limit on tasks a call (DescribeTasks, Amazon ECS API Reference); a filter takes 200 values.
TASKS_A_CALL = 100


def public_addresses(aws: Aws, cluster: str, service: str) -> tuple[str, ...]:
    """The public IPv4 addresses of a service's running tasks, sorted; none where AWS shows none. Raises AwsError."""
    found: list[str] = []
    with aws.calling(f"read the public addresses of {service}"):
        arns = [
            arn
            for page in aws.ecs.get_paginator("list_tasks").paginate(
                cluster=cluster, serviceName=service, desiredStatus="RUNNING"
            )
            for arn in page["taskArns"]
        ]
        for start in range(0, len(arns), TASKS_A_CALL):
            answer = aws.ecs.describe_tasks(cluster=cluster, tasks=arns[start : start + TASKS_A_CALL])
            interfaces = [name for task in answer["tasks"] for name in _interfaces(task)]
            if interfaces:
                found += _addresses(aws, interfaces)
    return tuple(sorted(found))


def _interfaces(task: Any) -> Iterator[str]:
    """The network interfaces of a task, which has one once it is attached."""
    for attachment in task.get("attachments", []):
        if attachment.get("type") == "ElasticNetworkInterface":
            for detail in attachment.get("details", []):
                if detail.get("name") == "networkInterfaceId" and detail.get("value"):
                    yield detail["value"]


def _addresses(aws: Aws, interfaces: list[str]) -> Iterator[str]:
    # By a filter: an interface that went away with its task is then no error.
    wanted = [{"Name": "network-interface-id", "Values": interfaces}]
    for page in aws.ec2.get_paginator("describe_network_interfaces").paginate(Filters=wanted):
        for item in page["NetworkInterfaces"]:
            address = item.get("Association", {}).get("PublicIp")
            if address and item.get("NetworkInterfaceId") in interfaces:
                yield address
