"""A team's own templates: shadowed file by file, checked with file and line, and never a crash."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import HELLO, Run

ROOT = Path(__file__).resolve().parent.parent.parent
CLUSTER = (ROOT / "templates/environment/cluster.tf.j2").read_text(encoding="utf-8")
OUTPUT = 'output "address" {\n  value = aws_db_instance.main.address\n}\n'


@pytest.fixture
def template(folder: Path) -> Path:
    """The one template that the team's folder shadows; not written yet."""
    (folder / "ecsgen.yaml").write_text(f"templates: own\n{HELLO}", encoding="utf-8")
    path = folder / "own/environment/cluster.tf.j2"
    path.parent.mkdir(parents=True)
    return path


def test_it_may_refer_to_what_stands_beside_it(ecsgen: Run, folder: Path, template: Path) -> None:
    template.write_text(CLUSTER + OUTPUT, encoding="utf-8")
    refused = ecsgen("render")
    assert refused.code == 2
    assert "default/cluster.tf:" in refused.err
    assert "    value = aws_db_instance.main.address\n" in refused.err
    assert not (folder / "infra").exists()
    (folder / "infra/default").mkdir(parents=True)
    (folder / "infra/default/database.tf").write_text('resource "aws_db_instance" "main" {}\n', encoding="utf-8")
    assert ecsgen("render").code == 0
    assert ecsgen("render", "--check").code == 0


def test_a_module_is_named_by_its_own_file_and_line(ecsgen: Run, folder: Path, template: Path) -> None:
    module = folder / "own/modules/cluster/main.tf"
    module.parent.mkdir(parents=True)
    module.write_text("# ours\nlocals {\n  name = var.nothing\n}\n", encoding="utf-8")
    refused = ecsgen("render")
    assert refused.code == 2
    assert "own/modules/cluster/main.tf:3: var.nothing" in refused.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"{{ 1 / 0 }}", "division by zero"),
        (b'{% include "environment/cluster.tf.j2" %}', "recursion"),
        (b'{% include "/etc/passwd" %}', "there is no template /etc/passwd"),
        (b"{% if %}", "cluster.tf.j2:1"),
        (b"{{ application.nothing }}", "cluster.tf.j2:1"),
        (b"\xff", "own/environment/cluster.tf.j2 is not UTF-8 text"),
    ],
)
def test_what_cannot_be_laid_out(ecsgen: Run, folder: Path, template: Path, text: bytes, said: str) -> None:
    template.write_bytes(text)
    refused = ecsgen("render")
    assert refused.code == 2
    assert said in refused.err
    assert not (folder / "infra").exists()
