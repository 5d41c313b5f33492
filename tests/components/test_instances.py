"""What fits onto EC2 instances, what the instances are made of, and how a service on them is laid out."""

from __future__ import annotations

import re
from typing import Any

import pytest
from descriptions import messages, render

from ecsgen import instance_types
from ecsgen.components import ec2, instances, linux
from ecsgen.components.ec2 import AMIS, Ec2
from ecsgen.components.instances import Load


def description(ec2_keys: dict[str, Any], **services: dict[str, Any]) -> dict[str, Any]:
    """A description in private subnets; every service runs on EC2 in x86_64 unless it says otherwise."""
    return {
        "name": "shop",
        "region": "eu-west-1",
        "network": {"nat": "single"},
        "cluster": {"ec2": {"max": 2, **ec2_keys}},
        "services": {
            name: {"image": "nginx:1.27", **({} if "daemon" in item else {"capacity": "ec2"}), **item}
            for name, item in services.items()
        },
    }


def codes(ec2_keys: dict[str, Any], **services: dict[str, Any]) -> list[str]:
    return [line.split(" ")[2].rstrip(":") for line in messages(description(ec2_keys, **services))]


def test_the_table_is_sane() -> None:
    table = instance_types.table()
    assert len(table) > 800
    for name, kind in table.items():
        assert kind.name == name
        assert kind.architecture in {"x86_64", "arm64"}
        assert 0 < kind.task_memory < kind.memory
        assert kind.vcpus >= 1
        assert kind.task_interfaces >= 1
        assert kind.trunk_tasks in {0, None} or kind.trunk_tasks > kind.task_interfaces
    assert table["m5.large"] == instance_types.InstanceType("m5.large", 2, 8192, 3, "x86_64", 0, 10)
    assert table["t4g.small"].trunk_tasks == 0


def test_a_name_says_what_the_table_says() -> None:
    """Types that are newer than the table are judged by their names, so the rule must hold for those in it."""
    for name, kind in instance_types.table().items():
        family = name.partition(".")[0]
        if family != "a1":
            assert instance_types.architecture(f"{family}.unheard-of") == kind.architecture, name


@pytest.mark.parametrize(
    ("name", "ami"),
    [
        ("m7i.large", "al2023"),
        ("m7g.large", "al2023-arm64"),
        ("g5.xlarge", "al2023-gpu"),
        ("m99g.large", "al2023-arm64"),
    ],
)
def test_the_ami_follows_the_instance_types(name: str, ami: str) -> None:
    inputs = ec2.resolve(Ec2(instance_types=[name], max=1), "shop", "prod", public=False, dynamic_ports=False)
    assert inputs.image_id == f"resolve:ssm:{AMIS[ami].parameter}"
    assert inputs.name == "ec2-shop-prod"


def test_an_ami_of_ones_own_is_amazon_linux() -> None:
    keys = Ec2(instance_types=["m7i.large"], max=1, ami="ami-0123456789abcdef0")
    inputs = ec2.resolve(keys, "shop", "prod", public=False, dynamic_ports=False)
    assert (inputs.image_id, inputs.operating_system) == ("ami-0123456789abcdef0", "amazon-linux")


@pytest.mark.parametrize(
    ("cpu", "memory", "fits"),
    [(2048, 3827, True), (2048, 3828, False), (2049, 512, False), (128, 6, True)],
)
def test_the_border_of_an_instance(cpu: int, memory: int, fits: bool) -> None:
    found = codes({"instance_types": "t3.medium"}, web={"cpu": cpu, "memory": memory, "count": 1})
    assert found == ([] if fits else ["EG523"])


