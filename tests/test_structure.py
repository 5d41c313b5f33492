"""The shape of the project: every room is complete, templates only lay out, and what is heavy is imported late."""

from __future__ import annotations

import importlib
import inspect
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, nodes

from ecsgen.components import ALL
from ecsgen.description.model import Description
from ecsgen.description.schema import field_texts
from ecsgen.fields import Section
from ecsgen.render.template_set import packaged

ROOT = Path(__file__).resolve().parent.parent
ROOMS = sorted(ALL)
TEMPLATES = packaged().templates
EXAMPLES = "\n".join(path.read_text() for path in sorted((ROOT / "examples").glob("*/ecsgen.yaml")))
REFERENCE = (ROOT / "docs" / "reference" / "description.md").read_text()
MODULE_FILES = {"main.tf", "variables.tf", "outputs.tf", "versions.tf", "README.md"}
ONLY_ELSEWHERE = {"subnets"}
"""Keys that no VPC of our own has a use for."""


def sections(room: str) -> list[type[Section]]:
    """The sections of the description that a room brings."""
    module = importlib.import_module(f"ecsgen.components.{room}")
    return [
        found
        for _, found in inspect.getmembers(module, inspect.isclass)
        if issubclass(found, Section) and found is not Section and found.__module__ == module.__name__
    ]


def test_the_list_of_rooms_is_the_folder() -> None:
    assert {path.stem for path in (ROOT / "ecsgen" / "components").glob("*.py")} - {"__init__"} == set(ALL)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_is_complete(room: str) -> None:
    module = importlib.import_module(f"ecsgen.components.{room}")
    assert module.__doc__
    carrier = ALL[room]
    if carrier is None:
        return
    folder = ROOT / "modules" / carrier
    assert {path.name for path in folder.iterdir()} >= MODULE_FILES
    assert list((folder / "tests").glob("*.tftest.hcl"))
    assert any(f'"../modules/{carrier}"' in text for text in TEMPLATES.values()), f"no template calls {carrier}"
    assert f"`{carrier}`" in module.__doc__ or "Every module" in module.__doc__


@pytest.mark.parametrize("room", ROOMS)
def test_its_keys_are_described_and_shown(room: str) -> None:
    for section in sections(room):
        texts = field_texts(section)
        for name, field in section.model_fields.items():
            key = field.alias or name
            assert texts.get(name), f"{section.__name__}.{name} has no docstring"
            assert f"`{key}`" in REFERENCE, f"{key} is not in the reference"
            assert key in ONLY_ELSEWHERE or f"{key}:" in EXAMPLES, f"no example shows {section.__name__}.{key}"


def test_every_key_of_the_description_comes_from_a_room_or_the_root() -> None:
    homes = {section for room in ROOMS for section in sections(room)}
    composed = {field.annotation for field in Description.model_fields.values() if inspect.isclass(field.annotation)}
    for found in composed:
        if issubclass(found, Section) and found not in homes:
            assert set(found.__bases__) <= homes, f"{found.__name__} is neither a room's nor made of rooms'"
            assert not set(vars(found).get("__annotations__", {})), f"{found.__name__} has keys of its own"


def tree(name: str) -> nodes.Template:
    return Environment().parse(TEMPLATES[name])


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_templates_keep_to_what_is_quoted(name: str) -> None:
    """Macros, block set, super() and self.block() are quoted twice; a filter could print raw text."""
    banned = (nodes.Macro, nodes.CallBlock, nodes.AssignBlock, nodes.FilterBlock, nodes.Filter, nodes.Import)
    for found in tree(name).find_all((*banned, nodes.FromImport, nodes.ScopedEvalContextModifier)):
        pytest.fail(f"{name}:{found.lineno}: {type(found).__name__}")
    for used in tree(name).find_all(nodes.Name):
        assert used.name not in {"super", "self", "caller", "varargs", "kwargs"}, f"{name}:{used.lineno}"


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_templates_call_nothing_but_references_and_keys(name: str) -> None:
    for call in tree(name).find_all(nodes.Call):
        function = call.node
        called = (
            function.name
            if isinstance(function, nodes.Name)
            else function.attr
            if isinstance(function, nodes.Getattr)
            else ""
        )
        assert called in {"ref", "key", "items"}, f"{name}:{call.lineno}: {called}"


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_no_value_stands_inside_quotes(name: str) -> None:
    """A value is a whole literal: inside quotes its own quotes would end them. References are not literals."""
    for output in tree(name).find_all(nodes.Output):
        text = ""
        for part in output.nodes:
            if isinstance(part, nodes.TemplateData):
                text += part.data
                continue
            line = text.rpartition("\n")[2]
            is_reference = (
                isinstance(part, nodes.Call) and isinstance(part.node, nodes.Name) and part.node.name == "ref"
            )
            assert is_reference or line.count('"') % 2 == 0, f"{name}:{part.lineno}"


HEAVY = ("boto3", "botocore", "docker", "rich", "hcl2", "lark", "jinja2", "requests", "hypothesis")
LOADED = "import sys, json; from ecsgen.cli.main import run; code = run(json.loads(sys.argv[1])); print('\\n' + json.dumps([code, sorted(sys.modules)]))"


def loaded(*words: str) -> tuple[int, set[str]]:
    done = subprocess.run([sys.executable, "-c", LOADED, json.dumps(words)], capture_output=True, text=True, check=True)
    found: list[Any] = json.loads(done.stdout.splitlines()[-1])
    return found[0], {name.partition(".")[0] for name in found[1]} | set(found[1])


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("apply", "--help")])
def test_help_loads_nothing_heavy(words: tuple[str, ...]) -> None:
    code, modules = loaded(*words)
    assert code == 0
    assert not modules & {*HEAVY, "yaml", "ecsgen.checks", "ecsgen.sandbox", "ecsgen.images", "ecsgen.aws"}


def test_validate_loads_nothing_that_it_does_not_need() -> None:
    code, modules = loaded("validate", "-f", str(ROOT / "examples" / "everything" / "ecsgen.yaml"))
    assert code == 0
    assert not modules & {*HEAVY, "ecsgen.sandbox", "ecsgen.images", "ecsgen.aws", "ecsgen.terraform"}


def test_render_leaves_the_second_parser_alone(tmp_path: Path) -> None:
    code, modules = loaded("render", "-f", str(ROOT / "examples" / "everything" / "ecsgen.yaml"), "-o", str(tmp_path))
    assert code == 0
    assert not modules & (set(HEAVY) - {"jinja2"})


def test_every_test_file_has_a_name_of_its_own() -> None:
    """Outside of packages pytest knows a file by its name, and collects only one of two."""
    files = [path for path in (ROOT / "tests").rglob("test_*.py") if not (path.parent / "__init__.py").exists()]
    assert len(files) > 100
    counts = Counter(path.name for path in files)
    assert not [name for name, count in counts.items() if count > 1]
