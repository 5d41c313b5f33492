"""Names of AWS resources, derived from the description, within the limits that AWS sets.

A name over its limit is cut and ends in a hash of the whole, so two long names stay two names. Names of
resources that cannot be updated in place carry a hash of what forces their replacement: the new one can be
created beside the old one.
"""

from __future__ import annotations

import hashlib

LOAD_BALANCER = 32
TARGET_GROUP = 32
ROLE = 64
FILE_SYSTEM = 128
STACK = 54
FAMILY = 255
QUEUE = 68
SCHEDULE = 64
UNDELIVERED = 80

HASH = 6
"""Hexadecimal digits of a hash in a name."""


def digest(*parts: str) -> str:
    """A short, stable hash of some texts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:HASH]


def fit(limit: int, *parts: str, suffix: str = "") -> str:
    """The parts joined by hyphens; when that is over the limit, cut and given a hash. `suffix` is never cut."""
    name = "-".join(parts) + suffix
    if len(name) <= limit:
        return name
    room = limit - HASH - 1 - len(suffix)
    return f"{'-'.join(parts)[:room].rstrip('-')}-{digest(*parts)}{suffix}"


def label(name: str) -> str:
    """A DNS label as a Terraform identifier: hyphens become underscores."""
    return name.replace("-", "_")


def stack(application: str, environment: str) -> str:
    """The name of what an environment has once: its network, its cluster. With "-flow-logs" it names a role."""
    return fit(STACK, application, environment)


def load_balancer(application: str, environment: str, *replaced_by: str) -> str:
    """The load balancer of an environment; `replaced_by` are the settings whose change makes AWS replace it."""
    return fit(LOAD_BALANCER, application, environment, suffix=f"-{digest(*replaced_by)}")


def target_group(application: str, environment: str, service: str, *replaced_by: str) -> str:
    """A target group; `replaced_by` are the settings whose change makes AWS replace it."""
    return fit(TARGET_GROUP, application, environment, service, suffix=f"-{digest(*replaced_by)}")


def family(application: str, environment: str, service: str) -> str:
    """The family of a task definition."""
    return fit(FAMILY, application, environment, service)


def role(application: str, environment: str, service: str, purpose: str) -> str:
    """An IAM role, `purpose` being "execution" or "task"."""
    return fit(ROLE, application, environment, service, suffix=f"-{purpose}")


def capacity_provider(application: str, environment: str) -> str:
    """The capacity provider of an environment's EC2 instances; ECS reserves names that begin with aws, ecs or fargate."""
    return f"ec2-{fit(STACK, application, environment)}"


def queue(application: str, environment: str, service: str) -> str:
    """The SQS queue of a service; with "-dead-letter" it names another."""
    return fit(QUEUE, application, environment, service)


def schedule(application: str, environment: str, job: str) -> str:
    """The schedule of a job, and the state machine that it starts."""
    return fit(SCHEDULE, application, environment, job)


def undelivered(application: str, environment: str, job: str) -> str:
    """The SQS queue that keeps the starts of a job that could not be delivered."""
    return fit(UNDELIVERED, application, environment, job, suffix="-undelivered")


def state_machine_log_group(application: str, environment: str, job: str) -> str:
    """The log group of a job's state machine. Below /aws/vendedlogs AWS does not count it towards a policy's size."""
    return f"/aws/vendedlogs/states/{schedule(application, environment, job)}"


def log_group(application: str, environment: str, service: str) -> str:
    """The CloudWatch log group of a service."""
    return f"/ecs/{application}/{environment}/{service}"


def repository(application: str, image: str) -> str:
    """The ECR repository of an image; `image` is "web", or "web/proxy" for a sidecar's."""
    return f"{application}/{image}"
