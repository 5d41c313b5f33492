"""What a description refers to must be declared beside what is generated, or in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecsgen.cli.main import run

DESCRIPTION = """\
name: hello
region: eu-west-1
services:
  web:
    image: nginx:1.27
    env:
      A: {ref: aws_db_instance.main.address}
      B: {ref: local.plan}
      C: {ref: module.cluster.name}
      D: {ref: data.aws_vpc.shared.id}
"""
OWN = """\
resource "aws_db_instance" "main" {
  engine = "postgres"
}

data "aws_vpc" "shared" {}

locals {
  plan = "a"
}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ecsgen.yaml").write_text(DESCRIPTION)
    (tmp_path / "infra/default").mkdir(parents=True)
    return tmp_path


def test_what_is_declared_has_no_problem(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "infra/default/own.tf").write_text(OWN)
    assert run(["validate"]) == 0
    assert capsys.readouterr().out == ""
    assert run(["render"]) == 0
    assert "EG122" not in capsys.readouterr().err
    assert (folder / "infra/default/own.tf").read_text() == OWN
    assert run(["validate"]) == 0
    assert capsys.readouterr().out == ""


def test_what_nobody_declares_is_an_error_with_the_nearest_name(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "infra/default/own.tf").write_text(OWN.replace('"main"', '"mian"').replace("plan", "plans"))
    assert run(["validate"]) == 2
    expected = [
        "ecsgen.yaml:7:7: error EG122: nothing in infra/default declares aws_db_instance.main; did you mean aws_db_instance.mian?",
        "ecsgen.yaml:8:7: error EG122: nothing in infra/default declares local.plan; did you mean local.plans?",
    ]
    assert capsys.readouterr().out.splitlines() == expected
    assert run(["render"]) == 2
    assert [line for line in capsys.readouterr().err.splitlines() if "EG122" in line] == expected
    assert [path.name for path in (folder / "infra/default").iterdir()] == ["own.tf"]


def test_each_environment_has_a_folder_of_its_own(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "ecsgen.yaml").write_text(DESCRIPTION + "environments: {prod: {}, staging: {}}\n")
    for name in ("prod", "staging"):
        (folder / "infra" / name).mkdir()
        (folder / "infra" / name / "own.tf").write_text(OWN if name == "prod" else OWN.replace('"main"', '"other"'))
    assert run(["validate"]) == 2
    assert capsys.readouterr().out.splitlines() == [
        "ecsgen.yaml:7:7: error EG122: nothing in infra/staging declares aws_db_instance.main; did you mean aws_db_instance.other?"
    ]
    assert run(["validate", "--env", "prod"]) == 0


def test_files_that_cannot_be_read_declare_anything(folder: Path) -> None:
    (folder / "infra/default/own.tf.json").write_text("{}")
    assert run(["validate"]) == 0
