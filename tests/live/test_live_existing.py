"""A service in a VPC, in a cluster and behind a load balancer of others: it answers, and what is theirs stays as it is."""

from __future__ import annotations

from typing import Any

import pytest
from live_project import Project, get
from live_sandbox import Sandbox
from live_stacks import site

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live-trouble")]

DESCRIPTION = """\
name: guest
region: eu-west-1
network:
  vpc: vpc-0123456789abcdef0
  public_subnets: [subnet-0aaaaaaaaaaaaaaa1, subnet-0aaaaaaaaaaaaaaa2]
  private_subnets: {tags: {Tier: private}}
cluster: {existing: platform}
load_balancer:
  existing: arn:aws:elasticloadbalancing:eu-west-1:000000000000:listener/app/platform/50dc6c495c0c9188/f2f7dc8efc522ab2
services:
  web:
    build: .
    port: 8080
    stop_timeout: 2
    http: {path: /guest, drain: 2, health: {path: /, interval: 5, timeout: 2}}
"""


def theirs(sandbox: Sandbox) -> dict[str, Any]:
    """The platform's things, whole: what others own and what hangs on it, but for rules and services."""
    ec2, elb, ecs = (sandbox.client(name) for name in ("ec2", "elbv2", "ecs"))
    (balancer,) = elb.describe_load_balancers(Names=["platform"])["LoadBalancers"]
    groups = ec2.describe_security_groups(GroupIds=balancer["SecurityGroups"])["SecurityGroups"]
    (cluster,) = ecs.describe_clusters(clusters=["platform"], include=["TAGS", "SETTINGS"])["clusters"]
    return {
        "vpcs": ec2.describe_vpcs(VpcIds=[balancer["VpcId"]])["Vpcs"],
        "subnets": ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [balancer["VpcId"]]}])["Subnets"],
        "load balancer": balancer,
        "listeners": elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"],
        "rules of its groups": [[group["IpPermissions"], group["IpPermissionsEgress"]] for group in groups],
        "cluster": {
            key: cluster.get(key) for key in ("clusterName", "status", "capacityProviders", "settings", "tags")
        },
    }


def test_a_guest_leaves_everything_as_it_was(project: Project, base_image: str, sandbox: Sandbox) -> None:
    files = {f"www/guest/{name.removeprefix('www/')}": text for name, text in site(base_image, "a guest").items()}
    project.write({"ecsgen.yaml": DESCRIPTION, **site(base_image, "not asked for"), **files})
    planned = project.run("plan", "--sandbox").require()
    assert "stand-ins" in planned.err
    before = theirs(sandbox)

    applied = project.apply().require()
    assert applied.url.endswith("/guest")
    assert get(f"{applied.url}/").body == "a guest"
    assert project.plan().require().document["empty"] is True
    (service,) = sandbox.client("ecs").list_services(cluster="platform")["serviceArns"]
    assert service.endswith("/guest-default-web")
    assert theirs(sandbox) == before
    made = set(project.state())
    assert not made & {"aws_vpc", "aws_subnet", "aws_ecs_cluster", "aws_ecs_cluster_capacity_providers", "aws_lb"}

    # Another repository's rule has the number that this description writes now: nothing is planned.
    elb, listener = sandbox.client("elbv2"), before["listeners"][0]["ListenerArn"]
    answer = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}
    host = [{"Field": "host-header", "HostHeaderConfig": {"Values": ["theirs.example.com"]}}]
    (rule,) = elb.create_rule(ListenerArn=listener, Priority=77, Conditions=host, Actions=[answer])["Rules"]
    project.write({"ecsgen.yaml": DESCRIPTION.replace("path: /guest,", "path: /guest, priority: 77,")})
    refused = project.plan().require(2).document["error"]
    assert refused["what"] == "priority 77 of web is taken on the shared listener"
    assert refused["hint"].startswith("write priority: 78 in services.web.http (ecsgen.yaml:")

    project.write({"ecsgen.yaml": DESCRIPTION})
    project.destroy("--registry").require()
    assert theirs(sandbox) == before
    left = elb.describe_rules(ListenerArn=listener)["Rules"]
    assert [one["Priority"] for one in left if not one["IsDefault"]] == ["77"]
    elb.delete_rule(RuleArn=rule["RuleArn"])
