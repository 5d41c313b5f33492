"""What is there already: who lives where, what services are called, and which keys give way to an existing thing."""

from __future__ import annotations

from typing import Any

import pytest
from descriptions import check, messages, render

from ecsgen.application import is_public

VPC = {"vpc": "vpc-0123456789abcdef0"}
PUBLIC = {"public_subnets": ["subnet-00000000000000001", "subnet-00000000000000002"]}
PRIVATE = {"private_subnets": ["subnet-00000000000000003", "subnet-00000000000000004"]}


def shop(http: bool = True, **top: Any) -> dict[str, Any]:
    """A description with one service."""
    web = {"image": "nginx:1.27", "port": 80, **({"http": True} if http else {})}
    return {"name": "shop", "region": "eu-west-1", "services": {"web": web}, **top}


@pytest.mark.parametrize(
    ("network", "public"),
    [
        ({**VPC, **PUBLIC}, True),
        ({**VPC, **PUBLIC, **PRIVATE}, False),
        ({**VPC, **PUBLIC, "private_subnets": {"tags": {"Tier": "private"}}}, False),
        ({"vpc": "default"}, True),
        ({}, True),
    ],
)
def test_tasks_live_in_private_subnets_where_there_are_any(network: dict[str, Any], public: bool) -> None:
    examined = check(shop(network=network))
    assert not examined.errors
    description = examined.environments["default"]
    assert is_public(description, description.services["web"]) is public
    text = render(shop(network=network))["default/service_web.tf"]
    assert f"module.network.{'public' if public else 'private'}_subnet_ids" in text


@pytest.mark.parametrize(
    ("network", "scheme", "subnets"),
    [
        ({**VPC, **PUBLIC, **PRIVATE}, "public", "public"),
        ({**VPC, **PUBLIC, **PRIVATE}, "internal", "private"),
        ({**VPC, **PRIVATE}, "internal", "private"),
        ({**VPC, **PUBLIC}, "internal", "public"),
        ({"vpc": "default"}, "internal", "public"),
    ],
)
def test_where_a_load_balancer_stands(network: dict[str, Any], scheme: str, subnets: str) -> None:
    files = render(shop(network=network, load_balancer={"scheme": scheme}))
    assert f"module.network.{subnets}_subnet_ids" in files["default/load_balancer.tf"]
    assert f'load_balancer_subnets = "{subnets}"' in " ".join(files["default/network.tf"].split())


def test_zones_are_not_asked_for_without_a_load_balancer() -> None:
    files = render(shop(http=False, network={**VPC, **PUBLIC}))
    assert "load_balancer_subnets" not in files["default/network.tf"]
    assert "default/load_balancer.tf" not in files


def test_nothing_of_an_existing_network_or_cluster_is_written() -> None:
    files = render(shop(network={**VPC, **PUBLIC}, cluster={"existing": "platform"}))
    for path, text in files.items():
        if path.startswith("modules/existing_"):
            assert 'resource "' not in text
    assert not [path for path in files if path.startswith(("modules/network/", "modules/cluster/"))]


def test_a_service_has_a_name_of_its_own_in_a_shared_cluster() -> None:
    def name(**top: Any) -> str:
        text = render(shop(**top))["default/service_web.tf"]
        return next(line for line in text.split("\n") if line.startswith("  name  "))

    assert name().endswith('= "web"')
    assert name(cluster={"existing": "platform"}).endswith('= "shop-default-web"')


def test_another_vpc_gives_other_names_to_what_cannot_move() -> None:
    def names(network: dict[str, Any]) -> set[str]:
        files = render(shop(network=network))
        lines = [*files["default/load_balancer.tf"].split("\n"), *files["default/service_web.tf"].split("\n")]
        return {line.split('"')[1] for line in lines if "target_group_name" in line or line.startswith("  name  ")}

    found = [
        names({**VPC, **PUBLIC}),
        names({"vpc": "vpc-0fffffffffffffff0", **PUBLIC}),
        names({"vpc": {"tags": {"Name": "main"}}, **PUBLIC}),
        names({"vpc": "default"}),
        names({}),
    ]
    assert all(left & right == {"web"} for left in found for right in found if left is not right)


def test_an_environment_in_another_vpc_inherits_no_subnets() -> None:
    found = messages(
        shop(
            network={**VPC, **PUBLIC},
            environments={
                "same": {"network": {**VPC, **PRIVATE}},
                "other": {"network": {"vpc": "vpc-0fffffffffffffff0"}},
            },
        )
    )
    assert [line.split(" ")[2] for line in found] == ["EG432:"]


def test_an_environment_with_a_vpc_of_its_own_drops_the_existing_one() -> None:
    files = render(shop(network={**VPC, **PUBLIC}, environments={"trial": {"network": {"vpc": "new", "azs": 3}}}))
    assert '"../modules/network"' in files["trial/network.tf"]
    assert "subnet-" not in files["trial/network.tf"]
