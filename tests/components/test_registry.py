"""Where built images are kept: repositories in another account or region."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from descriptions import render

from ecsgen.errors import AwsError
from ecsgen.pipeline.registry import require_reach
from ecsgen.pipeline.target import Target

SERVICES = "services: {web: {build: .}}"
ROLE = "arn:aws:iam::111111111111:role/push-images"
SHARED = f"""
name: shop
region: eu-west-1
registry: {{account: "111111111111", region: eu-central-1, role: "{ROLE}"}}
{SERVICES}
environments:
  staging: {{account: "222222222222"}}
  prod: {{account: "333333333333"}}
"""
ARN = '"arn:aws:ecr:eu-central-1:111111111111:repository/shop/web"'


def test_the_registry_is_made_in_its_account_and_region() -> None:
    provider = render(SHARED)["registry/providers.tf"]
    assert 'region              = "eu-central-1"' in provider
    assert 'allowed_account_ids = ["111111111111"]' in provider
    assert f'role_arn = "{ROLE}"' in provider


def test_the_environments_may_pull_by_its_full_name() -> None:
    files = render(SHARED)
    assert '= ["222222222222", "333333333333"]' in files["registry/repositories.tf"]
    for environment in ("staging", "prod"):
        assert ARN in files[f"{environment}/service_web.tf"]
        assert "assume_role" not in files[f"{environment}/providers.tf"]


def test_the_registrys_own_account_needs_no_leave() -> None:
    files = render(
        f'name: shop\nregion: eu-west-1\naccount: "111111111111"\nregistry: {{account: "111111111111"}}\n{SERVICES}\n'
    )
    assert "pull_account_ids" not in files["registry/repositories.tf"]
    assert '["shop/web"]' in files["default/service_web.tf"]


def target(account: str | None, role: str | None) -> Target:
    unused = ("environment", "out", "env", "aws", "registry_aws", "terraform", "plugin_dir", "sandbox", "report")
    given: dict[str, Any] = dict.fromkeys(unused)
    project: Any = SimpleNamespace(registry=SimpleNamespace(account=account, role=role))
    return Target(**{**given, "project": project, "account": "222222222222"})


def test_credentials_of_another_account_need_a_role() -> None:
    require_reach(target(None, None))
    require_reach(target("222222222222", None))
    require_reach(target("111111111111", ROLE))
    with pytest.raises(AwsError) as caught:
        require_reach(target("111111111111", None))
    assert "111111111111, and the credentials belong to 222222222222" in str(caught.value)
