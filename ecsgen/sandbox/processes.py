"""The sandbox's processes: free loopback ports, starting, recognizing and stopping them.

A process is recognized by its command line, which holds the sandbox's random id: after a crash or a reboot its
number may be another program's.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import ecsgen
from ecsgen import process
from ecsgen.errors import AwsError
from ecsgen.sandbox.gate import GO

# Below the ranges that systems give to outgoing connections, so that none of these takes the port before we do.
PORTS = range(20_000, 30_000)

PASSED_ON = (
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "LD_LIBRARY_PATH", "XDG_RUNTIME_DIR",
    "SSL_CERT_FILE", "DOCKER_HOST", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "DOCKER_CONFIG", "DOCKER_API_VERSION",
)  # fmt: skip
"""What the emulators get of the caller's environment: no credentials, no proxies, none of their own switches."""

KILL_SECONDS = 5.0

_HOME = Path(ecsgen.__file__).resolve().parent.parent

_children: list[subprocess.Popen[bytes]] = []


def free_ports(count: int) -> list[int]:
    """Different ports of 127.0.0.1 on which nothing listens now."""
    found: list[int] = []
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise AwsError("the sandbox cannot start", why=f"no port from {PORTS[0]} to {PORTS[-1]} is free")


def base_environment(env: Mapping[str, str]) -> dict[str, str]:
    """What of the caller's environment the emulators get."""
    kept = {name: env[name] for name in PASSED_ON if name in env}
    places = [Path(part).resolve() for part in env.get("PYTHONPATH", "").split(os.pathsep) if part]
    if _HOME.name not in ("site-packages", "dist-packages"):  # a checkout: found by the caller's working folder
        places.append(_HOME)
    return {**kept, "PYTHONPATH": os.pathsep.join(map(str, places)), "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1"}


class Started:
    """A process that waits at the gate until `go`."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self._child = child
        self.pid = child.pid

    def go(self) -> None:
        """Let it begin. When it has died already, the wait for its health says so."""
        if self._child.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._child.stdin.write(GO)
                self._child.stdin.close()


def start(module: str, sandbox_id: str, record: Path, env: Mapping[str, str], cwd: Path, log: Path) -> Started:
    """Start `python -m MODULE` detached and held at the gate (see gate.py)."""
    argv = [sys.executable, "-m", "ecsgen.sandbox.gate", module, sandbox_id, str(record)]
    child = process.detach(argv, cwd=cwd, env=env, log=log)
    _children.append(child)
    while child.poll() is None and sandbox_id not in command_line(child.pid):
        time.sleep(0.005)  # the kernel shows a new program's command line a moment after it was started
    return Started(child)


def is_alive(pid: int | None, sandbox_id: str) -> bool:
    """Whether the process with this number is one of this sandbox's."""
    for child in _children:
        child.poll()  # a dead child of our own would stay in the process table
    return pid is not None and sandbox_id in command_line(pid)


def stop(pids: Sequence[int | None], sandbox_id: str, grace_seconds: float) -> bool:
    """SIGTERM these processes of the sandbox, wait, then SIGKILL. Returns whether all went by themselves."""
    ours = [pid for pid in pids if pid is not None and is_alive(pid, sandbox_id)]
    for pid in ours:
        _signal(pid, signal.SIGTERM)
    in_time = _wait_for_end(ours, sandbox_id, grace_seconds)
    for pid in ours:
        process.terminate(pid)  # each leads a group of its own: what it started and left behind goes with it
    _wait_for_end(ours, sandbox_id, KILL_SECONDS)
    return in_time


def _wait_for_end(pids: Sequence[int], sandbox_id: str, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while any(is_alive(pid, sandbox_id) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def command_line(pid: int) -> str:
    """A process's command line; empty when there is no such process or it is a dead one."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            return ""
    return process.run(["ps", "-o", "command=", "-p", str(pid)]).text


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
