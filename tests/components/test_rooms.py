"""Small facts of rooms that a whole description shows badly: defaults, sorted lists, and borders of limits."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from descriptions import messages

from ecsgen import names
from ecsgen.components import autoscaling, container, linux, network, registry, service, state, task
from ecsgen.components.network import Network
from ecsgen.components.service import Capacity, Share
from ecsgen.components.task import FARGATE, TaskKeys


def codes(service: dict[str, Any], **top: Any) -> list[str]:
    """The codes of the problems of a description with one service."""
    found = messages(
        {"name": "shop", "region": "eu-west-1", "services": {"web": {"image": "nginx:1.27", **service}}, **top}
    )
    return [line.split(" ")[2].rstrip(":") for line in found]


@pytest.mark.parametrize("cpu", FARGATE)
def test_fargate_sizes(cpu: int) -> None:
    for memory in FARGATE[cpu]:
        assert not codes({"cpu": cpu, "memory": memory})
    for memory in {FARGATE[cpu][0] - 256, FARGATE[cpu][-1] + 1024, FARGATE[cpu][0] + 1} - set(FARGATE[cpu]):
        assert codes({"cpu": cpu, "memory": memory}) == ["EG305"]


def test_what_is_wrong_with_a_size_is_shown_where_it_was_written() -> None:
    (found,) = messages("name: a\nregion: eu-west-1\nservices:\n  web:\n    image: nginx:1.27\n    cpu: 512\n")
    assert found.startswith("6:10: error EG305: ")


@pytest.mark.parametrize(
    ("count", "lower", "upper", "moves"),
    [
        (1, 100, 200, True),
        (1, 100, 150, False),
        (2, 100, 150, True),
        (1, 0, 100, True),
        (2, 50, 100, True),
        (3, 67, 100, False),
        (3, 66, 100, True),
        (0, 100, 100, True),
    ],
)
def test_a_deployment_that_can_move(count: int, lower: int, upper: int, moves: bool) -> None:
    found = codes({"count": count, "deploy": {"min_healthy": lower, "max": upper}})
    assert found == ([] if moves else ["EG501"])


@pytest.mark.parametrize("prefix", range(16, 24))
def test_a_block_of_every_possible_size(prefix: int) -> None:
    assert not codes({}, network={"cidr": str(ipaddress.ip_network(f"10.0.0.0/{prefix}"))})


def test_secrets_of_every_form() -> None:
    secrets = {
        "A": "ssm:/a/b",
        "B": "ssm:name",
        "C": "secretsmanager:app/db",
        "D": "secretsmanager:app/db:password",
        "E": "arn:aws:ssm:us-east-1:123456789012:parameter/a",
        "F": "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:a-AbCdEf",
        "G": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf:key::",
        "H": {"from": "ssm:/a", "kms_key": "arn:aws:kms:eu-west-1:123456789012:key/1"},
    }
    assert not codes({"secrets": secrets})


@pytest.mark.parametrize("value", ["hunter2", "ssm:", "ssm://a", "secretsmanager:", "arn:aws:s3:::a", "", "ssm:/a b"])
def test_values_are_no_references(value: str) -> None:
    assert codes({"secrets": {"A": value}}) == ["EG610"]


@pytest.mark.parametrize(
    "image",
    [
        "nginx:1.27",
        "library/nginx:1.27-alpine",
        "localhost:5000/a/b_c:1",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/web:v1",
        f"ghcr.io/a/b@sha256:{'0' * 64}",
        f"ghcr.io/a/b:1@sha256:{'f' * 64}",
    ],
)
def test_image_references(image: str) -> None:
    assert not codes({"image": image})


@pytest.mark.parametrize(
    "image", ["", "Nginx:1", "a b", "-a", "a:", "a@sha256:00", "https://a/b:1", f"a/{'b' * 256}:1"]
)
def test_no_image_references(image: str) -> None:
    assert codes({"image": image}) == ["EG302"]


@pytest.mark.parametrize(
    ("ports", "expected"),
    [
        ({"port": 80}, [80]),
        ({"ports": [{"port": 53, "protocol": "udp"}, 80, 81]}, [80, 53, 81]),
        ({"port": 82, "ports": [80]}, [82, 80]),
        ({"ports": [{"port": 53, "protocol": "udp"}]}, [53]),
    ],
)
def test_the_main_port_comes_first(ports: dict[str, Any], expected: list[int]) -> None:
    keys = container.ContainerKeys.model_validate(_plain(ports))
    assert [port["container_port"] for port in container.ports(keys)] == expected
    assert container.first_port(keys) == (None if expected == [53] else expected[0])


def _plain(value: Any) -> Any:
    """Numbers as YAML gives them: texts that their field reads."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else str(value)


