"""The roles of tasks that work off queues, mount file systems, route their logs, or come from a private registry."""

from __future__ import annotations

from typing import Any

import pytest
from strict import ACCOUNT, REGION, Account, queue

pytestmark = [pytest.mark.terraform, pytest.mark.xdist_group("permissions")]

EVENTS = [{"timestamp": 1_700_000_000_000, "message": "x"}]
EFS = f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}"


class TestQueues:
    @pytest.mark.parametrize(
        ("service", "own", "other"),
        [
            ("worker", "shop-default-worker", "letters"),
            ("letters", "letters", "shop-default-worker"),
            ("bills", "bills", "letters"),
        ],
        ids=["made", "by its ARN", "by its name"],
    )
    def test_a_worker_works_off_its_queue_and_no_other(
        self, account: Account, service: str, own: str, other: str
    ) -> None:
        role = account.assume(f"shop-default-{service}-task")
        calls: list[tuple[str, dict[str, Any]]] = [
            ("receive_message", {"WaitTimeSeconds": 0}),
            ("delete_message", {"ReceiptHandle": "x"}),
            ("delete_message_batch", {"Entries": [{"Id": "1", "ReceiptHandle": "x"}]}),
            ("change_message_visibility", {"ReceiptHandle": "x", "VisibilityTimeout": 60}),
            ("get_queue_attributes", {"AttributeNames": ["All"]}),
        ]
        for operation, arguments in calls:
            assert role.may("sqs", operation, QueueUrl=queue(account, own), **arguments), operation
            assert not role.may("sqs", operation, QueueUrl=queue(account, other), **arguments), operation
        assert role.may("sqs", "get_queue_url", QueueName=own)
        assert not role.may("sqs", "get_queue_url", QueueName=other)

    @pytest.mark.parametrize("service", ["worker", "letters"])
    def test_a_worker_does_nothing_else_to_it(self, account: Account, service: str) -> None:
        role = account.assume(f"shop-default-{service}-task")
        own = queue(account, "letters" if service == "letters" else "shop-default-worker")
        assert not role.may("sqs", "send_message", QueueUrl=own, MessageBody="x")
        assert not role.may("sqs", "purge_queue", QueueUrl=own)
        assert not role.may("sqs", "delete_queue", QueueUrl=own)
        assert not role.may("sqs", "set_queue_attributes", QueueUrl=own, Attributes={"DelaySeconds": "1"})
        assert not role.may("sqs", "list_queues")

    def test_messages_are_left_to_the_queue_to_give_up(self, account: Account) -> None:
        dead = queue(account, "shop-default-worker-dead-letter")
        assert not account.assume("shop-default-worker-task").may("sqs", "receive_message", QueueUrl=dead)

    def test_a_worker_and_ecs_for_it_decrypt_with_the_keys_that_are_named(self, account: Account) -> None:
        kms = account.client("kms")
        other = kms.create_key()["KeyMetadata"]["Arn"]
        for role, key, allowed in (
            ("worker-task", account.key, True),
            ("worker-task", other, False),
            ("letters-task", account.key, False),
            ("worker-execution", account.key, True),
            ("worker-execution", other, False),
            ("letters-execution", account.key, False),
        ):
            text = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
            found = account.assume(f"shop-default-{role}").may("kms", "decrypt", CiphertextBlob=text, KeyId=key)
            assert found is allowed, role
        assert not account.assume("shop-default-worker-task").may("kms", "encrypt", KeyId=account.key, Plaintext=b"x")


class TestFileSystems:
    """By the emulator's evaluator: a file system asks for these rights when it is mounted, over NFS."""

    def test_a_task_mounts_and_writes_through_its_access_point(self, account: Account) -> None:
        system, point = made(account)
        for action in ("ClientMount", "ClientWrite"):
            asked = f"elasticfilesystem:{action}"
            role = "shop-default-uploads-task"
            assert account.allows(role, asked, system, elasticfilesystem__AccessPointArn=point)
            assert not account.allows(role, asked, system, elasticfilesystem__AccessPointArn=f"{point}0")
            assert not account.allows(role, asked, system)
            assert not account.allows(role, asked, f"{system}0", elasticfilesystem__AccessPointArn=point)

    def test_a_task_that_only_reads_mounts_and_does_not_write(self, account: Account) -> None:
        system, point = made(account)
        role = "shop-default-pictures-task"
        assert account.allows(role, "elasticfilesystem:ClientMount", system, elasticfilesystem__AccessPointArn=point)
        assert not account.allows(
            role, "elasticfilesystem:ClientWrite", system, elasticfilesystem__AccessPointArn=point
        )
        assert not account.allows(role, "elasticfilesystem:ClientMount", system)

    def test_without_an_access_point_it_is_the_whole_of_one_file_system(self, account: Account) -> None:
        system, _ = made(account)
        given = f"{EFS}:file-system/fs-0123456789abcdef0"
        for action in ("ClientMount", "ClientWrite"):
            assert account.allows("shop-default-archive-task", f"elasticfilesystem:{action}", given)
            assert not account.allows("shop-default-archive-task", f"elasticfilesystem:{action}", system)

    @pytest.mark.parametrize("service", ["uploads", "pictures", "archive"])
    def test_nobody_is_root_there(self, account: Account, service: str) -> None:
        system, point = made(account)
        for resource in (system, f"{EFS}:file-system/fs-0123456789abcdef0"):
            asked = {"elasticfilesystem__AccessPointArn": point}
            role = f"shop-default-{service}-task"
            assert not account.allows(role, "elasticfilesystem:ClientRootAccess", resource, **asked)

    def test_the_api_of_efs_is_not_for_tasks(self, account: Account) -> None:
        """Against the emulator's API."""
        system = made(account)[0].rpartition("/")[2]
        role = account.assume("shop-default-uploads-task")
        assert not role.may("efs", "describe_file_systems", FileSystemId=system)
        assert not role.may("efs", "delete_file_system", FileSystemId=system)


