"""The services of a cluster as they are now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from ecsgen.aws.answers import read_service
from ecsgen.aws.translation import code_of

if TYPE_CHECKING:
    from ecsgen.aws.model import Service
    from ecsgen.aws.session import Aws

# The API's limit on services a call (DescribeServices, Amazon ECS API Reference).
SERVICES_A_CALL = 10

# The API's limit on revisions a call (DeleteTaskDefinitions, Amazon ECS API Reference).
DEFINITIONS_A_CALL = 10


def describe(aws: Aws, cluster: str, names: Sequence[str]) -> dict[str, Service]:
    """The services that exist and were not deleted, by name; none without the cluster. Raises AwsError."""
    with aws.calling(f"look at the services of {cluster}"):
        found = ask_services(aws, cluster, names)
    return {name: service for name, service in found.items() if service.status != "INACTIVE"}


def ask_services(aws: Aws, cluster: str, names: Sequence[str]) -> dict[str, Service]:
    """What DescribeServices knows, deleted services included, by name. Raises botocore's exceptions."""
    found: dict[str, Service] = {}
    for start in range(0, len(names), SERVICES_A_CALL):
        try:
            answer = aws.ecs.describe_services(cluster=cluster, services=list(names[start : start + SERVICES_A_CALL]))
        except ClientError as error:
            if code_of(error) == "ClusterNotFoundException":
                return {}
            raise
        found |= {service.name: service for service in map(read_service, answer["services"])}
    return found


def force_new_deployment(aws: Aws, cluster: str, name: str) -> None:
    """Start the service's tasks anew from the same task definition (UpdateService). Raises AwsError."""
    with aws.calling(f"deploy {name} anew"):
        aws.ecs.update_service(cluster=cluster, service=name, forceNewDeployment=True)


def stop_tasks(aws: Aws, cluster: str, families: Sequence[str]) -> int:
    """Ask ECS to stop every task of these families; returns how many there were, none without the cluster.

    ECS deletes no cluster in which a task runs. Raises AwsError.
    """
    count = 0
    for family in families:
        try:
            arns = [
                arn
                for page in aws.ecs.get_paginator("list_tasks").paginate(cluster=cluster, family=family)
                for arn in page["taskArns"]
            ]
            for arn in arns:
                aws.ecs.stop_task(cluster=cluster, task=arn, reason="the environment is destroyed")
        except (BotoCoreError, ClientError) as error:
            if code_of(error) == "ClusterNotFoundException":
                return count
            raise aws.translated(error, f"stop the tasks of {family}") from error
        count += len(arns)
    return count


def forget_task_definitions(aws: Aws, families: Sequence[str]) -> int:
    """Deregister and delete every active revision of these families; returns how many there were.

    Terraform leaves revisions behind on purpose, since a rollback needs them. Raises AwsError.
    """
    count = 0
    with aws.calling("remove the task definitions"):
        for family in families:
            arns = [
                arn
                for page in aws.ecs.get_paginator("list_task_definitions").paginate(familyPrefix=family)
                for arn in page["taskDefinitionArns"]
                if arn.rpartition("/")[2].rpartition(":")[0] == family
            ]
            for arn in arns:
                aws.ecs.deregister_task_definition(taskDefinition=arn)
            for start in range(0, len(arns), DEFINITIONS_A_CALL):
                aws.ecs.delete_task_definitions(taskDefinitions=arns[start : start + DEFINITIONS_A_CALL])
            count += len(arns)
    return count
