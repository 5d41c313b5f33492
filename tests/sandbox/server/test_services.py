"""Services on real containers: deployments, health, replacement, rollback."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .stacks import Stack, breaker, push, until

pytestmark = pytest.mark.docker

FAILING = {"command": ["sh", "-c", "echo no database; exit 3"]}


class Visitor(threading.Thread):
    """Asks for the page again and again until it is told to stop; keeps what it got."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(daemon=True)
        self.stack, self.answers, self.going = stack, [], True
        self.answers: list[tuple[int, str]]

    def run(self) -> None:
        while self.going:
            self.answers.append(self.stack.fetch())
            time.sleep(0.01)

    def leave(self) -> list[tuple[int, str]]:
        self.going = False
        self.join(20)
        return self.answers


def test_a_service_serves_through_its_load_balancer(stack: Stack) -> None:
    group = stack.add_group()
    stack.serve(stack.define(), group=group)
    first = stack.service()["deployments"][0]
    assert (first["rolloutState"], first["status"]) == ("IN_PROGRESS", "PRIMARY")
    stack.steady()
    assert stack.health(group) == [{"State": "healthy"}]
    assert stack.fetch() == (200, "hello")
    assert stack.server.get(f"/_alb/{stack.name}/index.html") == (200, "hello")
    events = stack.events()
    assert events[0] == "(service web) has reached a steady state."
    assert events[1] == f"(service web) (deployment {first['id']}) deployment completed."
    assert f"(service web) registered 1 targets in (target-group {group})" in events


def test_an_update_loses_no_request_and_stops_the_old_tasks_last(stack: Stack, engine: Any) -> None:
    stack.serve(stack.define(), group=stack.add_group(), count=2)
    old = {task["taskArn"] for task in stack.tasks()} if stack.steady() else set()
    newer = stack.define(stack.container(image=push(stack.server, engine, "test/web", "2", "second")))
    visitor = Visitor(stack)
    visitor.start()
    stack.ecs.update_service(cluster=stack.name, service="web", taskDefinition=newer)
    states = [deployment["status"] for deployment in stack.service()["deployments"]]
    assert states == ["PRIMARY", "ACTIVE"]
    service = stack.steady()
    time.sleep(0.5)
    answers = visitor.leave()
    assert {status for status, _ in answers} == {200}
    assert {text for _, text in answers} == {"hello", "second"}
    assert answers[-1] == (200, "second")
    assert service["taskDefinition"] == newer
    stopped = [task for task in stack.tasks("STOPPED") if task["taskArn"] in old]
    assert {task["stopCode"] for task in stopped} == {"ServiceSchedulerInitiated"}
    assert len(stopped) == 2
    events = stack.events()
    assert "(service web) has begun draining connections on 1 tasks." in events
    assert any(event.startswith("(service web) has stopped 1 running tasks: (task ") for event in events)


def test_a_failing_update_is_rolled_back_while_the_old_tasks_serve(stack: Stack) -> None:
    good = stack.define()
    stack.serve(good, group=stack.add_group())
    completed = stack.steady()["deployments"][0]["id"]
    visitor = Visitor(stack)
    visitor.start()
    stack.ecs.update_service(cluster=stack.name, service="web", taskDefinition=stack.define(stack.container(**FAILING)))
    failed = stack.service()["deployments"][0]["id"]
    service = stack.steady()
    assert set(visitor.leave()) == {(200, "hello")}
    assert service["taskDefinition"] == good
    assert service["deployments"][0]["id"] == completed
    events = stack.events()
    assert f"(service web) (deployment {failed}) deployment failed: tasks failed to start." in events
    assert f"(service web) rolling back to deployment {completed}." in events
    reasons = {task["stoppedReason"] for task in stack.tasks("STOPPED")}
    assert reasons == {"Essential container in task exited"}


def test_a_first_deployment_whose_container_exits_fails(stack: Stack) -> None:
    stack.serve(stack.define(stack.container(**FAILING)))
    until(lambda: stack.rollout() == "FAILED", 60, stack.service)
    deployment = stack.service()["deployments"][0]
    assert deployment["failedTasks"] == 3
    assert deployment["rolloutStateReason"] == "ECS deployment circuit breaker: tasks failed to start."
    tasks = stack.tasks("STOPPED")
    assert len(tasks) == 3
    assert tasks[0]["containers"][0]["exitCode"] == 3
    assert stack.output(tasks[0]) == ["no database"]
    time.sleep(1.5)
    assert len(stack.tasks("STOPPED")) == 3, "a failed deployment starts no more tasks"


