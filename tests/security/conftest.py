"""A sandbox whose tasks are simulated: plans need its API only, and no engine."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from ecsgen.progress import silent
from ecsgen.sandbox import Sandbox, down, up


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Answers for AWS, and is taken down at the end."""
    folder = tmp_path_factory.mktemp("checkov") / "sandbox"
    env = {**os.environ, "ECSGEN_SANDBOX_DIR": str(folder), "DOCKER_HOST": "unix:///nonexistent/docker.sock"}
    try:
        yield up(silent, "eu-west-1", env=env)
    finally:
        down(silent, env=env)
