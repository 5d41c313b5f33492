"""The DNS records that are printed for whoever makes them by hand."""

from __future__ import annotations

from typing import Any

import pytest
from descriptions import check

from ecsgen import application
from ecsgen.application import Application
from ecsgen.pipeline.records import VALIDATION, WAITING, DnsRecord, hosts_by_hand, lines, records

ARN = "arn:aws:acm:eu-west-1:123456789012:certificate/1"
BALANCER = "shop-1.eu-west-1.elb.amazonaws.com"


LISTENER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shared/50dc6c495c0c9188/f2f7dc8efc522ab2"
NETWORK = {"vpc": "vpc-0123456789abcdef0", "public_subnets": ["subnet-00000000000000001", "subnet-00000000000000002"]}


def resolved(domain: dict[str, Any] | None, *hosts: str | dict[str, str], **top: Any) -> Application:
    web = {"image": "nginx:1.27", "port": 80, "http": {"host": list(hosts)} if hosts else {}}
    description = {"name": "shop", "region": "eu-west-1", "services": {"web": web}, **top}
    examined = check({**description, **({"domain": domain} if domain else {})})
    assert not examined.errors, [str(problem) for problem in examined.errors]
    return application.resolve(examined.environments["default"], "default", {})


@pytest.mark.parametrize(
    ("domain", "hosts", "by_hand"),
    [
        (None, ("b.example.com", "a.example.com", "api-*.example.com"), ("a.example.com", "b.example.com")),
        (None, (), ()),
        (None, ({"ref": "local.host"}, "a.example.com"), ("a.example.com",)),
        ({"certificate": ARN}, ("a.example.com",), ("a.example.com",)),
        ({"zone": "example.com"}, ("a.example.com",), ()),
    ],
)
def test_hosts_that_nothing_leads_to(domain: dict[str, Any] | None, hosts: tuple[Any, ...], by_hand: Any) -> None:
    assert hosts_by_hand(resolved(domain, *hosts)) == by_hand


def test_without_a_domain_a_host_leads_to_the_load_balancer() -> None:
    found = records(resolved(None, "a.example.com"), {"url": f"http://{BALANCER}"})
    assert found == (DnsRecord("a.example.com", "CNAME", BALANCER),)


def test_the_path_of_the_address_is_no_part_of_a_record() -> None:
    found = records(resolved(None, "a.example.com"), {"url": f"http://{BALANCER}/api"})
    assert found == (DnsRecord("a.example.com", "CNAME", BALANCER),)


def test_on_a_shared_listener_it_leads_to_the_load_balancer_and_not_to_itself() -> None:
    shared = resolved(None, "a.example.com", network=NETWORK, load_balancer={"existing": LISTENER})
    found = records(shared, {"url": "https://a.example.com", "dns_name": BALANCER})
    assert found == (DnsRecord("a.example.com", "CNAME", BALANCER),)
    assert records(shared, {})[0].value == ""


def test_before_the_first_apply_only_the_names_are_known() -> None:
    for domain in (None, {"certificate": ARN}):
        found = records(resolved(domain, "a.example.com"), {})
        assert [str(record) for record in found] == ["a.example.com CNAME (known after apply)"]


def test_what_validates_the_certificate_comes_from_terraform() -> None:
    waiting = resolved({"certificate": "auto"}, "a.example.com")
    validation = {"name": "_1.a.example.com", "type": "CNAME", "value": "_2.acm-validations.aws."}
    outputs = {"dns_records": [validation, {"name": "a.example.com", "type": "CNAME", "value": BALANCER}]}
    found = records(waiting, outputs)
    assert lines(waiting, found) == [
        "DNS records to create by hand:",
        "  _1.a.example.com CNAME _2.acm-validations.aws.",
        f"  a.example.com CNAME {BALANCER}",
        WAITING,
    ]
    validated = resolved({"certificate": "auto", "validated": True}, "a.example.com")
    assert WAITING not in lines(validated, records(validated, outputs))


def test_a_plan_says_of_the_certificate_s_records_that_they_are_to_come() -> None:
    waiting = resolved({"certificate": "auto"}, "a.example.com")
    assert lines(waiting, records(waiting, {})) == [
        "DNS records to create by hand:",
        "  a.example.com CNAME (known after apply)",
        f"  {VALIDATION}",
        WAITING,
    ]
    own = resolved({"certificate": ARN}, "a.example.com")
    assert f"  {VALIDATION}" not in lines(own, records(own, {}))


def test_a_plan_knows_hosts_that_came_and_went_since_the_last_apply() -> None:
    made = [
        {"name": "_1.a.example.com", "type": "CNAME", "value": "_2.acm-validations.aws"},
        {"name": "_3.b.example.com", "type": "CNAME", "value": "_4.acm-validations.aws"},
        {"name": "a.example.com", "type": "CNAME", "value": BALANCER},
        {"name": "b.example.com", "type": "CNAME", "value": BALANCER},
    ]
    changed = resolved({"certificate": "auto"}, "b.example.com", "c.example.com")
    assert lines(changed, records(changed, {"dns_records": made}))[1:-1] == [
        "  _3.b.example.com CNAME _4.acm-validations.aws",
        f"  b.example.com CNAME {BALANCER}",
        "  c.example.com CNAME (known after apply)",
        f"  {VALIDATION}",
    ]


def test_a_wildcard_is_validated_at_its_domain() -> None:
    wild = resolved({"certificate": "auto", "names": "*.example.com"}, "a.example.com")
    made = [
        {"name": "_1.example.com", "type": "CNAME", "value": "_2.acm-validations.aws"},
        {"name": "a.example.com", "type": "CNAME", "value": BALANCER},
    ]
    assert lines(wild, records(wild, {"dns_records": made}))[1:-1] == [
        "  _1.example.com CNAME _2.acm-validations.aws",
        f"  a.example.com CNAME {BALANCER}",
    ]


def test_nothing_to_do_says_nothing() -> None:
    assert lines(resolved({"zone": "example.com"}, "a.example.com"), ()) == []
