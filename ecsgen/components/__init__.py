"""The rooms: one file for each AWS capability, with its part of the description, its checks and its template's inputs.

A room is pure and imports nothing but the ground floor. `ALL` names every room and the module that carries it.
"""

from __future__ import annotations

ALL: dict[str, str | None] = {
    "registry": "ecr",
    "network": "network",
    "existing_network": "existing_network",
    "cluster": "cluster",
    "existing_cluster": "existing_cluster",
    "ec2": "ec2_capacity",
    "instances": "ec2_capacity",
    "load_balancer": "alb",
    "static_addresses": "alb_target",
    "domain": "domain",
    "existing_listener": "existing_listener",
    "image": "task_definition",
    "container": "task_definition",
    "linux": "task_definition",
    "dependencies": "task_definition",
    "health": "task_definition",
    "secrets": "task_definition",
    "task": "task_definition",
    "permissions": "task_definition",
    "logs": "task_definition",
    "firelens": "task_definition",
    "tags": "task_definition",
    "volumes": "task_definition",
    "efs": "efs",
    "ebs": "service",
    "service": "service",
    "placement": "service",
    "http": "service",
    "listener_rule": "service",
    "connect": "service",
    "tcp": "nlb",
    "ingress": "service",
    "autoscaling": "autoscaling",
    "job": "job",
    "cloudwatch": "autoscaling",
    "queue": "queue",
    "steps": "autoscaling",
    "scaling_schedule": "autoscaling",
    "state": None,
}
"""Room -> the Terraform module that carries it; None where the root itself does."""
