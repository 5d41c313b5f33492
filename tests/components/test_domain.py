"""Names of an application: which hosts get records, which names a certificate has, and the address that is printed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from descriptions import check, messages, render

from ecsgen import application
from ecsgen.components.domain import DomainInputs, covers

WEB: dict[str, Any] = {"image": "nginx:1.27", "port": 80}
ARN = "arn:aws:acm:eu-west-1:123456789012:certificate/1"


def description(domain: dict[str, Any] | None, **http: dict[str, Any]) -> dict[str, Any]:
    services = {name: {**WEB, "http": settings} for name, settings in http.items()}
    return {"name": "shop", "region": "eu-west-1", **({"domain": domain} if domain else {}), "services": services}


def resolved(domain: dict[str, Any] | None, **http: dict[str, Any]) -> DomainInputs | None:
    examined = check(description(domain, **http))
    assert not examined.errors, [str(problem) for problem in examined.errors]
    return application.resolve(examined.environments["default"], "default", {}).domain


def inputs(domain: dict[str, Any], **http: dict[str, Any]) -> DomainInputs:
    found = resolved(domain, **http)
    assert found is not None
    return found


def test_nothing_without_a_domain_or_without_http() -> None:
    assert resolved(None, web={"host": "www.example.com"}) is None
    only_worker = {**description({"zone": "example.com"}), "services": {"worker": {"image": "nginx:1.27"}}}
    examined = check(only_worker)
    assert application.resolve(examined.environments["default"], "default", {}).domain is None
    assert not any("domain" in path for path in render(only_worker))


def test_hosts_of_all_rules_are_sorted_in_lower_case() -> None:
    rules = [{"host": "b.example.com", "path": "/x"}, {"host": ["A.example.com"], "path": "/y"}]
    found = inputs(
        {"zone": "example.com"}, web={"host": "c.example.com", "rules": rules}, api={"host": "d.example.com"}
    )
    assert found.hosts == ("a.example.com", "b.example.com", "c.example.com", "d.example.com")
    assert found.certificate_names == found.hosts
    assert found.https


def test_a_service_without_a_host_is_at_the_apex() -> None:
    found = inputs({"zone": "example.com"}, docs={"host": "docs.example.com"}, web={})
    assert found.hosts == ("docs.example.com", "example.com")
    assert inputs({"zone": "example.com"}, web={"host": "www.example.com"}).hosts == ("www.example.com",)
    with_a_host = {"host": "www.example.com", "rules": [{"path": "/open"}]}
    assert inputs({"zone": "example.com"}, web=with_a_host).hosts == ("www.example.com",)


@pytest.mark.parametrize(
    ("hosts", "names"),
    [
        (["*.example.com", "a.example.com", "a.b.example.com"], ("*.example.com", "a.b.example.com")),
        (["*.example.com", "example.com"], ("*.example.com", "example.com")),
        ([f"{'a' * 60}.example.com", "b.example.com"], ("b.example.com", f"{'a' * 60}.example.com")),
    ],
)
def test_names_of_the_certificate(hosts: list[str], names: tuple[str, ...]) -> None:
    found = inputs({"zone": "example.com"}, web={"host": hosts})
    assert found.certificate_names == names
    assert found.hosts == tuple(sorted(hosts))


def test_names_that_are_written_take_the_place_of_the_hosts() -> None:
    domain = {"zone": "example.com", "names": ["example.com", "*.example.com"]}
    found = inputs(domain, web={"host": "www.example.com"})
    assert found.certificate_names == ("*.example.com", "example.com")
    assert found.hosts == ("www.example.com",)


@pytest.mark.parametrize(
    ("domain", "https", "names", "validated"),
    [
        ({"zone": "example.com"}, True, 1, False),
        ({"zone": "Z0123456789ABC"}, True, 1, False),
        ({"certificate": ARN}, True, 0, False),
        ({"zone": "example.com", "certificate": ARN}, True, 0, False),
        ({"certificate": "auto"}, False, 1, False),
        ({"validated": True}, True, 1, True),
    ],
)
def test_when_https_begins(domain: dict[str, Any], https: bool, names: int, validated: bool) -> None:
    found = inputs(domain, web={"host": "www.example.com"})
    assert (found.https, len(found.certificate_names), found.validated) == (https, names, validated)
    text = render(description(domain, web={"host": "www.example.com"}))
    assert ("https = {" in text["default/load_balancer.tf"]) is https
    assert ('"https://www.example.com"' in text["default/outputs.tf"]) is https
    assert ('output "dns_records"' in text["default/outputs.tf"]) is ("zone" not in domain)
    assert found.url == ("https://www.example.com" if https else None)


@pytest.mark.parametrize(
    ("http", "url"),
    [
        ({"a": {"host": "*.example.com"}, "b": {"host": ["z.example.com", "y.example.com"]}}, "https://z.example.com"),
        ({"a": {"host": "a.example.com", "path": "/a"}, "b": {}}, "https://a.example.com"),
        ({"b": {}, "c": {"host": "c.example.com"}}, "https://example.com"),
        ({"a": {"host": "*.example.com"}}, None),
        ({"a": {"host": "a.example.com", "path": ["/v1", "/health"]}}, "https://a.example.com/health"),
        ({"a": {"host": "a.example.com", "path": "/a"}, "b": {"host": "a.example.com"}}, "https://a.example.com"),
        ({"a": {"host": "a.example.com", "path": "/a*"}, "b": {"path": "/b"}}, "https://a.example.com/b"),
        ({"b": {"path": "/b/*"}}, "https://example.com/b"),
    ],
)
def test_the_address_is_the_host_that_is_written_first(http: dict[str, dict[str, Any]], url: str | None) -> None:
    assert inputs({"zone": "example.com"}, **http).url == url


def test_without_a_host_the_load_balancer_s_own_name_is_printed() -> None:
    found = messages(description({"certificate": ARN}, web={}))
    assert len(found) == 1
    assert "warning EG448" in found[0]
    assert (
        '"https://${module.load_balancer.dns_name}"'
        in render(description({"certificate": ARN}, web={}))["default/outputs.tf"]
    )


def test_patterns_are_left_to_a_certificate_of_one_s_own() -> None:
    assert inputs({"certificate": ARN}, web={"host": ["api-*.example.com", "www.example.com"]}).hosts == (
        "www.example.com",
    )


@pytest.mark.parametrize(
    ("name", "host", "good"),
    [
        ("*.example.com", "a.example.com", True),
        ("*.example.com", "a.b.example.com", False),
        ("*.example.com", "example.com", False),
        ("*.example.com", "*.example.com", True),
        ("a.example.com", "a.example.com", True),
        ("a.example.com", "b.example.com", False),
    ],
)
def test_what_a_name_covers(name: str, host: str, good: bool) -> None:
    assert covers(name, host) is good


def test_more_than_a_certificate_ever_takes() -> None:
    hosts = [f"h{number}.example.com" for number in range(101)]
    services = {f"s{index}": {"host": hosts[index * 5 : index * 5 + 5]} for index in range(21)}
    found = [line for line in messages(description({"zone": "example.com"}, **services)) if "EG445" in line]
    assert len(found) == 1
    assert "error EG445: the certificate has 101 names, and it takes 100" in found[0]


def test_blocks_count_for_both_ports() -> None:
    blocks = [f"10.{number}.0.0/16" for number in range(0, 62, 2)]
    plain = {**description(None, web={}), "load_balancer": {"allow": blocks}}
    assert messages(plain) == []
    secure = {**description({"zone": "example.com"}, web={}), "load_balancer": {"allow": blocks}}
    assert len(found := messages(secure)) == 1
    assert "EG406: 31 IPv4 blocks, each on 2 ports, are more than the 60 rules" in found[0]


def test_an_environment_can_do_without() -> None:
    text = {**description({"zone": "example.com"}, web={}), "environments": {"a": {}, "b": {"domain": None}}}
    files = render(text)
    assert "a/domain.tf" in files
    assert "b/domain.tf" not in files
    assert "https" not in json.dumps(files["b/outputs.tf"])
