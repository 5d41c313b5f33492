"""The server without a Docker Engine: the API, with tasks that only say they run."""

from __future__ import annotations

import json
from typing import Any

from .stacks import Server, Stack, until


def test_a_service_completes_with_simulated_tasks(simulated: Server) -> None:
    stack = Stack(simulated, "example.com/web:1")
    group = stack.add_group()
    check = {"command": ["CMD", "true"], "interval": 30}
    stack.serve(stack.define(stack.container(healthCheck=check)), group=group, count=2)
    service = stack.steady(seconds=20)
    assert service["runningCount"] == 2
    assert {task["healthStatus"] for task in stack.tasks()} == {"HEALTHY"}
    assert stack.health(group) == [{"State": "healthy"}] * 2
    status, text = stack.fetch()
    assert status == 503
    assert "simulated" in text

    stack.ecs.update_service(
        cluster=stack.name, service="web", taskDefinition=stack.define(stack.container(image="example.com/web:2"))
    )
    updated = stack.steady(seconds=20)
    assert updated["deployments"][0]["id"] != service["deployments"][0]["id"]

    stack.ecs.delete_service(cluster=stack.name, service="web", force=True)
    until(lambda: stack.service()["status"] == "INACTIVE", 20)
    assert stack.tasks() == []


def test_the_provider_default_egress_rule_can_be_revoked(simulated: Server) -> None:
    ec2 = simulated.client("ec2")
    group = ec2.create_security_group(
        GroupName="revoke", Description="d", VpcId=ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    )["GroupId"]
    everything = {"IpProtocol": "-1", "FromPort": 0, "ToPort": 0, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[everything])
    assert ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissionsEgress"] == []


def test_services_that_would_start_programs_of_their_own_are_not_served(simulated: Server) -> None:
    served = json.loads(simulated.get("/_ministack/health")[1])["services"]
    assert {"ecs", "ecr", "elasticloadbalancing", "iam", "ssm"} <= set(served)
    assert not {"rds", "lambda", "iot", "transfer", "elasticache", "eks"} & set(served)


def test_coverage_is_told_truthfully(simulated: Server) -> None:
    status, text = simulated.get("/_ecsgen/coverage")
    table = json.loads(text)
    assert status == 200
    assert table["engine"] is False
    levels = {row["name"]: row["level"] for row in table["subjects"]}
    assert levels["target health"] == "accepted by the API"
    assert levels["IAM roles and policies"] == "accepted by the API"
    assert levels["scheduled jobs: EventBridge Scheduler and Step Functions"] == "accepted by the API"
    assert levels["other events"] == "not covered"


def test_a_cluster_keeps_the_namespace_of_its_services(simulated: Server) -> None:
    ecs = simulated.client("ecs")
    namespace = "arn:aws:servicediscovery:eu-west-1:000000000000:namespace/ns-1"
    created = ecs.create_cluster(clusterName="mesh", serviceConnectDefaults={"namespace": namespace})["cluster"]
    assert created["serviceConnectDefaults"] == {"namespace": namespace}
    (found,) = ecs.describe_clusters(clusters=["mesh"])["clusters"]
    assert found["serviceConnectDefaults"] == {"namespace": namespace}


def test_the_default_vpc_is_found_by_either_name_of_the_filter(simulated: Server) -> None:
    ec2 = simulated.client("ec2")
    made = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    for name in ("isDefault", "is-default"):
        found = ec2.describe_vpcs(Filters=[{"Name": name, "Values": ["true"]}])["Vpcs"]
        assert [vpc["IsDefault"] for vpc in found] == [True], name
        others = ec2.describe_vpcs(Filters=[{"Name": name, "Values": ["false"]}])["Vpcs"]
        assert made in {vpc["VpcId"] for vpc in others}


def test_endpoints_and_flow_logs_are_kept_as_they_were_made(simulated: Server) -> None:
    ec2 = simulated.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="endpoints", Description="x", VpcId=vpc)["GroupId"]
    made = ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName="com.amazonaws.eu-west-1.logs", VpcEndpointType="Interface", SecurityGroupIds=[group]
    )["VpcEndpoint"]["VpcEndpointId"]
    (endpoint,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[made])["VpcEndpoints"]
    assert endpoint["PrivateDnsEnabled"] is True
    assert [found["GroupId"] for found in endpoint["Groups"]] == [group]
    ec2.modify_vpc_endpoint(VpcEndpointId=made, PrivateDnsEnabled=False, RemoveSecurityGroupIds=[group])
    (endpoint,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[made])["VpcEndpoints"]
    assert (endpoint["PrivateDnsEnabled"], endpoint["Groups"]) == (False, [])
    role = "arn:aws:iam::111122223333:role/flow-logs"
    ec2.create_flow_logs(
        ResourceIds=[vpc],
        ResourceType="VPC",
        TrafficType="ALL",
        LogGroupName="/vpc/flow",
        DeliverLogsPermissionArn=role,
        MaxAggregationInterval=60,
        TagSpecifications=[{"ResourceType": "vpc-flow-log", "Tags": [{"Key": "Name", "Value": "x"}]}],
    )
    (log,) = ec2.describe_flow_logs(Filter=[{"Name": "resource-id", "Values": [vpc]}])["FlowLogs"]
    assert (log["DeliverLogsPermissionArn"], log["MaxAggregationInterval"]) == (role, 60)
    assert log["Tags"] == [{"Key": "Name", "Value": "x"}]


def test_a_rule_names_another_group_after_it_was_changed(simulated: Server) -> None:
    ec2 = simulated.client("ec2")
    tasks, old, new = (
        ec2.create_security_group(GroupName=name, Description="x")["GroupId"] for name in ("tasks", "old", "new")
    )
    way = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80}
    made = ec2.authorize_security_group_ingress(
        GroupId=tasks, IpPermissions=[{**way, "UserIdGroupPairs": [{"GroupId": old}]}]
    )["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    changed = {"SecurityGroupRuleId": made, "SecurityGroupRule": {**way, "ReferencedGroupId": new}}
    ec2.modify_security_group_rules(GroupId=tasks, SecurityGroupRules=[changed])
    (rule,) = ec2.describe_security_group_rules(SecurityGroupRuleIds=[made])["SecurityGroupRules"]
    assert rule["ReferencedGroupInfo"]["GroupId"] == new


def test_a_simulated_task_of_no_service_ends_well(simulated: Server) -> None:
    ecs = simulated.client("ecs")
    ecs.create_cluster(clusterName="once")
    ecs.register_task_definition(family="once", containerDefinitions=[{"name": "once", "image": "x", "memory": 64}])
    arn = ecs.run_task(cluster="once", taskDefinition="once")["tasks"][0]["taskArn"]

    def task() -> Any:
        return ecs.describe_tasks(cluster="once", tasks=[arn])["tasks"][0]

    until(lambda: task()["lastStatus"] == "STOPPED", 10)
    assert [container["exitCode"] for container in task()["containers"]] == [0]
    assert task()["stopCode"] == "EssentialContainerExited"
