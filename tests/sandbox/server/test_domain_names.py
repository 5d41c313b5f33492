"""Names over HTTP: records that lead to load balancers, the HTTPS listener, target groups and sign-in. No container."""

from __future__ import annotations

import http.client
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from ecsgen.sandbox import zones

from .stacks import ACCOUNT, REGION, Server

COGNITO = {
    "UserPoolArn": f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/{REGION}_a",
    "UserPoolClientId": "client",
    "UserPoolDomain": "login",
    "OnUnauthenticatedRequest": "deny",
}


def fixed(text: str, status: str = "200") -> dict[str, Any]:
    config = {"StatusCode": status, "ContentType": "text/plain", "MessageBody": text}
    return {"Type": "fixed-response", "FixedResponseConfig": config}


class Secured:
    """A load balancer that redirects from HTTP to HTTPS, in a zone of its own."""

    def __init__(self, server: Server) -> None:
        self.server, self.elb = server, server.client("elbv2")
        self.name, self.zone = f"b{uuid.uuid4().hex[:8]}", f"{uuid.uuid4().hex[:8]}.example.com"
        made = self.elb.create_load_balancer(Name=self.name, Subnets=["subnet-1", "subnet-2"])["LoadBalancers"][0]
        self.arn, self.dns_name, self.zone_id = made["LoadBalancerArn"], made["DNSName"], made["CanonicalHostedZoneId"]
        redirect = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
        self.listen("HTTP", 80, {"Type": "redirect", "RedirectConfig": redirect})
        certificate = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/{uuid.uuid4()}"
        self.listener = self.listen(
            "HTTPS", 443, fixed("default", "404"), Certificates=[{"CertificateArn": certificate}]
        )

    def listen(self, protocol: str, port: int, action: dict[str, Any], **more: Any) -> str:
        made = self.elb.create_listener(
            LoadBalancerArn=self.arn, Protocol=protocol, Port=port, DefaultActions=[action], **more
        )
        return str(made["Listeners"][0]["ListenerArn"])

    def rule(self, priority: int, host: str, *actions: dict[str, Any]) -> str:
        condition = {"Field": "host-header", "HostHeaderConfig": {"Values": [host]}}
        made = self.elb.create_rule(
            ListenerArn=self.listener, Priority=priority, Conditions=[condition], Actions=list(actions)
        )
        return str(made["Rules"][0]["RuleArn"])

    def record(self, host: str) -> None:
        route53 = self.server.client("route53")
        self.ensure(self.zone)
        zone = route53.list_hosted_zones_by_name(DNSName=self.zone)["HostedZones"][0]["Id"]
        alias = {"HostedZoneId": self.zone_id, "DNSName": self.dns_name, "EvaluateTargetHealth": False}
        change = {"Action": "UPSERT", "ResourceRecordSet": {"Name": host, "Type": "A", "AliasTarget": alias}}
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})

    def ensure(self, zone: str, *hosts: str) -> None:
        endpoint = f"http://127.0.0.1:{self.server.port}"
        zones.ensure(zone, hosts, endpoint=endpoint, region=REGION, account=ACCOUNT, secret_key="any")

    def ask(self, host: str, path: str = "/") -> tuple[int, str]:
        return self.server.get(path, host=f"{host}.localhost:{self.server.port}")

    def location(self, host: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port)
        connection.request("GET", f"/_alb/{self.name}/a?b=c", headers={"Host": host})
        answer = connection.getresponse()
        connection.close()
        return answer.status, answer.getheader("Location", "")


@pytest.fixture
def secured(simulated: Server) -> Iterator[Secured]:
    secured = Secured(simulated)
    yield secured
    secured.elb.delete_load_balancer(LoadBalancerArn=secured.arn)


def test_a_record_leads_to_the_https_listener(secured: Secured) -> None:
    host = f"www.{secured.zone}"
    secured.rule(1, host, fixed("hello"))
    secured.record(host)
    assert secured.ask(host) == (200, "hello")
    assert secured.ask(f"WWW.{secured.zone}", "/deep/path?x=1") == (200, "hello")


def test_a_wildcard_record_leads_there_too_but_not_past_the_host_s_own(secured: Secured, simulated: Server) -> None:
    other = Secured(simulated)
    other.zone = secured.zone
    secured.record(f"*.{secured.zone}")
    other.record(f"own.{secured.zone}")
    secured.rule(1, f"*.{secured.zone}", fixed("wildcard"))
    other.rule(1, f"own.{secured.zone}", fixed("own"))
    assert secured.ask(f"any.{secured.zone}") == (200, "wildcard")
    assert secured.ask(f"own.{secured.zone}") == (200, "own")
    other.elb.delete_load_balancer(LoadBalancerArn=other.arn)


