"""`import ecsgen` costs nothing, and its names give verified Terraform text without side effects."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import ecsgen

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "hello" / "ecsgen.yaml"


def test_importing_it_loads_nothing_else() -> None:
    code = "import sys; before = set(sys.modules); import ecsgen; print(*sorted(m for m in sys.modules if m.startswith('ecsgen')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["ecsgen"]


@pytest.mark.parametrize("name", ecsgen.__all__)
def test_every_name_is_there(name: str) -> None:
    assert getattr(ecsgen, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing_like_it"):
        ecsgen.nothing_like_it  # noqa: B018


def test_from_a_description_to_verified_terraform() -> None:
    examined = ecsgen.examine(ecsgen.load(EXAMPLE), {}).require()
    description = examined.environments["default"]
    application = ecsgen.resolve(description, "default", {})
    registry = ecsgen.resolve_registry(description, [build.key for build in application.builds], [], ["default"])
    files = ecsgen.Renderer(ecsgen.templates(None), "ecsgen.yaml").files([application], registry)
    assert ecsgen.verify(files) == []
    assert files["default/service_web.tf"] == (EXAMPLE.parent / "infra/default/service_web.tf").read_text()


def test_the_execution_role_may_pull_an_image_of_another_ecr_repository() -> None:
    text = (
        "name: a\nregion: eu-west-1\nservices:\n"
        "  web: {image: '123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app:1.2'}\n  other: {image: 'nginx:1.27'}\n"
    )
    description = ecsgen.examine(ecsgen.parse(text, "x.yaml"), {}).require().environments["default"]
    other, web = ecsgen.resolve(description, "default", {}).services
    assert web.task.ecr_repositories == ("arn:aws:ecr:us-east-1:123456789012:repository/team/app",)
    assert other.task.ecr_repositories == ()
