"""What holds for any valid description: it renders, a second parser and Terraform accept it, order means nothing."""

from __future__ import annotations

import subprocess
from typing import Any

import jsonschema
import pytest
from descriptions import check, descriptions, render, shuffled, to_yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecsgen.description.schema import json_schema
from ecsgen.problems import Severity
from ecsgen.render.format import format_hcl
from ecsgen.render.verify import verify

SCHEMA = jsonschema.Draft202012Validator(json_schema())
SLOW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@given(descriptions())
@SLOW
def test_it_has_no_errors_and_renders_the_same_bytes_twice(description: dict[str, Any]) -> None:
    found = check(description)
    assert [str(problem) for problem in found.errors] == []
    files = render(description)
    assert files == render(description)
    for path, text in files.items():
        assert text.endswith("}\n"), path
        assert format_hcl(text) == text, path


@given(st.data())
@SLOW
def test_the_order_of_keys_means_nothing(data: st.DataObject) -> None:
    description = data.draw(descriptions())
    other = data.draw(shuffled(description))
    assert render(other) == render(description)
    assert [
        (problem.code, problem.message) for problem in check(other).problems if problem.severity is Severity.ERROR
    ] == []


@given(descriptions(most=2))
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_second_parser_accepts_it(description: dict[str, Any]) -> None:
    assert verify(render(description)) == []


@pytest.mark.terraform
@given(st.lists(descriptions(most=2), min_size=6, max_size=6))
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
def test_terraform_accepts_it(
    tmp_path_factory: pytest.TempPathFactory,
    terraform_env: dict[str, str],
    plugin_dir: str | None,
    batch: list[dict[str, Any]],
) -> None:
    """Several descriptions as modules of one root: one `init` for all of them."""
    folder = tmp_path_factory.mktemp("batch")
    calls = []
    for number, description in enumerate(batch):
        for path, text in render(description).items():
            target = folder / str(number) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        roots = sorted(path.parent for path in (folder / str(number)).glob("*/backend.tf"))
        calls += [f'module "m{number}_{root.name}" {{\n  source = "./{number}/{root.name}"\n}}\n' for root in roots]
    (folder / "main.tf").write_text("\n".join(calls))
    mirror = [f"-plugin-dir={plugin_dir}"] if plugin_dir else []
    for command in (["fmt", "-check", "-recursive"], ["init", "-backend=false", "-input=false", *mirror], ["validate"]):
        done = subprocess.run(
            ["terraform", *command], cwd=folder, env=terraform_env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (to_yaml(batch), done.stdout + done.stderr)


def test_a_thousand_services() -> None:
    """Only the first have a load balancer: it takes 100 rules."""
    services = {f"s{n}": {"image": "nginx:1.27", "env": {"N": n}} for n in range(1000)}
    for n in range(60):
        services[f"s{n}"] |= {"port": 80, "http": {"path": f"/s{n}"}}
    files = render({"name": "big", "region": "eu-west-1", "services": services})
    assert sum(path.startswith("default/service_s") for path in files) == 1000


@given(descriptions())
@SLOW
def test_the_schema_for_editors_accepts_it(description: dict[str, Any]) -> None:
    assert [error.message for error in SCHEMA.iter_errors(description)] == []