def test_without_a_record_the_rule_s_host_leads_there(secured: Secured) -> None:
    host = f"shop.{secured.zone}"
    secured.rule(1, host, fixed("by rule"))
    assert secured.ask(host) == (200, "by rule")


def test_a_name_that_leads_nowhere_is_no_load_balancer_s(secured: Secured) -> None:
    status, text = secured.ask(f"nobody.{secured.zone}")
    assert status == 404
    assert "NoSuchBucket" in text  # what the emulator takes an unknown host for


def test_the_load_balancer_s_own_address_means_https(secured: Secured) -> None:
    assert secured.server.get("/", host=f"{secured.name}.alb.localhost:{secured.server.port}") == (404, "default")


def test_port_80_redirects_to_https(secured: Secured) -> None:
    assert secured.location("www.example.com:80") == (301, "https://www.example.com:443/a?b=c")
    assert secured.location("www.example.com") == (301, "https://www.example.com:443/a?b=c")


def test_a_zone_is_made_once(secured: Secured) -> None:
    route53 = secured.server.client("route53")
    for _ in range(2):
        secured.ensure(secured.zone)
    found = route53.list_hosted_zones_by_name(DNSName=secured.zone)["HostedZones"]
    assert [zone["Name"] for zone in found if zone["Name"] == f"{secured.zone}."] == [f"{secured.zone}."]


def test_a_zone_gets_the_id_that_is_wanted(secured: Secured) -> None:
    route53 = secured.server.client("route53")
    wanted = f"Z{uuid.uuid4().hex[:12].upper()}"
    for _ in range(2):
        secured.ensure(wanted, "a.b.example.com", "*.c.b.example.com")
    assert route53.get_hosted_zone(Id=wanted)["HostedZone"]["Name"] == "b.example.com."


@pytest.mark.parametrize(
    ("hosts", "name"),
    [
        (["a.example.com"], "a.example.com"),
        (["a.example.com", "*.example.com"], "example.com"),
        (["a.example.com", "b.example.org"], "sandbox.test"),
        ([], "sandbox.test"),
    ],
)
def test_a_zone_by_id_is_named_by_its_hosts(hosts: list[str], name: str) -> None:
    assert zones.common_domain(hosts) == name


def test_a_target_group_keeps_its_protocol_version(secured: Secured) -> None:
    def group(**more: Any) -> dict[str, Any]:
        name = f"g{uuid.uuid4().hex[:8]}"
        made = secured.elb.create_target_group(
            Name=name, Protocol="HTTP", Port=80, VpcId="vpc-1", TargetType="ip", **more
        )
        arn = made["TargetGroups"][0]["TargetGroupArn"]
        found = secured.elb.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0]
        assert found == made["TargetGroups"][0]
        return dict(found)

    assert group()["ProtocolVersion"] == "HTTP1"
    assert group(ProtocolVersion="HTTP2", Matcher={"HttpCode": "200"})["Matcher"] == {"HttpCode": "200"}
    grpc = group(ProtocolVersion="GRPC", Matcher={"GrpcCode": "0-99"})
    assert (grpc["ProtocolVersion"], grpc["Matcher"]) == ("GRPC", {"GrpcCode": "0-99"})
    changed = secured.elb.modify_target_group(TargetGroupArn=grpc["TargetGroupArn"], Matcher={"GrpcCode": "0"})
    assert changed["TargetGroups"][0]["Matcher"] == {"GrpcCode": "0"}


def test_signing_in_is_kept_and_lets_nobody_in(secured: Secured) -> None:
    host = f"admin.{secured.zone}"
    sign_in = {"Type": "authenticate-cognito", "Order": 1, "AuthenticateCognitoConfig": COGNITO}
    arn = secured.rule(1, host, sign_in, {**fixed("secret"), "Order": 2})
    kept = secured.elb.describe_rules(RuleArns=[arn])["Rules"][0]["Actions"][0]["AuthenticateCognitoConfig"]
    defaults = {"SessionCookieName": "AWSELBAuthSessionCookie", "Scope": "openid", "SessionTimeout": 604800}
    assert kept == {**COGNITO, **defaults}
    status, text = secured.ask(host)
    assert status == 501
    assert "secret" not in text
