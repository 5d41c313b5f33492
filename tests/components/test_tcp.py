"""A service's network load balancer: where connections go, what is checked, what its parts are called."""

from __future__ import annotations

from typing import Any

from descriptions import check, render

from ecsgen import application
from ecsgen.components.tcp import TcpInputs
from ecsgen.hcl import Ref


def described(service: dict[str, Any], **top: Any) -> dict[str, Any]:
    return {"name": "shop", "region": "eu-west-1", "services": {"api": {"image": "a:1", **service}}, **top}


def resolved(service: dict[str, Any], **top: Any) -> TcpInputs:
    found = check(described(service, **top))
    assert not found.errors, found.errors
    inputs = application.resolve(found.environments["default"], "default", {}).services[0].tcp
    assert inputs is not None
    return inputs


PORTS = {"port": 80, "ports": [{"port": 53, "protocol": "udp"}, {"port": 81, "name": "admin"}]}


def test_where_connections_go() -> None:
    found = resolved(
        {
            **PORTS,
            "tcp": [
                {"port": 1},
                {"port": 2, "protocol": "udp"},
                {"port": 3, "name": "by-name", "target": "admin"},
                {"port": 4, "name": "by-number", "target": 81},
            ],
        }
    )
    assert {name: group["container_port"] for name, group in found.target_groups.items()} == {
        "tcp": Ref('module.api_task.tcp_ports["api"]'),
        "udp": Ref('module.api_task.udp_ports["api"]'),
        "by-name": Ref('module.api_task.named_ports["admin"]'),
        "by-number": 81,
    }
    udp = found.target_groups["udp"]
    assert (udp["protocol"], udp["preserve_client_ip"], udp["health_check"]["port"]) == ("UDP", True, 80)
    assert "preserve_client_ip" not in found.target_groups["tcp"]
    assert len({group["name"] for group in found.target_groups.values()}) == 4


def test_a_single_listener_needs_no_list() -> None:
    one, several = resolved({**PORTS, "tcp": {"port": 9}}), resolved({**PORTS, "tcp": [{"port": 9}]})
    assert one == several


def test_names_carry_what_replaces() -> None:
    base = resolved({**PORTS, "tcp": {"port": 9}})
    assert resolved({**PORTS, "tcp": {"port": 10}}).name == base.name
    assert resolved({**PORTS, "tcp": {"port": 9, "static_ips": True}}).name != base.name
    assert resolved({**PORTS, "tcp": {"port": 9, "scheme": "internal"}}).name != base.name
    named = {**PORTS, "tcp": {"port": 9, "name": "x"}}
    udp = {**PORTS, "tcp": {"port": 9, "name": "x", "protocol": "udp"}}
    assert resolved(named).target_groups["x"]["name"] != resolved(udp).target_groups["x"]["name"]


def test_an_internal_one_stands_in_private_subnets_that_are_made_for_it() -> None:
    files = render(described({**PORTS, "tcp": {"port": 9, "scheme": "internal"}}))
    assert "private_subnets = true" in " ".join(files["default/network.tf"].split())
    assert "subnet_ids = module.network.private_subnet_ids" in " ".join(files["default/service_api.tf"].split())
    assert "[module.network.vpc_cidr_block]" in files["default/service_api.tf"]


def test_without_tcp_there_is_no_trace_of_it() -> None:
    assert not any(
        "nlb" in path or "network_load_balancer = " in text
        for path, text in render(described(PORTS)).items()
        if "modules" not in path
    )


def test_http_beside_tcp() -> None:
    files = render(described({**PORTS, "http": {"grace": 90}, "tcp": {"port": 9}}))
    assert files["default/service_api.tf"].count("health_check_grace_period_seconds") == 1
