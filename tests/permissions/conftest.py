"""An account that enforces policies, with an application in it, for all tests of this folder."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import shop
import strict


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory, plugin_dir: str | None) -> Iterator[strict.Account]:
    """The applications of `shop`, and beside them what belongs to others."""
    account = strict.start()
    try:
        strict.prepare(account)
        folder, depot = tmp_path_factory.mktemp("shop"), tmp_path_factory.mktemp("depot")
        registry = f"dkr.ecr.{strict.REGION}.amazonaws.com"
        description = shop.DESCRIPTION.format(key=account.key, registry=account.registry)
        strict.write(description, folder, web=f"{strict.ACCOUNT}.{registry}/shop/web")
        strict.write(shop.DEPOT, depot, pulled=f"{shop.IMAGES}.{registry}/depot/pulled")
        strict.apply(account, folder / "default", plugin_dir, *shop.TARGETS)
        strict.apply(account, depot / "registry", plugin_dir, owner=shop.IMAGES)
        strict.apply(account, depot / "default", plugin_dir, *shop.DEPOT_TARGETS)
        yield account
    finally:
        strict.stop(account)


@pytest.fixture
def almighty(account: strict.Account) -> Iterator[str]:
    """A role of the account that may do everything, for as long as a test lasts."""
    iam, name = account.client("iam"), "almighty"
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}))
    iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    yield name
    iam.detach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    iam.delete_role(RoleName=name)
