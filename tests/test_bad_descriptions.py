"""One bad description for each message: the whole output of `validate` stands beside it.

After a change of messages: `ECSGEN_UPDATE=1 pytest tests/test_bad_descriptions.py`, and read the difference.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from ecsgen.cli.main import run
from ecsgen.problems import CODES

ROOT = Path(__file__).resolve().parent
CORPUS = ROOT / "errors"
PACKAGE = ROOT.parent / "ecsgen"
CODE = re.compile(r"\bEG\d{3}\b")

# What no description alone can show: a file that is not there, and a lock file with another rule's number.
ELSEWHERE = {"EG001", "EG419"}


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.yaml")), ids=lambda path: path.stem)
def test_output(path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CORPUS)
    code = run(["validate", "-f", path.name])
    output = capsys.readouterr().out
    expected = path.with_suffix(".txt")
    if os.environ.get("ECSGEN_UPDATE"):
        expected.write_text(output, encoding="utf-8")
    assert output == expected.read_text(encoding="utf-8")
    assert code == (2 if ": error EG" in output else 0)
    assert output, "this description has no problem"


def test_every_output_has_its_description() -> None:
    assert {path.stem for path in CORPUS.glob("*.txt")} == {path.stem for path in CORPUS.glob("*.yaml")}


def test_every_code_has_a_title_and_an_example() -> None:
    used = {
        code
        for path in PACKAGE.rglob("*.py")
        if path.name != "problems.py"
        for code in CODE.findall(re.sub(r'""".*?"""', "", path.read_text(encoding="utf-8"), flags=re.DOTALL))
    }
    shown = {code for path in CORPUS.glob("*.txt") for code in CODE.findall(path.read_text(encoding="utf-8"))}
    assert used == set(CODES)
    assert shown | ELSEWHERE == set(CODES)
    assert len(set(CODES.values())) == len(CODES)
