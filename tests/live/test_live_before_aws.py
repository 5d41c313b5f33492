"""What ends a run before anything is changed: each case has its message and its exit code."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest
from live_project import Project
from live_sandbox import Sandbox
from live_stacks import WORKER, site

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live-trouble")]

NO_ENGINE = {"DOCKER_HOST": "unix:///nonexistent/docker.sock"}


@pytest.fixture
def worker(project: Project, base_image: str) -> Project:
    return project.write({"ecsgen.yaml": WORKER.format(name="early"), **site(base_image, "a worker")})


def test_a_failing_step_of_a_build_is_shown(worker: Project) -> None:
    dockerfile = (worker.folder / "Dockerfile").read_text()
    worker.write({"Dockerfile": f"{dockerfile}RUN echo no compiler here >&2 && exit 9\n"})
    before = worker.fingerprint()
    result = worker.run("build", "--no-push").require(4)
    assert "error: " in result.err
    assert "worker" in result.err
    assert "no compiler here" in result.err
    assert worker.fingerprint() == before


def test_build_without_push_leaves_the_image_in_the_engine(worker: Project) -> None:
    result = worker.run("build", "--no-push", "--json").require()
    reference = result.document["images"]["worker"]["reference"]
    try:
        assert reference.startswith("early/worker:")
        again = worker.run("build", "--no-push").require()
        assert f"{reference} is there already" in again.err
        assert not list(worker.folder.glob("infra/*/images.auto.tfvars.json"))
    finally:
        subprocess.run(["docker", "image", "rm", reference], check=True, capture_output=True)


def test_a_build_without_an_engine_says_how_to_get_one(worker: Project) -> None:
    result = worker.run("build", "--no-push", env=NO_ENGINE).require(4)
    assert "Docker Engine" in result.err
    assert "what to do: " in result.err


def test_without_yes_and_terminal_nothing_is_changed(worker: Project) -> None:
    before = worker.fingerprint()
    for verb in ("apply", "destroy"):
        result = worker.run(verb, "--sandbox").require(2)
        assert "there is no terminal to ask on" in result.err
        assert "what to do: run it with --yes" in result.err
    assert worker.fingerprint() == before
    assert not worker.workspace.exists()


def test_no_terraform(worker: Project, tmp_path: Path) -> None:
    result = worker.run("plan", "--sandbox", env={"PATH": str(tmp_path)}).require(5)
    assert "error: Terraform was not found: neither terraform nor tofu is on PATH" in result.err
    assert "1.10 or newer" in result.err


def test_a_terraform_that_is_too_old(worker: Project, tmp_path: Path) -> None:
    program = tmp_path / "old-terraform"
    answer = {"terraform_version": "1.5.7", "terraform_outdated": True}
    program.write_text(f"#!/bin/sh\necho '{json.dumps(answer)}'\n")
    program.chmod(0o755)
    result = worker.run("plan", "--sandbox", "--terraform", str(program)).require(5)
    assert "error: Terraform 1.5.7 is too old" in result.err
    assert str(program) in result.err


def test_no_credentials(worker: Project, tmp_path: Path) -> None:
    env = {"AWS_EC2_METADATA_DISABLED": "true", "HOME": str(tmp_path)}
    for verb in (["plan"], ["apply", "--yes"], ["destroy", "--yes"]):
        result = worker.run(*verb, env=env).require(6)
        assert "credentials" in result.err
        assert "what to do: " in result.err
    assert not (worker.folder / "infra").exists()


def test_the_wrong_account(worker: Project, sandbox: Sandbox) -> None:
    description = WORKER.format(name="early") + 'account: "111122223333"\n'
    worker.write({"ecsgen.yaml": description})
    told = subprocess.run(
        [sys.executable, "-m", "ecsgen", "sandbox", "env", "--json"],
        env=sandbox.env,
        capture_output=True,
        check=True,
    )
    result = worker.run("plan", env=json.loads(told.stdout)).require(6)
    assert "111122223333" in result.err
    assert "000000000000" in result.err
    assert not (worker.folder / "infra").exists()


def test_an_unknown_image_choice_is_refused_before_anything_is_changed(worker: Project) -> None:
    result = worker.run("apply", "--sandbox", "--yes", "--image", "wrker=example.com/x:1").require(2)
    assert '"wrker" is not an image that this environment builds' in result.err
    assert not list(worker.workspace.glob("*/terraform.tfstate"))


def test_a_no_at_the_question_changes_nothing(worker: Project) -> None:
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "ecsgen", "apply", "--sandbox"],
        cwd=worker.folder,
        env={**worker.env, "NO_COLOR": "1", "TERM": "xterm"},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    shown, deadline = "", time.monotonic() + 120
    try:
        while process.poll() is None or select.select([controller], [], [], 0)[0]:
            assert time.monotonic() < deadline, shown
            if not select.select([controller], [], [], 0.2)[0]:
                continue
            try:
                data = os.read(controller, 65536)
            except OSError:  # Linux says so when the other end is closed
                break
            shown += data.decode("utf-8", "replace")
            if "Apply these changes? [y/N]" in shown and "\nn" not in shown:
                os.write(controller, b"n\n")
                shown += "\nn"
    finally:
        os.close(controller)
        process.kill()
        code = process.wait()
    assert code == 130, shown
    assert "Plan: " in shown
    assert "not applied: default stays as it is" in shown
    assert "Created" in shown
    assert not (worker.workspace / "default" / "terraform.tfstate").exists()
