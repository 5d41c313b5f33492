"""Network load balancers: addresses that stay, and target groups for TCP. Nothing is forwarded, and health is real."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .stacks import REGION, Server, Stack, until


class Zones:
    """A VPC with a subnet and an Elastic IP in each of two zones, and a network load balancer with both."""

    def __init__(self, server: Server) -> None:
        self.ec2, self.elb = server.client("ec2"), server.client("elbv2")
        self.vpc = self.ec2.create_vpc(CidrBlock="10.6.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [self.subnet(number, zone) for number, zone in enumerate("ab")]
        self.addresses = [self.ec2.allocate_address(Domain="vpc") for _ in self.subnets]
        self.mappings = [
            {"SubnetId": subnet, "AllocationId": address["AllocationId"]}
            for subnet, address in zip(self.subnets, self.addresses, strict=True)
        ]
        self.made = self.create(self.mappings)
        self.arn = self.made["LoadBalancerArn"]

    def subnet(self, number: int, zone: str) -> str:
        block = f"10.6.{number}.0/24"
        made = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=block, AvailabilityZone=f"{REGION}{zone}")
        return str(made["Subnet"]["SubnetId"])

    def create(self, mappings: list[dict[str, str]]) -> dict[str, Any]:
        name = f"n{uuid.uuid4().hex[:8]}"
        made = self.elb.create_load_balancer(Name=name, Type="network", SubnetMappings=mappings)
        return dict(made["LoadBalancers"][0])

    def described(self) -> dict[str, Any]:
        return dict(self.elb.describe_load_balancers(LoadBalancerArns=[self.arn])["LoadBalancers"][0])


@pytest.fixture
def zones(simulated: Server) -> Iterator[Zones]:
    zones = Zones(simulated)
    yield zones
    zones.elb.delete_load_balancer(LoadBalancerArn=zones.arn)
    for address in zones.addresses:
        zones.ec2.release_address(AllocationId=address["AllocationId"])


def test_the_elastic_ips_of_a_load_balancer_are_kept(zones: Zones) -> None:
    expected = [
        {
            "ZoneName": f"{REGION}{zone}",
            "SubnetId": subnet,
            "LoadBalancerAddresses": [{"AllocationId": address["AllocationId"], "IpAddress": address["PublicIp"]}],
        }
        for zone, subnet, address in zip("ab", zones.subnets, zones.addresses, strict=True)
    ]
    assert zones.made["AvailabilityZones"] == expected
    assert zones.described()["AvailabilityZones"] == expected
    assert zones.made["VpcId"] == zones.vpc


def test_an_elastic_ip_belongs_to_one_load_balancer_at_a_time(zones: Zones) -> None:
    with pytest.raises(ClientError, match="ResourceInUse"):
        zones.create(zones.mappings[:1])
    with pytest.raises(ClientError, match="AllocationIdNotFound"):
        zones.create([{"SubnetId": zones.subnets[0], "AllocationId": "eipalloc-0"}])
    zones.elb.delete_load_balancer(LoadBalancerArn=zones.arn)
    again = zones.create(zones.mappings[:1])
    assert [zone["SubnetId"] for zone in again["AvailabilityZones"]] == zones.subnets[:1]
    zones.elb.delete_load_balancer(LoadBalancerArn=again["LoadBalancerArn"])


def test_a_load_balancer_gets_another_zone_with_its_address(zones: Zones) -> None:
    subnet, address = zones.subnet(9, "c"), zones.ec2.allocate_address(Domain="vpc")
    zones.addresses.append(address)
    more = {"SubnetId": subnet, "AllocationId": address["AllocationId"]}
    zones.elb.set_subnets(LoadBalancerArn=zones.arn, SubnetMappings=[*zones.mappings, more])
    found = zones.described()["AvailabilityZones"]
    assert [zone["ZoneName"] for zone in found] == [f"{REGION}{zone}" for zone in "abc"]
    assert found[-1]["LoadBalancerAddresses"] == [
        {"AllocationId": address["AllocationId"], "IpAddress": address["PublicIp"]}
    ]


@pytest.mark.parametrize(
    ("check", "kept"),
    [
        ({"HealthCheckProtocol": "TCP"}, {}),
        (
            {"HealthCheckProtocol": "HTTP", "HealthCheckPath": "/up", "Matcher": {"HttpCode": "200-399"}},
            {"HealthCheckPath": "/up", "Matcher": {"HttpCode": "200-399"}},
        ),
    ],
    ids=["tcp", "http"],
)
def test_a_health_check_over_tcp_has_no_path(zones: Zones, check: dict[str, Any], kept: dict[str, Any]) -> None:
    made = zones.elb.create_target_group(
        Name=f"g{uuid.uuid4().hex[:8]}", Protocol="TCP", Port=1883, VpcId=zones.vpc, TargetType="ip", **check
    )["TargetGroups"][0]
    (found,) = zones.elb.describe_target_groups(TargetGroupArns=[made["TargetGroupArn"]])["TargetGroups"]
    for group in (made, found):
        assert {key: group[key] for key in ("HealthCheckPath", "Matcher") if key in group} == kept
        assert group["HealthCheckProtocol"] == check["HealthCheckProtocol"]
    zones.elb.delete_target_group(TargetGroupArn=made["TargetGroupArn"])


@pytest.mark.docker
def test_targets_are_connected_to(stack: Stack) -> None:
    stack.add_balancer()
    balancer = stack.elb.create_load_balancer(Name=f"{stack.name}-n", Type="network", Subnets=["subnet-1"])
    arn = balancer["LoadBalancers"][0]["LoadBalancerArn"]
    group = stack.elb.create_target_group(
        Name=f"{stack.name}-n",
        Protocol="TCP",
        Port=80,
        VpcId=stack.vpc,
        TargetType="ip",
        HealthCheckProtocol="TCP",
        HealthCheckIntervalSeconds=5,
        HealthCheckTimeoutSeconds=2,
        UnhealthyThresholdCount=2,
    )["TargetGroups"][0]["TargetGroupArn"]
    stack.elb.create_listener(
        LoadBalancerArn=arn,
        Protocol="TCP",
        Port=1883,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    stack.serve(stack.define(), group=group)
    stack.steady()
    assert stack.health(group) == [{"State": "healthy"}]
    stack.elb.modify_target_group(TargetGroupArn=group, HealthCheckPort="9")
    until(lambda: "unhealthy" in [target["State"] for target in stack.health(group)], 60, lambda: stack.health(group))
    stack.elb.delete_load_balancer(LoadBalancerArn=arn)
