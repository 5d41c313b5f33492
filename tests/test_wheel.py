"""The built wheel, installed in a clean environment outside the checkout, has all that rendering needs."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)],
        check=True,
        capture_output=True,
    )
    return next(out.glob("*.whl"))


def test_it_ships_templates_modules_and_types_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "ecsgen/py.typed" in names
    assert {path.relative_to(ROOT / "templates").as_posix() for path in (ROOT / "templates").rglob("*.j2")} == {
        name.removeprefix("ecsgen/_data/templates/") for name in names if name.startswith("ecsgen/_data/templates/")
    }
    assert "ecsgen/_data/modules/service/main.tf" in names
    assert not [name for name in names if "/tests/" in name or ".terraform" in name or "__pycache__" in name]
    assert {name.partition("/")[0] for name in names} == {
        "ecsgen",
        next(n for n in names if ".dist-info" in n).partition("/")[0],
    }


def test_it_renders_every_example(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "venv"
    venv.create(environment, with_pip=True)
    python = environment / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", str(wheel)], check=True, capture_output=True)
    where = subprocess.run(
        [python, "-c", "import ecsgen; print(ecsgen.__file__)"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    assert str(environment) in where.stdout
    for example in sorted((ROOT / "examples").glob("*/ecsgen.yaml")):
        copy = tmp_path / "examples" / example.parent.name
        shutil.copytree(example.parent, copy)
        done = subprocess.run(
            [environment / "bin" / "ecsgen", "render", "--check"], cwd=copy, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