def test_inputs_hold_only_what_is_set() -> None:
    assert container.inputs(container.ContainerKeys()) == {}
    assert linux.inputs(linux.LinuxKeys()) == {}
    keys = linux.LinuxKeys.model_validate({"linux": {"drop": ["NET_RAW", "ALL", "NET_RAW"]}, "init": "true"})
    assert linux.inputs(keys) == {"init_process_enabled": True, "drop_capabilities": ["ALL", "NET_RAW"]}


def test_scaling_looks_at_the_cpu_when_nothing_else_is_said() -> None:
    def targets(**given: str) -> tuple[Any, Any, Any]:
        found = autoscaling.resolve(autoscaling.ScalingKeys.model_validate({"max": "3", **given}), None, {}, {}, {}, "")
        return found.cpu_target, found.memory_target, found.requests_target

    assert targets() == (75, None, None)
    assert targets(memory="80") == (None, 80, None)
    assert targets(requests="100", cpu="62.5") == (62.5, None, 100)


def test_capacity_providers_in_the_order_of_ecs() -> None:
    both = Capacity(spot=Share(weight=4), fargate=Share(base=1))
    assert service.strategy(both, "instances") == (
        {"capacity_provider": "FARGATE", "base": 1, "weight": 1},
        {"capacity_provider": "FARGATE_SPOT", "weight": 4},
    )
    assert service.strategy(Capacity(ec2=Share(weight=2)), "instances") == (
        {"capacity_provider": "instances", "weight": 2},
    )


def test_endpoints_are_told_apart() -> None:
    found = network.resolve(Network(endpoints=["s3", "logs", "dynamodb", "ecr.api"]), "shop", "prod", False, {"ssm"})
    assert found.gateway_endpoints == ("dynamodb", "s3")
    assert found.interface_endpoints == ("ecr.api", "logs")
    assert not found.private_subnets
    assert network.resolve(Network(nat="single"), "shop", "prod", False, set()).private_subnets


def test_repositories_stay_when_their_service_goes() -> None:
    found = registry.resolve(registry.Registry(), "shop", ["web", "web/proxy"], ["old", "web"], ["prod", "dev"])
    assert [(item.key, item.label, item.in_use) for item in found.repositories] == [
        ("old", "old", False),
        ("web", "web", True),
        ("web/proxy", "web__proxy", True),
    ]
    assert found.protected_tag_prefixes == ("dev-", "prod-")


def test_state_of_each_root() -> None:
    kept = state.State(s3=state.S3State(bucket="shop-state", prefix="teams/a"))
    found = state.resolve(kept, "shop", "prod", "eu-west-1")
    assert (found.kind, found.settings["key"]) == ("s3", "teams/a/shop/prod/terraform.tfstate")
    assert found.settings["use_lockfile"] is True
    assert state.resolve(state.State(), "shop", "prod", "eu-west-1").settings == {}


def test_memory_that_fits_is_offered() -> None:
    (found,) = task.check(TaskKeys(cpu=4096, memory=2048), ("services", "web"))
    assert found.hint == "write memory: 8192 to 30720 in steps of 1024, or cpu: 1024"


LONGEST = ("a" * 24, "e" * 32, "s" * 63)


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        (names.stack(*LONGEST[:2]), 54),
        (names.load_balancer(*LONGEST[:2], "public"), 32),
        (names.target_group(*LONGEST, "x"), 32),
        (names.role(*LONGEST, "execution"), 64),
        (names.role(*LONGEST, "task"), 64),
        (names.family(*LONGEST), 255),
        (names.log_group(*LONGEST), 512),
        (names.repository(LONGEST[0], f"{LONGEST[2]}/{LONGEST[2]}"), 256),
    ],
)
def test_the_longest_names_fit(name: str, limit: int) -> None:
    assert len(name) <= limit
    assert not name.endswith("-")
    assert "--" not in name


def test_long_names_stay_apart() -> None:
    assert names.role("a" * 24, "e" * 32, "s" * 62 + "x", "task") != names.role(
        "a" * 24, "e" * 32, "s" * 62 + "y", "task"
    )


def test_a_name_changes_with_what_replaces_the_resource() -> None:
    assert names.load_balancer("shop", "prod", "public") != names.load_balancer("shop", "prod", "internal")
    assert names.target_group("shop", "prod", "web", "HTTP") != names.target_group("shop", "prod", "web", "TCP")
