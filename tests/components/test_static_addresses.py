"""Addresses that stay in front of the load balancer: what leads to them, and what does not change for them."""

from __future__ import annotations

from typing import Any

from descriptions import render

API = {"image": "a:1", "port": 80, "http": {"host": "api.example.com"}}
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/1"


def rendered(load_balancer: dict[str, Any], **top: Any) -> dict[str, str]:
    described = {"name": "shop", "region": "eu-west-1", "services": {"api": API}, "load_balancer": load_balancer}
    return {path: " ".join(text.split()) for path, text in render({**described, **top}).items()}


def test_the_application_load_balancer_stays_as_it_is() -> None:
    without, found = rendered({}), rendered({"static_ips": True})
    assert found["default/load_balancer.tf"].startswith(without["default/load_balancer.tf"])
    assert not any("static_addresses" in text for text in without.values())
    assert not any("/modules/nlb/" in f"/{path}" or "alb_target" in path for path in without)


def test_what_leads_to_it() -> None:
    zone = {"zone": "example.com"}
    found = rendered({"static_ips": True}, domain=zone)
    assert (
        "dns_name = module.static_addresses.dns_name zone_id = module.static_addresses.zone_id"
        in (found["default/domain.tf"])
    )
    assert "value = module.static_addresses.static_ips" in found["default/outputs.tf"]
    assert '"http://${module.static_addresses.dns_name}"' in rendered({"static_ips": True})["default/outputs.tf"]


def test_listeners_follow_https() -> None:
    plain = rendered({"static_ips": True})["default/load_balancer.tf"]
    assert "port = 80" in plain
    assert "port = 443" not in plain
    encrypted = rendered({"static_ips": True}, domain={"certificate": CERTIFICATE})["default/load_balancer.tf"]
    assert "port = 80" in encrypted
    assert "port = 443" in encrypted


def test_who_may_connect() -> None:
    found = rendered({"static_ips": True, "allow": ["192.0.2.0/24"]})["default/load_balancer.tf"]
    assert found.count('ingress_cidr_blocks = ["192.0.2.0/24"]') == 2
    assert "0.0.0.0/0" not in found
    everyone = rendered({"static_ips": True})["default/load_balancer.tf"]
    assert everyone.count('ingress_cidr_blocks = ["0.0.0.0/0"]') == 2
