"""Watching, waiting and diagnosing with containers that really run and really crash."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import docker
import pytest

from ecsgen.aws.diagnose import diagnose
from ecsgen.aws.evidence import collect
from ecsgen.aws.model import Watched
from ecsgen.aws.wait import Failed, Healthy, wait_healthy
from ecsgen.aws.watch import Watch

if TYPE_CHECKING:
    from ecsgen.aws.session import Aws
    from ecsgen.aws.track import Failure
    from ecsgen.progress import Event

pytestmark = pytest.mark.docker


@pytest.fixture
def image() -> Iterator[str]:
    """An image of nothing but a static busybox, removed afterwards."""
    busybox = shutil.which("busybox")
    if busybox is None:
        missing = "there is no busybox to make an image of: apt-get install busybox-static"
        pytest.fail(missing) if "docker" in os.environ.get("ECSGEN_REQUIRE", "") else pytest.skip(missing)
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        archive.add(Path(busybox).resolve(), "busybox")
        dockerfile = b"FROM scratch\nCOPY busybox /bin/sh\nCOPY busybox /bin/sleep\n"
        entry = tarfile.TarInfo("Dockerfile")
        entry.size = len(dockerfile)
        archive.addfile(entry, io.BytesIO(dockerfile))
    context.seek(0)
    client = docker.from_env()
    tag = f"ecsgen-test-watch:{uuid.uuid4().hex[:12]}"
    client.images.build(fileobj=context, custom_context=True, tag=tag, rm=True)
    yield tag
    client.images.remove(tag, force=True)
    client.close()


def register(aws: Aws, image: str, *command: str) -> str:
    options = {"awslogs-group": "/ecs/real", "awslogs-region": aws.region, "awslogs-stream-prefix": "ecs"}
    answer = aws.ecs.register_task_definition(
        family="real-web",
        containerDefinitions=[
            {
                "name": "web",
                "image": image,
                "memory": 64,
                "command": list(command),
                "logConfiguration": {"logDriver": "awslogs", "options": options},
            }
        ],
    )
    return answer["taskDefinition"]["taskDefinitionArn"]


def test_an_update_that_crashes_is_rolled_back_and_explained(
    server_with_tasks: Aws, image: str, told: list[Event]
) -> None:
    aws = server_with_tasks
    failures: list[Failure] = []
    aws.ecs.create_cluster(clusterName="real")
    aws.logs.create_log_group(logGroupName="/ecs/real")
    good = register(aws, image, "sleep", "600")
    bad = register(aws, image, "sh", "-c", "echo starting; echo no database >&2; exit 3")
    aws.ecs.create_service(
        cluster="real",
        serviceName="real-web",
        taskDefinition=good,
        desiredCount=1,
        deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
    )
    web = Watched("web", "real-web")
    first = Watch(aws, "real", [web], told.append, interval=0.5)
    assert wait_healthy(first, timeout=120, expected={"web": good}) == (Healthy("web", 1),)

    watch = Watch(aws, "real", [web], told.append, on_failed=failures.append, interval=0.5)
    with watch:
        aws.ecs.update_service(cluster="real", service="real-web", taskDefinition=bad)
    (outcome,) = wait_healthy(watch, timeout=120, expected={"web": bad})
    assert isinstance(outcome, Failed)
    assert outcome.reason.endswith("ECS went back to real-web:1")
    assert [failure.rolled_back_to for failure in failures] == ["real-web:1"]

    found = diagnose(collect(aws, "real", watch.rollout().of("web")))
    assert found.headline == "web exits with code 3"
    assert set(found.log_lines) == {"starting", "no database"}
    assert any("3 tasks stopped" in fact and "web: exit code 3" in fact for fact in found.facts)
    assert any(event.text.startswith("task ") and "exit code 3" in event.text for event in told)
