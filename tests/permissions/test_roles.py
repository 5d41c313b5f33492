"""The roles that are rendered, with policies enforced: enough for what ECS and the task do, and nothing beside it."""

from __future__ import annotations

from typing import Any

import pytest
from strict import Account

pytestmark = [pytest.mark.terraform, pytest.mark.xdist_group("permissions")]

Call = tuple[str, str, dict[str, Any]]

GROUP, OTHER_GROUP = "/ecs/shop/default/web", "/ecs/shop/default/quiet"
EVENTS = [{"timestamp": 1_700_000_000_000, "message": "x"}]
DIGEST = f"sha256:{'0' * 64}"


def layers(repository: str) -> list[Call]:
    return [
        ("ecr", "batch_get_image", {"repositoryName": repository, "imageIds": [{"imageTag": "x"}]}),
        ("ecr", "batch_check_layer_availability", {"repositoryName": repository, "layerDigests": [DIGEST]}),
        ("ecr", "get_download_url_for_layer", {"repositoryName": repository, "layerDigest": DIGEST}),
    ]


def logs(group: str) -> list[Call]:
    stream = {"logGroupName": group, "logStreamName": "web/web/1"}
    return [("logs", "create_log_stream", stream), ("logs", "put_log_events", {**stream, "logEvents": EVENTS})]


def secrets(token: str, password: str) -> list[Call]:
    return [
        ("ssm", "get_parameters", {"Names": [token], "WithDecryption": True}),
        ("secretsmanager", "get_secret_value", {"SecretId": password}),
    ]


STARTS_WEB: list[Call] = [
    ("ecr", "get_authorization_token", {}),
    *layers("shop/web"),
    *logs(GROUP),
    *secrets("/shop/token", "shop/password"),
    ("s3", "get_object", {"Bucket": "team-config", "Key": "web.env"}),
    ("s3", "get_bucket_location", {"Bucket": "team-config"}),
]
"""What ECS does with the execution role to start the task (Amazon ECS task execution IAM role, developer guide)."""

NOT_WEBS: list[Call] = [
    *layers("shop/other"),
    ("ecr", "put_image", {"repositoryName": "shop/web", "imageManifest": "{}"}),
    *logs(OTHER_GROUP),
    ("logs", "create_log_group", {"logGroupName": "/ecs/shop/default/new"}),
    ("logs", "delete_log_group", {"logGroupName": GROUP}),
    *secrets("/shop/other", "shop/other"),
    ("ssm", "put_parameter", {"Name": "/shop/token", "Value": "y", "Type": "String", "Overwrite": True}),
    ("secretsmanager", "put_secret_value", {"SecretId": "shop/password", "SecretString": "y"}),
    ("s3", "get_object", {"Bucket": "team-config", "Key": "other.env"}),
    ("s3", "list_objects_v2", {"Bucket": "team-config"}),
    ("s3", "get_bucket_location", {"Bucket": "other"}),
    ("iam", "list_roles", {}),
    ("ecs", "list_clusters", {}),
]

ITEM = {"id": {"S": "1"}}


def shown(call: Call) -> str:
    return f"{call[0]}-{call[1]}"


def decrypts(account: Account, role: str, key: str) -> bool:
    text = account.client("kms").encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    return account.assume(role).may("kms", "decrypt", CiphertextBlob=text, KeyId=key)


@pytest.mark.parametrize("call", STARTS_WEB, ids=shown)
def test_the_execution_role_may_do_what_starting_a_task_takes(account: Account, call: Call) -> None:
    service, operation, arguments = call
    assert account.assume("shop-default-web-execution").may(service, operation, **arguments)


@pytest.mark.parametrize("call", NOT_WEBS, ids=shown)
def test_the_execution_role_may_do_nothing_else(account: Account, call: Call) -> None:
    service, operation, arguments = call
    assert not account.assume("shop-default-web-execution").may(service, operation, **arguments)


def test_the_execution_role_decrypts_with_the_named_key_only(account: Account) -> None:
    other = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    assert decrypts(account, "shop-default-web-execution", account.key)
    assert not decrypts(account, "shop-default-web-execution", other)
    assert not decrypts(account, "shop-default-quiet-execution", account.key)


@pytest.mark.parametrize("call", [call for call in STARTS_WEB if call[0] != "logs"], ids=shown)
def test_a_service_without_secrets_and_builds_may_only_write_its_log(account: Account, call: Call) -> None:
    service, operation, arguments = call
    role = account.assume("shop-default-quiet-execution")
    assert not role.may(service, operation, **arguments)
    assert all(role.may(one, name, **given) for one, name, given in logs(OTHER_GROUP))


def test_the_task_role_has_the_statements_and_nothing_of_the_execution_roles(account: Account) -> None:
    role = account.assume("shop-default-web-task")
    assert role.may("dynamodb", "get_item", TableName="orders", Key=ITEM)
    assert not role.may("dynamodb", "get_item", TableName="others", Key=ITEM)
    assert not role.may("dynamodb", "put_item", TableName="orders", Item=ITEM)
    for service, operation, arguments in STARTS_WEB:
        assert not role.may(service, operation, **arguments), operation
    assert not account.assume("shop-default-quiet-task").may("dynamodb", "get_item", TableName="orders", Key=ITEM)
