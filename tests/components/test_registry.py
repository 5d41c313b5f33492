"""Where built images are kept: repositories in another account or region."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from descriptions import check, messages, render

from ecsgen.application import builds
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


SECRET = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:ghcr-AbCdEf"
EXTERNAL = f"""
name: shop
region: eu-west-1
registry: {{external: ghcr.io/example/shop, credentials: "{SECRET}"}}
services:
  web:
    build: .
    depends_on: {{proxy: START, cache: START}}
    sidecars: {{proxy: {{build: ./proxy}}, cache: {{image: "redis:7.4"}}}}
"""


def test_another_registry_needs_no_repositories_and_no_permission_for_ecr() -> None:
    files = render(EXTERNAL)
    assert not [path for path in files if path.startswith("registry/")]
    service = files["default/service_web.tf"]
    assert "ecr_repositories" not in service
    assert service.count(f'repository_credentials_arn = "{SECRET}"') == 2
    assert service.count(' = var.images["web') == 2


def test_ecs_decrypts_what_it_logs_in_with() -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/1"
    login = f'{{from: "{SECRET}", kms_key: "{key}"}}'
    pulled = f"""
name: shop
region: eu-west-1
services:
  web: {{image: "registry.example.com/web:1", credentials: {login}}}
"""
    for description in (EXTERNAL.replace(f'"{SECRET}"', login), pulled):
        service = render(description)["default/service_web.tf"]
        assert f'repository_credentials_arn = "{SECRET}"' in service
        assert f'secret_kms_key_arns = ["{key}"]' in service


def test_a_key_of_credentials_that_nobody_uses_opens_nothing() -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/1"
    description = f"""
name: shop
region: eu-west-1
registry: {{external: ghcr.io/example/shop, credentials: {{from: "{SECRET}", kms_key: "{key}"}}}}
services:
  web: {{build: .}}
  cache: {{image: "redis:7.4"}}
"""
    assert "kms" not in render(description)["default/service_cache.tf"]


@pytest.mark.parametrize(
    "external", ["ghcr.io/example", "registry.example.com:5000/a/b_c/d.e", "localhost/shop", "registry:5000/shop"]
)
def test_what_is_a_registry(external: str) -> None:
    description = f"name: shop\nregion: eu-west-1\nregistry: {{external: {external}}}\n{SERVICES}"
    assert messages(description) == []
    (found,) = builds(check(description).environments["default"])
    assert (found.repository, found.external) == (f"{external}/web", True)


@pytest.mark.parametrize(
    "external", ["example", "example/shop", "ghcr.io", "ghcr.io/Shop", "ghcr.io/shop:1", "ghcr.io/shop/", "a b.c/d"]
)
def test_what_is_no_registry(external: str) -> None:
    description = f"name: shop\nregion: eu-west-1\nregistry: {{external: {external}}}\n{SERVICES}"
    assert any("EG104" in message for message in messages(description))


def test_repositories_of_ecr_that_others_made_may_be_pulled_from() -> None:
    host = "111111111111.dkr.ecr.eu-west-1.amazonaws.com"
    files = render(f"name: shop\nregion: eu-west-1\nregistry: {{external: {host}/team}}\n{SERVICES}")
    assert '"arn:aws:ecr:eu-west-1:111111111111:repository/team/web"' in files["default/service_web.tf"]


def test_tasks_without_a_way_to_another_registry_need_no_endpoint_of_ecr() -> None:
    files = render(
        "name: shop\nregion: eu-west-1\nnetwork: {nat: single, endpoints: auto}\n"
        "registry: {external: ghcr.io/example}\nservices: {web: {build: ., network: {public: false}}}"
    )
    assert "ecr" not in files["default/network.tf"]


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
