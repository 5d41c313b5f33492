"""`run` says what it cannot run before it looks for an account."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import Run

DESCRIPTION = """\
name: shop
region: eu-west-1
services:
  web: {image: nginx:1.27}
jobs:
  report: {image: busybox:1.36}
"""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["reprot"], 'there is no job "reprot" in default'),
        (["web"], "web is a service, which runs by itself"),
        (["report", "--command", " "], "--command is empty"),
    ],
)
def test_what_cannot_run(
    ecsgen: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    (folder / "ecsgen.yaml").write_text(DESCRIPTION, encoding="utf-8")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    done = ecsgen("run", *words)
    assert done.code == 2
    assert f"error: {said}\nwhat to do: " in done.err
