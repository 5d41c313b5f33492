"""Every example with all its environments: applied, planned again, destroyed, and nothing of it left.

No Docker Engine is used, so tasks are simulated: what is shown is that the API takes the rendered Terraform, that a
second plan is empty, and that all of it goes away again. The provider mostly waits, so several run at a time.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from live_project import Project, Result
from live_sandbox import Sandbox

from ecsgen.description.load import load
from ecsgen.description.typed import environment_names
from ecsgen.sandbox.environment import DEFAULT_ACCOUNT

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live-examples")]

ROOT = Path(__file__).resolve().parents[2] / "examples"
EXAMPLES = sorted(path.parent.name for path in ROOT.glob("*/ecsgen.yaml"))
SIDE_BY_SIDE = 3
ZONES = 2
"""Of the network that is made for an example."""


@dataclass(frozen=True)
class Life:
    """What the runs on one example gave, by environment; destroys in the order in which they were made."""

    name: str
    project: Project
    applied: dict[str, Result]
    outputs: dict[str, dict[str, Any]]
    planned: dict[str, Result]
    destroyed: dict[str, Result]


@pytest.fixture(scope="module")
def simulated(clean_env: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox of its own, which finds no engine."""
    folder = tmp_path_factory.mktemp("examples")
    env = {
        **clean_env,
        "DOCKER_HOST": "unix:///nonexistent/docker.sock",
        "ECSGEN_SANDBOX_DIR": str(folder / "sandbox"),
    }
    control = Project(folder, env)
    up = control.run("sandbox", "up", "--json")
    try:
        record = json.loads((folder / "sandbox" / "sandbox.json").read_text())
        yield Sandbox(env, record["id"], up.require().document["endpoint"])
    finally:
        control.run("sandbox", "down").require()


@pytest.fixture(scope="module")
def lives(
    request: pytest.FixtureRequest, simulated: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Life]]]:
    """The life of each example that is asked for, on its way."""
    parent = tmp_path_factory.mktemp("lives")
    with ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="examples") as pool:
        calls = [getattr(item, "callspec", None) for item in request.session.items]
        asked = {call.params.get("name") for call in calls if call is not None}
        names = [name for name in EXAMPLES if name in asked]
        yield {name: pool.submit(live, name, simulated, parent / name) for name in names}
        pool.shutdown(wait=True, cancel_futures=True)


def prepare(sandbox: Sandbox, text: str) -> str:
    """Make what an example expects to be there; the description, with names that only AWS can give."""
    region = str(re.findall(r"^region: (\S+)", text, re.MULTILINE)[0])
    account = ([*re.findall(r'^account: "(\d+)"', text, re.MULTILINE), DEFAULT_ACCOUNT])[0]
    # What keeps a person from destroying it would keep the test from it too.
    text = text.replace("protect: true", "protect: false").replace(
        "deletion_protection: true", "deletion_protection: false"
    )
    for name in re.findall(r"queue: \{name: (\w+)", text):
        sandbox.client("sqs", region, account).create_queue(QueueName=name)
    for name in sorted(set(re.findall(r"secretsmanager:([\w/+=.@-]+)", text))):
        sandbox.client("secretsmanager", region, account).create_secret(Name=name, SecretString="{}")
    for arn, name in set(re.findall(r"(arn:aws:wafv2:[\w-]+:\d+:regional/webacl/([\w-]+)/[\w-]+)", text)):
        made = sandbox.client("wafv2", region, account).create_web_acl(
            Name=name,
            Scope="REGIONAL",
            DefaultAction={"Allow": {}},
            VisibilityConfig={"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": name},
        )
        text = text.replace(arn, made["Summary"]["ARN"])
    return text


def live(name: str, sandbox: Sandbox, folder: Path) -> Life:
    """Apply every environment of an example and plan it again; then destroy all, the registry with the last one."""
    folder.mkdir()
    shutil.copytree(ROOT / name, folder / "project", ignore=shutil.ignore_patterns(".terraform*"))
    project = Project(folder / "project", sandbox.env)
    description = project.folder / "ecsgen.yaml"
    description.write_text(prepare(sandbox, description.read_text("utf-8")), "utf-8")
    environments = environment_names(load(description, "ecsgen.yaml"))
    life = Life(name, project, {}, {}, {}, {})
    for environment in environments:
        life.applied[environment] = project.apply("--env", environment)
        life.outputs[environment] = project.outputs(environment)
        life.planned[environment] = project.plan("--env", environment)
    for environment in environments:
        last = ["--registry"] if environment == environments[-1] else []
        life.destroyed[environment] = project.destroy("--env", environment, *last)
    return life


def each(check: Callable[[Life, str], Any]) -> Callable[[dict[str, Future[Life]], str], None]:
    """A test of every example's life, environment by environment."""

    @pytest.mark.parametrize("name", EXAMPLES)
    def test(lives: dict[str, Future[Life]], name: str) -> None:
        life = lives[name].result()
        for environment in life.applied:
            check(life, environment)

    test.__doc__ = check.__doc__
    return test


@each
def test_it_is_applied(life: Life, environment: str) -> None:
    life.applied[environment].require()


@each
def test_a_second_plan_is_empty(life: Life, environment: str) -> None:
    document = life.planned[environment].require().document
    assert document["empty"] is True, json.dumps(document, indent=1)


@pytest.mark.parametrize(
    ("name", "whose", "output"), [("static", "load balancer", "static_ips"), ("tcp", "broker", "broker_static_ips")]
)
def test_the_addresses_that_stay_are_printed(
    lives: dict[str, Future[Life]], name: str, whose: str, output: str
) -> None:
    life = lives[name].result()
    (result,), (outputs,) = life.applied.values(), life.outputs.values()
    printed = re.findall(rf"^{whose}: (\S+) \(it stays\)$", result.require().out, re.MULTILINE)
    assert printed == outputs[output]
    assert len({IPv4Address(address) for address in printed}) == ZONES


@each
def test_nothing_is_left_of_it(life: Life, environment: str) -> None:
    assert f"{environment} is gone" in life.destroyed[environment].require().err
    if (life.project.workspace / environment / "terraform.tfstate").exists():  # it may be in a bucket
        assert life.project.state(environment) == []
