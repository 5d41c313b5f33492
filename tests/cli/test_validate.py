"""`validate`: its formats, its exit codes, and the caret on a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import HELLO, Run, on_a_terminal

BAD = HELLO.replace("port: 8080", "port: 80a\n    env: {A: 1}\n    image: nginx").replace("build: .\n    ", "")
ENVIRONMENTS = f"{HELLO}environments:\n  staging: {{}}\n  prod: {{region: eu-nowhere-1}}\n"


def test_no_problems(ecsgen: Run) -> None:
    result = ecsgen("validate")
    assert (result.code, result.out, result.err) == (0, "", "ecsgen.yaml: no problems\n")


def test_problems_are_data_and_talk_is_not(ecsgen: Run, folder: Path) -> None:
    (folder / "ecsgen.yaml").write_text(BAD)
    result = ecsgen("validate")
    assert result.code == 2
    assert result.out.splitlines() == [
        'ecsgen.yaml:5:11: error EG102: "80a" is not a whole number; write a number like 8080',
        'ecsgen.yaml:7:12: warning EG303: "nginx" can mean another image tomorrow; name a version, or pin a digest',
    ]
    assert result.err == "2 problems\n"


def test_warnings_alone_are_no_failure(ecsgen: Run, folder: Path) -> None:
    (folder / "ecsgen.yaml").write_text(BAD.replace("80a", "80"))
    result = ecsgen("validate")
    assert result.code == 0
    assert "EG303" in result.out
    assert result.err == "1 problem, none of them an error\n"


def test_json(ecsgen: Run, folder: Path) -> None:
    assert ecsgen("validate", "--json").document == {"valid": True, "environments": ["default"], "problems": []}
    (folder / "ecsgen.yaml").write_text(BAD)
    result = ecsgen("validate", "--json")
    assert result.code == 2
    assert result.err == ""
    document = result.document
    assert document["valid"] is False
    assert document["problems"][0] == {
        "file": "ecsgen.yaml",
        "line": 5,
        "column": 11,
        "severity": "error",
        "code": "EG102",
        "message": '"80a" is not a whole number',
        "hint": "write a number like 8080",
    }
    assert ecsgen("validate", "--format", "json").document == document


def test_github(ecsgen: Run, folder: Path) -> None:
    (folder / "ecsgen.yaml").write_text(BAD)
    result = ecsgen("validate", "--format", "github")
    assert result.code == 2
    assert result.out.splitlines() == [
        '::error file=ecsgen.yaml,line=5,col=11,title=EG102::"80a" is not a whole number; write a number like 8080',
        '::warning file=ecsgen.yaml,line=7,col=12,title=EG303::"nginx" can mean another image tomorrow; name a version, or pin a digest',
    ]


def test_github_escapes_what_would_end_the_command(ecsgen: Run, folder: Path) -> None:
    (folder / "a,b:c%.yaml").write_text("name: 50%\nregion: eu-west-1\n")
    line = ecsgen("validate", "--format", "github", "-f", "a,b:c%.yaml").out.splitlines()[-1]
    assert line.startswith("::error file=a%2Cb%3Ac%25.yaml,line=1,col=7,title=EG104::")
    assert '"50%25"' in line


def test_sarif(ecsgen: Run, folder: Path) -> None:
    (folder / "ecsgen.yaml").write_text(BAD)
    result = ecsgen("validate", "--format", "sarif")
    assert result.code == 2
    document = result.document
    assert document["version"] == "2.1.0"
    (sarif,) = document["runs"]
    driver = sarif["tool"]["driver"]
    assert driver["name"] == "ecsgen"
    assert driver["rules"] == [
        {"id": "EG102", "shortDescription": {"text": "The value has another type"}},
        {"id": "EG303", "shortDescription": {"text": "The image can mean another one tomorrow"}},
    ]
    assert [found["level"] for found in sarif["results"]] == ["error", "warning"]
    for found in sarif["results"]:
        assert found["ruleId"] in {rule["id"] for rule in driver["rules"]}
        assert found["message"]["text"]
        (location,) = found["locations"]
        place = location["physicalLocation"]
        assert place["artifactLocation"] == {"uri": "ecsgen.yaml"}
        assert place["region"]["startLine"] >= 1
        assert place["region"]["startColumn"] >= 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [((), 0, "eu-nowhere-1"), (("-e", "prod"), 0, "eu-nowhere-1"), (("-e", "staging"), 0, ""), (("-e", "dev"), 2, "")],
)
def test_environments(ecsgen: Run, folder: Path, words: tuple[str, ...], code: int, said: str) -> None:
    (folder / "ecsgen.yaml").write_text(ENVIRONMENTS)
    result = ecsgen("validate", *words)
    assert result.code == code
    assert said in result.out
    assert bool(result.out) == bool(said)


def test_a_caret_stands_under_the_place(folder: Path) -> None:
    (folder / "ecsgen.yaml").write_text("name: hello\nregion: eu-west-1\nservices: {日本: 5}\n")
    seen = on_a_terminal(folder, "validate", NO_COLOR="1")
    assert "  services: {日本: 5}\n             ^\n" in seen
    assert "\x1b" not in seen


def test_colours_on_a_terminal_only(folder: Path) -> None:
    (folder / "ecsgen.yaml").write_text(BAD)
    assert "\x1b[31merror EG102:\x1b[0m" in on_a_terminal(folder, "validate")
    assert "\x1b[" not in on_a_terminal(folder, "validate", TERM="dumb")


def test_a_secret_is_not_shown_under_its_message(folder: Path) -> None:
    (folder / "ecsgen.yaml").write_text(HELLO + "    secrets:\n      A: hunter2\n      B: {form: hunter2}\n")
    seen = on_a_terminal(folder, "validate")
    assert "EG610" in seen
    assert "EG101" in seen
    assert "hunter2" not in seen
