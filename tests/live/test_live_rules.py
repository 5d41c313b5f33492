"""Two services behind one load balancer, with sidecars, secrets and scaling; and two applies at once."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest
from live_project import Stack, get
from live_sandbox import Sandbox

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live-steady")]

HOST = "shop.example.com"


def path(shop: Stack, rest: str) -> str:
    return urljoin(shop.applied.url, rest)


def test_both_services_answer_by_host_and_path(shop: Stack, sandbox: Sandbox) -> None:
    # A host of one's own is sent to the load balancer by its path on the sandbox, as a DNS record would do it.
    balancer = sandbox.client("elbv2").describe_load_balancers()["LoadBalancers"]
    name = next(item["LoadBalancerName"] for item in balancer if item["LoadBalancerName"].startswith("shop-"))
    assert get(f"{sandbox.endpoint}/_alb/{name}/", host=HOST).body == "the site"
    assert shop.applied.url.endswith("/api")  # at the root, without a host, nothing answers
    assert get(path(shop, "/api/token")).status == 200
    assert get(path(shop, "/elsewhere")).status == 404


def test_a_secret_reaches_the_container(shop: Stack) -> None:
    assert get(path(shop, "/api/token")).body.strip() == "s3cret"


def test_references_to_own_terraform_reach_the_container(shop: Stack) -> None:
    """Both were unknown when the first apply was planned, as was the policy that is attached to the task role."""
    assert get(path(shop, "/api/place")).body.strip() == "from the team's own Terraform"
    assert get(path(shop, "/api/own")).body.strip() == "by reference"


def test_the_secret_is_nowhere_in_the_workspace(shop: Stack) -> None:
    assert shop.applied
    files = [item for item in shop.project.workspace.rglob("*") if item.is_file() and ".terraform/" not in str(item)]
    assert files
    assert not [item for item in files if b"s3cret" in item.read_bytes()]


def test_a_sidecar_is_up_first_and_answers_on_localhost(shop: Stack) -> None:
    assert get(path(shop, "/api/cached")).body.strip() == "from the sidecar"


def test_scaling_is_registered(shop: Stack, sandbox: Sandbox) -> None:
    assert shop.applied
    client = sandbox.client("application-autoscaling")
    targets = client.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    mine = [item for item in targets if item["ResourceId"] == "service/shop-default/api"]
    assert [(item["MinCapacity"], item["MaxCapacity"]) for item in mine] == [(1, 3)]
    policies = client.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    assert len([item for item in policies if item["ResourceId"] == "service/shop-default/api"]) == 2


def test_a_second_apply_meanwhile_is_refused_with_who_holds_the_lock(shop: Stack) -> None:
    assert shop.applied
    second = shop.results[1].require(5)
    assert "the state is locked by " in second.err
    assert " for apply since " in second.err
    assert "what to do: wait until it is released" in second.err


def test_the_second_plan_is_empty(shop: Stack) -> None:
    assert shop.applied
    result = shop.project.plan().require()
    assert result.document["empty"] is True, result.document