@pytest.mark.parametrize(
    ("mode", "count", "most", "expected"),
    [
        ("awsvpc", 3, 2, []),
        ("awsvpc", 4, 2, ["EG525"]),
        ("awsvpc", 5, 2, ["EG525"]),
        ("bridge", 15, 2, []),
        ("bridge", 16, 2, ["EG525"]),
        ("bridge", 17, 2, ["EG525"]),
        ("host", 2, 3, []),
        ("host", 3, 3, ["EG525"]),
    ],
)
def test_how_many_tasks_the_instances_hold(mode: str, count: int, most: int, expected: list[str]) -> None:
    """m5.large: 2 free interfaces, 2048 CPU units. One task more must fit, or no deployment moves."""
    service = {"count": count, "cpu": 256, "memory": 256, "port": 80, "network": {"mode": mode}}
    assert codes({"instance_types": "m5.large", "max": most}, web=service) == expected


def test_a_deployment_that_stops_first_needs_no_room() -> None:
    service = {"count": 4, "deploy": {"min_healthy": 50, "max": 100}}
    assert codes({"instance_types": "m5.large"}, web=service) == []


def test_services_share_the_instances_with_a_daemon() -> None:
    web = {"network": {"mode": "bridge"}, "cpu": 1024, "memory": 512, "count": 2}
    assert codes({"instance_types": "m5.large"}, web=web, api={**web, "count": 1}) == []
    assert codes({"instance_types": "m5.large"}, web=web, api={**web, "count": 1}, agent={"daemon": True}) == ["EG525"]


def test_gpus_are_counted() -> None:
    service = {
        "network": {"mode": "bridge"},
        "limits": {"gpu": 3},
        "count": 2,
        "deploy": {"min_healthy": 0, "max": 100},
    }
    assert codes({"instance_types": "g5.12xlarge", "max": 1}, web=service) == ["EG525"]
    assert codes({"instance_types": "g5.12xlarge", "max": 2}, web=service) == []


def test_thousands_of_tasks_are_counted_quickly() -> None:
    loads = [
        Load(f"s{index}", ("services", f"s{index}"), 5000, 10_000, (), 128 + index, 64 + index, 0, "x86_64", False)
        for index in range(500)
    ]
    assert [finding.code for finding in instances.check(["m5.24xlarge"], 5000, loads)] == ["EG525"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/dev/fuse", {"host_path": "/dev/fuse", "container_path": "/dev/fuse"}),
        ("/dev/a:/dev/b", {"host_path": "/dev/a", "container_path": "/dev/b"}),
        ("/dev/a:rw", {"host_path": "/dev/a", "container_path": "/dev/a", "permissions": ["read", "write"]}),
        (
            "/dev/a:/dev/b:wmr",
            {"host_path": "/dev/a", "container_path": "/dev/b", "permissions": ["mknod", "read", "write"]},
        ),
    ],
)
def test_devices_as_docker_writes_them(text: str, expected: dict[str, Any]) -> None:
    assert linux.inputs(linux.LinuxKeys(linux=linux.Linux(devices=[text])))["devices"] == [expected]


def test_a_target_group_of_instances_has_another_name() -> None:
    """Its target type replaces it: with the same name the new one could not stand beside the old one."""
    web = {"port": 80, "http": True}
    names = set()
    for mode in ("awsvpc", "bridge", "host"):
        text = render(description({"instance_types": "m7i.large"}, web={**web, "network": {"mode": mode}}))[
            "default/service_web.tf"
        ]
        names.add(next(line for line in text.splitlines() if "target_group_name" in line).split()[-1])
    assert len(names) == 2


def test_dynamic_ports_are_opened_only_for_a_bridge_behind_the_load_balancer() -> None:
    for service, opened in (
        ({"port": 80, "http": True, "network": {"mode": "bridge"}}, True),
        ({"port": 80, "network": {"mode": "bridge"}}, False),
        ({"port": 80, "http": True, "network": {"mode": "host"}}, False),
    ):
        text = render(description({"instance_types": "m7i.large"}, web=service))["default/cluster.tf"]
        assert ("dynamic_ports_from" in text) is opened


def test_bottlerocket_is_told_to_run_privileged_containers() -> None:
    for ami, privileged, told in (
        ("bottlerocket", True, True),
        ("bottlerocket", False, False),
        ("al2023", True, False),
    ):
        web = {"linux": {"privileged": privileged}, "network": {"mode": "bridge"}}
        text = render(description({"instance_types": "m7i.large", "ami": ami}, web=web))["default/cluster.tf"]
        assert ("allow_privileged_containers = true" in text) is told