def test_without_a_circuit_breaker_a_crash_loop_goes_on(stack: Stack) -> None:
    stack.serve(stack.define(stack.container(**FAILING)), deploymentConfiguration=breaker(enable=False, rollback=False))
    until(lambda: stack.service()["deployments"][0]["failedTasks"] >= 4, 60, stack.service)
    assert stack.rollout() == "IN_PROGRESS"
    assert any("is unable to consistently start tasks successfully" in event for event in stack.events())


def test_a_target_that_answers_500_is_replaced_and_fails_the_deployment(stack: Stack) -> None:
    group = stack.add_group(HealthCheckPath="/cgi-bin/health")
    command = ["sh", "-c", "echo 500 > /tmp/status; exec httpd -f -p 8080 -h /www"]
    stack.serve(stack.define(stack.container(command=command)), group=group, healthCheckGracePeriodSeconds=1)
    health = until(lambda: [item for item in stack.health(group) if item["State"] == "unhealthy"])[0]
    assert health["Reason"] == "Target.ResponseCodeMismatch"
    assert health["Description"] == "Health checks failed with these codes: [500]"
    until(lambda: stack.rollout() == "FAILED", 90, stack.service)
    assert {task["stoppedReason"] for task in stack.tasks("STOPPED")} == {
        f"Task failed ELB health checks in (target-group {group})"
    }
    assert (
        f"(service web) (port 8080) is unhealthy in (target-group {group}) due to "
        "(reason Health checks failed with these codes: [500])"
    ) in stack.events()


def test_a_target_that_refuses_connections_is_unhealthy_and_gets_no_requests(stack: Stack) -> None:
    group = stack.add_group()
    stack.serve(stack.define(stack.container(command=["sleep", "600"])), group=group, healthCheckGracePeriodSeconds=300)
    health = until(lambda: [item for item in stack.health(group) if item["State"] == "unhealthy"])[0]
    assert health["Reason"] == "Target.FailedHealthChecks"
    assert stack.rollout() == "IN_PROGRESS", "the grace period keeps the task"


def test_a_task_that_turns_ill_is_replaced(stack: Stack, engine: Any) -> None:
    group = stack.add_group(HealthCheckPath="/cgi-bin/health")
    stack.serve(stack.define(), group=group, count=2)
    stack.steady()
    ill = stack.tasks()[0]["taskArn"]
    container = engine.containers.list(
        filters={"label": [f"com.amazonaws.ecs.task-arn={ill}", "com.amazonaws.ecs.container-name=web"]}
    )[0]
    visitor = Visitor(stack)
    visitor.start()
    container.exec_run(["sh", "-c", "echo 503 > /tmp/status"])
    until(lambda: ill in {task["taskArn"] for task in stack.tasks("STOPPED")})
    stack.steady()
    assert {status for status, _ in visitor.leave()} == {200}
    assert ill not in {task["taskArn"] for task in stack.tasks()}
    assert stack.rollout() == "COMPLETED"


def test_a_failing_container_health_check_fails_the_deployment(stack: Stack) -> None:
    check = {"command": ["CMD-SHELL", "exit 1"], "interval": 5, "timeout": 2, "retries": 1}
    stack.serve(stack.define(stack.container(healthCheck=check)))
    until(lambda: any(task["healthStatus"] == "UNHEALTHY" for task in stack.tasks() + stack.tasks("STOPPED")))
    until(lambda: stack.rollout() == "FAILED", 120, stack.service)
    assert {task["stoppedReason"] for task in stack.tasks("STOPPED")} == {"Task failed container health checks"}
    assert any(event.endswith("failed container health checks.") for event in stack.events())


