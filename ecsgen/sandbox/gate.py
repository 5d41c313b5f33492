"""The first code of every sandbox process: it begins only when told to, and ends when its sandbox is gone.

Run as `python -m ecsgen.sandbox.gate MODULE ID RECORD`, where RECORD is the sandbox's record file.

`up` writes a process's number down before it lets it begin. Killed in between, it closes the pipe, and the process
ends having done nothing: so no process runs that `down` cannot find. And where somebody deletes the state folder by
hand, or another sandbox has taken it over, the processes end by themselves and clean up as on a SIGTERM.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import sys
import threading
import time
from pathlib import Path

GO = b"go\n"
LOOK_EVERY_SECONDS = 2.0
GRACE_SECONDS = 30.0


def still_wanted(record: Path, sandbox_id: str) -> bool:
    """Whether the record is there and is this sandbox's. An error while reading it says nothing: True."""
    try:
        return bool(json.loads(record.read_text("utf-8"))["id"] == sandbox_id)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError, KeyError, TypeError):
        return True


def _watch(record: Path, sandbox_id: str) -> None:
    while still_wanted(record, sandbox_id):
        time.sleep(LOOK_EVERY_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)


def main(argv: list[str]) -> None:
    """Wait for the word, then become the module."""
    module, sandbox_id, record = argv
    if sys.stdin.buffer.readline() != GO:
        return
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    threading.Thread(target=_watch, args=(Path(record), sandbox_id), daemon=True).start()
    sys.argv = [module]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
