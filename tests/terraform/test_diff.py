"""What changes inside a resource: the innermost values, and never a secret."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ecsgen.terraform.diff import HIDDEN, LONGEST, SENSITIVE, UNKNOWN, Side, compare, dotted


def changes(before: Any, after: Any, **masks: Any) -> dict[str, tuple[str | None, str | None]]:
    old = Side(before, masks.get("before_sensitive", False))
    new = Side(after, masks.get("after_sensitive", False), masks.get("after_unknown", False))
    return {item.path: (item.before, item.after) for item in compare(old, new)}


def containers(**more: Any) -> str:
    return json.dumps([{"name": "web", "image": "a", "essential": True} | more])


def test_values_maps_and_blocks() -> None:
    before = {
        "cpu": 256,
        "tags": {"a": "1", "b": "2"},
        "network": [{"public": True, "subnets": ["s1", "s2"]}],
        "same": 1,
    }
    after = {"cpu": 512, "tags": {"a": "1", "c": "3"}, "network": [{"public": False, "subnets": ["s1"]}], "same": 1}
    assert changes(before, after) == {
        "cpu": ("256", "512"),
        "tags.b": ("2", None),
        "tags.c": (None, "3"),
        "network.public": ("true", "false"),
        "network.subnets": ('["s1", "s2"]', '["s1"]'),
    }


@pytest.mark.parametrize(("before", "after"), [(None, ""), (None, {}), ([], None), (0, None), ({"a": None}, {})])
def test_empty_and_absent_are_the_same(before: Any, after: Any) -> None:
    assert changes({"x": before}, {"x": after}) == {}


def test_what_is_not_known_yet() -> None:
    before = {"arn": "old", "lb": [{"port": 80, "group": "g1"}]}
    after = {"lb": [{"port": 80}]}
    assert changes(before, after, after_unknown={"arn": True, "lb": [{"group": True}]}) == {
        "arn": ("old", UNKNOWN),
        "lb.group": ("g1", UNKNOWN),
    }


def test_sensitive_values_are_masked_and_their_change_still_shows() -> None:
    masks = {"before_sensitive": {"value": True}, "after_sensitive": {"value": True}}
    assert changes({"value": "old"}, {"value": "new"}, **masks) == {"value": (SENSITIVE, SENSITIVE)}
    assert changes({"value": "old"}, {"value": "old"}, **masks) == {}
    assert changes({"value": "s3cret"}, {"value": "s3cret"}, before_sensitive={"value": True}) == {}


def test_a_value_that_becomes_sensitive_is_masked_on_its_side() -> None:
    found = changes({"v": "plain"}, {"v": "s3cret"}, after_sensitive={"v": True})
    assert found == {"v": ("plain", SENSITIVE)}


def test_a_secret_anywhere_in_a_list_masks_the_list() -> None:
    masks = {"before_sensitive": {"v": [False, True]}, "after_sensitive": {"v": [False, True, False]}}
    found = changes({"v": ["a", "s3cret"]}, {"v": ["a", "s3cret", "b"]}, **masks)
    assert found == {"v": (SENSITIVE, SENSITIVE)}


def test_a_resource_that_is_sensitive_as_a_whole() -> None:
    assert changes({"v": "s3cret"}, {"v": "other"}, before_sensitive=True, after_sensitive=True) == {
        "": (SENSITIVE, SENSITIVE)
    }


def test_container_definitions_are_compared_by_meaning() -> None:
    before = containers(environment=[{"name": "A", "value": "1"}], secrets=[{"name": "S", "valueFrom": "arn:1"}])
    after = containers(
        image="b",
        environment=[{"name": "B", "value": "2"}, {"name": "A", "value": "9"}],
        secrets=[{"name": "S", "valueFrom": "arn:2"}],
    )
    assert changes({"container_definitions": before}, {"container_definitions": after}) == {
        "container_definitions.web.image": ("a", "b"),
        "container_definitions.web.environment.A": (HIDDEN, HIDDEN),
        "container_definitions.web.environment.B": (None, HIDDEN),
        "container_definitions.web.secrets.S.valueFrom": ("arn:1", "arn:2"),
    }


def test_the_order_of_containers_and_spaces_in_json_mean_nothing() -> None:
    one, two = {"name": "a", "image": "1"}, {"name": "b", "image": "2"}
    assert changes({"x": json.dumps([one, two])}, {"x": json.dumps([two, one], indent=2)}) == {}


def test_no_environment_value_shows_in_a_container_that_comes_or_goes() -> None:
    sidecar = {"name": "agent", "image": "x", "environment": [{"name": "TOKEN", "value": "s3cret"}]}
    both = json.dumps([{"name": "web", "image": "a", "essential": True}, sidecar])
    for before, after in ((containers(), both), (both, containers()), ("", both), (both, None), ("no json", both)):
        found = changes({"container_definitions": before}, {"container_definitions": after})
        assert found
        assert "s3cret" not in repr(found)
    assert changes({"d": containers()}, {"d": both})["d.agent"] == (
        None,
        '{"name": "agent", "image": "x", "environment": ["TOKEN"]}',
    )


@pytest.mark.parametrize(
    "environment", [{"variables": {"TOKEN": "s3cret"}}, [{"variables": {"TOKEN": "s3cret"}}], "s3cret", ["s3cret"]]
)
def test_no_environment_value_shows_in_any_other_form(environment: Any) -> None:
    for other in (None, {"variables": {"TOKEN": "before"}}, [{"variables": {"TOKEN": "before"}}], "before"):
        assert "s3cret" not in repr(changes({"environment": other}, {"environment": environment}))
        assert "s3cret" not in repr(changes({"f": [{"environment": environment}]}, {"f": [{"environment": other}]}))


def test_a_tag_of_that_name_is_no_environment() -> None:
    assert changes({"tags": {"environment": "a"}}, {"tags": {"environment": "b"}}) == {"tags.environment": ("a", "b")}


def test_a_policy_is_compared_by_statement() -> None:
    def policy(resource: str) -> str:
        statement = {"Effect": "Allow", "Action": ["s3:GetObject"]}
        return json.dumps(
            {"Statement": [statement | {"Sid": "A", "Resource": "a"}, statement | {"Sid": "B", "Resource": resource}]}
        )

    assert changes({"policy": policy("x")}, {"policy": policy("y")}) == {"policy.Statement.B.Resource": ("x", "y")}


def test_long_values_are_shortened_to_one_line() -> None:
    before, after = changes({"x": "a\nb"}, {"x": "y" * 500 + "z"})["x"]
    assert before == "a b"
    assert after is not None
    assert len(after) <= LONGEST + 2
    assert after.startswith("yyy")
    assert after.endswith("z")


def test_paths_that_force_a_replacement() -> None:
    assert dotted(["network_configuration", 0, "subnets"]) == "network_configuration.subnets"
    assert dotted(["tags", "a"]) == "tags.a"
