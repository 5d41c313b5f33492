"""Names for people: `module.web_service.aws_ecs_service.this` reads as "service web"."""

from __future__ import annotations

import re

_TYPES = {
    "aws_acm_certificate": "certificate",
    "aws_acm_certificate_validation": "validation of the certificate",
    "aws_appautoscaling_policy": "scaling policy",
    "aws_appautoscaling_scheduled_action": "scheduled scaling",
    "aws_appautoscaling_target": "scaling target",
    "aws_autoscaling_group": "Auto Scaling group",
    "aws_cloudwatch_log_group": "log group",
    "aws_cloudwatch_metric_alarm": "alarm",
    "aws_default_security_group": "default security group",
    "aws_ecr_lifecycle_policy": "lifecycle policy",
    "aws_ecr_repository": "repository",
    "aws_ecr_repository_policy": "repository policy",
    "aws_ecs_capacity_provider": "capacity provider",
    "aws_ecs_cluster": "cluster",
    "aws_ecs_cluster_capacity_providers": "capacity providers",
    "aws_ecs_service": "service",
    "aws_ecs_task_definition": "task definition",
    "aws_efs_access_point": "access point",
    "aws_efs_backup_policy": "backup policy",
    "aws_efs_file_system": "file system",
    "aws_efs_file_system_policy": "file system policy",
    "aws_efs_mount_target": "mount target",
    "aws_eip": "elastic IP",
    "aws_iam_instance_profile": "instance profile",
    "aws_iam_role": "role",
    "aws_iam_role_policy": "role policy",
    "aws_iam_role_policy_attachment": "role policy attachment",
    "aws_lb": "load balancer",
    "aws_lb_listener": "listener",
    "aws_lb_listener_rule": "listener rule",
    "aws_lb_target_group": "target group",
    "aws_lb_target_group_attachment": "target group attachment",
    "aws_nat_gateway": "NAT gateway",
    "aws_route53_record": "DNS record",
    "aws_scheduler_schedule": "schedule",
    "aws_service_discovery_http_namespace": "namespace",
    "aws_sfn_state_machine": "state machine",
    "aws_vpc": "VPC",
    "aws_vpc_endpoint": "VPC endpoint",
    "aws_vpc_security_group_egress_rule": "outbound rule",
    "aws_vpc_security_group_ingress_rule": "inbound rule",
    "aws_wafv2_web_acl_association": "firewall",
    "terraform_data": "record",
}
_RULES = {
    ("aws_vpc_security_group_egress_rule", "anywhere"): "outbound rule to anywhere",
    ("aws_vpc_security_group_egress_rule", "from_load_balancer"): "outbound rule, load balancer to port {key}",
    (
        "aws_vpc_security_group_egress_rule",
        "from_network_load_balancer",
    ): "outbound rule, network load balancer to {key}",
    (
        "aws_vpc_security_group_ingress_rule",
        "from_network_load_balancer",
    ): "inbound rule, network load balancer to {key}",
    ("aws_vpc_security_group_ingress_rule", "endpoints"): "inbound rule to VPC endpoints",
    ("aws_vpc_security_group_ingress_rule", "from_load_balancer"): "inbound rule, load balancer to port {key}",
    (
        "aws_vpc_security_group_ingress_rule",
        "from_shared_load_balancer",
    ): "inbound rule, shared load balancer to port {key}",
    ("aws_vpc_security_group_ingress_rule", "http"): "inbound rule, {key} to HTTP",
    ("aws_vpc_security_group_ingress_rule", "https"): "inbound rule, {key} to HTTPS",
    ("aws_vpc_security_group_egress_rule", "https"): "outbound rule, to Cognito",
    ("aws_vpc_security_group_ingress_rule", "nfs"): "inbound rule, {key} to NFS",
}
"""What the security group rules of the modules let through."""
_PARTS = ("service", "task", "autoscaling", "job", "repository", "nlb", "queue")
"""What the module calls of a service, a job or a repository end in."""
_UNNAMED = ("this", "main")
_ONLY = "network"
"""The module whose resources need no owner in a sentence: there is one network, and their kinds are its alone."""
_MODULE = re.compile(r"module\.([^.\[]+)(?:\[\"?(.*?)\"?\])?")


def label(address: str, module: str, type_: str, name: str, key: str | int | None) -> str:
    """What a resource is called in a sentence; outside any module (the team's own Terraform) its address."""
    if not module or not type_:
        return address
    kind = _TYPES.get(type_, type_.removeprefix("aws_").replace("_", " "))
    owner = _owner(module)
    if type_ == "aws_ecs_service":
        return f"{kind} {owner}"
    if rule := _RULES.get((type_, name)):
        words = rule.format(key=key)
    else:
        words = kind if name in _UNNAMED or name.replace("_", " ") == kind else f"{name.replace('_', ' ')} {kind}"
        if key and key not in _UNNAMED:  # 0 is the index of what is there once or not at all
            words += f" {key}"
    return words if owner in {kind, _ONLY} else f"{words} of {owner}"


def _owner(module: str) -> str:
    """Whose module call it is: `module.web_task` belongs to web, `module.load_balancer` is the load balancer."""
    called, key = _MODULE.findall(module)[-1]
    stem, _, part = called.rpartition("_")
    if part == "efs" and "__" in stem:
        service, _, volume = stem.partition("__")
        return f"{service.replace('_', '-')} {volume}"
    # A service's name is a DNS label: an underscore in its module's name was a hyphen.
    words = stem.replace("_", "-") if stem and part in _PARTS else called.replace("_", " ")
    return f"{words} {key}" if key else str(words)
