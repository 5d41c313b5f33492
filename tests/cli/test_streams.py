"""Streams and names that are not UTF-8: another locale, a file's name that is no text, a stream that is closed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

STRANGE = "name: shop\nregion: eu-west-1\nservices:\n  wéb: {image: nginx:1.27}\n"


def run(folder: Path, *words: str | bytes, closing: str = "", **env: str) -> subprocess.CompletedProcess[bytes]:
    command: list[str | bytes] = [sys.executable, "-m", "ecsgen", *words]
    if closing:
        command = ["sh", "-c", f'exec "$@" {closing}', "sh", *command]
    return subprocess.run(command, cwd=folder, capture_output=True, env={**os.environ, **env})


@pytest.mark.parametrize("form", ["text", "github", "sarif", "json"])
def test_a_stream_that_takes_ascii_only(tmp_path: Path, form: str) -> None:
    (tmp_path / "ecsgen.yaml").write_text(STRANGE, encoding="utf-8")
    done = run(tmp_path, "validate", "--format", form, PYTHONIOENCODING="ascii")
    assert done.returncode == 2
    assert b"EG104" in done.stdout
    if form in {"sarif", "json"}:
        assert "wéb" in json.dumps(json.loads(done.stdout), ensure_ascii=False)


@pytest.mark.skipif(sys.platform == "darwin", reason="names of files are text there")
@pytest.mark.parametrize("form", ["text", "github", "sarif", "json"])
def test_a_file_whose_name_is_no_text(tmp_path: Path, form: str) -> None:
    name = b"b\xffd.yaml"
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text(STRANGE, encoding="utf-8")
    done = run(tmp_path, "validate", "--format", form, "-f", name, LC_ALL="C.UTF-8")
    assert done.returncode == 2, done.stderr
    assert b"EG104" in done.stdout
    if form == "sarif":
        (result,) = json.loads(done.stdout)["runs"][0]["results"]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "b%FFd.yaml"


@pytest.mark.parametrize("closing", [">&-", "2>&-"])
def test_a_closed_stream_changes_no_exit_code(tmp_path: Path, closing: str) -> None:
    (tmp_path / "ecsgen.yaml").write_text(STRANGE, encoding="utf-8")
    assert run(tmp_path, "validate", closing=closing).returncode == 2


def test_a_line_end_in_a_file_name_begins_no_line(tmp_path: Path) -> None:
    (tmp_path / "a\n::error::b.yaml").write_text(STRANGE, encoding="utf-8")
    done = run(tmp_path, "validate", "-f", "a\n::error::b.yaml")
    assert done.returncode == 2
    assert done.stdout.count(b"\n") == 1
