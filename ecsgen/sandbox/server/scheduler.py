"""The service scheduler: keeps every service's tasks as its deployments say, and tells it in ECS's own events."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from ministack.core.responses import now_iso, request_scope
from ministack.services import ecs

from ecsgen.sandbox.server import deployments, rollouts
from ecsgen.sandbox.server.patching import need
from ecsgen.sandbox.server.records import (
    LOCK,
    WAKE,
    Record,
    is_live,
    reach,
    services,
    task_id,
    tasks_of,
    tell,
)

if TYPE_CHECKING:
    from ecsgen.sandbox.server.targets import Board

logger = logging.getLogger("ecsgen.sandbox.services")

TICK_SECONDS = 0.5
SETTLE_SECONDS = 5.0
"""How long a task without any health check must run before it counts as started well."""
REACTION_SECONDS = 3.0
"""How long a target stays unhealthy before its task is stopped, so that whoever watches can see it."""
KEPT_STOPPED = 50
"""Stopped tasks a service keeps for DescribeTasks."""

Stop = Callable[[Record, str, str], bool]


class Scheduler:
    """One thread for all services. `stop` ends a task (record, reason, code)."""

    def __init__(self, board: Board, stop: Stop, *, simulated: bool) -> None:
        self.board, self.stop, self.simulated = board, stop, simulated

    def begin(self) -> None:
        """Start the thread."""
        threading.Thread(target=self._run, name="services", daemon=True).start()

    def _run(self) -> None:
        while True:
            WAKE.wait(TICK_SECONDS)
            WAKE.clear()
            with LOCK:
                for account, region, key, service in services():
                    try:
                        with request_scope(account, region):
                            self.look_after(key, service)
                    except Exception:
                        logger.exception("service %s", key)

    def look_after(self, key: str, service: Record) -> None:
        """One round for one service; call with LOCK held and its account and region in scope."""
        if service["status"] == "INACTIVE":
            return
        tasks = tasks_of(service)
        for task in tasks:
            self._follow_targets(service, task)
        if service["status"] == "DRAINING":
            self._retire(service, tasks)
        else:
            self._stop_unhealthy(service, tasks)
            self._count_failures(service, tasks)
            self._move(key, service, tasks)
            tasks = tasks_of(service)
            self._settle(service, tasks)
        rollouts.count(service, tasks)
        stopped = [task for task in tasks if task["lastStatus"] == "STOPPED"]
        for task in stopped[:-KEPT_STOPPED]:
            ecs._tasks.pop(task["taskArn"], None)

    # Load balancer

    def _follow_targets(self, service: Record, task: Record) -> None:
        """Register a task that runs, deregister one that ends. `_registered` holds group, address and port."""
        if task["lastStatus"] == "STOPPED":
            for place in task.pop("_registered", []):
                self.board.forget(*place)
        elif not is_live(task):
            if "_drains" not in task:  # it ended by itself or by StopTask
                self._let_go(service, task)
            task["_drains"] = [place for place in task["_drains"] if self.board.get(*place)]
        elif task["lastStatus"] == "RUNNING" and "_registered" not in task:
            balanced = [item for item in service.get("loadBalancers") or [] if item.get("targetGroupArn")]
            places = [(item["targetGroupArn"], *reach(task, item["containerPort"])) for item in balanced]
            for place in places:
                self.board.register(*place, simulated=self.simulated)
                tell(service, f"registered 1 targets in (target-group {place[0]})")
            task["_registered"] = places

    def _let_go(self, service: Record, task: Record) -> None:
        """Deregister a task that is about to stop; its thread waits until `_drains` is empty."""
        registered = task.get("_registered") or []
        if registered:
            tell(service, "has begun draining connections on 1 tasks.")
        for arn, address, port in registered:
            self.board.deregister(arn, address, port, rollouts.drain_seconds(arn))
            tell(service, f"deregistered 1 targets in (target-group {arn})")
        task["_drains"] = list(registered)

    def _end(self, service: Record, task: Record, reason: str, *, wanted: bool = True) -> None:
        """Stop a task after the load balancer let go of it. One that is not `wanted` to end counts as a failure."""
        task["_wanted"] = wanted
        self._let_go(service, task)
        if self.stop(task, reason, "ServiceSchedulerInitiated"):
            tell(service, f"has stopped 1 running tasks: (task {task_id(task)}).")

    # Health

    def healthy(self, service: Record, task: Record) -> bool:
        """Whether a task serves: it runs, its containers' checks pass, and so do its load balancers'."""
        if task["lastStatus"] != "RUNNING" or not is_live(task):
            return False
        definition = ecs._task_defs.get(need(ecs, "_resolve_td_key")(task["taskDefinitionArn"])) or {}
        checked = any(
            item.get("healthCheck") and item.get("essential") is not False
            for item in definition.get("containerDefinitions", [])
        )
        if checked and task["healthStatus"] != "HEALTHY":
            return False
        balanced = [item for item in service.get("loadBalancers") or [] if item.get("targetGroupArn")]
        for place in task.get("_registered") or []:
            target = self.board.get(*place)
            if target is None or target.state != "healthy":
                return False
        if balanced and not task.get("_registered"):
            return False
        return bool(
            checked or balanced or self.simulated or time.monotonic() - task["_running_since"] >= SETTLE_SECONDS
        )

    def _stop_unhealthy(self, service: Record, tasks: list[Record]) -> None:
        """Stop tasks that fail a health check, once their grace period is over."""
        grace = float(service.get("healthCheckGracePeriodSeconds") or 0)
        for task in tasks:
            if task["lastStatus"] != "RUNNING" or not is_live(task):
                continue
            if time.monotonic() - task["_running_since"] < grace:
                continue
            if task["healthStatus"] == "UNHEALTHY":
                tell(service, f"(task {task_id(task)}) failed container health checks.")
                self._end(service, task, "Task failed container health checks", wanted=False)
                continue
            for arn, address, port in task.get("_registered") or []:
                target = self.board.get(arn, address, port)
                if target is None or target.state != "unhealthy":
                    continue
                if time.monotonic() - target.unhealthy_since >= REACTION_SECONDS:
                    where = f"(port {container_port(service, arn)}) is unhealthy in (target-group {arn})"
                    tell(service, f"{where} due to (reason {target.description})")
                    self._end(service, task, f"Task failed ELB health checks in (target-group {arn})", wanted=False)
                    break

    # Deployments

    def _count_failures(self, service: Record, tasks: list[Record]) -> None:
        """A task that ends without being asked to is a failure of its deployment, while that is in progress."""
        primary = service["deployments"][0]
        known = {item["id"] for item in service["deployments"]}
        for task in tasks:
            if is_live(task) or task.get("_counted") or task.get("_wanted") or task.get("_deployment_id") not in known:
                continue
            task["_counted"] = True
            if task["stopCode"] == "UserInitiated":
                continue
            service["_failures"] = service.get("_failures", 0) + 1
            service["_not_before"] = time.monotonic() + deployments.backoff(service["_failures"])
            if task["stopCode"] == "TaskFailedToStart":
                tell(service, f"was unable to place a task. Reason: {task['stoppedReason']}.")
            if service["_failures"] == deployments.BACKOFF_AFTER:
                tell(
                    service,
                    "is unable to consistently start tasks successfully. For more information, see the "
                    "Troubleshooting section of the Amazon ECS Developer Guide.",
                )
            if task.get("_deployment_id") == primary["id"] and primary["rolloutState"] == "IN_PROGRESS":
                primary["failedTasks"] += 1
                primary["updatedAt"] = now_iso()
                enabled, rollback = deployments.breaker(service)
                if enabled and primary["failedTasks"] >= deployments.threshold(service["desiredCount"]):
                    rollouts.fail(service, rollback)
                    return

    def _move(self, key: str, service: Record, tasks: list[Record]) -> None:
        primary = service["deployments"][0]
        live = [task for task in tasks if is_live(task)]
        new = [task for task in live if task.get("_deployment_id") == primary["id"]]
        old = [task for task in live if task.get("_deployment_id") != primary["id"]]
        healthy = {task["taskArn"] for task in live if self.healthy(service, task)}
        for task in new:
            if task["taskArn"] in healthy:
                service["_failures"] = 0
                if primary["rolloutState"] == "IN_PROGRESS":
                    primary["failedTasks"] = 0
        step = deployments.moves(
            service["desiredCount"],
            service.get("deploymentConfiguration"),
            deployments.Tasks(
                len(new),
                sum(task["taskArn"] in healthy for task in new),
                len(old),
                sum(task["taskArn"] in healthy for task in old),
            ),
            failed=primary["rolloutState"] == "FAILED",
        )
        by_need = sorted(old, key=lambda task: task["taskArn"] in healthy)
        for task in by_need[: step.stop_old]:
            self._end(service, task, f"Scaling activity initiated by (deployment {primary['id']})")
        for task in list(reversed(new))[: step.stop_new]:
            self._end(service, task, f"Scaling activity initiated by (deployment {primary['id']})")
        if step.start and time.monotonic() >= service.get("_not_before", 0.0):
            self._start(key, service, primary, step.start)

    def _start(self, key: str, service: Record, primary: Record, number: int) -> None:
        status, _, body = need(ecs, "_run_task")(
            {
                "cluster": key.split("/", 1)[0],
                "taskDefinition": primary["taskDefinition"],
                "count": number,
                "group": f"service:{service['serviceName']}",
                "startedBy": primary["id"],
                "launchType": service.get("launchType"),
                "capacityProviderStrategy": service.get("capacityProviderStrategy"),
                "platformVersion": service.get("platformVersion", ""),
                "networkConfiguration": service.get("networkConfiguration") or {},
                "enableExecuteCommand": service.get("enableExecuteCommand", False),
                "tags": rollouts.propagated_tags(service),
                "_deploymentId": primary["id"],
            }
        )
        answer = json.loads(body)
        if status != 200:
            tell(service, f"was unable to place a task. Reason: {answer.get('message', body)}.")
            service["_not_before"] = time.monotonic() + deployments.LONGEST_BACKOFF
            return
        names = " ".join(f"(task {task_id(task)})" for task in answer["tasks"])
        tell(service, f"has started {number} tasks: {names}.")

    def _settle(self, service: Record, tasks: list[Record]) -> None:
        """Complete the newest deployment when only its tasks are left and all of them serve; drop what is over."""
        primary = service["deployments"][0]
        left = [task for task in tasks if task["lastStatus"] != "STOPPED"]
        serving = [task for task in left if task.get("_deployment_id") == primary["id"] and self.healthy(service, task)]
        steady = len(left) == len(serving) == service["desiredCount"]
        if steady and primary["rolloutState"] == "IN_PROGRESS":
            rollouts.complete(service)
        if steady and not service.get("_steady"):
            tell(service, "has reached a steady state.")
        service["_steady"] = steady
        rollouts.drop_finished(service, tasks)

    def _retire(self, service: Record, tasks: list[Record]) -> None:
        for task in tasks:
            if is_live(task):
                self._end(service, task, "Service deleted")
        if all(task["lastStatus"] == "STOPPED" for task in tasks):
            service.update(status="INACTIVE", deployments=[])


def container_port(service: Record, arn: str) -> int:
    """The container port that a service has in a target group."""
    return int(next(item["containerPort"] for item in service["loadBalancers"] if item.get("targetGroupArn") == arn))
