"""Runs that end early, by Ctrl-C or SIGKILL: nothing stays locked or half done, and the next run goes on."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import pytest
from live_project import Project, Running
from live_sandbox import Sandbox
from live_stacks import SHOP, WORKER, site

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live-trouble")]

KILLS = 12


def quiet(run: Running) -> None:
    """Wait until nothing but the capacity providers is under way, for which the service waits.

    An answer that comes after an interrupt is lost: Terraform's provider drops its requests, and what AWS makes of them
    is in no state.
    """
    run.until(" to create")
    planned = re.search(r"Plan: ([0-9]+) to create", run.said)
    assert planned, run.said
    deadline = time.monotonic() + 120
    while run.said.partition("planning default")[2].count("terraform: created ") < int(planned[1]) - 2:
        assert time.monotonic() < deadline, run.said
        time.sleep(0.05)


def programs_in(folder: Path) -> list[int]:
    """The ids of processes that work in a folder or below it."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cwd"):
        try:
            place = entry.readlink()
        except OSError:
            continue
        if place.is_relative_to(folder):
            found.append(int(entry.parent.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="needs /proc to see what still runs")
def test_ctrl_c_during_apply_releases_the_lock(project: Project, base_image: str, sandbox: Sandbox) -> None:
    project.write({"ecsgen.yaml": WORKER.format(name="pause"), **site(base_image, "a worker")})
    run = project.start("apply", "--sandbox", "--yes")
    quiet(run)
    os.killpg(run.process.pid, signal.SIGINT)
    result = run.wait().require(130)
    assert "stopping: Terraform finishes what it has begun, saves the state and releases the lock" in result.err
    assert "error: interrupted: Terraform stopped in good order" in result.err
    assert "what to do: run the same command again to go on from there" in result.err
    assert "Traceback" not in result.err
    assert project.locks == []
    assert programs_in(project.workspace) == []
    assert "aws_vpc" in project.state()
    again = project.apply().require()
    assert "created VPC" not in again.err
    assert "service worker is replaced" not in again.err
    assert project.plan().require().document["empty"] is True
    project.destroy("--registry").require()
    assert project.state() == []


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="needs /proc to see what still runs")
def test_after_a_kill_terraform_ends_in_good_order(project: Project, base_image: str) -> None:
    project.write({"ecsgen.yaml": WORKER.format(name="killed"), **site(base_image, "a worker")})
    run = project.start("apply", "--sandbox", "--yes")
    quiet(run)
    run.process.kill()
    assert run.wait().code == -signal.SIGKILL
    deadline = time.monotonic() + 60
    while programs_in(project.workspace):
        assert time.monotonic() < deadline, "Terraform still runs"
        time.sleep(0.1)
    assert project.locks == []
    assert "aws_vpc" in project.state()
    again = project.apply().require()
    assert "created VPC" not in again.err
    assert "service worker is replaced" not in again.err
    assert project.plan().require().document["empty"] is True
    project.destroy("--registry").require()
    assert project.state() == []


def test_render_can_be_killed_at_any_time(project: Project) -> None:
    project.write({"ecsgen.yaml": SHOP})
    whole = project.run("render").require().seconds
    expected = project.fingerprint()
    for number in range(KILLS):
        # Every second run has much to write, every other one much to take back.
        text = SHOP.replace("shop", "bazaar") if number % 2 else SHOP
        project.write({"ecsgen.yaml": text})
        run = project.start("render")
        time.sleep(whole * (0.4 + 0.6 * number / KILLS))
        run.process.kill()
        run.wait()
        assert project.run("render", "--check").code in {0, 3}
    project.write({"ecsgen.yaml": SHOP})
    project.run("render").require()
    project.run("render", "--check").require()
    assert project.fingerprint() == expected
