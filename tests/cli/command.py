"""What tests of the command line share: a description, the result of a run, and a run on a terminal."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HELLO = """\
name: hello
region: eu-west-1
services:
  web:
    build: .
    port: 8080
    http: {}
"""


@dataclass
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


Run = Callable[..., Result]


def on_a_terminal(folder: Path, *words: str, answers: str = "", **env: str) -> str:
    """What a person sees: the command's output and error on one terminal."""
    master, slave = pty.openpty()
    environment = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "TERM"}}
    process = subprocess.Popen(
        [sys.executable, "-m", "ecsgen", *words],
        cwd=folder,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**environment, "TERM": "xterm", **env},
    )
    os.close(slave)
    os.write(master, answers.encode())
    seen = b""
    while True:
        try:
            part = os.read(master, 4096)
        except OSError:  # the other end is closed: Linux says it so
            break
        if not part:
            break
        seen += part
    os.close(master)
    process.wait()
    return seen.decode().replace("\r\n", "\n")
