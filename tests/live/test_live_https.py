"""HTTPS for an application that is deployed: its way through HTTP stays open until the new one is there."""

from __future__ import annotations

import http.client
import threading
from typing import Any
from urllib.parse import urlsplit

import pytest
from live_project import Stack, get
from live_sandbox import Sandbox
from live_stacks import VAULT, VAULT_HTTPS

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live-trouble")]

HOST = "www.vault.example.com"


def balancer_of(sandbox: Sandbox) -> str:
    found = sandbox.client("elbv2").describe_load_balancers()["LoadBalancers"]
    return str(next(item["LoadBalancerName"] for item in found if item["LoadBalancerName"].startswith("vault-")))


def replaced(plan: dict[str, Any]) -> set[str]:
    changes = [change for group in plan["groups"] for change in group["changes"]]
    return {change["type"] for change in changes if change["action"] == "replace"}


def test_the_switch_to_https_leaves_no_gap(vault: Stack, sandbox: Sandbox) -> None:
    assert vault.applied
    port, balancer = urlsplit(sandbox.endpoint).port, balancer_of(sandbox)
    assert get(f"http://{HOST}.localhost:{port}/").body == "the vault"
    seen: list[int] = []
    stop = threading.Event()

    def ask_port_80() -> None:
        while not stop.wait(0.05):
            try:
                seen.append(get(f"{sandbox.endpoint}/_alb/{balancer}/", host=f"{HOST}:80").status)
            except (OSError, http.client.HTTPException):
                seen.append(0)

    vault.project.write({"ecsgen.yaml": VAULT.format(domain="domain: {zone: vault.example.com}\n") + VAULT_HTTPS})
    assert replaced(vault.project.plan().require().document["plan"]) == {"aws_lb_listener_rule"}
    thread = threading.Thread(target=ask_port_80)
    thread.start()
    try:
        result = vault.project.apply().require()
    finally:
        stop.set()
        thread.join()
    assert set(seen) == {200, 301}
    assert seen == sorted(seen), "once it redirects, it goes on doing so"
    assert result.url == f"http://{HOST}.localhost:{port}/"
    assert f"the address below stands for https://{HOST}" in result.err
    assert get(result.url).body == "the vault"
    assert get(f"http://docs.vault.example.com.localhost:{port}/").status == 404
    assert get(f"http://admin.vault.example.com.localhost:{port}/cgi-bin/health").status == 200
    # There is no Cognito here, and nobody is let in without.
    assert get(f"http://admin.vault.example.com.localhost:{port}/").status == 501
    plan = vault.project.plan().require()
    assert plan.document["empty"] is True, plan.document
    certificate = sandbox.client("acm").list_certificates()["CertificateSummaryList"]
    assert [item["DomainName"] for item in certificate] == ["admin.vault.example.com"]
    assert {"aws_route53_record", "aws_acm_certificate_validation"} <= set(vault.project.state())


def test_it_goes_without_a_trace(vault: Stack, sandbox: Sandbox) -> None:
    vault.project.destroy().require()
    assert vault.project.state() == []
    assert sandbox.client("acm").list_certificates()["CertificateSummaryList"] == []
