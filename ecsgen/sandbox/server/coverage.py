"""What a run on the sandbox proves: per subject whether it is executed, only accepted by the API, or not covered."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum


class Level(StrEnum):
    """How far a run is evidence for AWS."""

    EXECUTED = "executed"
    ACCEPTED = "accepted by the API"
    NOT_COVERED = "not covered"


@dataclass(frozen=True, slots=True)
class Subject:
    """One row. `needs_engine`: without a Docker Engine the row falls back to what the API accepts."""

    name: str
    level: Level
    note: str
    needs_engine: bool = False


_EXECUTED, _ACCEPTED, _NOT = Level.EXECUTED, Level.ACCEPTED, Level.NOT_COVERED

SUBJECTS = (
    Subject("Terraform plan and apply", _EXECUTED, "the real programs; the API behind them is emulated"),
    Subject("ECR repositories, push, pull, tags, immutability", _EXECUTED, "a registry on loopback without a password"),
    Subject("ECR lifecycle policies, scanning, encryption", _ACCEPTED, "stored and answered, never carried out"),
    Subject("containers: command, user, environment, limits, order", _EXECUTED, "Docker instead of Fargate", True),
    Subject("Fargate sizes and per-container CPU", _ACCEPTED, "memory limits count, CPU as far as the machine has it"),
    Subject("ulimits", _EXECUTED, "unless the engine may not raise them; then the task runs without", True),
    Subject("scratch volumes of a task", _EXECUTED, "a Docker volume for each", True),
    Subject(
        "EFS volumes",
        _ACCEPTED,
        "tasks share a Docker volume in the file system's place; users of access points, rights and encryption are not emulated",
    ),
    Subject("EBS volumes", _ACCEPTED, "scratch space in the disk's place, of any size and speed"),
    Subject("secrets from SSM and Secrets Manager, environment files", _EXECUTED, "the real values are injected", True),
    Subject(
        "container health checks", _EXECUTED, "at least every 3 s; the first failure counts no sooner than on AWS", True
    ),
    Subject("target health", _EXECUTED, "probed every second until healthy, then at least every 5 s", True),
    Subject("deployments: rolling update, circuit breaker, rollback", _EXECUTED, "decided from real containers", True),
    Subject(
        "load balancer: HTTP listeners, host, path and source rules", _EXECUTED, "served by the sandbox itself", True
    ),
    Subject(
        "load balancer: HTTPS listeners, redirect",
        _EXECUTED,
        "rules and redirect; no TLS, no certificate is shown",
        True,
    ),
    Subject(
        "load balancer: HTTP/2 and gRPC to tasks",
        _EXECUTED,
        "health checks, and requests by HTTP/2; calls of gRPC get 501",
        True,
    ),
    Subject(
        "load balancer: Cognito, stickiness, WAF, access logs",
        _ACCEPTED,
        "nothing of it is carried out; a rule with Cognito answers 501",
    ),
    Subject(
        "network load balancers: TCP, TLS, UDP, Elastic IPs",
        _ACCEPTED,
        "addresses and listeners are stored, target health is as above, nothing is forwarded; "
        "with static_ips of load_balancer requests go to the application load balancer itself",
    ),
    Subject("certificates and their validation", _ACCEPTED, "issued at once, whatever the records say"),
    Subject("DNS records", _ACCEPTED, "only http://HOST.localhost on the sandbox's port looks them up"),
    Subject("container output in CloudWatch Logs", _EXECUTED, "the awslogs driver", True),
    Subject(
        "FireLens",
        _ACCEPTED,
        "the router is not started; output is kept in CloudWatch Logs, in the log group of the router's own",
    ),
    Subject("VPC, subnets, routes, NAT, security groups", _ACCEPTED, "all tasks share one bridge; nothing is blocked"),
    Subject("IAM roles and policies", _ACCEPTED, "stored, not enforced"),
    Subject("autoscaling, alarms", _ACCEPTED, "policies, targets and alarms are stored; nothing scales"),
    Subject("Spot and EC2 capacity, placement, availability zones", _ACCEPTED, "one machine, never interrupted"),
    Subject("other AWS resources", _ACCEPTED, "as far as the emulator has them"),
    Subject(
        "AWS calls and metadata from inside a container", _NOT, "the sandbox listens on the machine's loopback only"
    ),
    Subject("ECS Exec, Service Connect", _NOT, "not emulated"),
    Subject(
        "scheduled jobs: EventBridge Scheduler and Step Functions",
        _EXECUTED,
        "looked at every 10 s, in UTC whatever the time zone; their roles and the dead letter queue do nothing",
        True,
    ),
    Subject("other events", _NOT, "no other event starts a task"),
    Subject("quotas, throttling, prices, real waiting times", _NOT, "not emulated"),
)


def as_json(engine: bool) -> dict[str, object]:
    """The table as `/_ecsgen/coverage` answers it; `engine` tells whether tasks are real containers."""
    rows = []
    for subject in SUBJECTS:
        row = asdict(subject)
        if subject.needs_engine and not engine:
            row.update(level=_ACCEPTED, note="simulated: there is no Docker Engine")
        del row["needs_engine"]
        rows.append(row)
    return {"engine": engine, "subjects": rows}
