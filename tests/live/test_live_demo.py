"""The main job: from a description to a running, reachable service, and back to nothing."""

from __future__ import annotations

import pytest
from live_project import Stack, get
from live_sandbox import Sandbox
from live_stacks import HELLO

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live-steady")]


def test_apply_brings_up_a_service_that_answers(demo: Stack, sandbox: Sandbox) -> None:
    document = demo.applied.document
    assert document["environment"] == "default"
    assert document["sandbox"] is True
    assert document["services"] == {"web": {"running": 1}}
    assert document["changes"] == {"create": 28}
    assert "aws_ecs_service" in document["proved"]["executed"]
    assert "aws_iam_role" in document["proved"]["accepted by the API"]
    answer = get(document["url"])
    assert (answer.status, answer.body) == (200, (HELLO / "index.html").read_text())


def test_the_users_folder_is_as_it_was(demo: Stack) -> None:
    assert sorted(demo.project.fingerprint()) == ["Dockerfile", "ecsgen.yaml", "index.html"]


def test_an_unchanged_plan_is_empty(demo: Stack) -> None:
    result = demo.project.plan().require()
    assert result.document["empty"] is True
    assert result.document["not_built"] == []


def test_an_unchanged_apply_builds_and_changes_nothing(demo: Stack, sandbox: Sandbox) -> None:
    before = sandbox.client("ecs").describe_services(cluster="hello-default", services=["web"])
    result = demo.project.apply().require()
    assert "the registry has this content already" in result.err
    assert "building" not in result.err
    assert "nothing to change" in result.err
    assert get(result.url).status == 200
    after = sandbox.client("ecs").describe_services(cluster="hello-default", services=["web"])
    assert [item["id"] for item in after["services"][0]["deployments"]] == [
        item["id"] for item in before["services"][0]["deployments"]
    ]


def test_destroy_with_the_registry_leaves_nothing(demo: Stack, sandbox: Sandbox) -> None:
    result = demo.project.destroy("--registry").require()
    assert "default is gone" in result.err
    assert demo.project.state() == []
    assert demo.project.state("registry") == []
    ecs, elb = sandbox.client("ecs"), sandbox.client("elbv2")
    assert not [arn for arn in ecs.list_clusters()["clusterArns"] if "hello" in arn]
    assert ecs.list_task_definitions(familyPrefix="hello-default-web", status="ACTIVE")["taskDefinitionArns"] == []
    assert not [item for item in elb.describe_load_balancers()["LoadBalancers"] if "hello" in item["LoadBalancerName"]]
    assert not [item for item in elb.describe_target_groups()["TargetGroups"] if "hello" in item["TargetGroupName"]]
    assert sandbox.client("logs").describe_log_groups(logGroupNamePrefix="/ecs/hello/")["logGroups"] == []
    assert not [
        item
        for item in sandbox.client("ecr").describe_repositories()["repositories"]
        if "hello" in item["repositoryName"]
    ]
    assert not [item for item in sandbox.client("iam").list_roles()["Roles"] if "hello" in item["RoleName"]]
    assert not [name for name in sandbox.containers() if "hello" in name]


def test_destroying_nothing_is_no_error(demo: Stack) -> None:
    result = demo.project.destroy("--registry").require()
    assert "there was nothing of default" in result.err
