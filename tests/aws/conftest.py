"""AWS for tests: recorded answers in the API's own shapes, clients that answer from a function, and a real server."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.validate import ParamValidator

from ecsgen.aws.session import Aws

if TYPE_CHECKING:
    from ecsgen.progress import Event

REGION = "eu-west-1"
ACCOUNT = "123456789012"
NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
CREDENTIALS = {"AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": "test"}
GROUP = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/hello-default-web-1a2b3c/4d2246e3635cc45b"
Answer = dict[str, Any]


class Say:
    """The API's answers, with the values that a test cares about."""

    region = REGION
    account = ACCOUNT
    group = GROUP
    now = NOW

    @staticmethod
    def revision(number: int = 1) -> str:
        return f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/hello-default-web:{number}"

    @classmethod
    def deployment(cls, number: int = 1, state: str = "IN_PROGRESS", **more: Any) -> Answer:
        return {
            "id": f"ecs-svc/{number}",
            "status": "PRIMARY",
            "taskDefinition": cls.revision(number),
            "desiredCount": 1,
            "pendingCount": 0,
            "runningCount": 0,
            "failedTasks": 0,
            "createdAt": NOW,
            "updatedAt": NOW,
            "rolloutState": state,
            "rolloutStateReason": "",
            **more,
        }

    @classmethod
    def service(cls, *deployments: Answer, events: tuple[str, ...] = (), **more: Any) -> Answer:
        """A service "web"; `events` are given oldest first, as they happened."""
        return {
            "serviceName": "web",
            "status": "ACTIVE",
            "desiredCount": 1,
            "runningCount": sum(one["runningCount"] for one in deployments),
            "pendingCount": 0,
            "taskDefinition": cls.revision(),
            "deployments": list(deployments),
            "loadBalancers": [{"targetGroupArn": GROUP, "containerName": "web", "containerPort": 8080}],
            "events": [
                {"id": f"event-{text}", "createdAt": NOW + timedelta(seconds=index), "message": text}
                for index, text in reversed(list(enumerate(events)))
            ],
            "healthCheckGracePeriodSeconds": 60,
            **more,
        }

    @classmethod
    def container(cls, name: str = "web", exit_code: int | None = None, reason: str = "", **more: Any) -> Answer:
        answer: Answer = {"name": name, "lastStatus": "STOPPED", **more}
        if exit_code is not None:
            answer["exitCode"] = exit_code
        if reason:
            answer["reason"] = reason
        return answer

    @classmethod
    def task(cls, task: str, *containers: Answer, reason: str = "", number: int = 1, **more: Any) -> Answer:
        return {
            "taskArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/hello-default/{task}",
            "taskDefinitionArn": cls.revision(number),
            "startedBy": f"ecs-svc/{number}",
            "lastStatus": "STOPPED",
            "capacityProviderName": "FARGATE",
            "stopCode": "EssentialContainerExited",
            "stoppedReason": reason or "Essential container in task exited",
            "createdAt": NOW,
            "startedAt": NOW + timedelta(seconds=10),
            "stoppedAt": NOW + timedelta(seconds=40),
            "containers": list(containers),
            **more,
        }

    @staticmethod
    def target(state: str, description: str = "", reason: str = "", address: str = "10.0.1.23") -> Answer:
        health = {"State": state}
        if description:
            health["Description"] = description
        if reason:
            health["Reason"] = reason
        return {"Target": {"Id": address, "Port": 8080}, "HealthCheckPort": "8080", "TargetHealth": health}

    @staticmethod
    def target_group() -> Answer:
        return {
            "TargetGroupArn": GROUP,
            "HealthCheckProtocol": "HTTP",
            "HealthCheckPort": "traffic-port",
            "HealthCheckIntervalSeconds": 30,
            "HealthCheckTimeoutSeconds": 5,
            "HealthyThresholdCount": 2,
            "UnhealthyThresholdCount": 3,
            "HealthCheckPath": "/health",
            "Matcher": {"HttpCode": "200-399"},
        }

    @classmethod
    def definition(cls, *sidecars: Answer, number: int = 1, **main: Any) -> Answer:
        """A revision whose main container is "web"; `main` changes it."""
        web = {
            "name": "web",
            "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/hello/web@sha256:" + "a" * 64,
            "essential": True,
            "portMappings": [{"containerPort": 8080}],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": "/ecs/hello/default/web",
                    "awslogs-region": REGION,
                    "awslogs-stream-prefix": "ecs",
                },
            },
            **main,
        }
        return {
            "taskDefinitionArn": cls.revision(number),
            "cpu": "256",
            "memory": "512",
            "runtimePlatform": {"cpuArchitecture": "X86_64"},
            "containerDefinitions": [web, *sidecars],
        }