def test_a_passing_container_health_check_completes_the_deployment(stack: Stack) -> None:
    check = {"command": ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/"], "interval": 5, "retries": 3}
    stack.serve(stack.define(stack.container(healthCheck=check)))
    stack.steady()
    (task,) = stack.tasks()
    assert task["healthStatus"] == "HEALTHY"
    assert task["containers"][0]["healthStatus"] == "HEALTHY"


def test_scaling_keeps_the_deployment(stack: Stack) -> None:
    stack.serve(stack.define(), group=stack.add_group())
    first = stack.steady()["deployments"][0]["id"]
    stack.ecs.update_service(cluster=stack.name, service="web", desiredCount=3)
    until(lambda: stack.service()["runningCount"] == 3)
    stack.ecs.update_service(cluster=stack.name, service="web", desiredCount=1)
    service = stack.steady()
    assert service["deployments"][0]["id"] == first
    assert len(stack.tasks()) == 1


def test_a_full_cluster_makes_room_as_the_minimum_allows(stack: Stack) -> None:
    stack.serve(stack.define(), count=2, deploymentConfiguration=breaker(minimum=50, maximum=100))
    stack.steady()
    most = 0
    stack.ecs.update_service(cluster=stack.name, service="web", forceNewDeployment=True)
    while len(stack.service()["deployments"]) > 1:
        service = stack.service()
        assert service["runningCount"] >= 1
        most = max(most, service["runningCount"] + service["pendingCount"])
        time.sleep(0.1)
    assert most == 2


def test_fields_the_provider_reads_back(stack: Stack) -> None:
    stack.serve(
        stack.define(),
        availabilityZoneRebalancing="ENABLED",
        propagateTags="SERVICE",
        tags=[{"key": "a", "value": "b"}],
    )
    assert stack.service()["availabilityZoneRebalancing"] == "ENABLED"
    stack.steady()
    (task,) = stack.tasks()
    assert stack.ecs.list_tags_for_resource(resourceArn=task["taskArn"])["tags"] == [{"key": "a", "value": "b"}]


def test_a_service_without_network_configuration_answers_none(stack: Stack) -> None:
    definition = stack.define(networkMode="bridge", requiresCompatibilities=["EC2"])
    stack.serve(definition, networkConfiguration={}, capacityProviderStrategy=[], launchType="EC2")
    assert "networkConfiguration" not in stack.service()


def test_a_group_without_a_load_balancer_is_refused(stack: Stack) -> None:
    stack.add_balancer()
    loose = stack.elb.create_target_group(
        Name=f"{stack.name}-x", Protocol="HTTP", Port=80, VpcId=stack.vpc, TargetType="ip"
    )
    with pytest.raises(ClientError, match="does not have an associated load balancer"):
        stack.serve(stack.define(), group=loose["TargetGroups"][0]["TargetGroupArn"])


def test_a_container_port_that_is_not_there_is_refused(stack: Stack) -> None:
    group = stack.add_group()
    with pytest.raises(ClientError, match="did not have a container port 8080 defined"):
        stack.serve(stack.define(stack.container(portMappings=[])), group=group)


def test_deleting_leaves_no_container(stack: Stack, engine: Any) -> None:
    stack.serve(stack.define(), group=stack.add_group())
    stack.steady()
    (task,) = stack.tasks()
    label = {"label": f"com.amazonaws.ecs.task-arn={task['taskArn']}"}
    assert len(engine.containers.list(all=True, filters=label)) == 2
    with pytest.raises(ClientError, match="scaled above 0"):
        stack.ecs.delete_service(cluster=stack.name, service="web")
    stack.ecs.update_service(cluster=stack.name, service="web", desiredCount=0)
    assert stack.ecs.delete_service(cluster=stack.name, service="web")["service"]["status"] == "DRAINING"
    until(lambda: stack.service()["status"] == "INACTIVE")
    assert engine.containers.list(all=True, filters=label) == []


def test_a_disk_is_the_services_and_is_not_forgotten(stack: Stack) -> None:
    disk = {"name": "disk", "managedEBSVolume": {"roleArn": "arn:aws:iam::000000000000:role/a", "sizeInGiB": 10}}
    with_disk = stack.define(volumes=[{"name": "disk", "configuredAtLaunch": True}])
    with pytest.raises(ClientError, match="no volume configuration is provided"):
        stack.serve(with_disk)
    with pytest.raises(ClientError, match="no matching configuredAtLaunch volume"):
        stack.serve(stack.define(), volumeConfigurations=[disk])
    stack.serve(with_disk, volumeConfigurations=[disk])
    stack.steady()
    assert stack.service()["deployments"][0]["volumeConfigurations"] == [disk]
    without = stack.define()
    update = {"cluster": stack.name, "service": "web", "taskDefinition": without}
    with pytest.raises(ClientError, match="no matching configuredAtLaunch volume"):
        stack.ecs.update_service(**update)
    stack.ecs.update_service(**update, volumeConfigurations=[])
    stack.steady()
    assert stack.service()["deployments"][0]["volumeConfigurations"] == []
