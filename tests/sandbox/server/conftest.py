"""A running server with real containers, one with simulated tasks, and a stack to make services in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .stacks import Server, Stack, push, start_server, stop_server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server with real containers, for the whole session."""
    server = start_server(engine=True)
    yield server
    stop_server(server)


@pytest.fixture(scope="session")
def simulated() -> Iterator[Server]:
    """A server without an engine."""
    server = start_server(engine=False)
    yield server
    stop_server(server)


@pytest.fixture(scope="session")
def engine() -> Any:
    import docker

    return docker.from_env()


@pytest.fixture(scope="session")
def image(server: Server, engine: Any) -> str:
    server.client("ecr").create_repository(repositoryName="test/web", imageTagMutability="MUTABLE")
    return push(server, engine, "test/web")


@pytest.fixture
def stack(server: Server, image: str) -> Iterator[Stack]:
    stack = Stack(server, image)
    yield stack
    stack.remove()
