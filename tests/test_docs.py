"""What the manual says is true: descriptions validate, commands exist, excerpts are what is rendered, links lead somewhere."""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from ecsgen.checks import examine
from ecsgen.cli.main import app
from ecsgen.description.load import parse
from ecsgen.description.schema import json_schema
from ecsgen.problems import CODES

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
HELLO = ROOT / "examples" / "hello"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, language: str) -> list[str]:
    return [text for found, text in BLOCK.findall(page.read_text("utf-8")) if found == language]


def descriptions() -> list[tuple[str, str]]:
    """Every YAML block that is a whole description."""
    found = []
    for page in PAGES:
        for number, text in enumerate(blocks(page, "yaml")):
            document = yaml.safe_load(text)
            if isinstance(document, dict) and "services" in document:
                found.append((f"{name(page)}-{number}", text))
    return found


def test_there_is_enough_to_check() -> None:
    assert len(PAGES) > 20
    assert len(descriptions()) > 8


@pytest.mark.parametrize(("place", "text"), descriptions(), ids=[place for place, _ in descriptions()])
def test_descriptions_have_no_problems(place: str, text: str) -> None:
    assert examine(parse(text, place), {}).problems == ()


# Commands ------------------------------------------------------------------------------------------------------------


def commands(page: Path) -> Iterator[str]:
    """Every command line that begins with ecsgen: in blocks, and in the running text."""
    text = page.read_text("utf-8")
    for block in [*blocks(page, "console"), *blocks(page, "yaml")]:
        prompt = r"\$ " if "$ ecsgen" in block else r"\s*(?:- run: )?"
        for line in block.splitlines():
            if match := re.match(rf"{prompt}(ecsgen .*)", line):
                yield match[1]
            yield from re.findall(r"\$\((ecsgen [^)]*)\)", line)
    outside = BLOCK.sub("", text)
    yield from re.findall(r"`(ecsgen [a-z][^`]*)`", outside)


def words(command: str) -> list[str]:
    """The words of one command, up to a comment, a pipe or a redirection."""
    found = shlex.split(command, comments=True)
    end = next((index for index, word in enumerate(found) if word in {"|", ">", "&&", "…"}), len(found))
    return found[1:end]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_exist_with_their_options(page: Path) -> None:
    root: Any = typer.main.get_command(app)
    for line in commands(page):
        command, path = root, ["ecsgen"]
        for word in words(line):
            if word.startswith("-"):
                known = {opt for option in command.params for opt in (*option.opts, *option.secondary_opts)}
                assert word.partition("=")[0] in known | {"--help"}, f"{line}: {' '.join(path)} has no {word}"
            elif hasattr(command, "commands") and word != "VERB":
                assert word in command.commands, f"{line}: {' '.join(path)} has no {word}"
                command = command.commands[word]
                path.append(word)


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for page in PAGES:
        used = set(re.findall(r"(?:`|^|sudo )make ([a-z]+)", page.read_text("utf-8"), re.MULTILINE))
        assert used <= targets, name(page)


# Excerpts ------------------------------------------------------------------------------------------------------------


def test_the_readme_shows_the_example() -> None:
    assert blocks(ROOT / "README.md", "yaml")[0] == (HELLO / "ecsgen.yaml").read_text("utf-8")


@pytest.mark.parametrize("page", [ROOT / "README.md", DOCS / "tutorial.md"], ids=name)
def test_excerpts_are_what_is_rendered(page: Path) -> None:
    rendered = (HELLO / "infra/default/service_web.tf").read_text("utf-8")
    assert blocks(page, "hcl")
    for excerpt in blocks(page, "hcl"):
        assert excerpt in rendered


@pytest.mark.parametrize("page", [ROOT / "README.md", DOCS / "tutorial.md", DOCS / "sandbox.md"], ids=name)
def test_urls_have_the_name_that_is_rendered(page: Path) -> None:
    outputs = (HELLO / "infra/default/outputs.tf").read_text("utf-8")
    for balancer in re.findall(r"http://([a-z0-9-]+)\.alb\.localhost", page.read_text("utf-8")):
        assert f'"{balancer}"' in outputs


def test_the_library_example_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HELLO)
    (code,) = blocks(DOCS / "architecture.md", "python")
    result: dict[str, Any] = {}
    exec(code, result)
    assert "default/service_web.tf" in result["files"]


# The reference -------------------------------------------------------------------------------------------------------


def test_the_reference_is_current() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools/reference_docs.py"), "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def schema_keys(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        properties = node.get("properties")
        yield from properties if isinstance(properties, dict) else ()
        for value in node.values():
            yield from schema_keys(value)
    elif isinstance(node, list):
        for value in node:
            yield from schema_keys(value)


def test_every_key_and_code_has_its_place() -> None:
    page = (DOCS / "reference/description.md").read_text("utf-8")
    assert [key for key in set(schema_keys(json_schema())) if f"| `{key}` |" not in page] == []
    problems = (DOCS / "reference/problems.md").read_text("utf-8")
    assert [code for code in CODES if f"### {code}: " not in problems] == []


@cache
def source_texts() -> str:
    """Every text of the source, with what is filled in left out."""
    texts = []
    for path in (ROOT / "ecsgen").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                texts.append("…".join(str(part.value) for part in node.values if isinstance(part, ast.Constant)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.append(node.value)
    return "\n".join(texts)


def test_messages_of_the_troubleshooting_page_exist() -> None:
    """Messages stand in bold and begin with a small letter or an ellipsis."""
    text = (DOCS / "troubleshooting.md").read_text("utf-8")
    messages = re.findall(r"\*\*([a-z…][^*]+?)\.?\*\*", text)
    assert len(messages) > 20
    parts = {part.strip(" :.") for message in messages for part in message.split("…")}
    assert {part for part in parts if part not in source_texts()} == set()


def test_environment_variables_are_documented() -> None:
    page = (DOCS / "reference/environment-variables.md").read_text("utf-8")
    used = set(re.findall(r"ECSGEN_[A-Z_]+", source_texts())) - {"ECSGEN_SANDBOX_ENGINE", "ECSGEN_SANDBOX_ID"}
    assert {variable for variable in used if f"`{variable}`" not in page} == set()


# The manual ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_to_files(page: Path) -> None:
    text = BLOCK.sub("", page.read_text("utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path = target.partition("#")[0]
        if path and "://" not in path:
            assert (page.parent / path).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_nothing_is_named_that_a_reader_does_not_have(page: Path) -> None:
    """Documents are those of the repository, and absolute paths are anybody's."""
    text = page.read_text("utf-8")
    for document in re.findall(r"\b[A-Z]{3,}\.md\b", text):
        assert (ROOT / document).is_file(), document
    for path in re.findall(r"(?<![\w.~/:$}\"-])/(?:home|opt|root|tmp|usr|var|work)/[\w./-]+", text):
        assert path.startswith(("/home/you/", "/usr/bin/", "/var/run/docker.sock")), path


def test_the_manual_builds(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    html = "".join(path.read_text("utf-8") for path in (tmp_path / "site").rglob("*.html"))
    assert re.findall(r"<(?:script|img|link)[^>]+(?:src|href)=\"?https?:", html) == []
    assert "modules/ecr/README.md" not in html
