"""Services: MiniStack keeps the records and the API, `scheduler` does the work; fields MiniStack drops are kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ministack.core.responses import error_response_json, json_response
from ministack.services import alb, ecs

from ecsgen.sandbox.server.patches.load_balancer import group_is_used
from ecsgen.sandbox.server.patching import need, replace
from ecsgen.sandbox.server.records import WAKE, Record, tasks_of
from ecsgen.sandbox.server.rollouts import begin, count, new_deployment

KEPT = (
    "availabilityZoneRebalancing",
    "enableECSManagedTags",
    "loadBalancers",
    "placementConstraints",
    "placementStrategy",
    "propagateTags",
    "serviceConnectConfiguration",
    "serviceRegistries",
    "volumeConfigurations",
)
"""What CreateService and UpdateService are given and DescribeServices must answer."""

NEW_DEPLOYMENT = (
    "capacityProviderStrategy",
    "networkConfiguration",
    "platformVersion",
    "loadBalancers",
    "volumeConfigurations",
)
"""A change of one of these starts a deployment, as on AWS."""

Handler = Callable[[Record], Any]


def install(*, simulated: bool) -> None:
    """Hand the scheduling to us. MiniStack's own bookkeeping of deployments is out of the way."""
    replace(ecs, "_reconcile_service_tasks", lambda cluster, key: WAKE.set())
    replace(
        ecs, "_make_deployment", lambda definition, desired, status="PRIMARY": new_deployment({}, definition, desired)
    )
    replace(ecs, "_refresh_service_state", lambda cluster, group: None)
    replace(ecs, "_create_service", create(need(ecs, "_create_service")))
    replace(ecs, "_update_service", update(need(ecs, "_update_service")))
    replace(ecs, "_describe_services", describe(need(ecs, "_describe_services")))
    replace(ecs, "_delete_service", delete)


def create(original: Handler) -> Handler:
    """CreateService: refuses what AWS refuses and keeps every field."""

    def handler(data: Record) -> Any:
        for item in data.get("loadBalancers") or []:
            if refusal := refuse_load_balancer(data, item):
                return error_response_json("InvalidParameterException", refusal, 400)
        if refusal := refuse_volumes(data.get("taskDefinition", ""), data.get("volumeConfigurations") or []):
            return error_response_json("InvalidParameterException", refusal, 400)
        status, headers, body = original(data)
        if status != 200:
            return status, headers, body
        service = ecs._services[key_of(data, json.loads(body)["service"]["serviceName"])]
        service["availabilityZoneRebalancing"] = "DISABLED"
        keep(service, data)
        if service["schedulingStrategy"] == "DAEMON":
            service["desiredCount"] = 1  # this machine is the one instance
        service["deployments"] = [new_deployment(service, service["taskDefinition"], service["desiredCount"])]
        return answer(service)

    return handler


def refuse_load_balancer(data: Record, item: Record) -> str:
    """Why a service may not have this load balancer entry; empty when it may."""
    arn = item.get("targetGroupArn")
    if not arn:
        return ""
    if alb._tgs.get(arn) is None:
        return f"Unable to assume role and validate the specified targetGroupArn: {arn} does not exist."
    if not group_is_used(arn):
        return f"The target group with targetGroupArn {arn} does not have an associated load balancer."
    definition = ecs._task_defs.get(need(ecs, "_resolve_td_key")(data.get("taskDefinition", ""))) or {}
    name, port = item.get("containerName"), item.get("containerPort")
    for container in definition.get("containerDefinitions", []):
        if container["name"] == name:
            if port in [mapping.get("containerPort") for mapping in container.get("portMappings") or []]:
                return ""
            return f"The container {name} did not have a container port {port} defined."
    return f"The container {name} does not exist in the task definition."


