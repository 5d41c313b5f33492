"""Jobs run by hand: real containers, their logs on stdout, their exit codes handed on, and nothing left behind."""

from __future__ import annotations

import signal
import time
from typing import Any

import pytest
from live_project import Project
from live_sandbox import Sandbox

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live-trouble")]

LEDGER = """\
name: ledger
region: eu-west-1
jobs:
  report:
    build: .
    command: [sh, -c, "echo counting; sleep 1; echo done"]
    stop_timeout: 2
"""


def test_a_job_runs_streams_and_hands_its_exit_code_on(project: Project, base_image: str, sandbox: Sandbox) -> None:
    project.write({"ecsgen.yaml": LEDGER, "Dockerfile": f'FROM {base_image}\nCMD ["true"]\n'})
    not_there = project.run("run", "report", "--sandbox").require(2)
    assert "the job report is not deployed in default" in not_there.err
    project.apply().require()
    assert project.plan().require().document["empty"] is True
    before = project.fingerprint()

    good = project.run("run", "report", "--sandbox").require()
    assert good.out == "counting\ndone\n"
    command = "sh -c 'echo \"$0\" >&2; exit 3' 'two words'"
    bad = project.run("run", "report", "--sandbox", "--json", "--command", command).require(3)
    assert bad.document["exit_code"] == 3
    assert bad.document["command"] == ["sh", "-c", 'echo "$0" >&2; exit 3', "two words"]
    assert "two words" in bad.err

    waiting = project.start("run", "report", "--sandbox", "--command", "sh -c 'echo waiting; sleep 300'")
    while "waiting" not in waiting.printed:
        time.sleep(0.1)
    waiting.process.send_signal(signal.SIGINT)
    stopped = waiting.wait()
    assert stopped.code == 130
    assert "the task of report was stopped" in stopped.err
    ecs = sandbox.client("ecs")
    assert ecs.list_tasks(cluster="ledger-default", desiredStatus="RUNNING")["taskArns"] == []

    assert project.fingerprint() == before
    project.destroy().require()
    assert ecs.list_task_definitions(familyPrefix="ledger-default-report")["taskDefinitionArns"] == []


SCHEDULED = """\
name: nightly
region: eu-west-1
jobs:
  plain: {build: ., command: [echo, plain], schedule: "at(2020-01-01T00:00)"}
  again:
    build: .
    command: [sh, -c, "exit 75"]
    schedule: at(2020-01-01T00:00)
    retries: {attempts: 2, on: [75], delay: 1, backoff: 1}
  never-again:
    build: .
    command: [sh, -c, "exit 3"]
    schedule: at(2020-01-01T00:00)
    retries: {attempts: 2, on: [75], delay: 1, backoff: 1}
    timeout: 1h
  any:
    build: .
    command: [sh, -c, "exit 3"]
    schedule: at(2020-01-01T00:00)
    retries: {attempts: 1, delay: 1, backoff: 1}
  slow: {build: ., command: [sleep, 300], stop_timeout: 2, schedule: "at(2020-01-01T00:00)", timeout: 3}
"""
"""Moments that are over: the sandbox's scheduler starts each job once, within ten seconds."""


def ended(sandbox: Sandbox) -> tuple[dict[str, list[Any]], dict[str, tuple[str, str]]]:
    """The exit codes of each job's tasks that have ended, and how each state machine's run ended."""
    ecs, states = sandbox.client("ecs"), sandbox.client("stepfunctions")
    arns = ecs.list_tasks(cluster="nightly-default", desiredStatus="STOPPED")["taskArns"]
    codes: dict[str, list[Any]] = {}
    for task in ecs.describe_tasks(cluster="nightly-default", tasks=arns)["tasks"] if arns else []:
        if task["lastStatus"] == "STOPPED":
            (container,) = task["containers"]
            codes.setdefault(container["name"], []).append(container.get("exitCode"))
    runs: dict[str, tuple[str, str]] = {}
    for machine in states.list_state_machines()["stateMachines"]:
        for run in states.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]:
            told = states.describe_execution(executionArn=run["executionArn"])
            runs[machine["name"].removeprefix("nightly-default-")] = (told["status"], told.get("error", ""))
    return codes, runs


def test_schedules_start_jobs_retry_by_exit_code_and_stop_what_takes_too_long(
    project: Project, base_image: str, sandbox: Sandbox
) -> None:
    project.write({"ecsgen.yaml": SCHEDULED, "Dockerfile": f'FROM {base_image}\nCMD ["true"]\n'})
    project.apply().require()
    assert project.plan().require().document["empty"] is True
    wanted = {"plain": [0], "again": [75, 75, 75], "never-again": [3], "any": [3, 3], "slow": [137]}
    deadline = time.monotonic() + 60
    while ended(sandbox)[0] != wanted and time.monotonic() < deadline:
        time.sleep(1)
    codes, runs = ended(sandbox)
    assert codes == wanted
    assert runs == {
        "again": ("FAILED", "Job.ExitCode"),
        "never-again": ("FAILED", "States.TaskFailed"),
        "any": ("FAILED", "States.TaskFailed"),
        "slow": ("FAILED", "Job.TimedOut"),
    }
    project.destroy().require()


BOOKS = """\
name: books
region: eu-west-1
services:
  web:
    build: .
    command: [sleep, "3600"]
    stop_timeout: 2
    env: {{VERSION: "{version}"}}
    deploy: {{before: migrate}}
jobs:
  migrate:
    build: .
    command: [sh, -c, "echo migrating to {version}; exit {code}"]
"""


def test_a_deployment_waits_for_its_job_and_does_not_begin_when_that_fails(
    project: Project, base_image: str, sandbox: Sandbox
) -> None:
    def write(version: int, code: int) -> None:
        project.write({"ecsgen.yaml": BOOKS.format(version=version, code=code)})

    ecs = sandbox.client("ecs")
    project.write({"Dockerfile": f'FROM {base_image}\nCMD ["true"]\n'})
    write(1, 4)
    first = project.apply().require(7)
    assert "migrate: migrating to 1" in first.err
    assert "error: migrate failed, and web was not deployed: migrate exits with code 4" in first.err
    assert ecs.describe_services(cluster="books-default", services=["web"])["services"] == []

    write(1, 0)
    assert project.plan().require().document["before"] == {"migrate": ["web"]}
    good = project.apply("--json").require()
    assert set(good.document["before"]) == {"migrate"}
    assert project.plan().require().document["empty"] is True

    (service,) = ecs.describe_services(cluster="books-default", services=["web"])["services"]
    write(2, 4)
    project.apply().require(7)
    (kept,) = ecs.describe_services(cluster="books-default", services=["web"])["services"]
    assert kept["taskDefinition"] == service["taskDefinition"]
    assert len(kept["deployments"]) == 1

    version = project.run("run", "web", "--sandbox", "--command", "sh -c 'echo one-off $VERSION'").require()
    assert version.out == "one-off 1\n"
    needs_a_command = project.run("run", "web", "--sandbox").require(2)
    assert "web is a service, which runs by itself" in needs_a_command.err
    project.destroy().require()
