"""For these tests: a server process, an image for its containers, and short ways to make AWS resources in it."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REGION = "eu-west-1"
ACCOUNT = "111122223333"

DOCKERFILE = """\
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "/bin"]
RUN ["mkdir", "-m", "1777", "/tmp"]
COPY health /www/cgi-bin/health
COPY index.html /www/index.html
CMD ["httpd", "-f", "-p", "8080", "-h", "/www"]
"""
# /cgi-bin/health answers with the status that was written into /tmp/status, 200 without one.
HEALTH = """#!/bin/sh
printf 'HTTP/1.0 %s Word\\r\\nContent-Type: text/plain\\r\\n\\r\\nhealth\\n' "$(cat /tmp/status 2>/dev/null || echo 200)"
"""


def until(what: Callable[[], Any], seconds: float = 60.0, why: Callable[[], object] = str) -> Any:
    """Wait for something truthy and return it."""
    end = time.monotonic() + seconds
    while True:
        if found := what():
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {why()}")
        time.sleep(0.2)


@dataclass
class Server:
    """One server process and clients for it."""

    process: subprocess.Popen[bytes]
    port: int
    sandbox_id: str
    clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        import boto3
        from botocore.config import Config

        if service not in self.clients:
            self.clients[service] = boto3.session.Session().client(
                service,
                endpoint_url=f"http://127.0.0.1:{self.port}",
                region_name=REGION,
                aws_access_key_id=ACCOUNT,
                aws_secret_access_key="x",
                config=Config(retries={"max_attempts": 1}),
            )
        return self.clients[service]

    def get(self, path: str, host: str = "", headers: dict[str, str] | None = None) -> tuple[int, str]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers or {})
        if host:
            request.add_header("Host", host)
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


def start_server(*, engine: bool) -> Server:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    sandbox_id = f"test-{uuid.uuid4().hex[:8]}"
    env = {
        "PATH": os.environ["PATH"],
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_REGION": "us-east-1",
        "ECSGEN_SANDBOX_ID": sandbox_id,
        "ECSGEN_SANDBOX_ENGINE": "1" if engine else "0",
    }
    if "DOCKER_HOST" in os.environ:
        env["DOCKER_HOST"] = os.environ["DOCKER_HOST"]
    process = subprocess.Popen([sys.executable, "-m", "ecsgen.sandbox.server"], env=env)
    server = Server(process, port, sandbox_id)

    def answers() -> bool:
        assert process.poll() is None, "the server ended while it started"
        try:
            return server.get("/_ministack/health")[0] == 200
        except OSError:
            return False

    try:
        until(answers, 60)
    except BaseException:
        process.kill()
        raise
    return server


def stop_server(server: Server) -> int:
    server.process.send_signal(signal.SIGTERM)
    try:
        return server.process.wait(60)
    finally:
        server.process.kill()


def push(server: Server, engine: Any, repository: str, tag: str = "1", page: str = "hello") -> str:
    """Build the test image, push it into a repository of the sandbox, and return its reference by digest."""
    reference = f"127.0.0.1:{server.port}/{repository}"
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as tar:
        busybox = shutil.which("busybox")
        assert busybox, "these tests make their image from Debian's busybox-static"
        for name, data, mode in (
            ("Dockerfile", DOCKERFILE.encode(), 0o644),
            ("busybox", Path(busybox).read_bytes(), 0o755),
            ("health", HEALTH.encode(), 0o755),
            ("index.html", page.encode(), 0o644),
        ):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), mode
            tar.addfile(entry, io.BytesIO(data))
    context.seek(0)
    engine.images.build(fileobj=context, custom_context=True, tag=f"{reference}:{tag}", rm=True)
    for line in engine.api.push(
        reference, tag=tag, stream=True, decode=True, auth_config={"username": "AWS", "password": "x"}
    ):
        assert "error" not in line, line
        if digest := (line.get("aux") or {}).get("Digest"):
            return f"{reference}@{digest}"
    raise AssertionError("the push told no digest")


class Stack:
    """A cluster with a load balancer and services, made through the API."""

    def __init__(self, server: Server, image: str) -> None:
        self.server, self.image = server, image
        self.name = f"t{uuid.uuid4().hex[:8]}"
        self.ecs, self.elb, self.logs = (server.client(name) for name in ("ecs", "elbv2", "logs"))
        self.ecs.create_cluster(clusterName=self.name)
        self.group_name = f"/ecs/{self.name}"
        self.logs.create_log_group(logGroupName=self.group_name)
        self.services: list[str] = []
        self.balancer = self.listener = ""

    def add_balancer(self) -> str:
        vpc = self.server.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
        self.vpc = vpc
        self.balancer = self.elb.create_load_balancer(Name=self.name, Subnets=["subnet-1", "subnet-2"])[
            "LoadBalancers"
        ][0]["LoadBalancerArn"]
        fixed = {
            "Type": "fixed-response",
            "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "none"},
        }
        self.listener = self.elb.create_listener(
            LoadBalancerArn=self.balancer, Protocol="HTTP", Port=80, DefaultActions=[fixed]
        )["Listeners"][0]["ListenerArn"]
        return self.listener

    def add_group(self, priority: int = 100, paths: tuple[str, ...] = ("/*",), **health: Any) -> str:
        if not self.listener:
            self.add_balancer()
        values = {
            "HealthCheckPath": "/",
            "HealthCheckIntervalSeconds": 5,
            "HealthCheckTimeoutSeconds": 2,
            "HealthyThresholdCount": 2,
            "UnhealthyThresholdCount": 2,
            "Matcher": {"HttpCode": "200-399"},
            **health,
        }
        arn = self.elb.create_target_group(
            Name=f"{self.name}-{priority}", Protocol="HTTP", Port=80, VpcId=self.vpc, TargetType="ip", **values
        )["TargetGroups"][0]["TargetGroupArn"]
        self.elb.modify_target_group_attributes(
            TargetGroupArn=arn, Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "10"}]
        )
        self.elb.create_rule(
            ListenerArn=self.listener,
            Priority=priority,
            Conditions=[{"Field": "path-pattern", "Values": list(paths)}],
            Actions=[{"Type": "forward", "TargetGroupArn": arn}],
        )
        return str(arn)

    def container(self, name: str = "web", **extra: Any) -> dict[str, Any]:
        options = {"awslogs-group": self.group_name, "awslogs-region": REGION, "awslogs-stream-prefix": "ecs"}
        return {
            "name": name,
            "image": self.image,
            "essential": True,
            "portMappings": [{"containerPort": 8080, "protocol": "tcp"}] if name == "web" else [],
            "logConfiguration": {"logDriver": "awslogs", "options": options},
            "stopTimeout": 1,
            **extra,
        }

    def define(self, *containers: dict[str, Any], **extra: Any) -> str:
        values = {
            "cpu": "256",
            "memory": "512",
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            **extra,
        }
        answer = self.ecs.register_task_definition(
            family=self.name, containerDefinitions=list(containers or [self.container()]), **values
        )
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def serve(self, definition: str, name: str = "web", group: str = "", count: int = 1, **extra: Any) -> None:
        values: dict[str, Any] = {
            "capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}],
            "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
            "deploymentConfiguration": breaker(),
            **extra,
        }
        if group:
            values["loadBalancers"] = [{"targetGroupArn": group, "containerName": "web", "containerPort": 8080}]
        self.ecs.create_service(
            cluster=self.name, serviceName=name, taskDefinition=definition, desiredCount=count, **values
        )
        self.services.append(name)

    def service(self, name: str = "web") -> dict[str, Any]:
        return dict(self.ecs.describe_services(cluster=self.name, services=[name])["services"][0])

    def rollout(self, name: str = "web") -> str:
        return str(self.service(name)["deployments"][0]["rolloutState"])

    def steady(self, name: str = "web", seconds: float = 60) -> dict[str, Any]:
        def done() -> dict[str, Any] | None:
            service = self.service(name)
            ready = len(service["deployments"]) == 1 and service["runningCount"] == service["desiredCount"]
            return service if ready and service["deployments"][0]["rolloutState"] == "COMPLETED" else None

        return dict(until(done, seconds, lambda: (self.events(name), self.tasks("STOPPED"), self.tasks())))

    def events(self, name: str = "web") -> list[str]:
        return [event["message"] for event in self.service(name)["events"]]

    def tasks(self, status: str = "RUNNING", **chosen: Any) -> list[dict[str, Any]]:
        arns = self.ecs.list_tasks(cluster=self.name, desiredStatus=status, **chosen)["taskArns"]
        return list(self.ecs.describe_tasks(cluster=self.name, tasks=arns)["tasks"]) if arns else []

    def run(self, definition: str, **extra: Any) -> dict[str, Any]:
        """Run a task to its end; its description."""
        arn = self.ecs.run_task(cluster=self.name, taskDefinition=definition, launchType="FARGATE", **extra)["tasks"][
            0
        ]["taskArn"]

        def stopped() -> Any:
            task = self.ecs.describe_tasks(cluster=self.name, tasks=[arn])["tasks"][0]
            return task if task["lastStatus"] == "STOPPED" else None

        return dict(until(stopped, 60, lambda: self.ecs.describe_tasks(cluster=self.name, tasks=[arn])))

    def health(self, group: str) -> list[dict[str, Any]]:
        found = self.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return [item["TargetHealth"] for item in found]

    def output(self, task: dict[str, Any], container: str = "web") -> list[str]:
        stream = f"ecs/{container}/{task['taskArn'].rsplit('/', 1)[-1]}"
        found = self.logs.get_log_events(logGroupName=self.group_name, logStreamName=stream, startFromHead=True)
        return [event["message"] for event in found["events"]]

    def fetch(self, path: str = "/") -> tuple[int, str]:
        return self.server.get(path, host=f"{self.name}.alb.localhost:{self.server.port}")

    def remove(self) -> None:
        for name in self.services:
            self.ecs.delete_service(cluster=self.name, service=name, force=True)
        for task in self.tasks():
            self.ecs.stop_task(cluster=self.name, task=task["taskArn"])
        until(lambda: not [task for task in self.tasks("STOPPED") if task["lastStatus"] != "STOPPED"])
        if self.balancer:
            self.elb.delete_load_balancer(LoadBalancerArn=self.balancer)


def breaker(enable: bool = True, rollback: bool = True, minimum: int = 100, maximum: int = 200) -> dict[str, Any]:
    return {
        "minimumHealthyPercent": minimum,
        "maximumPercent": maximum,
        "deploymentCircuitBreaker": {"enable": enable, "rollback": rollback},
    }


def left_over(engine: Any, sandbox_id: str) -> list[str]:
    """What carries a sandbox's label."""
    label = {"label": f"ecsgen.sandbox={sandbox_id}"}
    found = [item.name for item in engine.containers.list(all=True, filters=label)]
    found += [item.name for item in engine.networks.list(filters=label)]
    found += [item.name for item in engine.volumes.list(filters=label)]
    return found + [json.dumps(item.tags) for item in engine.images.list(filters=label)]
