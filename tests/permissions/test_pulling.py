"""Images in another account: what their repository lets others do, and what the execution role may do there.

By the emulator's policy evaluator, on the policies as they were applied in two of its accounts: of a call across accounts
both sides must allow it, and its API finds repositories of the caller's own account only.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
import strict
from shop import IMAGES
from strict import ACCOUNT, REGION, Account

pytestmark = [pytest.mark.terraform, pytest.mark.xdist_group("permissions")]

STRANGERS = "666677778888"
ROLE = "depot-default-pulled-execution"
PULLS = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")


@pytest.fixture
def repository(account: Account) -> dict[str, Any]:
    """The policy of the repository, in the account of the images; the role is in that of the tasks."""
    ecr = account.client("ecr", strict.root(IMAGES))
    policy: dict[str, Any] = json.loads(ecr.get_repository_policy(repositoryName="depot/pulled")["policyText"])
    return policy


def may(
    account: Account, repository: dict[str, Any], action: str, caller: str = ACCOUNT, name: str = "depot/pulled"
) -> bool:
    """Whether the execution role, or one like it in another account, may do something with a repository like this one."""
    return _decide(account.policies(ROLE), repository, action, caller, name)


def may_if_almighty(repository: dict[str, Any], action: str, caller: str) -> bool:
    """Whether somebody in an account may do it who may do everything there."""
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    return _decide([{"Version": "2012-10-17", "Statement": [everything]}], repository, action, caller, "depot/pulled")


def _decide(policies: list[dict[str, Any]], repository: dict[str, Any], action: str, caller: str, name: str) -> bool:
    from ministack.core.iam_evaluator import EvalContext, combine_resource_policy, evaluate, parse_policy_document

    request = EvalContext(
        principal_arn=f"arn:aws:sts::{caller}:assumed-role/{ROLE}/test",
        principal_type="AssumedRole",
        principal_account=caller,
        action=action,
        resource_arn=f"arn:aws:ecr:{REGION}:{IMAGES}:repository/{name}",
        region=REGION,
    )
    own = evaluate(request, [parse_policy_document(policy) for policy in policies])
    return combine_resource_policy(own, request, repository, IMAGES).decision == "Allow"


@pytest.mark.parametrize("action", PULLS)
def test_tasks_pull_from_the_repository_and_strangers_do_not(
    account: Account, repository: dict[str, Any], action: str
) -> None:
    assert may(account, repository, action)
    assert not may(account, repository, action, caller=STRANGERS)
    assert may_if_almighty(repository, action, ACCOUNT)
    assert not may_if_almighty(repository, action, STRANGERS)
    assert not may(account, {"Version": "2012-10-17", "Statement": []}, action)


@pytest.mark.parametrize("action", PULLS)
def test_the_role_pulls_its_own_image_only_whatever_another_repository_allows(
    account: Account, repository: dict[str, Any], action: str
) -> None:
    assert not may(account, repository, action, name="depot/other")


@pytest.mark.parametrize("action", ["PutImage", "InitiateLayerUpload", "BatchDeleteImage", "SetRepositoryPolicy"])
def test_nobody_writes_to_it_from_elsewhere(repository: dict[str, Any], action: str) -> None:
    assert not may_if_almighty(repository, f"ecr:{action}", ACCOUNT)


def test_the_repository_allows_pulling_and_nothing_else(repository: dict[str, Any]) -> None:
    (statement,) = repository["Statement"]
    assert set(statement["Action"]) == set(PULLS)
    assert statement["Principal"] == {"AWS": [f"arn:aws:iam::{ACCOUNT}:root"]}
    assert statement["Effect"] == "Allow"
