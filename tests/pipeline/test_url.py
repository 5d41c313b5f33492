"""The address that `apply` prints: one that a rule of the listener serves."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from descriptions import check, render

from ecsgen import application
from ecsgen.pipeline.deploy import url_of
from ecsgen.sandbox.web import host_url, load_balancer_url

if TYPE_CHECKING:
    from ecsgen.pipeline.target import Target

SHARED = {
    "network": {"vpc": "vpc-0123456789abcdef0", "public_subnets": ["subnet-00000000000000001"]},
    "load_balancer": {
        "existing": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shared/50dc6c495c0c9188/f2f7dc8efc522ab2"
    },
}
ZONE = {"domain": {"zone": "example.com"}}
OWN = "http://shop-default-3403d0.alb.localhost:4000"


def described(http: dict[str, Any], **top: Any) -> dict[str, Any]:
    web = {"image": "nginx:1.27", "port": 80, "http": http}
    return {"name": "shop", "region": "eu-west-1", "services": {"web": web}, **top}


@pytest.mark.parametrize(
    ("http", "top", "url"),
    [
        ({}, {}, f"{OWN}/"),
        ({"path": "/api"}, {}, f"{OWN}/api"),
        ({"host": "a.example.com", "path": "/api"}, {}, f"{OWN}/"),
        ({"host": "a.example.com"}, ZONE, "http://a.example.com.localhost:4000/"),
        ({"host": "a.example.com", "path": "/api"}, ZONE, "http://a.example.com.localhost:4000/api"),
        ({"path": "/api"}, SHARED, "http://shared.alb.localhost:4000/api"),
        ({"host": "a.example.com", "path": "/api"}, SHARED, "http://a.example.com.localhost:4000/api"),
        ({"host": "*.example.com"}, SHARED, "http://shared.alb.localhost:4000/"),
    ],
)
def test_in_the_sandbox_it_leads_to_a_rule(http: dict[str, Any], top: dict[str, Any], url: str) -> None:
    examined = check(described(http, **top))
    assert not examined.errors, examined.errors
    resolved = application.resolve(examined.environments["default"], "default", {})
    sandbox = SimpleNamespace(
        host_url=lambda host, path: host_url(4000, host, path),
        load_balancer_url=lambda name, path: load_balancer_url(4000, name, path),
    )
    assert url_of(cast("Target", SimpleNamespace(application=resolved, sandbox=sandbox))) == url


@pytest.mark.parametrize(
    ("http", "top", "value"),
    [
        ({"path": "/api"}, {}, 'join("", ["http://", module.load_balancer.dns_name, "/api"])'),
        (
            {"path": "/api"},
            {"load_balancer": {"static_ips": True}},
            'join("", ["http://", module.static_addresses.dns_name, "/api"])',
        ),
        ({"path": "/api"}, ZONE, '"https://example.com/api"'),
        ({"path": ["/", "/api"]}, {}, '"http://${module.load_balancer.dns_name}"'),
        ({"host": "a.example.com", "path": "/api"}, {}, '"http://${module.load_balancer.dns_name}"'),
    ],
)
def test_in_an_account_it_does_too(http: dict[str, Any], top: dict[str, Any], value: str) -> None:
    text = render(described(http, **top))["default/outputs.tf"]
    (url,) = (part for part in text.split("output ") if part.startswith('"url"'))
    assert url.partition("value")[2].strip(" =\n}") + ("}" if value.endswith("}") else "") == value
