"""A scanner that others trust finds nothing in `examples/production` but what docs/security.md gives a reason for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from scan import Failed, Scan, scan

from ecsgen.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| `(CKV2?_AWS_\d+)` \| (`.+?`) \| (\S.*\S) \|$", re.MULTILINE)
BY_MODULES_OF_THE_TERRAFORM_REGISTRY = 19
"""Failed checks of the modules by terraform-aws-modules (vpc, alb, ecs), set up for the same service with their defaults."""

pytestmark = [pytest.mark.terraform, pytest.mark.checkov]


def reasons() -> dict[Failed, str]:
    """The table in the manual: check and resource -> why it may fail."""
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    return {
        Failed(check, resource.strip("`")): reason
        for check, resources, reason in ROW.findall(page)
        for resource in resources.split(", ")
    }


@pytest.fixture(scope="module")
def production(
    tmp_path_factory: pytest.TempPathFactory, emulator: Sandbox, terraform_env: dict[str, str], checkov: str
) -> Scan:
    return scan("production", tmp_path_factory.mktemp("production") / "infra", emulator, terraform_env, checkov)


def test_every_failed_check_has_a_reason_and_every_reason_a_failed_check(production: Scan) -> None:
    assert production.passed > 100
    assert production.resources > 60
    assert _shown(set(production.failed)) == _shown(reasons())


def test_the_plain_default_has_fewer_failed_checks_than_the_usual_modules(
    tmp_path: Path, emulator: Sandbox, terraform_env: dict[str, str], checkov: str
) -> None:
    found = scan("hello", tmp_path / "infra", emulator, terraform_env, checkov)
    assert len(found.failed) == 15, _shown(set(found.failed))
    assert len(found.failed) < BY_MODULES_OF_THE_TERRAFORM_REGISTRY


def _shown(found: set[Failed] | Mapping[Failed, str]) -> list[str]:
    return sorted(f"{item.check} {item.resource}" for item in found)
