"""An account that enforces policies, with an application in it, for all tests of this folder."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import shop
import strict


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory, plugin_dir: str | None) -> Iterator[strict.Account]:
    """The application of `shop.DESCRIPTION`, and beside it what belongs to others."""
    account = strict.start()
    try:
        strict.prepare(account)
        folder = tmp_path_factory.mktemp("permissions")
        description = shop.DESCRIPTION.format(key=account.key, registry=account.registry)
        strict.write(description, folder, f"{strict.ACCOUNT}.dkr.ecr.{strict.REGION}.amazonaws.com/shop/web")
        strict.apply(account, folder / "default", plugin_dir, *shop.TARGETS)
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