class TestLogsThatAreRouted:
    @pytest.mark.parametrize("service", ["labels", "stamps"])
    def test_into_the_log_group_of_the_service_and_no_other(self, account: Account, service: str) -> None:
        role = account.assume(f"shop-default-{service}-task")
        for group, allowed in ((f"/ecs/shop/default/{service}", True), ("/ecs/shop/default/quiet", False)):
            stream = {"logGroupName": group, "logStreamName": "ecs/1"}
            assert role.may("logs", "create_log_stream", **stream) is allowed
            assert role.may("logs", "put_log_events", **stream, logEvents=EVENTS) is allowed
            looks = role.may("logs", "describe_log_streams", logGroupName=group)
            assert looks is (allowed and service == "stamps")
        assert not role.may("logs", "create_log_group", logGroupName="/ecs/shop/default/new")
        assert not role.may("logs", "get_log_events", logGroupName=group, logStreamName="ecs/1")

    def test_into_a_bucket(self, account: Account) -> None:
        role = account.assume("shop-default-parcels-task")
        assert role.may("s3", "put_object", Bucket="parcels-logs", Key="a/b", Body=b"x")
        assert role.may("s3", "create_multipart_upload", Bucket="parcels-logs", Key="a/c")
        assert not role.may("s3", "put_object", Bucket="other", Key="a/b", Body=b"x")
        assert not role.may("s3", "get_object", Bucket="parcels-logs", Key="a/b")
        assert not role.may("s3", "delete_object", Bucket="parcels-logs", Key="a/b")
        assert not role.may("s3", "list_objects_v2", Bucket="parcels-logs")

    @pytest.mark.parametrize(
        ("service", "action", "resource"),
        [
            ("tracking", "firehose:PutRecordBatch", f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/tracking"),
            ("clicks", "kinesis:PutRecords", f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/clicks"),
        ],
        ids=["firehose", "kinesis"],
    )
    def test_into_a_stream(self, account: Account, service: str, action: str, resource: str) -> None:
        """By the emulator's evaluator: the sandbox serves neither."""
        role = f"shop-default-{service}-task"
        assert account.allows(role, action, resource)
        assert not account.allows(role, action, f"{resource}-of-others")
        assert not account.allows(role, action.replace("Put", "Get"), resource)

    def test_ecs_reads_the_secret_of_the_output_for_the_router(self, account: Account) -> None:
        role = account.assume("shop-default-parcels-execution")
        assert role.may("ssm", "get_parameters", Names=["/shop/token"], WithDecryption=True)
        assert not role.may("ssm", "get_parameters", Names=["/shop/other"], WithDecryption=True)
        task = account.assume("shop-default-parcels-task")
        assert not task.may("ssm", "get_parameters", Names=["/shop/token"], WithDecryption=True)


def test_ecs_reads_the_credentials_of_a_private_registry_and_the_task_does_not(account: Account) -> None:
    for role, secret, allowed in (
        ("execution", account.registry, True),
        ("execution", "shop/other", False),
        ("task", account.registry, False),
    ):
        found = account.assume(f"shop-default-worker-{role}").may("secretsmanager", "get_secret_value", SecretId=secret)
        assert found is allowed, (role, secret)
    assert not account.assume("shop-default-worker-execution").may("ecr", "get_authorization_token")


def made(account: Account) -> tuple[str, str]:
    """The file system that was made here and its access point, by their ARNs."""
    efs = account.client("efs")
    (system,) = efs.describe_file_systems()["FileSystems"]
    (point,) = efs.describe_access_points(FileSystemId=system["FileSystemId"])["AccessPoints"]
    return f"{EFS}:file-system/{system['FileSystemId']}", f"{EFS}:access-point/{point['AccessPointId']}"
