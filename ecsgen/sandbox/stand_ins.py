"""Stand-ins for what a description says is there already: a VPC with its subnets, a cluster, a listener.

They are made by API once and shared by all descriptions that name the same thing, as the things themselves are. Ids are
AWS's to give, so a stand-in has another one than what it stands for, which is on it as a tag; names and tags are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ecsgen.errors import AwsError

TAG = "ecsgen:stand-in-for"
CIDR = "10.0.0.0/16"
DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a description names. `vpc`: an id, tags, "default", or None for a VPC of its own; `subnets`: ids of any kind.

    `tagged_subnets` are the tags by which subnets are found; `listener` is a listener's ARN, `cluster` and
    `capacity_provider` are names.
    """

    vpc: str | Mapping[str, str] | None = None
    subnets: tuple[str, ...] = ()
    tagged_subnets: tuple[Mapping[str, str], ...] = ()
    security_groups: tuple[str, ...] = ()
    cluster: str | None = None
    capacity_provider: str | None = None
    listener: str | None = None


def provide(wanted: Wanted, client: Callable[[str], Any]) -> dict[str, str]:
    """Make what is missing. Returns the ids and ARNs of the description with those of their stand-ins.

    `client` gives the client of a service. Raises AwsError when the sandbox refuses something.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return _provide(wanted, client)
    except (BotoCoreError, ClientError) as error:
        raise AwsError("a stand-in could not be made in the sandbox", why=str(error)) from error


def _provide(wanted: Wanted, client: Callable[[str], Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    subnets: list[str] = []
    vpc = ""
    if wanted.cluster is not None:
        _cluster(client("ecs"), wanted.cluster, wanted.capacity_provider)
    if wanted.vpc is not None:
        ec2 = client("ec2")
        vpc = _vpc(ec2, wanted.vpc)
        if isinstance(wanted.vpc, str) and wanted.vpc != DEFAULT:
            found[wanted.vpc] = vpc
        for index, subnet in enumerate(wanted.subnets):
            found[subnet] = _subnet(ec2, vpc, {TAG: subnet}, index)
            subnets.append(found[subnet])
        for tags in wanted.tagged_subnets:
            subnets += [_subnet(ec2, vpc, {**tags, TAG: f"{_text(tags)} {index}"}, index) for index in range(2)]
        for group in wanted.security_groups:
            found[group] = _security_group(ec2, vpc, group)
    if wanted.listener is not None and vpc:
        found[wanted.listener] = _listener(client, wanted.listener, vpc, subnets)
    return found


def _text(tags: Mapping[str, str]) -> str:
    return " ".join(f"{key}={value}" for key, value in sorted(tags.items()))


def _filters(tags: Mapping[str, str], **more: str) -> list[dict[str, Any]]:
    named = {**{f"tag:{key}": value for key, value in tags.items()}, **more}
    return [{"Name": name, "Values": [value]} for name, value in named.items()]


def _tagged(kind: str, tags: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())]}]


def _cluster(ecs: Any, name: str, provider: str | None) -> None:
    """The cluster with Fargate, Spot and a provider of instances. No instance is started: a sandbox has none."""
    described = ecs.describe_clusters(clusters=[name])["clusters"]
    there = [cluster for cluster in described if cluster.get("status") == "ACTIVE"]
    providers = there[0].get("capacityProviders", []) if there else ["FARGATE", "FARGATE_SPOT"]
    if not there:
        ecs.create_cluster(clusterName=name, capacityProviders=providers)
    if provider is None or provider in providers:
        return
    if not ecs.describe_capacity_providers(capacityProviders=[provider])["capacityProviders"]:
        ecs.create_capacity_provider(
            name=provider, autoScalingGroupProvider={"autoScalingGroupArn": f"stand-in-for-{provider}"}
        )
    ecs.put_cluster_capacity_providers(
        cluster=name, capacityProviders=[*providers, provider], defaultCapacityProviderStrategy=[]
    )


def _vpc(ec2: Any, vpc: str | Mapping[str, str]) -> str:
    if vpc == DEFAULT:
        there = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
        return str((there[0] if there else ec2.create_default_vpc()["Vpc"])["VpcId"])
    tags = {TAG: vpc} if isinstance(vpc, str) else dict(vpc)
    there = ec2.describe_vpcs(Filters=_filters(tags))["Vpcs"]
    if there:
        return str(there[0]["VpcId"])
    return str(ec2.create_vpc(CidrBlock=CIDR, TagSpecifications=_tagged("vpc", tags))["Vpc"]["VpcId"])


def _subnet(ec2: Any, vpc: str, tags: Mapping[str, str], index: int) -> str:
    """One subnet; neighbours stand in different zones."""
    there = ec2.describe_subnets(Filters=_filters({TAG: tags[TAG]}, **{"vpc-id": vpc}))["Subnets"]
    if there:
        return str(there[0]["SubnetId"])
    zones = sorted(zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"])
    used = {subnet["CidrBlock"] for subnet in ec2.describe_subnets(Filters=_filters({}, **{"vpc-id": vpc}))["Subnets"]}
    base = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["CidrBlock"].split(".")[:2]
    block = next(cidr for number in range(255, -1, -1) if (cidr := f"{'.'.join(base)}.{number}.0/24") not in used)
    made = ec2.create_subnet(
        VpcId=vpc,
        CidrBlock=block,
        AvailabilityZone=zones[index % len(zones)],
        TagSpecifications=_tagged("subnet", tags),
    )
    return str(made["Subnet"]["SubnetId"])


def _security_group(ec2: Any, vpc: str, name: str) -> str:
    label = name if not name.startswith("sg-") else f"stand-in-{name}"
    filters = _filters({}, **{"vpc-id": vpc, "group-name": label})
    there = ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    if there:
        return str(there[0]["GroupId"])
    made = ec2.create_security_group(VpcId=vpc, GroupName=label, Description=f"Stand-in for {name}")
    return str(made["GroupId"])


def _listener(client: Callable[[str], Any], listener: str, vpc: str, subnets: list[str]) -> str:
    """The listener of a load balancer of the same name, on port 80: one for all listeners of it."""
    elb, ec2 = client("elbv2"), client("ec2")
    name = listener.partition(":listener/app/")[2].partition("/")[0]
    balancer = next(
        (one for one in elb.describe_load_balancers()["LoadBalancers"] if one["LoadBalancerName"] == name), None
    )
    if balancer is None:
        if not subnets:
            found = ec2.describe_subnets(Filters=_filters({}, **{"vpc-id": vpc}))["Subnets"]
            subnets = [subnet["SubnetId"] for subnet in found]
        group = _security_group(ec2, vpc, f"stand-in-{name}")
        made = elb.create_load_balancer(Name=name, Type="application", Subnets=subnets[:2], SecurityGroups=[group])
        balancer = made["LoadBalancers"][0]
    elif balancer["VpcId"] != vpc:
        raise AwsError(
            f"the sandbox has a load balancer {name} already",
            why=f"it is in {balancer['VpcId']}, and the stand-in of the VPC is {vpc}",
            hint="take the sandbox down, or name the same VPC in every description that shares the load balancer",
        )
    arn = balancer["LoadBalancerArn"]
    listeners = elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]
    if listeners:
        return str(listeners[0]["ListenerArn"])
    answer = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
    made = elb.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=[answer])
    return str(made["Listeners"][0]["ListenerArn"])
