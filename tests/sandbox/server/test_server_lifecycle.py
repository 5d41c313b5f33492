"""The process itself: where it listens, and what is left when it ends or is killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .stacks import Stack, left_over, push, start_server, stop_server, until


def listening(pid: int) -> set[str]:
    """The addresses a process listens on, from /proc, as hexadecimal address:port."""
    sockets = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            sockets.add(str(entry.readlink()))
        except OSError:
            continue
    lines = [*Path("/proc/net/tcp").read_text().splitlines()[1:], *Path("/proc/net/tcp6").read_text().splitlines()[1:]]
    rows = [line.split() for line in lines]
    return {row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in sockets}


@pytest.mark.docker
def test_a_stopped_server_leaves_nothing(engine: Any) -> None:
    server = start_server(engine=True)
    try:
        assert listening(server.process.pid) == {f"0100007F:{server.port:04X}"}
        server.client("ecr").create_repository(repositoryName="gone")
        stack = Stack(server, push(server, engine, "gone"))
        stack.serve(stack.define(volumes=[{"name": "scratch"}]), count=2)
        stack.steady()
        assert not [event for event in stack.events() if "unable" in event], "two first tasks do not disturb each other"
        for container in engine.containers.list(filters={"label": f"ecsgen.sandbox={server.sandbox_id}"}):
            assert not container.attrs["HostConfig"]["PortBindings"]
        assert len(left_over(engine, server.sandbox_id)) == 8
        assert stop_server(server) == 0
    finally:
        server.process.kill()
    assert left_over(engine, server.sandbox_id) == []
    assert not [image for image in engine.images.list() if any(f":{server.port}/" in tag for tag in image.tags)]


@pytest.mark.docker
def test_a_killed_server_is_cleaned_up_by_its_label(engine: Any) -> None:
    from ecsgen.sandbox.server.engine import Engine
    from ecsgen.sandbox.server.settings import Settings

    server = start_server(engine=True)
    try:
        server.client("ecr").create_repository(repositoryName="killed")
        stack = Stack(server, push(server, engine, "killed"))
        stack.serve(stack.define())
        until(lambda: len(engine.containers.list(filters={"label": f"ecsgen.sandbox={server.sandbox_id}"})) == 2)
    finally:
        server.process.kill()
        server.process.wait()
    settings = Settings(port=server.port, region="eu-west-1", sandbox_id=server.sandbox_id, engine=True)
    assert len(left_over(engine, server.sandbox_id)) == 4
    Engine(settings).remove_all()
    assert left_over(engine, server.sandbox_id) == []


def test_wrong_settings_end_it_with_a_reason() -> None:
    env = {"PATH": os.environ["PATH"], "GATEWAY_PORT": "1", "BIND_HOST": "0.0.0.0", "ECSGEN_SANDBOX_ID": "x"}
    done = subprocess.run([sys.executable, "-m", "ecsgen.sandbox.server"], env=env, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == "the sandbox listens on loopback only: BIND_HOST is 0.0.0.0; use 127.0.0.1\n"


def test_a_missing_engine_ends_it_with_a_reason(tmp_path: Path) -> None:
    env = {
        "PATH": os.environ["PATH"],
        "GATEWAY_PORT": "29999",
        "ECSGEN_SANDBOX_ID": "x",
        "DOCKER_HOST": f"unix://{tmp_path}/none.sock",
    }
    done = subprocess.run([sys.executable, "-m", "ecsgen.sandbox.server"], env=env, capture_output=True, text=True)
    assert done.returncode == 1
    assert "the Docker Engine does not answer" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.docker
def test_an_engine_whose_bridge_is_out_of_reach_publishes_on_loopback_only(
    engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ecsgen.sandbox.server.engine import Engine
    from ecsgen.sandbox.server.settings import Settings

    sandbox_id = f"far-{os.getpid()}"
    far = Engine(Settings(port=1, region="eu-west-1", sandbox_id=sandbox_id, engine=True))
    try:
        near = far.open_namespace(f"{far.prefix}-near", {}, [8080])
        assert near.reach == {}
        assert engine.containers.get(near.container).attrs["NetworkSettings"]["Ports"] in ({}, None)
        monkeypatch.setattr(far, "_bridge_reachable", False)
        namespace = far.open_namespace(f"{far.prefix}-far", {}, [8080])
        ports = engine.containers.get(namespace.container).attrs["NetworkSettings"]["Ports"]
        assert {item["HostIp"] for item in ports["8080/tcp"]} == {"127.0.0.1"}
        assert namespace.reach == {8080: ("127.0.0.1", int(ports["8080/tcp"][0]["HostPort"]))}
    finally:
        far.remove_all()
    assert left_over(engine, sandbox_id) == []
