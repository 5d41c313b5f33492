"""What a run on the sandbox proved of each kind of resource: executed, only accepted by the API, or not covered.

Pure. A label is the least that is true of the whole resource: a load balancer's rules are executed because requests
really go through them, a role's policies are only accepted because nothing enforces them.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Proof(StrEnum):
    """From the strongest to the weakest."""

    EXECUTED = "executed"
    ACCEPTED = "accepted by the API"
    NOT_COVERED = "not covered"


_EXECUTED = frozenset(
    {
        "aws_cloudwatch_log_group",
        "aws_ecr_repository",
        "aws_ecs_cluster",
        "aws_ecs_service",
        "aws_ecs_task_definition",
        "aws_lb",
        "aws_lb_listener",
        "aws_lb_listener_rule",
        "aws_lb_target_group",
        "aws_scheduler_schedule",
        "aws_sfn_state_machine",
        "terraform_data",
    }
)
"""What does its work when tasks are real: images are pulled, containers run and log, requests are routed."""

_OF_NETWORK_BALANCERS = frozenset({"aws_lb", "aws_lb_listener", "aws_lb_target_group"})
"""Of these a network load balancer is made as well as an application load balancer, and it forwards nothing."""

_ACCEPTED = frozenset(
    {
        "aws_acm_certificate",
        "aws_acm_certificate_validation",
        "aws_appautoscaling_policy",
        "aws_appautoscaling_scheduled_action",
        "aws_appautoscaling_target",
        "aws_autoscaling_group",
        "aws_cloudwatch_metric_alarm",
        "aws_default_security_group",
        "aws_ecr_lifecycle_policy",
        "aws_ecr_repository_policy",
        "aws_ecs_capacity_provider",
        "aws_ecs_cluster_capacity_providers",
        "aws_efs_access_point",
        "aws_efs_backup_policy",
        "aws_efs_file_system",
        "aws_efs_file_system_policy",
        "aws_efs_mount_target",
        "aws_eip",
        "aws_flow_log",
        "aws_iam_instance_profile",
        "aws_iam_role",
        "aws_iam_role_policy",
        "aws_iam_role_policy_attachment",
        "aws_internet_gateway",
        "aws_launch_template",
        "aws_lb_target_group_attachment",
        "aws_nat_gateway",
        "aws_route",
        "aws_route53_record",
        "aws_route_table",
        "aws_route_table_association",
        "aws_security_group",
        "aws_service_discovery_http_namespace",
        "aws_sqs_queue",
        "aws_sqs_queue_policy",
        "aws_sqs_queue_redrive_allow_policy",
        "aws_subnet",
        "aws_vpc",
        "aws_vpc_endpoint",
        "aws_vpc_security_group_egress_rule",
        "aws_vpc_security_group_ingress_rule",
        "aws_wafv2_web_acl_association",
    }
)
"""What is kept and given back as AWS does, so that a second plan is empty, and does nothing: no address is routed, no
port closed, no permission refused, no certificate shown, nothing scaled, nobody alarmed.
"""

KNOWN = _EXECUTED | _ACCEPTED


def of(resource_type: str, tasks_are_real: bool, network_balancers: bool = False) -> Proof:
    """The label of a Terraform resource type after an apply; one that is not known here counts as not covered.

    `network_balancers` tells whether any of the load balancers is one.
    """
    if resource_type in _EXECUTED:
        idle = network_balancers and resource_type in _OF_NETWORK_BALANCERS
        return Proof.EXECUTED if tasks_are_real and not idle else Proof.ACCEPTED
    return Proof.ACCEPTED if resource_type in _ACCEPTED else Proof.NOT_COVERED


def proved(
    resource_types: Iterable[str], tasks_are_real: bool, network_balancers: bool = False
) -> dict[Proof, tuple[str, ...]]:
    """The types of a run by label, strongest first, each sorted; labels without any are left out."""
    found = sorted(set(resource_types))
    labels = {name: of(name, tasks_are_real, network_balancers) for name in found}
    groups = {proof: tuple(name for name in found if labels[name] is proof) for proof in Proof}
    return {proof: names for proof, names in groups.items() if names}
