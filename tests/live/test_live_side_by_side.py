"""staging and prod of one description: different sizes, one registry, the image built once."""

from __future__ import annotations

import pytest
from live_project import Stack, get
from live_sandbox import Sandbox

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live-steady")]


def test_both_environments_answer(environments: Stack) -> None:
    staging, prod = (result.require().document for result in environments.results)
    assert (staging["environment"], staging["services"]) == ("staging", {"web": {"running": 1}})
    assert (prod["environment"], prod["services"]) == ("prod", {"web": {"running": 2}})
    assert staging["url"] != prod["url"]
    assert [get(document["url"]).body for document in (staging, prod)] == ["the fleet", "the fleet"]


def test_the_sizes_differ(environments: Stack, sandbox: Sandbox) -> None:
    ecs = sandbox.client("ecs")
    sizes = {}
    for name in ("staging", "prod"):
        answer = ecs.describe_task_definition(taskDefinition=f"fleet-{name}-web")["taskDefinition"]
        sizes[name] = (answer["cpu"], answer["memory"])
    assert sizes == {"staging": ("256", "512"), "prod": ("512", "1024")}


def test_the_image_was_built_once(environments: Stack, sandbox: Sandbox) -> None:
    staging, prod = (result.require() for result in environments.results)
    assert "building fleet/web:" in staging.err
    assert "building" not in prod.err
    assert "the registry has this content already" in prod.err
    ecs = sandbox.client("ecs")
    images = {
        ecs.describe_task_definition(taskDefinition=f"fleet-{name}-web")["taskDefinition"]["containerDefinitions"][0][
            "image"
        ]
        for name in ("staging", "prod")
    }
    assert len(images) == 1
    assert "@sha256:" in images.pop()


def test_without_a_name_the_environments_are_listed(environments: Stack) -> None:
    result = environments.project.plan().require(2)
    assert "staging" in result.err
    assert "prod" in result.err


def test_the_registry_stays_while_the_other_environment_lives(environments: Stack, sandbox: Sandbox) -> None:
    refused = environments.project.destroy("--env", "staging", "--registry").require(2)
    assert "the repositories cannot be destroyed yet: prod may run their images" in refused.err
    assert get(environments.results[0].document["url"]).status == 200


def test_one_environment_goes_and_the_other_stays(environments: Stack, sandbox: Sandbox) -> None:
    gone = environments.project.destroy("--env", "staging").require()
    assert "staging is gone; its images stay in the registry (--registry removes them)" in gone.err
    assert get(environments.results[1].document["url"]).body == "the fleet"
    last = environments.project.destroy("--env", "prod", "--registry").require()
    assert "prod is gone" in last.err
    assert [environments.project.state(root) for root in ("staging", "prod", "registry")] == [[], [], []]
