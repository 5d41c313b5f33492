"""A sandbox without a Docker Engine: tasks are simulated, and every run says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from live_project import Project
from live_stacks import WORKER, site

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live-trouble")]


@pytest.fixture
def without_engine(clean_env: dict[str, str], tmp_path: Path) -> Iterator[Project]:
    folder = tmp_path / "project"
    folder.mkdir()
    env = {
        **clean_env,
        "DOCKER_HOST": "unix:///nonexistent/docker.sock",
        "ECSGEN_SANDBOX_DIR": str(tmp_path / "sandbox"),
    }
    project = Project(folder, env)
    try:
        yield project
    finally:
        project.run("sandbox", "down").require()


def test_apply_with_simulated_tasks(without_engine: Project, base_image: str) -> None:
    project = without_engine.write({"ecsgen.yaml": WORKER.format(name="mime"), **site(base_image, "a worker")})
    result = project.apply().require()
    assert "no Docker Engine: nothing is built, and the tasks are simulated" in result.err
    assert "sandbox: executed:" not in result.err
    assert "sandbox: accepted by the API: " in result.err
    assert project.plan().require().document["empty"] is True
    project.destroy("--registry").require()
