"""Updates of a running service: a good one loses no request, a bad one is rolled back and explained."""

from __future__ import annotations

import pytest
from live_project import Hammer, Stack, get
from live_sandbox import Sandbox
from live_stacks import site

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live-steady")]

CLUSTER, SERVICE = "warm-default", "web"


def revision(sandbox: Sandbox) -> str:
    """The task definition that the service runs, as family:revision."""
    answer = sandbox.client("ecs").describe_services(cluster=CLUSTER, services=[SERVICE])
    return str(answer["services"][0]["taskDefinition"].rpartition("/")[2])


def tasks(sandbox: Sandbox) -> set[str]:
    """The ARNs of the tasks that run."""
    return set(sandbox.client("ecs").list_tasks(cluster=CLUSTER, serviceName=SERVICE)["taskArns"])


def url(warm: Stack) -> str:
    return warm.applied.url


def test_no_request_fails_during_an_update(warm: Stack, base_image: str) -> None:
    assert get(url(warm)).body == "first"
    warm.project.write(site(base_image, "second"))
    with Hammer(url(warm)) as hammer:
        result = warm.project.apply()
    result.require()
    assert hammer.failures == []
    assert len(hammer.bodies) > 100
    assert set(hammer.bodies) == {"first", "second"}
    assert get(result.url).body == "second"
    assert "Restarted: the tasks are replaced, a few at a time" in result.err
    assert "web: 1 task runs and is healthy" in result.err


def test_an_update_whose_container_check_fails_is_rolled_back(warm: Stack, base_image: str, sandbox: Sandbox) -> None:
    before, running = get(url(warm)).body, revision(sandbox)
    warm.project.write(site(base_image, "never ready", ready=False))
    with Hammer(url(warm)) as hammer:
        result = warm.project.apply()
    result.require(7)
    assert hammer.failures == []
    assert before in hammer.bodies  # the new task too gets requests while only its container's own check fails
    assert revision(sandbox) == running
    assert "error: web did not become healthy: " in result.err
    assert "the health check of web fails: grep -q yes /www/ready" in result.err
    assert f"ECS went back to {running}, which goes on serving" in result.err
    assert "see ecsgen.yaml:8:5: health: {command: grep -q yes /www/ready" in result.err
    assert result.out == ""


def test_an_update_whose_load_balancer_check_fails_is_rolled_back(
    warm: Stack, base_image: str, sandbox: Sandbox
) -> None:
    before, running = get(url(warm)).body, revision(sandbox)
    warm.project.write(site(base_image, "broken", status="500 Internal Server Error"))
    with Hammer(url(warm)) as hammer:
        result = warm.project.apply("--json")
    result.require(7)
    assert hammer.failures == []
    assert set(hammer.bodies) == {before}
    assert revision(sandbox) == running
    error = result.document["error"]
    assert error["exit_code"] == 7
    assert "/cgi-bin/health" in f"{error['why']} {error['details']}"
    assert "500" in f"{error['why']} {error['details']}"
    assert "see ecsgen.yaml:13:15: path: /cgi-bin/health" in error["details"]


def test_an_image_that_does_not_exist_is_named(warm: Stack, sandbox: Sandbox) -> None:
    before, running = get(url(warm)).body, revision(sandbox)
    repository = sandbox.endpoint.removeprefix("http://") + "/warm/web"
    missing = f"{repository}@sha256:{'0' * 64}"
    with Hammer(url(warm)) as hammer:
        result = warm.project.apply("--image", f"web={missing}")
    result.require(7)
    assert hammer.failures == []
    assert set(hammer.bodies) == {before}
    assert revision(sandbox) == running
    assert f"error: web did not become healthy: the image of web does not exist: {missing}" in result.err
    assert "CannotPullContainerError" in result.err


def test_the_next_good_update_goes_through(warm: Stack, base_image: str, sandbox: Sandbox) -> None:
    warm.project.write(site(base_image, "third"))
    result = warm.project.apply().require()
    assert get(result.url).body == "third"
    assert warm.project.plan().require().document["empty"] is True


def test_redeploy_starts_the_same_definition_anew(warm: Stack, sandbox: Sandbox) -> None:
    before, running = tasks(sandbox), revision(sandbox)
    with Hammer(url(warm)) as hammer:
        result = warm.project.apply("--redeploy", "--skip-build")
    result.require()
    assert hammer.failures == []
    assert revision(sandbox) == running
    assert tasks(sandbox).isdisjoint(before)
    assert "building" not in result.err
    assert "the registry has this content already" not in result.err


def test_skip_build_deploys_what_is_on_record(warm: Stack, base_image: str) -> None:
    before = get(url(warm)).body
    warm.project.write(site(base_image, "not built"))
    result = warm.project.apply("--skip-build").require()
    assert "nothing to change" in result.err
    assert get(result.url).body == before
