"""SIGKILL `up` and `down` before every single thing they do to the outside, and see that nothing is left behind.

Run by a test as a process of its own, because it forks: `kill_points.py FOLDER` prints how many moments there were.
Python's audit events are the moments: opening a file, renaming, removing, starting a process, a signal, a connection.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent.parent)]

from ecsgen.progress import silent  # noqa: E402
from ecsgen.sandbox import engine, lifecycle  # noqa: E402

EVENTS = {
    "open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree", "subprocess.Popen", "os.kill",
    "os.killpg", "socket.connect",
}  # fmt: skip


def die_at(moment: int) -> None:
    """Kill this process before the n-th thing it does."""
    left = moment

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event not in EVENTS or (event == "open" and "/proc/" in str(arguments[0])):
            return
        left -= 1
        if left < 0:
            EVENTS.clear()  # the kill is one of them
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def killed(moment: int, action: Callable[[], object]) -> bool:
    """Run the action in a child that dies at this moment; False when it came to its end before."""
    child = os.fork()
    if child == 0:
        die_at(moment)
        action()
        os._exit(0)
    _, state = os.waitpid(child, 0)
    if not os.WIFSIGNALED(state) and os.WEXITSTATUS(state):
        raise SystemExit(f"moment {moment}: the child failed by itself")
    return os.WIFSIGNALED(state)


def processes(folder: Path) -> list[str]:
    lines = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(entry.read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return [line for line in lines if f"{folder}/sandbox.json" in line]


def expect(count: int, folder: Path, what: str) -> None:
    """A process held at its gate needs a moment to see that its parent is dead."""
    deadline = time.monotonic() + 10
    while len(processes(folder)) != count and time.monotonic() < deadline:
        time.sleep(0.02)
    if len(processes(folder)) != count:
        raise SystemExit(f"{what}: expected {count} processes, found {processes(folder)}")


def main(base: Path) -> None:
    lifecycle.MODULES.update(server="toy_server", autoscaling="toy_server")
    lifecycle.engine.probe = lambda env: engine.Probe(False, "not asked")
    folder = base / "state"
    env = {**os.environ, "ECSGEN_SANDBOX_DIR": str(folder), "PYTHONPATH": str(HERE)}
    moments = {"up": 0, "down": 0}

    while killed(moments["up"], lambda: lifecycle.up(silent, env=env)):
        name = f"up killed at {moments['up']}"
        if moments["up"] % 2:
            lifecycle.up(silent, env=env)
            expect(2, folder, f"{name}, then up")
        lifecycle.down(silent, env=env)
        expect(0, folder, f"{name}, then down")
        if folder.exists() and any(folder.iterdir()):
            raise SystemExit(f"{name}: left {list(folder.iterdir())}")
        moments["up"] += 1

    while True:
        lifecycle.up(silent, env=env)
        if not killed(moments["down"], lambda: lifecycle.down(silent, env=env)):
            break
        lifecycle.down(silent, env=env)
        expect(0, folder, f"down killed at {moments['down']}, then down")
        if folder.exists() and any(folder.iterdir()):
            raise SystemExit(f"down killed at {moments['down']}: left {list(folder.iterdir())}")
        moments["down"] += 1

    sys.stdout.write(json.dumps(moments))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
