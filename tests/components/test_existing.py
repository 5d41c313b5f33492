"""What is there already: who lives where, what services are called, and which keys give way to an existing thing."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from descriptions import check, messages, render

from ecsgen import application
from ecsgen.application import is_public
from ecsgen.components import existing_listener
from ecsgen.components.listener_rule import BAND, LARGEST, Places, Rule, allocate, band, conditions

LARGEST_BAND = band(conditions([], ["/"], []))

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


def test_a_service_and_a_job_run_on_the_instances_of_a_shared_cluster() -> None:
    web = {"image": "nginx:1.27", "capacity": "ec2"}
    job = {"image": "nginx:1.27", "capacity": {"ec2": {"weight": 2}}}
    files = render(
        {
            **shop(network={**VPC, **PRIVATE}, cluster={"existing": "platform", "capacity_provider": "platform-m7g"}),
            "services": {"web": web},
            "jobs": {"clean": job},
        }
    )
    for name, weight in (("service_web", 1), ("job_clean", 2)):
        text = " ".join(files[f"default/{name}.tf"].split())
        assert f'[ {{ capacity_provider = "platform-m7g" weight = {weight} }}, ]' in text
        assert 'launch_type = "EC2"' in text
        assert "ec2_capacity" not in text
    assert not [path for path in files if path.startswith("modules/ec2_capacity/")]


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


LISTENER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shared/50dc6c495c0c9188/f2f7dc8efc522ab2"
SHARED = {"network": {**VPC, **PRIVATE}, "load_balancer": {"existing": LISTENER}}


def test_the_bands_of_a_shared_listener_fit_into_its_priorities_and_keep_their_order() -> None:
    bands = LARGEST_BAND // BAND
    assert sum(map(existing_listener.width, range(bands + 1))) <= LARGEST
    assert all(existing_listener.width(index) > existing_listener.ROOM for index in range(bands + 1))
    for owner in ("shop/prod", "shop/staging", "a/b"):
        starts = [existing_listener.start(index, owner) for index in range(bands + 1)]
        for index, (start, following) in enumerate(itertools.pairwise(starts)):
            first = sum(map(existing_listener.width, range(index)))
            assert first <= start
            assert start + existing_listener.ROOM <= first + existing_listener.width(index) <= following


def numbers(name: str, environment: str, rules: dict[str, Rule], kept: dict[str, int] | None = None) -> dict[str, int]:
    places = Places(
        lambda rule: existing_listener.start(band(rule) // BAND, f"{name}/{environment}"), existing_listener.ROOM
    )
    return allocate(rules, {}, kept or {}, places)


def host(name: str) -> Rule:
    return conditions([name], ["/"], [])


def test_repositories_that_know_nothing_of_each_other_rarely_meet() -> None:
    taken = [
        number
        for name in (f"app-{index}" for index in range(30))
        for number in numbers(name, "prod", {"web/main": host(f"{name}.example.com")}).values()
    ]
    assert len(set(taken)) == len(taken)
    assert numbers("shop", "prod", {"web/main": host("a.b")}) != numbers("shop", "dev", {"web/main": host("a.b")})


def test_the_more_specific_rule_comes_first_whosever_it_is() -> None:
    path = conditions([], ["/shop"], [])
    everything = conditions([], ["/"], [])
    wild = host("*.example.com")
    for first in ("a", "b", "c"):
        for second in ("d", "e", "f"):
            own = numbers(first, "prod", {"x/main": host("shop.example.com")})["x/main"]
            others = numbers(second, "prod", {"w/main": wild, "p/main": path, "e/main": everything})
            assert own < others["w/main"] < others["p/main"] < others["e/main"]


def test_a_rule_keeps_its_number_when_others_come() -> None:
    first = numbers("shop", "prod", {"web/main": host("shop.example.com")})
    more = {"web/main": host("shop.example.com"), **{f"s{index}/main": host(f"s{index}.a.b") for index in range(40)}}
    second = numbers("shop", "prod", more, first)
    assert second["web/main"] == first["web/main"]
    assert len(set(second.values())) == 41


def test_a_listener_of_ones_own_after_a_shared_one_gets_numbers_of_its_own() -> None:
    shared = numbers("shop", "prod", {"web/main": host("shop.example.com")})
    own = allocate({"web/main": host("shop.example.com")}, {}, shared)
    assert 0 < own["web/main"] - band(host("shop.example.com")) < BAND


@pytest.mark.parametrize(
    ("http", "url"),
    [
        ({"host": "shop.example.com"}, ("shop.example.com", "")),
        ({"host": ["*.example.com", "shop.example.com"]}, ("shop.example.com", "")),
        ({"host": "*.example.com"}, (None, "")),
        ({"path": "/shop"}, (None, "/shop")),
        ({"path": "/shop/*"}, (None, "/shop")),
        ({"host": "a.example.com", "path": "/shop"}, ("a.example.com", "/shop")),
    ],
)
def test_where_the_url_leads_to(http: dict[str, Any], url: tuple[str | None, str]) -> None:
    found = shop(**SHARED)
    found["services"]["web"]["http"] = http
    description = check(found).environments["default"]
    balancer = application.resolve(description, "default", {}).load_balancer
    assert isinstance(balancer, existing_listener.ListenerInputs)
    assert (balancer.host, balancer.path) == url
    assert balancer.name == "shared"


def test_nothing_is_added_to_what_belongs_to_a_shared_load_balancer() -> None:
    files = render(shop(**SHARED))
    assert "source_security_group_ids = module.load_balancer.security_group_ids" in files["default/service_web.tf"]
    assert " security_group_id " not in files["default/service_web.tf"]
    assert "load_balancer_subnets" not in files["default/network.tf"]
    assert not [path for path in files if path.startswith("modules/alb/")]


def test_target_groups_belong_to_one_load_balancer() -> None:
    def group(listener: str | None, **own: str) -> str:
        top = {"network": {**VPC, **PUBLIC}, **({"load_balancer": own} if own else {})}
        top = {**SHARED, "load_balancer": {"existing": listener}} if listener else top
        lines = render(shop(**top))["default/service_web.tf"].split("\n")
        return next(line.split('"')[1] for line in lines if "target_group_name" in line)

    same = LISTENER.replace("f2f7dc8efc522ab2", "aaaaaaaaaaaaaaaa")
    other = LISTENER.replace("50dc6c495c0c9188", "aaaaaaaaaaaaaaaa")
    assert group(LISTENER) == group(same)
    assert group(None) == group(None, scheme="public")
    assert len({group(LISTENER), group(other), group(None), group(None, scheme="internal")}) == 4
