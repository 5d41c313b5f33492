"""The examples are the golden tests: rendered byte for byte, and accepted by Terraform itself."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from ecsgen.cli.main import run
from ecsgen.pipeline.project import open_project, render
from ecsgen.render.verify import verify

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*/ecsgen.yaml"))
ROOTS = sorted(path.parent for path in (ROOT / "examples").glob("*/infra/*/backend.tf"))
OWN = {"orders.tf"}
"""Terraform that an example has beside what is generated."""


def name(path: Path) -> str:
    return str(path.relative_to(ROOT / "examples")).replace("/infra/", "-").removesuffix("/ecsgen.yaml")


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 7
    assert len(ROOTS) >= len(EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES, ids=name)
def test_rendered_output_is_current(example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["render", "--check", "--file", str(example)]) == 0, capsys.readouterr().err


@pytest.mark.parametrize("example", EXAMPLES, ids=name)
def test_rendered_output_is_exactly_what_is_on_disk(example: Path) -> None:
    rendered = render(open_project(example, None, None))
    infra = example.parent / "infra"
    on_disk = {
        str(path.relative_to(infra)): path.read_text()
        for path in infra.rglob("*.tf")
        if ".terraform" not in path.parts and path.name not in OWN
    }
    assert rendered == on_disk


@pytest.mark.parametrize("example", EXAMPLES, ids=name)
def test_a_second_parser_accepts_it(example: Path) -> None:
    infra = example.parent / "infra"
    beside = {str(path.relative_to(infra)): path.read_text() for path in infra.rglob("*.tf") if path.name in OWN}
    assert verify(render(open_project(example, None, None)), beside) == []


@pytest.mark.parametrize("example", EXAMPLES, ids=name)
def test_builds_have_their_dockerfile(example: Path) -> None:
    for application in open_project(example, None, None).applications.values():
        for build in application.builds:
            assert (example.parent / build.context / build.dockerfile).is_file()


@pytest.mark.terraform
def test_terraform_fmt_changes_nothing(terraform_env: dict[str, str]) -> None:
    done = subprocess.run(
        ["terraform", "fmt", "-check", "-recursive", "-diff", str(ROOT / "examples"), str(ROOT / "modules")],
        env=terraform_env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.terraform
@pytest.mark.parametrize("root", ROOTS, ids=name)
def test_terraform_validate(root: Path, tmp_path: Path, terraform_env: dict[str, str], plugin_dir: str | None) -> None:
    shutil.copytree(root.parent, tmp_path / "infra")
    folder = tmp_path / "infra" / root.name
    mirror = [f"-plugin-dir={plugin_dir}"] if plugin_dir else []
    for command in (["init", "-backend=false", "-input=false", *mirror], ["validate"]):
        done = subprocess.run(
            ["terraform", *command, "-no-color"],
            cwd=folder,
            env=terraform_env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
