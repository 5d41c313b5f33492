"""A user's project in a folder of its own: its files, and `ecsgen` run on it as a program."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

WAIT_SECONDS = 900.0
"""For one run of ecsgen: many times what it takes, for a machine that is busy with others."""


@dataclass(frozen=True)
class Result:
    """What a run of ecsgen gave."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def document(self) -> dict[str, Any]:
        """The JSON document on stdout."""
        return dict(json.loads(self.out))

    @property
    def url(self) -> str:
        """The last line of stdout: where the load balancer answers."""
        return self.out.strip().splitlines()[-1]

    def require(self, code: int = 0) -> Result:
        """This result, if the exit code is the expected one."""
        assert self.code == code, f"exit code {self.code}, not {code}\n{self.out}\n{self.err}"
        return self

    def __str__(self) -> str:
        return f"exit code {self.code} after {self.seconds:.0f} s\n{self.out}\n{self.err}"


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    body: str


def get(url: str, host: str | None = None, timeout: float = 20.0) -> Answer:
    """GET an address of the sandbox. `NAME.localhost` is not left to DNS: the name travels in the Host header."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=timeout)
    try:
        connection.request("GET", parts.path or "/", headers={"Host": host or parts.netloc})
        response = connection.getresponse()
        return Answer(response.status, response.read().decode("utf-8", "replace"))
    finally:
        connection.close()


class Running:
    """An `ecsgen` that was started and not waited for. Its output goes to files, so that it can be read meanwhile."""

    def __init__(self, project: Project, arguments: tuple[str, ...], env: Mapping[str, str]) -> None:
        self._began = time.monotonic()
        number = len(list(project.folder.parent.glob("run-*.out")))
        self._out = project.folder.parent / f"run-{number}.out"
        self._err = project.folder.parent / f"run-{number}.err"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ecsgen", *arguments],
                cwd=project.folder,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,  # as in a terminal: one process group that Ctrl-C reaches
            )

    @property
    def said(self) -> str:
        """The talk on stderr so far."""
        return self._err.read_text("utf-8", "replace")

    @property
    def printed(self) -> str:
        """The data on stdout so far."""
        return self._out.read_text("utf-8", "replace")

    def until(self, text: str, seconds: float = WAIT_SECONDS) -> None:
        """Wait until the talk holds a text."""
        deadline = time.monotonic() + seconds
        while text not in self.said:
            assert self.process.poll() is None, f"ended before it said {text!r}:\n{self.said}"
            assert time.monotonic() < deadline, f"never said {text!r}:\n{self.said}"
            time.sleep(0.05)

    def wait(self, seconds: float = WAIT_SECONDS) -> Result:
        """Wait for the end; a program that does not end is killed, and fails the test."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"still running after {seconds:.0f} s:\n{self.said}") from None
        return Result(code, self._out.read_text("utf-8", "replace"), self.said, time.monotonic() - self._began)


@dataclass(frozen=True)
class Project:
    """A folder with a description. `env` is the environment that ecsgen is run in."""

    folder: Path
    env: Mapping[str, str] = field(repr=False)

    def write(self, files: Mapping[str, str]) -> Project:
        """Write files, by path below the folder."""
        for path, text in files.items():
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        return self

    def start(self, *arguments: str, env: Mapping[str, str] | None = None) -> Running:
        """Start ecsgen in the folder, without a terminal; `env` is added to the environment."""
        return Running(self, arguments, {**self.env, **(env or {})})

    def run(self, *arguments: str, env: Mapping[str, str] | None = None, seconds: float = WAIT_SECONDS) -> Result:
        """Run ecsgen in the folder to its end."""
        return self.start(*arguments, env=env).wait(seconds)

    def apply(self, *arguments: str) -> Result:
        """`ecsgen apply --sandbox --yes`."""
        return self.run("apply", "--sandbox", "--yes", *arguments)

    def plan(self, *arguments: str) -> Result:
        """`ecsgen plan --sandbox --json`."""
        return self.run("plan", "--sandbox", "--json", *arguments)

    def destroy(self, *arguments: str) -> Result:
        """`ecsgen destroy --sandbox --yes`."""
        return self.run("destroy", "--sandbox", "--yes", *arguments)

    def fingerprint(self) -> dict[str, str]:
        """Every file and folder below the folder, with a hash of what is in it."""
        return {
            str(path.relative_to(self.folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
            for path in sorted(self.folder.rglob("*"))
        }

    @property
    def workspace(self) -> Path:
        """The private copy that runs on the sandbox use."""
        origin = os.fsencode(str((self.folder / "ecsgen.yaml").resolve()))
        sandbox = Path(self.env["ECSGEN_SANDBOX_DIR"])
        return sandbox / "workspaces" / hashlib.sha256(origin).hexdigest()[:16] / "files" / "infra"

    def state(self, root: str = "default") -> list[str]:
        """The types of the resources in a root's local state; raises when the state cannot be read."""
        path = self.workspace / root / "terraform.tfstate"
        return [item["type"] for item in json.loads(path.read_text())["resources"] if item["mode"] == "managed"]

    def outputs(self, root: str = "default") -> dict[str, Any]:
        """The outputs in a root's local state; empty where there is none."""
        path = self.workspace / root / "terraform.tfstate"
        if not path.exists():
            return {}
        return {name: item["value"] for name, item in json.loads(path.read_text())["outputs"].items()}

    @property
    def locks(self) -> list[Path]:
        """Locks of local states."""
        return list(self.workspace.glob("*/.terraform.tfstate.lock.info"))


@dataclass(frozen=True)
class Stack:
    """A project that was applied in the background, and what the runs of ecsgen for that gave."""

    project: Project
    results: tuple[Result, ...]

    @property
    def applied(self) -> Result:
        """The apply, which must have succeeded."""
        return self.results[0].require()


class Hammer:
    """Sends requests one after the other while a `with` block runs. Every one must be answered with 200."""

    def __init__(self, url: str) -> None:
        self.bodies: list[str] = []
        self.failures: list[str] = []
        self._url = url
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hammer")

    def __enter__(self) -> Hammer:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(0.02):
            try:
                answer = get(self._url)
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                continue
            self.bodies.append(answer.body)
            if answer.status != 200:
                self.failures.append(f"{answer.status}: {answer.body[:200]}")
