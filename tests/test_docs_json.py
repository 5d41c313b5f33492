"""The JSON documents: what the manual shows, and what the commands print, is what the schema in `docs/reference` says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ecsgen.cli.documents import error_document
from ecsgen.cli.main import run
from ecsgen.errors import UnhealthyError
from ecsgen.terraform import plan, summarize

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "tests" / "terraform" / "data"
SCHEMA = json.loads((ROOT / "docs/reference/documents.json").read_text("utf-8"))
SECTION = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
GOOD = "name: hello\nregion: eu-west-1\nservices:\n  web:\n    build: .\n    port: 8080\n    http: {}\n"


def check(document: Any, kind: str) -> None:
    Draft202012Validator({**SCHEMA, "$ref": f"#/$defs/{kind}"}).validate(document)


def shown() -> list[tuple[str, Any]]:
    """Every document on the page, with the heading that it stands under."""
    page = (ROOT / "docs/json.md").read_text("utf-8")
    return [
        (heading, json.loads(text))
        for heading, section in SECTION.findall(page)
        for text in re.findall(r"```json\n(.*?)```", section, re.DOTALL)
    ]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(("kind", "document"), shown(), ids=[kind for kind, _ in shown()])
def test_what_the_page_shows_is_what_the_schema_says(kind: str, document: Any) -> None:
    check(document, kind)


def test_every_verb_has_its_place() -> None:
    helpers = {"problem", "problems", "paths", "records", "change", "counts", "summary"}
    assert {kind for kind, _ in shown()} == set(SCHEMA["$defs"]) - helpers


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ecsgen.yaml"
    path.write_text(GOOD)
    return path


def printed(capsys: pytest.CaptureFixture[str], *command: str, code: int = 0) -> Any:
    assert run([*command, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_validate(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check(printed(capsys, "validate", "-f", str(file)), "validate")
    file.write_text(GOOD.replace("http", "htpp"))
    document = printed(capsys, "validate", "-f", str(file), code=2)
    check(document, "validate")
    assert document["problems"]


def test_render(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = printed(capsys, "render", "-f", str(file))
    check(document, "render")
    assert "default/service_web.tf" in document["created"]
    file.write_text(GOOD.replace("8080", "9090"))
    document = printed(capsys, "render", "--check", "-f", str(file), code=3)
    check(document, "render --check")
    assert document["differs"]
    check(printed(capsys, "render", "--diff", "-f", str(file)), "render --check")


def test_init(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check(printed(capsys, "init", "-f", str(tmp_path / "ecsgen.yaml"), "--name", "hello"), "init")


def test_errors(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check(printed(capsys, "render", "-f", str(file), "--env", "nowhere", code=2), "error")
    file.write_text(GOOD.replace("http", "htpp"))
    document = printed(capsys, "render", "-f", str(file), code=2)
    check(document, "error")
    assert document["problems"]
    check(error_document(UnhealthyError("web did not become healthy", why="it exits", details=["a line"])), "error")


@pytest.mark.parametrize("recorded", sorted(DATA.glob("plan_*.json")), ids=lambda path: path.stem)
def test_summaries_of_recorded_plans(recorded: Path) -> None:
    check(summarize(plan.parse(json.loads(recorded.read_text("utf-8")))).data(), "summary")


def test_the_sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ECSGEN_SANDBOX_DIR", str(tmp_path / "none"))
    check(printed(capsys, "sandbox", "status"), "sandbox status")
    check(printed(capsys, "sandbox", "down"), "sandbox down")