class AnsweringAws(Aws):
    """Real clients whose calls never leave the process: `answer(operation, parameters)` gives the answer.

    The function returns the answer, checked against the service's model, or (code, message) for an error.
    """

    def __init__(self, answer: Callable[[str, Answer], Answer | tuple[str, str]]) -> None:
        super().__init__(REGION, {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", **CREDENTIALS})
        self._answer = answer
        self._parameters = threading.local()
        self.calls: list[str] = []

    def _make(self, service: str) -> Any:
        client = super()._make(service)

        def remember(params: Answer, **_: Any) -> None:
            self._parameters.value = dict(params)

        def respond(model: Any, **_: Any) -> tuple[Any, Answer]:
            self.calls.append(model.name)
            answer = self._answer(model.name, self._parameters.value)
            metadata = {"RequestId": "1", "HTTPStatusCode": 200, "HTTPHeaders": {}, "RetryAttempts": 0}
            if isinstance(answer, tuple):
                error = {"Code": answer[0], "Message": answer[1]}
                return SimpleNamespace(status_code=400), {"Error": error, "ResponseMetadata": metadata}
            # Limits on lengths are those of requests; AWS does answer with empty lists.
            report = ParamValidator().validate(answer, model.output_shape).generate_report().splitlines()
            assert not [line for line in report if not line.startswith("Invalid length")], report
            return SimpleNamespace(status_code=200), {**answer, "ResponseMetadata": metadata}

        client.meta.events.register_first("before-parameter-build.*.*", remember)
        client.meta.events.register_first("before-call.*.*", respond)
        return client


@pytest.fixture
def say() -> type[Say]:
    return Say


@pytest.fixture
def answering() -> type[AnsweringAws]:
    return AnsweringAws


@pytest.fixture
def told() -> list[Event]:
    """Events a Report collects: pass `told.append`."""
    return []


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def _emulator(home: Path, engine: str) -> Iterator[Aws]:
    """AWS as an emulator answers it, a process of its own on loopback. `engine` is the Docker Engine it uses."""
    port = _free_port()
    keep = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    env = {
        **keep,
        "HOME": str(home),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "DOCKER_HOST": engine,
        "PYTHONUNBUFFERED": "1",
    }
    log = home / "log"
    with log.open("wb") as output:
        program = [str(Path(sys.executable).with_name("ministack"))]
        server = subprocess.Popen(program, env=env, cwd=home, stdout=output, stderr=subprocess.STDOUT)
    try:
        _wait_until_up(f"http://127.0.0.1:{port}/_ministack/health", server, log)
        yield Aws(REGION, {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", **CREDENTIALS})
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_until_up(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(300):
        if server.poll() is not None:
            break
        try:
            with direct.open(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"the emulator did not start:\n{log.read_text(errors='replace')[-2000:]}")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """An emulator without an engine: its tasks are simulated."""
    pytest.importorskip("ministack", reason="the sandbox extra is not installed")
    home = tmp_path_factory.mktemp("simulated")
    with _emulator(home, f"unix://{home}/no-engine.sock") as aws:
        yield aws


@pytest.fixture
def server_with_tasks(tmp_path: Path) -> Iterator[Aws]:
    """An emulator whose tasks are containers."""
    pytest.importorskip("ministack", reason="the sandbox extra is not installed")
    with _emulator(tmp_path, os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")) as aws:
        yield aws
