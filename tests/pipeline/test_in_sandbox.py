"""A project in the sandbox: nothing of it leads out of the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecsgen.pipeline.in_sandbox import told
from ecsgen.pipeline.project import Project, open_project, render

EXTERNAL = """
name: shop
region: eu-west-1
registry: {external: ghcr.io/example/shop, credentials: "arn:aws:secretsmanager:eu-west-1:111111111111:secret:ghcr"}
services: {web: {build: .}}
"""
DESCRIPTION = """
name: shop
region: eu-west-1
state: {cloud: {organization: example}}
services: {web: {build: .}}
"""


def opened(folder: Path, text: str) -> Project:
    file = folder / "ecsgen.yaml"
    file.write_text(text, encoding="utf-8")
    return open_project(file, None, None)


@pytest.mark.parametrize("environments", ["", "environments: {prod: {}}\n"])
def test_the_state_stays_on_this_machine(tmp_path: Path, environments: str) -> None:
    project = opened(tmp_path, DESCRIPTION + environments)
    name = project.one()
    assert [*told(project.environments[name])] == [
        "the state of the sandbox stays on this machine, not in HCP Terraform"
    ]
    files = render(project.in_sandbox())
    assert 'backend "local" {}' in files[f"{name}/backend.tf"]
    assert 'backend "local" {}' in files["registry/backend.tf"]
    assert "cloud {" in render(project)["registry/backend.tf"]


def test_the_images_stay_on_this_machine(tmp_path: Path) -> None:
    project = opened(tmp_path, EXTERNAL)
    assert [*told(project.environments["default"])] == [
        "the images go to the sandbox's own registry, not to ghcr.io/example/shop"
    ]
    (build,) = project.in_sandbox().applications["default"].builds
    assert (build.repository, build.external) == ("shop/web", False)
    files = render(project.in_sandbox())
    assert 'name                   = "shop/web"' in files["registry/repositories.tf"]
    assert not [text for text in files.values() if "secret:ghcr" in text]