def test_containers_on_ec2_are_told_their_region() -> None:
    own = render(description({"instance_types": "m7i.large"}, web={"env": {"AWS_REGION": "us-east-1"}}))
    assert 'AWS_REGION = "us-east-1"' in own["default/service_web.tf"]
    given = render(description({"instance_types": "m7i.large"}, web={}))
    assert 'AWS_REGION = "eu-west-1"' in given["default/service_web.tf"]
    fargate = render(description({"instance_types": "m7i.large"}, web={"capacity": "fargate"}))
    assert "AWS_REGION" not in fargate["default/service_web.tf"]


def test_containers_behind_a_bridge_have_ports_of_their_own() -> None:
    two = {"port": 80, "sidecars": {"side": {"image": "nginx:1.27", "port": 80}}}
    assert not messages(description({"instance_types": "m7i.large"}, web={**two, "network": {"mode": "bridge"}}))
    for mode in ("awsvpc", "host"):
        found = messages(description({"instance_types": "m7i.large"}, web={**two, "network": {"mode": mode}}))
        assert len(found) == 1
        assert "EG324" in found[0]


def test_what_fargate_limits_and_ec2_does_not() -> None:
    limits = {"memlock": {"soft": -1, "hard": -1}, "core": {"soft": 0, "hard": -1}}
    free = {"stop_timeout": "10m", "ulimits": limits, "network": {"mode": "bridge"}}
    text = render(description({"instance_types": "m7i.large"}, web=free))["default/service_web.tf"]
    assert "stop_timeout = 600" in text
    assert re.search(r"memlock = \{\s+soft = -1\s+hard = -1\s+\}", text)
    found = messages(description({"instance_types": "m7i.large"}, web={"stop_timeout": 121, "capacity": "fargate"}))
    assert "121 seconds is out of range; write a number from 0 to 120 seconds: Fargate waits no longer" in found[1]


@pytest.mark.parametrize(
    ("name", "soft", "hard", "code"),
    [
        ("memlock", -1, 5, "EG320"),
        ("nproc", 6, 5, "EG320"),
        ("nofile", 5, -1, "EG103"),
        ("nproc", -2, 5, "EG103"),
    ],
)
def test_limits_that_do_not_fit(name: str, soft: int, hard: int, code: str) -> None:
    web = {"ulimits": {name: {"soft": soft, "hard": hard}}, "network": {"mode": "bridge"}}
    found = messages(description({"instance_types": "m7i.large"}, web=web))
    assert [line.split(" ")[2] for line in found] == [f"{code}:"]


def test_which_types_are_of_the_nitro_system() -> None:
    assert all(
        map(instance_types.is_nitro, ("m7i.large", "t3.micro", "i3.metal", "i3en.large", "m5.large", "x2gd.large"))
    )
    assert not any(map(instance_types.is_nitro, ("t2.micro", "m4.large", "i3.large", "p3.2xlarge", "x1e.xlarge")))


@pytest.mark.parametrize(("ports", "expected"), [(29, []), (30, ["EG458"])])
def test_the_instances_group_has_rules_for_so_many_ways_into_host_mode(ports: int, expected: list[str]) -> None:
    """Each port from two sources (the two services on the instances are one), and one for the load balancer."""
    listed = list(range(8001, 8000 + ports))
    host = {"network": {"mode": "host"}, "cpu": 128, "memory": 128}
    bridge = {"network": {"mode": "bridge"}, "cpu": 128, "memory": 128}
    found = codes(
        {"instance_types": "m7i.large"},
        web={**host, "port": 8000, "ports": listed, "http": True, "allow_from": ["web", "other", "10.0.0.0/8"]},
        other=bridge,
        last={**host, "port": 9000, "allow_from": ["other"]},
    )
    assert found == expected
