from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import pytest

from ecsgen.sandbox import processes

STUBBORN = """
import pathlib, signal, subprocess, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen(["sleep", "60"])
pathlib.Path("child").write_text(str(child.pid))
time.sleep(60)
"""


def start(folder: Path, text: str) -> processes.Started:
    (folder / "stubborn.py").write_text(text)
    (folder / "record.json").write_text('{"id": "0123abcd"}')
    env = processes.base_environment({**os.environ, "PYTHONPATH": str(folder)})
    return processes.start("stubborn", "0123abcd", folder / "record.json", env, folder, folder / "log")


def test_one_that_does_not_listen_is_killed_with_its_children(tmp_path: Path) -> None:
    started = start(tmp_path, STUBBORN)
    started.go()
    while not (tmp_path / "child").exists() or not (tmp_path / "child").read_text():
        assert processes.is_alive(started.pid, "0123abcd")
        time.sleep(0.02)
    child = int((tmp_path / "child").read_text())
    assert processes.command_line(child) == "sleep 60 "
    assert not processes.stop([started.pid, None], "0123abcd", grace_seconds=0.2)
    assert not processes.is_alive(started.pid, "0123abcd")
    deadline = time.monotonic() + 30
    while processes.command_line(child):  # a killed process ends when it is next to run
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_one_that_is_not_let_go_does_nothing(tmp_path: Path) -> None:
    started = start(tmp_path, "open('began', 'w')")
    assert processes.is_alive(started.pid, "0123abcd")
    assert not processes.is_alive(started.pid, "another")
    assert processes.stop([started.pid], "0123abcd", grace_seconds=10)
    assert not (tmp_path / "began").exists()


def test_a_port_in_use_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        monkeypatch.setattr(processes, "PORTS", range(port, port + 1))
        with pytest.raises(processes.AwsError, match=f"no port from {port} to {port} is free"):
            processes.free_ports(1)
    assert processes.free_ports(1) == [port]


def test_what_the_emulators_are_told_of_the_callers_environment() -> None:
    caller = {
        "PATH": "/bin",
        "AWS_PROFILE": "x",
        "HTTP_PROXY": "p",
        "SERVICES": "s3",
        "PERSIST_STATE": "1",
        "AUTH": "true",
    }
    assert set(processes.base_environment(caller)) == {"PATH", "PYTHONPATH", "PYTHONSAFEPATH", "PYTHONUNBUFFERED"}
