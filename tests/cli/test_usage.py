"""Options before and after the verb, what cannot be read, exit codes, and the crash path."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command import Run

from ecsgen import __version__
from ecsgen.cli.options import behind_the_verb


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["validate"], ["validate"]),
        (["--json", "validate"], ["validate", "--json"]),
        (["-f", "a.yaml", "-v", "validate", "--json"], ["validate", "--json", "-f", "a.yaml", "-v"]),
        (
            ["--file=a.yaml", "-ea", "-oout", "render", "--check"],
            ["render", "--check", "--file=a.yaml", "-ea", "-oout"],
        ),
        (["--sandbox", "run", "job", "--", "-v"], ["run", "job", "--sandbox", "--", "-v"]),
        (["-e", "validate", "validate"], ["validate", "-e", "validate"]),
        (["-f"], ["-f"]),
        (["-v"], []),
        (["-v", "--version"], ["--version"]),
        (["--nope", "validate"], ["--nope", "validate"]),
        ([], []),
    ],
)
def test_common_options_stand_before_or_after_the_verb(words: list[str], expected: list[str]) -> None:
    assert behind_the_verb(words) == expected


@pytest.mark.parametrize(
    "words",
    [
        ("validate", "-f", "other.yaml", "-o", "out", "-e", "default", "-v"),
        ("-f", "other.yaml", "-o", "out", "-e", "default", "-v", "validate"),
        ("--file=other.yaml", "--out", "out", "validate", "--env=default", "--verbose"),
        ("-fother.yaml", "-oout", "-edefault", "validate"),
    ],
)
def test_they_mean_the_same_there(ecsgen: Run, folder: Path, words: tuple[str, ...]) -> None:
    (folder / "ecsgen.yaml").rename(folder / "other.yaml")
    result = ecsgen(*words)
    assert (result.code, result.out, result.err) == (0, "", "other.yaml: no problems\n")


@pytest.mark.parametrize("verb", ["init", "validate", "render", "schema", "build", "plan", "apply", "destroy"])
def test_every_verb_takes_the_common_options(ecsgen: Run, verb: str) -> None:
    shown = ecsgen(verb, "--help").out
    for option in ("--file", "--env", "--out", "--json", "--verbose"):
        assert option in shown
    assert ("--sandbox" in shown) == (verb in {"build", "plan", "apply", "destroy"})


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nope",), "No such command 'nope'"),
        (("validat",), "Did you mean 'validate'?"),
        (("validate", "--nope"), "No such option: --nope"),
        (("validate", "extra"), "unexpected extra argument"),
        (("validate", "-f"), "requires an argument"),
        (("validate", "--format", "xml"), "'xml' is not one of 'text', 'json', 'github', 'sarif'"),
        (("init", "--port", "http"), "--port"),
        (("validate", "-e", "prod"), 'the description has no environment "prod"'),
        (("render", "-e", "prod"), "its environments: default"),
        (("init",), "ecsgen.yaml exists already"),
    ],
)
def test_what_cannot_be_read(ecsgen: Run, words: tuple[str, ...], said: str) -> None:
    result = ecsgen(*words)
    assert result.code == 2
    assert result.out == ""
    assert said in result.err
    assert "what to do: " in result.err
    assert "Traceback" not in result.err


def test_with_json_an_error_is_a_document(ecsgen: Run) -> None:
    result = ecsgen("--json", "render", "-e", "prod")
    assert result.code == 2
    assert result.document["error"] | {"hint": ""} == {
        "kind": "usage",
        "exit_code": 2,
        "what": 'the description has no environment "prod"',
        "why": "",
        "hint": "",
        "details": [],
    }


def test_version_and_help(ecsgen: Run) -> None:
    assert ecsgen("--version").out == f"ecsgen {__version__}\n"
    assert ecsgen("--help").code == 0
    assert "validate" in ecsgen("-h").out
    empty = ecsgen()
    assert empty.code == 2
    assert "Usage: ecsgen" in empty.err


def test_verbs_that_are_not_there_yet_are_absent(ecsgen: Run) -> None:
    shown = ecsgen("--help").out
    for verb in (
        "promote",
        "cost",
        "graph",
        "templates",
        "status",
        "logs",
        "exec",
        "rollback",
        "doctor",
        "import",
    ):
        assert not re.search(rf"^  {verb} ", shown, re.MULTILINE)


@pytest.mark.parametrize("verb", ["validate", "render"])
def test_a_missing_file(ecsgen: Run, verb: str) -> None:
    result = ecsgen(verb, "-f", "missing.yaml")
    assert result.code == 2
    expected = (
        "missing.yaml:1:1: error EG001: there is no such file; `ecsgen init` writes a first one; -f names another"
    )
    assert expected in result.out + result.err


class TestUnexpected:
    @pytest.fixture(autouse=True)
    def broken(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        def crash(*_: object) -> None:
            token = "hunter2"
            raise RuntimeError(f"no {len(token)}")

        monkeypatch.setattr("ecsgen.pipeline.examine.examine", crash)
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def test_it_ends_with_1_and_a_log_file(self, ecsgen: Run, folder: Path) -> None:
        result = ecsgen("validate")
        assert result.code == 1
        assert result.out == ""
        assert "Traceback" not in result.err
        assert "error: ecsgen failed in a way it does not know: RuntimeError: no 7" in result.err
        (log,) = folder.glob("ecsgen-*.log")
        assert str(log) in result.err
        assert log.stat().st_mode & 0o077 == 0
        assert "Traceback" in log.read_text()
        assert "RuntimeError: no 7" in log.read_text()

    def test_with_json_it_is_a_document(self, ecsgen: Run) -> None:
        result = ecsgen("validate", "--json")
        assert result.code == 1
        assert result.document["error"]["kind"] == "unexpected"

    def test_with_verbose_it_shows_the_traceback(self, ecsgen: Run) -> None:
        assert "Traceback" in ecsgen("-v", "validate").err


def test_an_interrupt_ends_with_130(ecsgen: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ecsgen.pipeline.examine.examine", interrupt)
    result = ecsgen("validate")
    assert (result.code, result.err) == (130, "interrupted\n")
