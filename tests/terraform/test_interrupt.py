"""Ctrl-C, SIGTERM and the sudden death of ecsgen: Terraform always ends in good order, and a second run goes on."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import ecsgen
from ecsgen import process
from ecsgen.errors import InterruptedByUser
from ecsgen.progress import Event, Kind
from ecsgen.terraform import Terraform, find
from ecsgen.terraform.program import Program

SLOW = """
resource "terraform_data" "first" {
  input = 1
}
resource "terraform_data" "slow" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" {
    command = "touch started; while [ ! -e go ]; do sleep 0.05; done"
  }
}
resource "terraform_data" "last" {
  depends_on = [terraform_data.slow]
}
"""
STARTED = json.dumps(
    {
        "type": "apply_start",
        "hook": {"resource": {"addr": "terraform_data.slow", "resource_type": "terraform_data"}, "action": "create"},
    }
)
PARENT = """
import os, sys
from pathlib import Path
from ecsgen.terraform import find
root, plan = Path(sys.argv[1]), Path(sys.argv[2])
find().apply(root, plan, os.environ, lambda event: print(event.text, flush=True))
"""


@pytest.fixture
def terraform(terraform_env: dict[str, str]) -> Terraform:
    return find(env=terraform_env)


@pytest.fixture
def root(terraform: Terraform, terraform_env: dict[str, str], tmp_path: Path) -> Path:
    """A root whose apply waits for a file `go`, planned as `plan` beside it."""
    folder = tmp_path / "root"
    folder.mkdir()
    (folder / "main.tf").write_text(SLOW)
    terraform.init(folder, terraform_env)
    terraform.plan(folder, tmp_path / "plan", terraform_env)
    return folder


def wait_for(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)


def assert_in_good_order(terraform: Terraform, root: Path, env: dict[str, str]) -> None:
    """No lock, a state of what was done, and a second run that finishes the work."""
    assert not list(root.glob(".*.lock.info"))
    assert terraform.state_list(root, env) == ("terraform_data.first", "terraform_data.slow")
    assert terraform.tainted(root, env) == ("terraform_data.slow",)
    (root / "go").touch()
    terraform.plan(root, root.parent / "second", env)
    terraform.apply(root, root.parent / "second", env)
    assert terraform.plan(root, root.parent / "third", env).is_empty


@pytest.mark.terraform
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_is_passed_on_and_waited_for(
    terraform: Terraform, root: Path, terraform_env: dict[str, str], number: int
) -> None:
    heard: list[Event] = []

    def report(event: Event) -> None:
        heard.append(event)
        if event.text == "1 of 3 done; creating terraform_data.slow":
            wait_for((root / "started").exists, "the slow part to begin")
            os.kill(os.getpid(), number)

    with pytest.raises(InterruptedByUser) as caught:
        terraform.apply(root, root.parent / "plan", terraform_env, report)
    assert caught.value.exit_code == 130
    assert "stopped in good order: 1 of 3 changes were made, and the state is saved" in caught.value.why
    assert caught.value.details == ("unfinished: creating terraform_data.slow",)
    assert [event.text for event in heard if event.kind is Kind.WARNING] == [
        "stopping: Terraform finishes what it has begun, saves the state and releases the lock"
    ]
    assert_in_good_order(terraform, root, terraform_env)


def test_the_third_ctrl_c_ends_terraform_by_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "LAST_GRACE_SECONDS", 0.2)
    path = tmp_path / "terraform"
    path.write_text(f"#!/bin/sh\ntrap '' INT\necho '{STARTED}'\nwhile :; do sleep 0.05; done\n")
    path.chmod(0o755)
    warnings: list[str] = []

    def report(event: Event) -> None:
        if event.kind is Kind.WARNING:
            warnings.append(event.text)
        if len(warnings) < 3:
            os.kill(os.getpid(), signal.SIGINT)

    stubborn = Terraform(Program(str(path), "1.11.4", is_opentofu=False))
    with pytest.raises(InterruptedByUser) as caught:
        stubborn.apply(tmp_path, tmp_path / "plan", os.environ, report)
    assert "was ended by force when 0 of 0 changes were made; the state may be locked" in caught.value.why
    assert f"terraform force-unlock` in {tmp_path}" in caught.value.hint
    assert caught.value.details == ("unfinished: creating terraform_data.slow",)
    assert [text.split(";")[0].split(":")[0] for text in warnings] == [
        "stopping",
        "still stopping",
        "ending Terraform by force",
    ]


@pytest.mark.terraform
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a program of its parent's death")
def test_terraform_stops_in_good_order_when_ecsgen_is_killed(
    terraform: Terraform, root: Path, terraform_env: dict[str, str], tmp_path: Path
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    env = terraform_env | {"PYTHONPATH": str(Path(ecsgen.__file__).parents[1]), "TMPDIR": str(temporary)}
    output = os.open(tmp_path / "output", os.O_CREAT | os.O_WRONLY)
    pid = os.posix_spawn(
        sys.executable,
        [sys.executable, "-c", PARENT, str(root), str(tmp_path / "plan")],
        env,
        file_actions=[(os.POSIX_SPAWN_DUP2, output, 1), (os.POSIX_SPAWN_DUP2, output, 2)],
    )
    os.close(output)
    try:
        wait_for((root / "started").exists, "the slow part to begin")
        wait_for(lambda: "created terraform_data.first" in (tmp_path / "output").read_text(), "the first report")
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    wait_for(lambda: not list(root.glob(".*.lock.info")), "Terraform to release the lock")
    wait_for(lambda: not running_in(root), "Terraform to end")
    assert list(temporary.iterdir()) == []
    assert_in_good_order(terraform, root, terraform_env)


def running_in(folder: Path) -> list[str]:
    """The processes whose current folder this is."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cwd").readlink() == folder:
                found.append(entry.name)
        except OSError:  # it has ended, or is not ours
            continue
    return found
