"""Service Connect, allow_from and the endpoints that tasks need: what is decided, and that Terraform can plan it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from descriptions import check, messages, render

from ecsgen import application
from ecsgen.application import Application
from ecsgen.application.order import servers
from ecsgen.hcl import Ref, Reference

BIG = {"image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/a:1", "cpu": 512, "memory": 1024}


def described(services: dict[str, Any], **top: Any) -> dict[str, Any]:
    return {"name": "shop", "region": "eu-west-1", "services": {k: {**BIG, **v} for k, v in services.items()}, **top}


def resolved(services: dict[str, Any], **top: Any) -> Application:
    found = check(described(services, **top))
    assert not found.problems, found.problems
    return application.resolve(found.environments["default"], "default", {})


def service(found: Application, name: str) -> Any:
    return next(item for item in found.services if item.name == name)


def test_a_port_gets_the_name_that_service_connect_needs() -> None:
    found = resolved({"api": {"port": 80, "ports": [9000], "connect": True}})
    api = service(found, "api")
    assert api.connect.server == {"discovery_name": "api", "port_name": "connect", "dns_name": "api"}
    assert api.task.containers["api"]["ports"] == [
        {"container_port": 80, "name": "connect"},
        {"container_port": 9000},
    ]
    assert found.cluster.namespace == "shop-default"


def test_the_port_of_a_sidecar_by_name() -> None:
    sidecars = {"proxy": {"image": BIG["image"], "ports": [{"port": 8443, "name": "tls"}]}}
    found = resolved({"api": {"port": 80, "sidecars": sidecars, "connect": {"port": "tls", "protocol": "http2"}}})
    api = service(found, "api")
    assert api.connect.server["port_name"] == "tls"
    assert api.task.containers["api"]["ports"] == [{"container_port": 80}]
    assert api.task.containers["proxy"]["ports"] == [{"container_port": 8443, "name": "tls", "app_protocol": "http2"}]


def test_a_udp_port_of_the_same_number_keeps_its_name() -> None:
    ports = [{"port": 80, "protocol": "udp", "name": "events"}]
    api = service(resolved({"api": {"port": 80, "ports": ports, "connect": True}}), "api")
    assert api.task.containers["api"]["ports"] == [
        {"container_port": 80, "name": "connect"},
        {"container_port": 80, "protocol": "udp", "name": "events"},
    ]


def test_without_a_port_a_service_only_calls() -> None:
    found = resolved({"worker": {"connect": True}, "web": {"port": 80, "connect": {"client_only": True}}})
    assert service(found, "worker").connect.server is None
    assert service(found, "web").connect.server is None
    assert service(found, "web").task.containers["web"]["ports"] == [{"container_port": 80}]
    assert service(found, "web").ingress is None


def test_a_namespace_only_where_somebody_connects() -> None:
    assert resolved({"web": {}}).cluster.namespace is None
    assert resolved({"web": {"connect": True}}, cluster={"namespace": "mesh"}).cluster.namespace == "mesh"


def test_without_allow_from_exactly_the_connected_services_may_call() -> None:
    found = resolved({"api": {"port": 80, "ports": [81], "connect": True}, "web": {"connect": True}, "other": {}})
    rules = service(found, "api").ingress
    assert rules.sources == {"web": {"security_group_id": Ref("module.web_service.security_group_id")}}
    assert rules.port_name == "connect"
    assert service(found, "web").ingress is None


def test_allow_from_opens_every_port_to_exactly_those_listed() -> None:
    found = resolved(
        {
            "api": {
                "port": 80,
                "ports": [{"port": 53, "protocol": "udp"}],
                "sidecars": {"metrics": {"image": BIG["image"], "port": 9100}},
                "allow_from": [
                    "web-app",
                    "api",
                    "10.0.0.0/8",
                    "sg-0123456789abcdef0",
                    {"ref": 'module.a["b/c"].group'},
                ],
            },
            "web-app": {},
        }
    )
    rules = service(found, "api").ingress
    assert rules.sources == {
        "10.0.0.0/8": {"cidr_block": "10.0.0.0/8"},
        "api": {"self": True},
        "sg-0123456789abcdef0": {"security_group_id": "sg-0123456789abcdef0"},
        "web-app": {"security_group_id": Ref("module.web_app_service.security_group_id")},
        'module.a["b/c"].group': {"source": Reference('module.a["b/c"].group')},
    }
    assert (rules.port_name, rules.containers) == (None, ("api",))


def test_all_that_share_the_instances_group_are_one_source() -> None:
    """EC2 refuses a second rule that is like the first: same group, same port, same source."""
    ec2 = {"capacity": "ec2"}
    found = resolved(
        {
            "a": {**ec2, "network": {"mode": "bridge"}},
            "b": {**ec2, "network": {"mode": "host"}, "port": 81, "allow_from": ["a", "b", "d"]},
            "c": {**ec2, "port": 80, "allow_from": ["a", "b", "d"]},
            "d": ec2,
        },
        network={"nat": "single"},
        cluster={"ec2": {"instance_types": "m7i.xlarge", "max": 9}},
    )
    one = {"d": {"security_group_id": Ref("module.d_service.security_group_id")}}
    assert service(found, "b").ingress.sources == {"EC2 instances": {"self": True}, **one}
    instances = {"security_group_id": Ref("module.ec2_capacity.security_group_id")}
    assert service(found, "c").ingress.sources == {"EC2 instances": instances, **one}


def test_an_empty_list_lets_nobody_in() -> None:
    assert service(resolved({"api": {"port": 80, "connect": True, "allow_from": []}}), "api").ingress is None


def test_a_connect_that_is_switched_off_in_an_environment() -> None:
    base = described({"api": {"port": 80, "connect": {"alias": "orders"}}}, environments={"a": {}, "b": {}})
    base["environments"]["b"] = {"services": {"api": {"connect": False}}}
    base["environments"]["a"] = {"services": {"api": {"connect": True}}}
    found = check(base).environments
    assert found["b"].services["api"].connect is None
    assert found["a"].services["api"].connect.alias == "orders"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("services", "expected"),
    [
        ({"web": {"connect": True}, "api": {"port": 80, "connect": True}}, {"web": ["api"], "api": []}),
        ({"a": {"port": 80, "connect": True}, "b": {"port": 80, "connect": True}}, {"a": [], "b": []}),
        (
            {
                "a": {"port": 80, "connect": True, "allow_from": ["b"]},
                "b": {"port": 80, "connect": True, "allow_from": ["c"]},
                "c": {"connect": True},
            },
            {"a": [], "b": ["a"], "c": ["b"]},
        ),
        (
            {"a": {"port": 80, "connect": True, "allow_from": ["10.0.0.0/8"]}, "b": {"connect": True}},
            {"a": [], "b": []},
        ),
    ],
)
def test_those_that_are_called_come_first(services: dict[str, Any], expected: dict[str, list[str]]) -> None:
    found = check(described(services))
    assert not found.errors
    assert servers(found.environments["default"]) == expected


def test_endpoints_that_the_tasks_need_and_no_others() -> None:
    found = resolved({"api": {"secrets": {"A": "ssm:/a"}}}, network={"endpoints": "auto"})
    assert found.network.gateway_endpoints == ("s3",)
    assert found.network.interface_endpoints == ("ecr.api", "ecr.dkr", "logs", "ssm")
    more = resolved(
        {
            "api": {
                "exec": True,
                "secrets": {"A": {"from": "secretsmanager:a", "kms_key": "arn:aws:kms:eu-west-1:123456789012:key/1"}},
            },
            "open": {"network": {"public": True}, "secrets": {"A": "ssm:/a"}},
        },
        network={"endpoints": ["auto", "sns", "dynamodb"]},
    )
    assert more.network.gateway_endpoints == ("dynamodb", "s3")
    assert more.network.interface_endpoints == (
        "ecr.api", "ecr.dkr", "kms", "logs", "secretsmanager", "sns", "ssmmessages",
    )  # fmt: skip
    worker = {"worker": {"scaling": {"max": 2, "queue": {"backlog": 10}}}}
    assert "sqs" in resolved(worker, network={"endpoints": "auto"}).network.interface_endpoints


def test_a_queue_is_out_of_reach_without_its_endpoint() -> None:
    worker = {"worker": {"scaling": {"max": 2, "queue": {"backlog": 10}}}}
    listed = ["ecr.api", "ecr.dkr", "logs", "s3"]
    (found,) = messages(described(worker, network={"endpoints": listed}))
    assert "EG421" in found
    assert "do not reach sqs" in found
    assert not messages(described(worker, network={"endpoints": [*listed, "sqs"]}))


def test_an_image_from_elsewhere_is_still_out_of_reach() -> None:
    (found,) = messages(
        {"name": "a", "region": "eu-west-1", "network": {"endpoints": "auto"}, "services": {"web": {"image": "a:1"}}}
    )
    assert "EG420" in found


MOCKS = """
mock_provider "aws" {
  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-west-1a", "eu-west-1b"] }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
  mock_resource "aws_service_discovery_http_namespace" {
    defaults = { arn = "arn:aws:servicediscovery:eu-west-1:123456789012:namespace/ns-1" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/a" }
  }
}
"""


@pytest.mark.terraform
def test_services_may_let_each_other_in(tmp_path: Path, terraform_env: dict[str, str], plugin_dir: str | None) -> None:
    """Their rules refer to each other's security groups, and nothing waits in a circle."""
    circle = {
        "a": {"port": 80, "connect": True, "allow_from": ["b", "a"]},
        "b": {"port": 80, "connect": True, "allow_from": ["a"]},
        "c": {"connect": True},
    }
    for path, text in render(described(circle)).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    root = tmp_path / "default"
    (root / "circle.tftest.hcl").write_text(
        MOCKS
        + """
run "applies" {
  command = apply
  assert {
    condition     = module.a_service.security_group_id != module.b_service.security_group_id
    error_message = "Each service must have a security group of its own."
  }
}
"""
    )
    mirror = [f"-plugin-dir={plugin_dir}"] if plugin_dir else []
    for command in (["init", "-backend=false", *mirror], ["test"]):
        done = subprocess.run(
            ["terraform", *command, "-no-color"],
            cwd=root,
            env=terraform_env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
