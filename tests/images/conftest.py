"""A context folder, a real engine whose images are removed again, and a registry on loopback."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import boto3
import pytest
from botocore.client import BaseClient

from ecsgen.images.build import Build
from ecsgen.images.engine import Engine, connect
from ecsgen.progress import Event, Kind

LABEL = "ecsgen-test"


@dataclass
class Told:
    """A Report that remembers."""

    events: list[Event] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        self.events.append(event)

    def texts(self, kind: Kind | None = None) -> list[str]:
        return [event.text for event in self.events if kind in {None, event.kind}]


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def context(tmp_path: Path) -> Path:
    folder = tmp_path / "context"
    folder.mkdir()
    return folder


@pytest.fixture
def make_build(context: Path) -> Callable[..., Build]:
    """Writes a Dockerfile into the context; further arguments are the Build's."""

    def make(dockerfile: str = "FROM scratch\nCOPY . /\n", **given: object) -> Build:
        path = context / "Dockerfile"
        path.write_text(dockerfile)
        values = {"key": "web", "context": context, "dockerfile": path, "platform": "linux/amd64", **given}
        return Build(**values)  # type: ignore[arg-type]

    return make


@pytest.fixture
def busybox(context: Path) -> str:
    """The first lines of a Dockerfile for an image with a shell and nothing else, made without any registry."""
    program = next((path for path in ("/bin/busybox", "/usr/bin/busybox") if Path(path).is_file()), None)
    if program is None:
        pytest.skip("no static busybox here (Debian: busybox-static)")
    shutil.copy(program, context / "busybox")
    return 'FROM scratch AS base\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "--install", "-s", "/bin"]\n'


@pytest.fixture(scope="session")
def session_engine() -> Iterator[Engine]:
    engine = connect()
    yield engine
    engine.close()


@dataclass
class Bench:
    """An engine, and names for images that are removed when the test ends."""

    engine: Engine
    label: str
    references: list[str] = field(default_factory=list)

    def name(self, repository: str = "ecsgen-test") -> str:
        self.references.append(f"{repository}:{uuid.uuid4().hex[:12]}")
        return self.references[-1]

    def inspect(self, reference: str) -> dict[str, object]:
        found: dict[str, object] = self.engine._api.inspect_image(reference)
        return found


@pytest.fixture
def bench(session_engine: Engine) -> Iterator[Bench]:
    label = uuid.uuid4().hex
    made = Bench(session_engine, f"LABEL {LABEL}={label}\n")
    yield made
    api = session_engine._api
    ids = set()
    for reference in made.references:
        if session_engine.exists_locally(reference):
            ids.add(str(api.inspect_image(reference)["Id"]))
            session_engine.remove(reference)
    # A build that fails with the classic builder leaves its finished steps; a name that moved leaves its old image.
    ids |= {image["Id"] for image in api.images(filters={"label": f"{LABEL}={label}"}, all=True)}
    for image in ids:
        session_engine.remove(image)


@dataclass
class Registry:
    """MiniStack's ECR. `host` is HOST:PORT."""

    host: str
    ecr: BaseClient


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    pytest.importorskip("ministack")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    env |= {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_REGION": "eu-west-1",
        "SERVICES": "ecr",
        "IOT_MTLS_ENABLED": "0",
    }
    log = tmp_path_factory.mktemp("registry") / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "ministack"], env=env, stdout=output, stderr=output, cwd=log.parent
        )
    try:
        _wait_for(server, port, log)
        yield Registry(
            f"127.0.0.1:{port}",
            boto3.client(
                "ecr",
                region_name="eu-west-1",
                endpoint_url=f"http://127.0.0.1:{port}",
                aws_access_key_id="test",
                aws_secret_access_key="test",
            ),
        )
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_for(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(150):
        if server.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"the registry does not answer:\n{log.read_text()[-2000:]}")
