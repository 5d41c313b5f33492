"""Roles of what tasks run on: the EC2 instances, the disks that ECS gives them, the network's flow logs."""

from __future__ import annotations

from typing import Any

import pytest
from strict import ACCOUNT, CLUSTER, REGION, Account, definition

pytestmark = [pytest.mark.terraform, pytest.mark.xdist_group("permissions")]

INSTANCE = "depot-default-ec2-instance"
DEPOT = CLUSTER.replace("shop", "depot")
DISKS = "shop-default-search-volumes"
FLOWS = "/vpc/shop-default/flow-logs"


class TestInstances:
    @pytest.mark.parametrize(
        ("operation", "arguments"),
        [
            ("register_container_instance", {}),
            ("deregister_container_instance", {"containerInstance": "1"}),
            ("submit_attachment_state_changes", {"attachments": [{"attachmentArn": "x", "status": "ATTACHED"}]}),
            ("submit_container_state_change", {"task": "1", "containerName": "web", "status": "RUNNING"}),
            ("submit_task_state_change", {"task": "1", "status": "RUNNING"}),
            ("update_container_instances_state", {"containerInstances": ["1"], "status": "DRAINING"}),
        ],
    )
    def test_the_agent_works_in_its_cluster_and_in_no_other(
        self, account: Account, operation: str, arguments: dict[str, Any]
    ) -> None:
        role = account.assume(INSTANCE)
        assert role.may("ecs", operation, cluster=DEPOT, **arguments)
        assert not role.may("ecs", operation, cluster=CLUSTER, **arguments)

    def test_the_agent_finds_ecs(self, account: Account) -> None:
        assert account.assume(INSTANCE).may("ecs", "discover_poll_endpoint", cluster=DEPOT)

    @pytest.mark.parametrize("action", ["ecs:Poll", "ecs:StartTelemetrySession"])
    def test_the_agent_takes_tasks_and_reports(self, account: Account, action: str) -> None:
        """By the emulator's evaluator: these are connections, and no SDK has them."""
        instance = f"arn:aws:ecs:{REGION}:{ACCOUNT}:container-instance/depot-default/1"
        assert account.allows(INSTANCE, action, instance)
        assert not account.allows(INSTANCE, action, instance.replace("depot-default", "others"))

    def test_the_instance_does_nothing_that_is_a_tasks_or_a_persons(self, account: Account) -> None:
        role = account.assume(INSTANCE)
        calls: list[tuple[str, str, dict[str, Any]]] = [
            ("ecs", "run_task", {"cluster": DEPOT, "taskDefinition": definition(account, "web")}),
            ("ecs", "stop_task", {"cluster": DEPOT, "task": "1"}),
            ("ecs", "describe_tasks", {"cluster": DEPOT, "tasks": ["1"]}),
            ("ecs", "create_cluster", {"clusterName": "new"}),
            ("ecr", "get_authorization_token", {}),
            ("ssm", "get_parameters", {"Names": ["/shop/token"]}),
            ("secretsmanager", "get_secret_value", {"SecretId": "shop/password"}),
            ("logs", "create_log_stream", {"logGroupName": FLOWS, "logStreamName": "x"}),
            ("ec2", "describe_instances", {}),
            ("sts", "assume_role", {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/{DISKS}", "RoleSessionName": "test"}),
        ]
        for service, operation, arguments in calls:
            assert not role.may(service, operation, **arguments), operation


class TestDisks:
    """By the emulator's evaluator, on AWS's managed policy as moto holds it: the emulator does not know that policy."""

    VOLUME = f"arn:aws:ec2:{REGION}:{ACCOUNT}:volume/vol-1"
    TASK = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/shop-default/1"

    def marked(self, kind: str) -> dict[str, str]:
        """The tags that ECS gives a disk, as a condition's keys."""
        return {f"aws__{kind}/AmazonECSCreated": self.TASK, f"aws__{kind}/AmazonECSManaged": "true"}

    def test_ecs_makes_marks_attaches_and_deletes_a_disk(self, account: Account) -> None:
        assert account.allows(DISKS, "ec2:CreateVolume", self.VOLUME, **self.marked("RequestTag"))
        made = {"ec2__CreateAction": "CreateVolume"}
        assert account.allows(DISKS, "ec2:CreateTags", self.VOLUME, **made, **self.marked("RequestTag"))
        for action in ("AttachVolume", "DetachVolume", "DeleteVolume"):
            assert account.allows(DISKS, f"ec2:{action}", self.VOLUME, **self.marked("ResourceTag"))
        for action in ("DescribeVolumes", "DescribeAvailabilityZones"):
            assert account.allows(DISKS, f"ec2:{action}", "*")

    def test_a_disk_that_is_not_ecss_is_left_alone(self, account: Account) -> None:
        assert not account.allows(DISKS, "ec2:CreateVolume", self.VOLUME)
        assert not account.allows(DISKS, "ec2:CreateTags", self.VOLUME, **self.marked("RequestTag"))
        for action in ("AttachVolume", "DetachVolume", "DeleteVolume", "CreateSnapshot", "ModifyVolume"):
            assert not account.allows(DISKS, f"ec2:{action}", self.VOLUME)

    def test_ec2_encrypts_it_with_the_named_key(self, account: Account) -> None:
        disk = {"kms__ViaService": f"ec2.{REGION}.amazonaws.com", "kms__EncryptionContextKeys": ["aws:ebs:id"]}
        lent = {**disk, "kms__GrantIsForAWSResource": "true"}
        assert account.allows(DISKS, "kms:DescribeKey", account.key)
        assert account.allows(DISKS, "kms:CreateGrant", account.key, **lent)
        for action in ("Decrypt", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo"):
            assert account.allows(DISKS, f"kms:{action}", account.key, **disk)
            assert not account.allows(DISKS, f"kms:{action}", f"{account.key}0", **disk)
            assert not account.allows(DISKS, f"kms:{action}", account.key)
            by_s3 = {**disk, "kms__ViaService": f"s3.{REGION}.amazonaws.com"}
            assert not account.allows(DISKS, f"kms:{action}", account.key, **by_s3)
        assert not account.allows(DISKS, "kms:CreateGrant", account.key, **disk)
        assert not account.allows(DISKS, "kms:CreateGrant", f"{account.key}0", **lent)

    def test_the_key_itself_is_not_for_it(self, account: Account) -> None:
        """Against the emulator's API, where no service stands between."""
        text = account.client("kms").encrypt(KeyId=account.key, Plaintext=b"x")["CiphertextBlob"]
        role = account.assume(DISKS)
        assert role.may("kms", "describe_key", KeyId=account.key)
        assert not role.may("kms", "decrypt", CiphertextBlob=text, KeyId=account.key)
        assert not role.may("kms", "disable_key", KeyId=account.key)


class TestFlowLogs:
    @pytest.mark.parametrize(("group", "allowed"), [(FLOWS, True), ("/ecs/shop/default/web", False)])
    def test_they_go_into_their_group_and_into_no_other(self, account: Account, group: str, allowed: bool) -> None:
        role, stream = account.assume("shop-default-flow-logs"), {"logGroupName": group, "logStreamName": "eni-1-all"}
        assert role.may("logs", "create_log_stream", **stream) is allowed
        assert role.may("logs", "describe_log_streams", logGroupName=group) is allowed
        events = [{"timestamp": 1_700_000_000_000, "message": "x"}]
        assert role.may("logs", "put_log_events", **stream, logEvents=events) is allowed

    def test_they_do_nothing_else(self, account: Account) -> None:
        role = account.assume("shop-default-flow-logs")
        assert not role.may("logs", "create_log_group", logGroupName="/vpc/new")
        assert not role.may("logs", "delete_log_group", logGroupName=FLOWS)
        assert not role.may("logs", "get_log_events", logGroupName=FLOWS, logStreamName="eni-1-all")
        assert not role.may("ec2", "describe_network_interfaces")
