"""Several rules of one service: their keys, what signs clients in, and what the protocol changes."""

from __future__ import annotations

from typing import Any

from descriptions import check, messages, render

from ecsgen import application
from ecsgen.application import ServiceApplication

WEB: dict[str, Any] = {"image": "nginx:1.27", "port": 80}
POOL = {"user_pool": "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_a", "client": "c", "domain": "d"}
AUTH = {"cognito": POOL}


def described(http: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "name": "shop",
        "region": "eu-west-1",
        "domain": {"zone": "example.com"},
        "services": {"web": {**WEB, "http": http}},
        **more,
    }


def resolved(http: dict[str, Any], kept: dict[str, int] | None = None) -> ServiceApplication:
    examined = check(described(http))
    assert not examined.errors, [str(problem) for problem in examined.errors]
    return application.resolve(examined.environments["default"], "default", kept or {}).services[0]


def rules(http: dict[str, Any], kept: dict[str, int] | None = None) -> dict[str, dict[str, Any]]:
    found = resolved(http, kept).http
    assert found is not None
    return found.listener_rules


def test_the_short_form_is_the_rule_main() -> None:
    assert list(rules({})) == ["main"]
    assert list(rules({"rules": []})) == ["main"]


def test_rules_alone_are_the_only_ones() -> None:
    assert list(rules({"rules": [{"name": "a", "host": "a.example.com"}]})) == ["a"]
    assert list(rules({"drain": 5, "rules": [{"name": "a", "host": "a.example.com"}]})) == ["a"]
    assert list(rules({"path": "/", "rules": [{"name": "a", "host": "a.example.com"}]})) == ["main", "a"]


def test_keys_stay_when_the_list_changes() -> None:
    first, second = {"host": "a.example.com", "path": "/api/v2"}, {"host": "b.example.com"}
    keys = set(rules({"rules": [first, second]}))
    assert keys == set(rules({"rules": [second, first]}))
    assert set(rules({"rules": [second]})) < keys
    assert {key.rpartition("-")[0] for key in keys} == {"api-v2", "b-example-com"}
    assert set(rules({"rules": [{"host": ["A.example.com"], "path": ["/api/v2"]}]})) < keys


def test_a_rule_with_a_number_keeps_its_key_whatever_it_says() -> None:
    for path in ("/a", "/b"):
        assert list(rules({"rules": [{"path": path, "priority": 9}]})) == ["priority-9"]


def test_priorities_are_kept_by_key() -> None:
    http = {"host": "a.example.com", "rules": [{"name": "docs", "host": "b.example.com"}]}
    first = rules(http)
    kept = {"web/main": first["main"]["priority"] + 3, "web/docs": first["docs"]["priority"] + 5}
    assert {key: rule["priority"] for key, rule in rules(http, kept).items()} == {
        "main": kept["web/main"],
        "docs": kept["web/docs"],
    }


def test_rules_of_all_services_share_the_numbers() -> None:
    found = rules({"path": "/", "rules": [{"path": f"/{name}"} for name in "abcd"]})
    assert len({rule["priority"] for rule in found.values()}) == 5
    assert max(found.values(), key=lambda rule: rule["priority"]) == found["main"]


def test_everyone_signs_in_unless_the_rule_says_no() -> None:
    other = {"cognito": {**POOL, "domain": "other"}}
    found = rules(
        {
            "host": "a.example.com",
            "auth": AUTH,
            "rules": [
                {"name": "own", "host": "b.example.com", "auth": other},
                {"name": "same", "host": "c.example.com"},
                {"name": "open", "host": "d.example.com", "auth": False},
            ],
        }
    )
    domains = {key: rule.get("authenticate_cognito", {}).get("user_pool_domain") for key, rule in found.items()}
    assert domains == {"main": "d", "own": "other", "same": "d", "open": None}
    assert found["main"]["authenticate_cognito"] == {
        "user_pool_arn": POOL["user_pool"],
        "user_pool_client_id": "c",
        "user_pool_domain": "d",
        "scope": "openid",
        "session_timeout": 604_800,
        "on_unauthenticated_request": "authenticate",
    }


def test_only_a_load_balancer_that_signs_in_reaches_out() -> None:
    with_it = render(described({"host": "a.example.com", "auth": AUTH}))["default/load_balancer.tf"]
    without = render(described({"host": "a.example.com", "auth": False}))["default/load_balancer.tf"]
    assert "https_egress" in with_it
    assert "https_egress" not in without


def test_the_protocol_is_in_the_target_group_s_name() -> None:
    found = [resolved({"protocol": protocol}).http for protocol in ("http", "http2", "grpc")]
    assert len({http.target_group_name for http in found if http}) == 3
    assert [http.protocol_version for http in found if http] == [None, "HTTP2", "GRPC"]


def test_grpc_has_a_health_check_of_its_own() -> None:
    grpc, plain = resolved({"protocol": "grpc"}).http, resolved({"protocol": "http2"}).http
    assert grpc is not None
    assert (grpc.health_path, grpc.health_codes) == ("/AWS.ALB/healthcheck", "0-99")
    assert plain is not None
    assert (plain.health_path, plain.health_codes) == ("/", "200-399")
    own = resolved({"protocol": "grpc", "health": {"path": "/grpc.health.v1.Health/Check", "codes": "0,12"}}).http
    assert own is not None
    assert (own.health_path, own.health_codes) == ("/grpc.health.v1.Health/Check", "0,12")


def test_more_rules_than_a_load_balancer_takes() -> None:
    services = {
        f"s{number}": {**WEB, "http": {"rules": [{"path": f"/{number}/{part}"} for part in range(26)]}}
        for number in range(4)
    }
    found = messages({"name": "shop", "region": "eu-west-1", "services": services})
    assert len(found) == 1
    assert "error EG418: the services want 104 rules, and a load balancer takes 100" in found[0]
