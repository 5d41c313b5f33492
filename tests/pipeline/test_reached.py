"""Where an environment is reached apart from its URL, from the outputs of Terraform."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from descriptions import check

from ecsgen import application
from ecsgen.pipeline.reached import Reached, reached

if TYPE_CHECKING:
    from ecsgen.pipeline.target import Target

IMAGE = {"image": "nginx:1.27", "port": 80}
OUTPUTS = {
    "static_ips": ["198.51.100.1", "198.51.100.2"],
    "broker_tcp": "broker-1.elb.eu-west-1.amazonaws.com",
    "broker_static_ips": ["198.51.100.3", "198.51.100.4"],
    "names_tcp": "names-1.elb.eu-west-1.amazonaws.com",
}


def found(outputs: dict[str, Any], **settings: Any) -> Reached:
    listeners = [
        {"port": 1883, "static_ips": True},
        {"port": 443, "protocol": "tls", "certificate": "arn:aws:acm:eu-west-1:123456789012:certificate/1111"},
    ]
    names = {**IMAGE, "ports": [{"port": 53, "protocol": "udp"}]}
    described = {
        "name": "shop",
        "region": "eu-west-1",
        "services": {
            "web": {**IMAGE, "http": True},
            "broker": {**IMAGE, "port": 1883, "tcp": listeners},
            "names": {**names, "tcp": {"port": 53, "protocol": "udp"}},
        },
        **settings,
    }
    examined = check(described)
    assert not examined.errors, examined.errors
    resolved = application.resolve(examined.environments["default"], "default", {})
    return reached(cast("Target", SimpleNamespace(application=resolved)), outputs)


def test_listeners_and_the_addresses_that_stay() -> None:
    places = found(OUTPUTS, load_balancer={"static_ips": True})
    assert list(places.lines()) == [
        "broker: tcp://broker-1.elb.eu-west-1.amazonaws.com:1883",
        "broker: tls://broker-1.elb.eu-west-1.amazonaws.com:443",
        "broker: 198.51.100.3 (it stays)",
        "broker: 198.51.100.4 (it stays)",
        "names: udp://names-1.elb.eu-west-1.amazonaws.com:53",
        "load balancer: 198.51.100.1 (it stays)",
        "load balancer: 198.51.100.2 (it stays)",
    ]
    assert places.balancer_ips == ("198.51.100.1", "198.51.100.2")
    assert places.of("broker") == {
        "listeners": [
            "tcp://broker-1.elb.eu-west-1.amazonaws.com:1883",
            "tls://broker-1.elb.eu-west-1.amazonaws.com:443",
        ],
        "static_ips": ["198.51.100.3", "198.51.100.4"],
    }
    assert places.of("names") == {"listeners": ["udp://names-1.elb.eu-west-1.amazonaws.com:53"]}
    assert places.of("web") == {}


def test_an_output_of_another_name_is_not_taken_for_one() -> None:
    places = found({"static_ips": ["198.51.100.1"], "web_tcp": "web-1.elb.eu-west-1.amazonaws.com"})
    assert (list(places.lines()), places.balancer_ips) == ([], ())
