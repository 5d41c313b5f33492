"""Logs that FireLens routes: what is rendered for the module, and what is left to it."""

from __future__ import annotations

from typing import Any

import pytest
from descriptions import messages, render


def description(logs: dict[str, Any], **service: Any) -> dict[str, Any]:
    return {
        "name": "parcels",
        "region": "eu-west-1",
        "services": {"web": {"image": "nginx:1.27", "logs": logs, **service}},
    }


def rendered(logs: dict[str, Any], **service: Any) -> str:
    return render(description(logs, **service))["default/service_web.tf"]


def test_without_firelens_nothing_of_it_is_written() -> None:
    assert rendered({"driver": "awslogs"}) == rendered({})
    assert "log_router" not in rendered({})


def test_options_come_sorted_and_secrets_by_reference() -> None:
    logs = {"driver": "firelens", "options": {"tls": "on", "Name": "http"}, "secret_options": {"Header": "ssm:/key"}}
    text = rendered(logs)
    assert text.index('Name = "http"') < text.index('tls  = "on"')
    assert 'Header = "ssm:/key"' in text


def test_the_modules_own_values_are_left_to_it() -> None:
    own = {"log_group_name": "/ecs/parcels/default/web", "region": "eu-west-1"}
    short = {"driver": "firelens", "options": {"Name": "cloudwatch_logs"}}
    assert rendered({**short, "options": {"Name": "cloudwatch_logs", **own}}) == rendered(short)
    other = rendered({**short, "options": {"Name": "cloudwatch_logs", "log_group_name": "/other"}})
    assert 'log_group_name = "/other"' in other


def test_a_router_from_ecr_may_be_pulled() -> None:
    image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/routers/own:3"
    text = rendered({"driver": "firelens", "config": "/own.conf", "image": image})
    assert "arn:aws:ecr:eu-west-1:123456789012:repository/routers/own" in text
    assert "options" not in text


def test_a_secrets_key_may_be_used() -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    kept = {"token": {"from": "ssm:/token", "kms_key": key}}
    assert key in rendered({"driver": "firelens", "options": {"Name": "http"}, "secret_options": kept})


@pytest.mark.parametrize("value", ["AKIAIOSFODNN7EXAMPLE"])
def test_a_credential_is_not_repeated(value: str) -> None:
    found = messages(description({"driver": "firelens", "options": {"Name": "s3", "Key": value}}))
    assert any("EG612" in line for line in found)
    assert not any(value in line for line in found)


def test_nine_containers_have_room_for_the_router() -> None:
    sidecars = {f"s{number}": {"image": "nginx:1.27"} for number in range(8)}
    assert not messages(description({"driver": "firelens", "options": {"Name": "http"}}, sidecars=sidecars))
