"""Sandboxes for tests: each in a folder of its own, with simulated tasks unless a test wants an engine, always taken
down.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ecsgen.progress import Event, silent
from ecsgen.sandbox import Sandbox, down, lifecycle, up

NO_ENGINE = "unix:///nonexistent/docker.sock"


class Heard(list[Event]):
    """A Report that keeps what it is told."""

    def __call__(self, event: Event) -> None:
        self.append(event)

    @property
    def text(self) -> str:
        return "\n".join(event.text for event in self)


def processes_of(folder: Path) -> list[str]:
    """The command lines of processes that name this folder: every process of a sandbox does."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if f"{folder}/" in line:
            found.append(line)
    return found


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def running() -> Callable[[Path], list[str]]:
    return processes_of


@pytest.fixture
def env(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A caller's environment whose sandbox has its own folder; whatever the test leaves is taken down."""
    caller = {**os.environ, "ECSGEN_SANDBOX_DIR": str(tmp_path / "state"), "DOCKER_HOST": NO_ENGINE}
    yield caller
    down(silent, env=caller)


@pytest.fixture
def toys(env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """`env` with processes that do nothing but live: for tests of life and death, which these make quick."""
    monkeypatch.setattr(lifecycle, "MODULES", {"server": "toy_server", "autoscaling": "toy_server"})
    env["PYTHONPATH"] = str(Path(__file__).parent)
    return env


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One running sandbox for tests that only use it."""
    caller = {**os.environ, "ECSGEN_SANDBOX_DIR": str(tmp_path_factory.mktemp("sandbox")), "DOCKER_HOST": NO_ENGINE}
    try:
        yield up(silent, "eu-west-1", env=caller)
    finally:
        down(silent, env=caller)
