"""What a service's record says of its deployments: begun, counted, failed, rolled back."""

from __future__ import annotations

from typing import Any

from ministack.core.responses import new_uuid, now_iso
from ministack.services import alb, ecs

from ecsgen.sandbox.server.records import Record, is_live, tell

FAILED_TO_START = "tasks failed to start."
PENDING = ("PROVISIONING", "PENDING", "ACTIVATING")


def new_deployment(service: Record, task_definition: str, desired: int) -> Record:
    """A PRIMARY deployment that has just begun."""
    identity, now = f"ecs-svc/{int(new_uuid().replace('-', '')[:15], 16):019d}", now_iso()
    return {
        "id": identity,
        "status": "PRIMARY",
        "taskDefinition": task_definition,
        "desiredCount": desired,
        "runningCount": 0,
        "pendingCount": 0,
        "failedTasks": 0,
        "launchType": service.get("launchType"),
        "capacityProviderStrategy": service.get("capacityProviderStrategy"),
        "networkConfiguration": service.get("networkConfiguration") or None,
        "volumeConfigurations": list(service.get("volumeConfigurations") or []),
        "createdAt": now,
        "updatedAt": now,
        "rolloutState": "IN_PROGRESS",
        "rolloutStateReason": f"ECS deployment {identity} in progress.",
    }


def begin(service: Record) -> None:
    """Put a new deployment in front; the one that was the newest becomes ACTIVE."""
    for item in service["deployments"]:
        item["status"] = "ACTIVE"
    service["deployments"].insert(0, new_deployment(service, service["taskDefinition"], service["desiredCount"]))
    service["_failures"], service["_not_before"] = 0, 0.0


def complete(service: Record) -> None:
    """Mark the newest deployment as COMPLETED."""
    primary = service["deployments"][0]
    primary.update(rolloutState="COMPLETED", updatedAt=now_iso())
    primary["rolloutStateReason"] = f"ECS deployment {primary['id']} completed."
    tell(service, f"(deployment {primary['id']}) deployment completed.")


def fail(service: Record, rollback: bool) -> None:
    """Mark the newest deployment as FAILED; with `rollback` the last completed one takes its place."""
    failed = service["deployments"][0]
    failed.update(rolloutState="FAILED", updatedAt=now_iso())
    failed["rolloutStateReason"] = f"ECS deployment circuit breaker: {FAILED_TO_START}"
    tell(service, f"(deployment {failed['id']}) deployment failed: {FAILED_TO_START}")
    completed = next((item for item in service["deployments"][1:] if item["rolloutState"] == "COMPLETED"), None)
    if not rollback or completed is None:
        return
    failed.update(status="ACTIVE", desiredCount=0)
    completed.update(
        status="PRIMARY",
        desiredCount=service["desiredCount"],
        rolloutState="IN_PROGRESS",
        rolloutStateReason=f"ECS deployment circuit breaker: rolling back to deploymentId {completed['id']}.",
        updatedAt=now_iso(),
    )
    service["deployments"].remove(completed)
    service["deployments"].insert(0, completed)
    service["taskDefinition"] = completed["taskDefinition"]
    service["_failures"], service["_not_before"] = 0, 0.0
    tell(service, f"rolling back to deployment {completed['id']}.")


def drop_finished(service: Record, tasks: list[Record]) -> None:
    """Take deployments off the list that have no task left; the last completed one stays while it may be needed."""
    left = {task.get("_deployment_id") for task in tasks if task["lastStatus"] != "STOPPED"}
    primary, *others = service["deployments"]
    over = primary["rolloutState"] == "COMPLETED"
    kept = [item for item in others if item["id"] in left or (item["rolloutState"] == "COMPLETED" and not over)]
    service["deployments"] = [primary, *kept]


def count(service: Record, tasks: list[Record]) -> None:
    """Write the counts of running and pending tasks into the service and its deployments."""
    for record in (service, *service["deployments"]):
        mine = [task for task in tasks if record is service or task.get("_deployment_id") == record["id"]]
        record["runningCount"] = sum(task["lastStatus"] == "RUNNING" and is_live(task) for task in mine)
        record["pendingCount"] = sum(task["lastStatus"] in PENDING and is_live(task) for task in mine)


def propagated_tags(service: Record) -> list[dict[str, str]]:
    """The tags a service's tasks get."""
    source = {"SERVICE": service["serviceArn"], "TASK_DEFINITION": service["taskDefinition"]}.get(
        service.get("propagateTags", "NONE")
    )
    return list(ecs._tags.get(source, [])) if source else []


def drain_seconds(arn: str) -> float:
    """A target group's deregistration delay."""
    attributes: list[dict[str, Any]] = alb._tg_attrs.get(arn, [])
    found = (item["Value"] for item in attributes if item["Key"] == "deregistration_delay.timeout_seconds")
    return float(next(found, 300))
