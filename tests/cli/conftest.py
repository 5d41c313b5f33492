"""A folder with a description to run commands in, and a run that keeps what was printed."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import HELLO, Result, Run

from ecsgen.cli.main import run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a description in it."""
    monkeypatch.chdir(tmp_path)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "ecsgen.yaml").write_text(HELLO)
    return tmp_path


@pytest.fixture
def ecsgen(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line in this process."""

    def call(*words: str) -> Result:
        capsys.readouterr()
        code = run(words)
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return call
