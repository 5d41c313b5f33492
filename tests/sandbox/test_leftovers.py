from __future__ import annotations

import io
import os
import secrets
import signal
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import docker
import pytest

from ecsgen.progress import silent
from ecsgen.sandbox import down, engine, find, status, up
from ecsgen.sandbox.state import Folder

pytestmark = pytest.mark.docker


@pytest.fixture
def client() -> Iterator[docker.DockerClient]:
    connected = docker.from_env()
    yield connected
    connected.close()


@pytest.fixture
def others(client: docker.DockerClient) -> Iterator[str]:
    """A container, a network, a volume and an image that are not the sandbox's; the name of all four."""
    name = f"ecsgen-test-{secrets.token_hex(4)}"
    labels = {engine.LABEL: "another"}
    with ExitStack() as stack:
        make_image(client, f"{name}:1")
        stack.callback(client.images.remove, f"{name}:1")
        for made in (
            client.containers.create(f"{name}:1", "/x", name=name, labels=labels),
            client.networks.create(name, labels=labels),
            client.volumes.create(name, labels=labels),
        ):
            stack.callback(made.remove)
        yield name


def make_image(client: docker.DockerClient, reference: str) -> None:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        tar.addfile(tarfile.TarInfo(secrets.token_hex(8)))
    repository, tag = reference.rsplit(":", 1)
    client.api.import_image_from_data(content.getvalue(), repository=repository, tag=tag)


def test_down_after_a_crash_removes_what_carries_the_label_and_nothing_else(
    env: dict[str, str], client: docker.DockerClient, others: str
) -> None:
    env.pop("DOCKER_HOST")
    sandbox = up(silent, env=env)
    assert (sandbox.tasks_are_real, status(env).tasks) == (True, "real")
    ours = {engine.LABEL: sandbox.id}
    in_registry = f"{sandbox.registry}/hello/web:1"
    make_image(client, in_registry)
    client.images.get(f"{others}:1").tag(f"{sandbox.registry}/hello/shared", "1")
    client.containers.create(in_registry, "/x", labels=ours)
    client.networks.create(f"ecsgen-test-{sandbox.id}", labels=ours)
    client.volumes.create(f"ecsgen-test-{sandbox.id}", labels=ours)
    record = Folder(Path(env["ECSGEN_SANDBOX_DIR"])).read()
    assert record is not None
    for process in record.processes.values():
        os.kill(process.pid or 0, signal.SIGKILL)

    down(silent, env=env)
    assert find(env) is None
    label = {"label": f"{engine.LABEL}={sandbox.id}"}
    assert client.containers.list(all=True, filters=label) == []
    assert client.networks.list(filters=label) == []
    assert client.volumes.list(filters=label) == []
    assert client.images.list(filters=label) == []
    assert [tag for image in client.images.list() for tag in image.tags if tag.startswith(sandbox.registry)] == []
    assert client.containers.get(others).labels[engine.LABEL] == "another"
    assert client.networks.list(names=[others])
    assert client.volumes.get(others)
    assert client.images.get(f"{others}:1").tags == [f"{others}:1"]


def test_running_containers_of_another_sandbox_do_not_count(env: dict[str, str], others: str) -> None:
    env.pop("DOCKER_HOST")
    assert engine.running_containers("another", env) == 0
    assert engine.remove_all("nobody", ("127.0.0.1:1",), env) == engine.Removed()
