"""Reads the API's answers into snapshots: takes what is there, and asks for nothing that AWS may leave out."""

from __future__ import annotations

from typing import Any

from ecsgen.aws.model import (
    Container,
    ContainerDefinition,
    Deployment,
    HealthCheck,
    Service,
    ServiceEvent,
    Target,
    TargetGroup,
    Task,
    TaskDefinition,
)
from ecsgen.progress import clean

Answer = Any
"""One structure of an API answer: a boto3 TypedDict, or a recorded one in a test."""


def read_service(answer: Answer) -> Service:
    """A `Service` of DescribeServices."""
    events = [
        ServiceEvent(event.get("id", ""), event.get("createdAt"), clean(event.get("message", "")))
        for event in answer.get("events", [])
    ]
    network = (answer.get("networkConfiguration") or {}).get("awsvpcConfiguration")
    groups = [balancer.get("targetGroupArn", "") for balancer in answer.get("loadBalancers", [])]
    return Service(
        name=answer.get("serviceName", ""),
        status=answer.get("status", ""),
        desired=answer.get("desiredCount", 0),
        running=answer.get("runningCount", 0),
        pending=answer.get("pendingCount", 0),
        task_definition=answer.get("taskDefinition", ""),
        deployments=tuple(map(_deployment, answer.get("deployments", []))),
        events=tuple(reversed(events)),  # ECS answers with the newest first
        target_groups=tuple(dict.fromkeys(filter(None, groups))),
        grace=answer.get("healthCheckGracePeriodSeconds") or 0,
        public=network.get("assignPublicIp") == "ENABLED" if network else None,
    )


def _deployment(answer: Answer) -> Deployment:
    return Deployment(
        id=answer.get("id", ""),
        status=answer.get("status", ""),
        state=answer.get("rolloutState", ""),
        reason=clean(answer.get("rolloutStateReason") or "").rstrip("."),
        task_definition=answer.get("taskDefinition", ""),
        desired=answer.get("desiredCount", 0),
        running=answer.get("runningCount", 0),
        pending=answer.get("pendingCount", 0),
        failed=answer.get("failedTasks") or 0,
        created=answer.get("createdAt"),
    )


def read_task(answer: Answer) -> Task:
    """A `Task` of DescribeTasks."""
    started_by = answer.get("startedBy", "")
    return Task(
        id=answer.get("taskArn", "").rsplit("/", 1)[-1],
        task_definition=answer.get("taskDefinitionArn", ""),
        deployment=started_by if started_by.startswith("ecs-svc/") else "",
        status=answer.get("lastStatus", ""),
        stop_code=answer.get("stopCode") or "",
        reason=clean(answer.get("stoppedReason") or ""),
        health=answer.get("healthStatus") or "",
        capacity=answer.get("capacityProviderName") or answer.get("launchType") or "",
        created=answer.get("createdAt"),
        started=answer.get("startedAt"),
        ended=answer.get("stoppingAt") or answer.get("stoppedAt"),
        containers=tuple(
            Container(
                name=container.get("name", ""),
                status=container.get("lastStatus") or "",
                exit_code=container.get("exitCode"),
                reason=clean(container.get("reason") or ""),
                health=container.get("healthStatus") or "",
            )
            for container in answer.get("containers", [])
        ),
    )


def read_targets(group: str, answers: Answer) -> tuple[Target, ...]:
    """The `TargetHealthDescriptions` of DescribeTargetHealth."""
    return tuple(
        Target(
            group=group,
            address=f"{answer['Target']['Id']}:{answer['Target'].get('Port', '')}".rstrip(":"),
            state=answer.get("TargetHealth", {}).get("State", ""),
            reason=answer.get("TargetHealth", {}).get("Reason", ""),
            description=clean(answer.get("TargetHealth", {}).get("Description", "")),
        )
        for answer in answers
    )


def read_target_group(answer: Answer) -> TargetGroup:
    """A `TargetGroup` of DescribeTargetGroups."""
    matcher = answer.get("Matcher") or {}
    return TargetGroup(
        arn=answer.get("TargetGroupArn", ""),
        path=answer.get("HealthCheckPath") or "",
        codes=matcher.get("HttpCode") or matcher.get("GrpcCode") or "",
        interval=answer.get("HealthCheckIntervalSeconds", 0),
        timeout=answer.get("HealthCheckTimeoutSeconds", 0),
        healthy=answer.get("HealthyThresholdCount", 0),
        unhealthy=answer.get("UnhealthyThresholdCount", 0),
    )


def read_task_definition(answer: Answer) -> TaskDefinition:
    """A `TaskDefinition` of DescribeTaskDefinition."""
    platform = answer.get("runtimePlatform") or {}
    return TaskDefinition(
        arn=answer.get("taskDefinitionArn", ""),
        memory=_number(answer.get("memory")),
        cpu=_number(answer.get("cpu")),
        arch=platform.get("cpuArchitecture") or "X86_64",
        containers=tuple(map(_container_definition, answer.get("containerDefinitions", []))),
    )


def _container_definition(answer: Answer) -> ContainerDefinition:
    logs = answer.get("logConfiguration") or {}
    options = (logs.get("options") or {}) if logs.get("logDriver") == "awslogs" else {}
    return ContainerDefinition(
        name=answer.get("name", ""),
        image=answer.get("image", ""),
        essential=answer.get("essential", True),
        command=(*(answer.get("entryPoint") or ()), *(answer.get("command") or ())),
        memory=answer.get("memory"),
        ports=tuple(port["containerPort"] for port in answer.get("portMappings", []) if "containerPort" in port),
        secrets=tuple((secret["name"], secret["valueFrom"]) for secret in answer.get("secrets") or []),
        health=_health(check) if (check := answer.get("healthCheck")) else None,
        log_group=options.get("awslogs-group", ""),
        log_prefix=options.get("awslogs-stream-prefix", ""),
    )


def _health(answer: Answer) -> HealthCheck:
    # The defaults are the API's own (HealthCheck in the Amazon ECS API Reference).
    return HealthCheck(
        command=tuple(answer.get("command", [])),
        interval=answer.get("interval") or 30,
        timeout=answer.get("timeout") or 5,
        retries=answer.get("retries") or 3,
        start_period=answer.get("startPeriod") or 0,
    )


def _number(text: object) -> int | None:
    return int(text) if isinstance(text, str | int) and str(text).isdigit() else None
