"""`init` and `schema`: the first description of a project, and what editors read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from command import Run, on_a_terminal

from ecsgen.cli.first import label, read_dockerfile

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "tests" / "errors"


@pytest.fixture
def empty(folder: Path) -> Path:
    """A folder without a description, with a name that can be one."""
    (folder / "ecsgen.yaml").unlink()
    return folder


def test_with_flags(ecsgen: Run, empty: Path) -> None:
    words = ("--name", "shop", "--region", "us-east-1", "--service", "api", "--port", "9000", "--image", "nginx:1.27")
    result = ecsgen("init", *words, "--no-http")
    assert result.code == 0
    assert (empty / "ecsgen.yaml").read_text() == (
        "name: shop\nregion: us-east-1\nservices:\n  api:\n    image: nginx:1.27\n    port: 9000\n"
    )
    assert ecsgen("validate").code == 0


def test_without_flags_it_reads_the_dockerfile(ecsgen: Run, empty: Path) -> None:
    (empty / "Dockerfile").write_text("FROM a\nEXPOSE 1\nFROM b\nEXPOSE 9001/tcp 9002\nCMD serve\n")
    result = ecsgen("init", "--name", "shop", "--json")
    assert result.document == {"file": "ecsgen.yaml", "description": (empty / "ecsgen.yaml").read_text()}
    written = yaml.safe_load((empty / "ecsgen.yaml").read_text())
    assert written["services"] == {"web": {"build": ".", "port": 9001, "http": {}}}


def test_it_overwrites_nothing_unless_forced(ecsgen: Run, folder: Path) -> None:
    before = (folder / "ecsgen.yaml").read_text()
    assert ecsgen("init", "--name", "other").code == 2
    assert (folder / "ecsgen.yaml").read_text() == before
    assert ecsgen("init", "--name", "other", "--force").code == 0
    assert (folder / "ecsgen.yaml").read_text().startswith("name: other\n")


@pytest.mark.parametrize(
    "words",
    [
        ("--name", "My Shop"),
        ("--name", "a", "--region", "nowhere"),
        ("--name", "a", "--port", "70000"),
        ("--name", "a", "--port", "0"),
    ],
)
def test_a_description_with_errors_is_not_written(ecsgen: Run, empty: Path, words: tuple[str, ...]) -> None:
    assert ecsgen("init", *words).code == 2
    assert not (empty / "ecsgen.yaml").exists()


def test_a_folder_that_is_not_there(ecsgen: Run, empty: Path) -> None:
    result = ecsgen("init", "--name", "a", "-f", "sub/ecsgen.yaml")
    assert result.code == 2
    assert "what to do: create the folder sub first" in result.err


def test_on_a_terminal_it_asks(empty: Path) -> None:
    seen = on_a_terminal(empty, "init", answers="shop\neu-north-1\napi\nnginx:1.27\ny\n8081\n")
    assert "Name of the application" in seen
    assert "wrote ecsgen.yaml" in seen
    assert yaml.safe_load((empty / "ecsgen.yaml").read_text()) == {
        "name": "shop",
        "region": "eu-north-1",
        "services": {"api": {"image": "nginx:1.27", "port": 8081, "http": {}}},
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("My Shop!", "my-shop"),
        ("2024-shop", "shop"),
        ("日本", "app"),
        ("a" * 30, "a" * 24),
        ("--x--", "x"),
        ("1", "app"),
    ],
)
def test_names_from_folders(text: str, expected: str) -> None:
    assert label(text, "app") == expected


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("FROM a\n", None),
        ("FROM a\nexpose \\\n 81\n", 81),
        ("FROM a\nEXPOSE 53/udp\nEXPOSE 80\n", 80),
        ("EXPOSE $PORT\n", None),
        ("EXPOSE 99999\n", None),
    ],
)
def test_ports_of_dockerfiles(tmp_path: Path, text: str, port: int | None) -> None:
    (tmp_path / "Dockerfile").write_text(text)
    found = read_dockerfile(tmp_path / "Dockerfile")
    assert found is not None
    assert found.port == port
    assert read_dockerfile(tmp_path) is None


class Yaml12(yaml.SafeLoader):
    """Plain `on` and `off` are text, as for ecsgen and for editors."""


Yaml12.yaml_implicit_resolvers = {
    first: [found for found in resolvers if found[0] != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class TestSchema:
    @pytest.fixture
    def schema(self, ecsgen: Run) -> Any:
        document = ecsgen("schema").document
        jsonschema.Draft202012Validator.check_schema(document)
        return jsonschema.Draft202012Validator(document)

    def test_it_accepts_every_example(self, schema: Any) -> None:
        for example in sorted((ROOT / "examples").glob("*/ecsgen.yaml")):
            schema.validate(json.loads(json.dumps(yaml.load(example.read_text(), Loader=Yaml12), default=str)))

    @pytest.mark.parametrize(
        "name", ["unknown_keys", "types", "nested_required", "words", "names", "forms", "other_sections"]
    )
    def test_it_refuses_what_is_wrong_by_its_form(self, schema: Any, name: str) -> None:
        description = json.loads(json.dumps(yaml.safe_load((CORPUS / f"{name}.yaml").read_text()), default=str))
        assert [error.json_path for error in schema.iter_errors(description)]

    def test_every_key_says_what_it_is_for(self, schema: Any) -> None:
        def walk(node: Any, path: str) -> None:
            for key, value in node.get("properties", {}).items():
                assert value.get("description"), f"{path}.{key}"
                walk(value, f"{path}.{key}")

        walk(schema.schema, "")
        for name, definition in schema.schema["$defs"].items():
            walk(definition, name)


def test_documents_are_those_of_the_manual(ecsgen: Run, folder: Path) -> None:
    documents = json.loads((ROOT / "docs" / "reference" / "documents.json").read_text())

    def conforms(name: str, found: Any) -> None:
        jsonschema.Draft202012Validator({**documents, "$ref": f"#/$defs/{name}"}).validate(found)

    conforms("validate", ecsgen("validate", "--json").document)
    conforms("render", ecsgen("render", "--json").document)
    conforms("render --check", ecsgen("render", "--check", "--diff", "--json").document)
    conforms("init", ecsgen("init", "--json", "--force", "--name", "a").document)
    conforms("error", ecsgen("render", "--json", "-e", "nope").document)
    (folder / "ecsgen.yaml").write_text("name: 5\n")
    conforms("validate", ecsgen("validate", "--json").document)
    conforms("error", ecsgen("render", "--json").document)
