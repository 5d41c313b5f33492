from __future__ import annotations

import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ecsgen.errors import AwsError, UsageError
from ecsgen.progress import Event, Kind, silent
from ecsgen.sandbox import Sandbox, down, fetch, find, lifecycle, status, up
from ecsgen.sandbox.state import Folder

Env = dict[str, str]
Running = Callable[[Path], list[str]]


def folder_of(env: Env) -> Path:
    return Path(env["ECSGEN_SANDBOX_DIR"])


def pids(folder: Path) -> dict[str, int]:
    record = Folder(folder).read()
    assert record is not None
    return {name: process.pid for name, process in record.processes.items() if process.pid}


def wait_until_none_runs(running: Running, folder: Path, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while running(folder) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert running(folder) == []


def test_up_find_status_down(env: Env, heard: Any, running: Running) -> None:
    assert find(env) is None
    assert not status(env).running
    sandbox = up(heard, "eu-west-1", env=env)
    assert fetch(f"{sandbox.endpoint}/_ministack/health").status == 200
    assert fetch(f"{sandbox.autoscaling_endpoint}/health").status == 200
    assert find(env) == sandbox
    assert up(silent, "us-west-2", env=env) == sandbox
    assert len(running(folder_of(env))) == 2
    seen = status(env)
    assert (seen.running, seen.endpoint, seen.since, seen.region) == (
        True,
        sandbox.endpoint,
        sandbox.since,
        "eu-west-1",
    )
    assert (seen.containers, seen.workspaces, seen.problem) == (0, (), "")
    assert folder_of(env).stat().st_mode & 0o777 == 0o700

    assert down(silent, env=env)
    assert running(folder_of(env)) == []
    assert not folder_of(env).exists()
    assert not down(silent, env=env)
    assert find(env) is None


def test_says_that_tasks_are_simulated_and_why(env: Env, heard: Any) -> None:
    sandbox = up(heard, env=env)
    assert not sandbox.tasks_are_real
    assert "there is no Docker socket" in sandbox.tasks_reason
    assert "make engine" in sandbox.tasks_reason
    said = [event.text for event in heard if event.kind is Kind.WARNING and "simulated" in event.text]
    assert len(said) == 1
    heard.clear()
    up(heard, env=env)  # every command says it, not only the one that starts the sandbox
    assert [event.text for event in heard if event.kind is Kind.WARNING] == said
    assert status(env).tasks == "simulated"


def test_nothing_listens_beyond_loopback(sandbox: Sandbox) -> None:
    listening = set()
    for pid in pids(sandbox.folder).values():
        inodes = set()
        for link in Path(f"/proc/{pid}/fd").iterdir():
            try:
                inodes.add(str(link.readlink()).removeprefix("socket:[").removesuffix("]"))
            except OSError:
                continue
        for table in ("tcp", "tcp6", "udp", "udp6"):
            for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
                _, local, remote, state, *_, inode = line.split()[:10]
                if inode in inodes and (state == "0A" or table.startswith("udp")) and remote.endswith(":0000"):
                    address, port = local.split(":")
                    listening.add((address, int(port, 16)))
    loopback = socket.inet_aton("127.0.0.1")[::-1].hex().upper() if sys.byteorder == "little" else "7F000001"
    assert listening == {(loopback, sandbox.port), (loopback, sandbox.autoscaling_port)}


def test_two_at_once_give_one(toys: Env, running: Running) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda report: up(report, env=toys), [silent, silent])
    assert first == second
    assert len(running(folder_of(toys))) == 2


def test_a_crashed_sandbox_is_not_found_and_is_replaced(toys: Env, heard: Any, running: Running) -> None:
    first = up(silent, env=toys)
    workspace = first.workspace(Path("ecsgen.yaml"))
    os.kill(pids(folder_of(toys))["server"], signal.SIGKILL)
    while find(toys):
        time.sleep(0.02)
    assert "its server stopped or was killed" in status(toys).problem
    second = up(heard, env=toys)
    assert "cleaning up" in heard.text
    assert second.id != first.id
    assert not workspace.exists()
    assert len(running(folder_of(toys))) == 2


def test_a_number_that_is_another_programs_now_is_left_alone(toys: Env, heard: Any) -> None:
    up(silent, env=toys)
    record_file = Folder(folder_of(toys)).record_file
    record = json.loads(record_file.read_text())
    for pid in pids(folder_of(toys)).values():
        os.kill(pid, signal.SIGKILL)
    with subprocess.Popen(["sleep", "60"]) as other:
        try:
            for process in record["processes"].values():
                process["pid"] = other.pid
            record_file.write_text(json.dumps(record))
            assert find(toys) is None
            assert down(heard, env=toys)
            assert other.poll() is None
        finally:
            other.kill()


def test_ends_by_itself_when_its_folder_is_deleted(toys: Env, running: Running) -> None:
    up(silent, env=toys)
    Folder(folder_of(toys)).record_file.unlink()
    wait_until_none_runs(running, folder_of(toys), seconds=15)


def test_down_when_the_engine_is_gone(toys: Env, heard: Any) -> None:
    sandbox = up(silent, env=toys)
    record_file = Folder(folder_of(toys)).record_file
    record_file.write_text(record_file.read_text().replace('"tasks_are_real": false', '"tasks_are_real": true'))
    assert down(heard, env=toys)
    assert f"label=ecsgen.sandbox={sandbox.id}" in heard.text
    assert not folder_of(toys).exists()


def test_a_server_that_does_not_start_shows_its_log_and_leaves_nothing(
    toys: Env, monkeypatch: pytest.MonkeyPatch, running: Running
) -> None:
    monkeypatch.setitem(lifecycle.MODULES, "autoscaling", "this")
    with pytest.raises(AwsError) as caught:
        up(silent, env=toys)
    assert str(caught.value).startswith("the sandbox's autoscaling did not start: it ended by itself")
    assert "Namespaces are one honking great idea -- let's do more of those!" in caught.value.details
    assert running(folder_of(toys)) == []
    assert not folder_of(toys).exists()


def test_an_interrupted_start_leaves_nothing(toys: Env, running: Running) -> None:
    def interrupt(event: Event) -> None:
        if event.text.startswith("waiting"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        up(interrupt, env=toys)
    assert running(folder_of(toys)) == []
    assert not folder_of(toys).exists()


def test_without_the_extra(toys: Env, monkeypatch: pytest.MonkeyPatch) -> None:
    there = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ministack" else there(name))
    with pytest.raises(UsageError, match=r"pip install 'ecsgen\[sandbox\]'"):
        up(silent, env=toys)
    assert not folder_of(toys).exists()


def test_the_emulators_are_not_imported() -> None:
    code = (
        "import sys; from ecsgen.sandbox import up, find, down, status, fetch, Sandbox;"
        "print(sorted({'ministack', 'moto', 'flask', 'docker', 'boto3', 'botocore'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_safe_to_be_killed_at_any_moment(tmp_path: Path, running: Running) -> None:
    driver = Path(__file__).with_name("kill_points.py")
    done = subprocess.run([sys.executable, str(driver), str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    points = json.loads(done.stdout)
    assert points["up"] > 15
    assert points["down"] > 10
    assert running(tmp_path) == []