def refuse_volumes(task_definition: str, configurations: list[Record]) -> str:
    """Why a service may not have these disks with this task definition; empty when it may."""
    definition = ecs._task_defs.get(need(ecs, "_resolve_td_key")(task_definition)) or {}
    at_launch = {item["name"] for item in definition.get("volumes") or [] if item.get("configuredAtLaunch")}
    given = {item.get("name") for item in configurations}
    if given - at_launch:
        return "Volume configuration provided but no matching configuredAtLaunch volume found in task definition"
    if at_launch - given:
        return "The task definition has a volume that is configured at launch, and no volume configuration is provided"
    return ""


def update(original: Handler) -> Handler:
    """UpdateService: a deployment starts when something that makes up the tasks changes, or when it is forced to."""

    def handler(data: Record) -> Any:
        service = find(data, data.get("service", ""))
        before = {name: service.get(name) for name in NEW_DEPLOYMENT} if service else {}
        events = list(service["events"]) if service else []
        newest = service["deployments"][0]["id"] if service and service["deployments"] else ""
        if service is not None:
            # As on AWS: what is not sent stays, so a disk does not go by leaving it out.
            disks = (
                data["volumeConfigurations"] if "volumeConfigurations" in data else service.get("volumeConfigurations")
            )
            if refusal := refuse_volumes(data.get("taskDefinition") or service["taskDefinition"], disks or []):
                return error_response_json("InvalidParameterException", refusal, 400)
        status, headers, body = original(data)
        if status != 200 or service is None:
            return status, headers, body
        service["events"][:] = events
        keep(service, data)
        changed = any(data.get(name) and data[name] != before[name] for name in NEW_DEPLOYMENT)
        if service["deployments"][0]["id"] != newest:
            service["deployments"].pop(0)
            changed = True
        if changed:
            begin(service)
        service["_steady"] = False
        WAKE.set()
        return answer(service)

    return handler


def describe(original: Handler) -> Handler:
    """DescribeServices with counts of this moment. A service without network configuration has no such member:
    the provider crashes on an empty one."""

    def handler(data: Record) -> Any:
        for name in data.get("services") or []:
            if service := find(data, name):
                count(service, tasks_of(service))
        status, headers, body = original(data)
        if status != 200:
            return status, headers, body
        payload = json.loads(body)
        for service in payload["services"]:
            if not service.get("networkConfiguration"):
                service.pop("networkConfiguration", None)
        return json_response(payload)

    return handler


def delete(data: Record) -> Any:
    """DeleteService: DRAINING until the last task has stopped, then INACTIVE."""
    service = find(data, data.get("service", ""))
    if service is None:
        return error_response_json("ServiceNotFoundException", "Service not found.", 400)
    daemon = service.get("schedulingStrategy") == "DAEMON"
    if service["desiredCount"] > 0 and not daemon and not data.get("force"):
        return error_response_json(
            "InvalidParameterException", "The service cannot be stopped while it is scaled above 0.", 400
        )
    if service["status"] == "ACTIVE":
        service.update(status="DRAINING", desiredCount=0)
    WAKE.set()
    return answer(service)


def find(data: Record, name: str) -> Record | None:
    """The record of a service by name or ARN in the request's cluster."""
    reference = need(ecs, "_resolve_service_ref")(name)
    found: Record | None = ecs._services.get(key_of(data, reference[0])) if reference else None
    return found


def key_of(data: Record, name: str) -> str:
    """MiniStack's key of a service: cluster and name."""
    return f"{need(ecs, '_resolve_cluster_name')(data.get('cluster', 'default'))}/{name}"


def keep(service: Record, data: Record) -> None:
    """Take over the fields of a request that MiniStack does not."""
    service.update({name: data[name] for name in KEPT if name in data})
    if service.get("schedulingStrategy") == "DAEMON":
        service.setdefault("deploymentConfiguration", {}).setdefault("maximumPercent", 100)


def answer(service: Record) -> Any:
    """A service as the API answers it."""
    shown = {name: value for name, value in service.items() if name != "networkConfiguration" or value}
    return json_response({"service": need(ecs, "_sanitize")(shown)})
