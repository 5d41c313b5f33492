"""A service whose very first deployment fails: explained soon, kept, and mended by the next apply."""

from __future__ import annotations

import pytest
from live_project import Project
from live_sandbox import Sandbox
from live_stacks import WORKER, site

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live-trouble")]

FEW_MINUTES = 240


def test_a_container_that_exits_is_explained_and_mended_in_place(
    project: Project, base_image: str, sandbox: Sandbox
) -> None:
    command = "    command: [sh, -c, 'echo starting; echo no database at db:5432 >&2; exit 1']\n"
    description = WORKER.format(name="crash")
    project.write({"ecsgen.yaml": description + command, **site(base_image, "a worker")})
    failed = project.apply().require(7)
    assert failed.seconds < FEW_MINUTES  # and not Terraform's 20 minutes
    assert "error: worker did not become healthy: " in failed.err
    assert "exit code 1" in failed.err
    assert "last lines of worker:" in failed.err
    assert "  | no database at db:5432" in failed.err
    assert "see ecsgen.yaml:7:5: command: [sh, -c," in failed.err
    assert project.locks == []

    ecs = sandbox.client("ecs")
    created = ecs.describe_services(cluster="crash-default", services=["worker"])["services"][0]["createdAt"]
    project.write({"ecsgen.yaml": description})
    mended = project.apply().require()
    assert "is replaced" not in mended.err
    assert "is destroyed" not in mended.err
    assert "worker: 1 task runs and is healthy" in mended.err
    service = ecs.describe_services(cluster="crash-default", services=["worker"])["services"][0]
    assert (service["createdAt"], service["runningCount"]) == (created, 1)
    assert project.plan().require().document["empty"] is True
    project.destroy("--registry").require()
