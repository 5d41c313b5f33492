"""One environment with everything decided: what is wired from room to room."""

from __future__ import annotations

from typing import Any

import pytest
from descriptions import check

from ecsgen import application
from ecsgen.application import Application
from ecsgen.hcl import Ref


def resolved(services: dict[str, Any], priorities: dict[str, int] | None = None, **top: Any) -> Application:
    description = check({"name": "shop", "region": "eu-west-1", "services": services, **top})
    assert not description.errors, description.errors
    return application.resolve(description.environments["default"], "default", priorities or {})


WEB = {"build": ".", "port": 8080, "http": {}}


def test_services_are_sorted_and_labelled() -> None:
    found = resolved({"web-api": {"image": "a:1"}, "b": {"image": "a:1"}})
    assert [(service.name, service.label) for service in found.services] == [("b", "b"), ("web-api", "web_api")]
    assert found.services[1].task.family == "shop-default-web-api"


@pytest.mark.parametrize(
    ("service", "network", "public", "private_subnets"),
    [
        ({}, {}, True, False),
        ({}, {"nat": "single"}, False, True),
        ({"network": {"public": True}}, {"nat": "single"}, True, True),
        ({"network": {"public": False, "subnets": ["subnet-01234567"]}}, {}, False, False),
        ({"network": {"public": False}}, {"nat": "per_az"}, False, True),
    ],
)
def test_where_tasks_live(
    service: dict[str, Any], network: dict[str, Any], public: bool, private_subnets: bool
) -> None:
    found = resolved({"web": {"image": "a:1", **service}}, network=network)
    assert found.services[0].service.public is public
    assert found.network.private_subnets is private_subnets


def test_a_load_balancer_only_where_something_is_served() -> None:
    assert resolved({"web": {"image": "a:1"}}).load_balancer is None
    assert resolved({"web": WEB}).load_balancer is not None
    internal = resolved({"web": WEB}, load_balancer={"scheme": "internal"})
    assert internal.load_balancer is not None
    assert internal.load_balancer.internal
    assert internal.network.private_subnets


def test_images_of_containers() -> None:
    found = resolved(
        {
            "web": {
                "build": ".",
                "arch": "arm64",
                "sidecars": {"proxy": {"build": {"context": "./proxy", "target": "x"}}, "log": {"image": "a:1"}},
            }
        }
    )
    containers = found.services[0].task.containers
    assert list(containers) == ["web", "log", "proxy"]
    assert containers["web"]["image"] == Ref('var.images["web"]')
    assert containers["proxy"]["image"] == Ref('var.images["web/proxy"]')
    assert containers["log"]["image"] == "a:1"
    assert [(build.key, build.repository, build.platform) for build in found.builds] == [
        ("web", "shop/web", "linux/arm64"),
        ("web/proxy", "shop/web/proxy", "linux/arm64"),
    ]
    assert found.builds[1].path == ("services", "web", "sidecars", "proxy", "build")
    assert found.services[0].task.ecr_repositories == ("shop/web", "shop/web/proxy")


def test_autoscaling_owns_the_number_of_tasks() -> None:
    fixed, scaled = resolved({"a": {"image": "a:1", "count": 3}, "b": {"image": "a:1", "scaling": {"max": 5}}}).services
    assert (fixed.service.desired_count, fixed.autoscaling) == (3, None)
    assert scaled.service.desired_count is None
    assert scaled.autoscaling is not None
    assert (scaled.autoscaling.min_capacity, scaled.autoscaling.max_capacity) == (1, 5)


def test_the_grace_period_follows_the_container_that_is_asked() -> None:
    health = {"command": "true", "start_period": 90}
    plain = resolved({"web": WEB}).services[0].http
    checked = resolved({"web": {**WEB, "health": health}}).services[0].http
    given = resolved({"web": {**WEB, "health": health, "http": {"grace": "2m"}}}).services[0].http
    other = (
        resolved(
            {
                "web": {
                    **WEB,
                    "http": {"container": "proxy"},
                    "sidecars": {"proxy": {"image": "a:1", "port": 80, "health": health}},
                }
            }
        )
        .services[0]
        .http
    )
    assert plain is not None
    assert (plain.grace, plain.start_period) == (None, False)
    assert checked is not None
    assert (checked.grace, checked.start_period) == (None, True)
    assert given is not None
    assert given.grace == 120
    assert other is not None
    assert (other.container, other.start_period) == ("proxy", True)


def test_priorities_are_those_of_the_lock_file() -> None:
    first = resolved({"web": WEB}).services[0].http
    assert first is not None
    number = first.listener_rules["main"]["priority"]
    kept = resolved({"web": WEB}, {"web/main": number + 7}).services[0].http
    assert kept is not None
    assert kept.listener_rules["main"]["priority"] == number + 7


def test_repositories_of_another_region_are_named_by_arn() -> None:
    description = check(
        {"name": "shop", "region": "eu-west-1", "account": "123456789012", "services": {"web": {"build": "."}}}
    ).environments["default"]
    found = application.resolve(description, "default", {}, "us-east-1")
    assert found.services[0].task.ecr_repositories == ("arn:aws:ecr:us-east-1:123456789012:repository/shop/web",)


def test_tags_are_sorted_and_stay_where_they_belong() -> None:
    found = resolved({"web": {"image": "a:1", "tags": {"z": "1", "a": "2"}}}, tags={"team": "x", "app": "y"})
    assert list(found.tags.items()) == [("app", "y"), ("team", "x")]
    assert list(found.services[0].tags.items()) == [("a", "2"), ("z", "1")]
