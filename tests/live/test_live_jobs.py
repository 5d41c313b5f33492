"""Jobs run by hand: real containers, their logs on stdout, their exit codes handed on, and nothing left behind."""

from __future__ import annotations

import signal
import time

import pytest
from live_project import Project
from live_sandbox import Sandbox

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live-steady")]

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
