"""Listener rules over HTTP, on one load balancer with fixed answers; no container is needed for that."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .stacks import Server


class Balancer:
    def __init__(self, server: Server) -> None:
        self.server, self.elb, self.name = server, server.client("elbv2"), f"b{uuid.uuid4().hex[:8]}"
        made = self.elb.create_load_balancer(Name=self.name, Subnets=["subnet-1", "subnet-2"])["LoadBalancers"][0]
        self.arn, self.vpc = made["LoadBalancerArn"], made.get("VpcId") or "vpc-1"
        self.listener = self.elb.create_listener(
            LoadBalancerArn=self.arn, Protocol="HTTP", Port=80, DefaultActions=[self.fixed("default", "404")]
        )["Listeners"][0]["ListenerArn"]

    @staticmethod
    def fixed(text: str, status: str = "200") -> dict[str, Any]:
        config = {"StatusCode": status, "ContentType": "text/plain", "MessageBody": text}
        return {"Type": "fixed-response", "FixedResponseConfig": config}

    def rule(self, priority: int, text: str, **conditions: list[str]) -> str:
        fields = {"path": "path-pattern", "host": "host-header", "source": "source-ip"}
        given = [
            {"Field": fields[name], f"{config}Config": {"Values": values}}
            for name, values in conditions.items()
            for config in [{"path": "PathPattern", "host": "HostHeader", "source": "SourceIp"}[name]]
        ]
        made = self.elb.create_rule(
            ListenerArn=self.listener, Priority=priority, Conditions=given, Actions=[self.fixed(text)]
        )
        return str(made["Rules"][0]["RuleArn"])

    def ask(self, path: str, host: str = "") -> str:
        if host:
            return self.server.get(f"/_alb/{self.name}{path}", host=host)[1]
        return self.server.get(path, host=f"{self.name}.alb.localhost")[1]


@pytest.fixture
def balancer(simulated: Server) -> Iterator[Balancer]:
    balancer = Balancer(simulated)
    yield balancer
    balancer.elb.delete_load_balancer(LoadBalancerArn=balancer.arn)


def test_a_load_balancer_is_in_the_vpc_of_its_subnets(simulated: Server) -> None:
    ec2, elb, name = simulated.client("ec2"), simulated.client("elbv2"), f"b{uuid.uuid4().hex[:8]}"
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    made = elb.create_load_balancer(Name=name, Subnets=[subnet])["LoadBalancers"][0]
    assert made["VpcId"] == vpc
    elb.delete_load_balancer(LoadBalancerArn=made["LoadBalancerArn"])


def test_rules_are_tried_by_priority(balancer: Balancer) -> None:
    balancer.rule(300, "all", path=["/*"])
    balancer.rule(100, "one", path=["/api/*", "/api"])
    balancer.rule(200, "two", path=["/api/v2/*"])
    assert [balancer.ask(path) for path in ("/api", "/api/v2/x", "/apis", "/")] == ["one", "one", "all", "all"]


def test_path_patterns_have_two_wildcards_and_heed_case(balancer: Balancer) -> None:
    balancer.rule(1, "star", path=["/img/*.png"])
    balancer.rule(2, "mark", path=["/v?/x"])
    balancer.rule(3, "brackets", path=["/[a]"])
    asked = ("/img/a/b.png", "/IMG/a.png", "/v1/x", "/v12/x", "/a", "/%5Ba%5D", "/[a]")
    answers = ["star", "default", "mark", "default", "default", "brackets", "brackets"]
    assert [balancer.ask(path) for path in asked] == answers


def test_hosts_do_not_heed_case(balancer: Balancer) -> None:
    balancer.rule(1, "host", host=["*.Example.com"])
    assert balancer.ask("/", "APP.example.COM:8080") == "host"
    assert balancer.ask("/", "example.com") == "default"


def test_all_conditions_of_a_rule_must_match(balancer: Balancer) -> None:
    balancer.rule(1, "both", host=["a.test"], path=["/x"])
    assert balancer.ask("/x", "a.test") == "both"
    assert balancer.ask("/y", "a.test") == "default"


def test_sources_are_the_clients_address(balancer: Balancer) -> None:
    balancer.rule(1, "office", path=["/*"], source=["203.0.113.0/24", "2001:db8::/32"])
    balancer.rule(2, "here", path=["/*"], source=["127.0.0.0/8"])
    assert balancer.ask("/") == "here"


def test_a_priority_is_taken_once(balancer: Balancer) -> None:
    first = balancer.rule(10, "a", path=["/a"])
    second = balancer.rule(20, "b", path=["/b"])
    with pytest.raises(ClientError, match="PriorityInUse"):
        balancer.rule(10, "c", path=["/c"])
    set_priorities = balancer.elb.set_rule_priorities
    with pytest.raises(ClientError, match="PriorityInUse"):
        set_priorities(RulePriorities=[{"RuleArn": first, "Priority": 20}])
    set_priorities(RulePriorities=[{"RuleArn": first, "Priority": 20}, {"RuleArn": second, "Priority": 10}])
    rules = balancer.elb.describe_rules(ListenerArn=balancer.listener)["Rules"]
    assert {rule["RuleArn"]: rule["Priority"] for rule in rules if not rule["IsDefault"]} == {first: "20", second: "10"}


def test_a_target_group_belongs_to_one_load_balancer(balancer: Balancer, simulated: Server) -> None:
    made = balancer.elb.create_target_group(
        Name=balancer.name, Protocol="HTTP", Port=80, VpcId=balancer.vpc, TargetType="ip"
    )
    forward = {"Type": "forward", "TargetGroupArn": made["TargetGroups"][0]["TargetGroupArn"]}
    conditions = [{"Field": "path-pattern", "Values": ["/*"]}]
    other = Balancer(simulated)

    def rule(of: Balancer, priority: int) -> str:
        values = {"ListenerArn": of.listener, "Priority": priority, "Conditions": conditions, "Actions": [forward]}
        return str(of.elb.create_rule(**values)["Rules"][0]["RuleArn"])

    first, second = rule(balancer, 1), rule(balancer, 2)
    with pytest.raises(ClientError, match="TargetGroupAssociationLimit"):
        rule(other, 1)
    for arn in (first, second):
        balancer.elb.delete_rule(RuleArn=arn)
    rule(other, 1)
    other.elb.delete_load_balancer(LoadBalancerArn=other.arn)


def test_a_group_without_targets_answers_503(balancer: Balancer) -> None:
    group = balancer.elb.create_target_group(
        Name=balancer.name, Protocol="HTTP", Port=80, VpcId=balancer.vpc, TargetType="ip"
    )["TargetGroups"][0]["TargetGroupArn"]
    targets = [{"Id": "192.0.2.1", "Port": 80}]
    balancer.elb.register_targets(TargetGroupArn=group, Targets=targets)
    health = balancer.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"][0]["TargetHealth"]
    assert (health["State"], health["Reason"]) == ("unused", "Target.NotInUse")
    balancer.elb.deregister_targets(TargetGroupArn=group, Targets=targets)
    balancer.elb.create_rule(
        ListenerArn=balancer.listener,
        Priority=5,
        Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    assert balancer.server.get("/", host=f"{balancer.name}.alb.localhost")[0] == 503


def test_a_target_group_goes_once_nothing_uses_it(simulated: Server) -> None:
    balancer = Balancer(simulated)
    group = balancer.elb.create_target_group(
        Name=f"g{uuid.uuid4().hex[:8]}", Protocol="HTTP", Port=80, VpcId=balancer.vpc, TargetType="ip"
    )["TargetGroups"][0]["TargetGroupArn"]
    balancer.elb.create_rule(
        ListenerArn=balancer.listener,
        Priority=1,
        Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/x"]}}],
        Actions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    with pytest.raises(ClientError, match="currently in use by a listener or a rule"):
        balancer.elb.delete_target_group(TargetGroupArn=group)
    balancer.elb.delete_load_balancer(LoadBalancerArn=balancer.arn)
    balancer.elb.delete_target_group(TargetGroupArn=group)
    with pytest.raises(ClientError, match="not found"):
        balancer.elb.describe_target_groups(TargetGroupArns=[group])
    balancer.elb.delete_target_group(TargetGroupArn=group)
