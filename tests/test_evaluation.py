"""What Terraform reads from the rendered files: every text of a description arrives unchanged, up to NFC.

The modules are replaced by stand-ins with the same variables, types and validations and without resources, so that
`terraform apply` only evaluates: no provider, no account.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from descriptions import check, descriptions, render, services, texts
from hcl_values import nfc
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ecsgen import application
from ecsgen.hcl import Ref

ROOT = Path(__file__).resolve().parent.parent
QUICK = settings(
    max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)
KEPT_OUTPUTS = {"ports", "start_periods"}
"""Outputs that are computed from variables alone."""


def stand_in(module: dict[str, str]) -> str:
    """One file with a module's variables, its outputs without resources behind them, and all its inputs as one output."""
    variables = module["variables.tf"]
    names = re.findall(r'^variable "(\w+)"', variables, re.MULTILINE)
    outputs = []
    for block in re.findall(r'^output "\w+" \{\n.*?^\}\n', module["outputs.tf"], re.MULTILINE | re.DOTALL):
        name = block.split('"')[1]
        value = '["a", "b"]' if name.endswith("_ids") else f"var.{name}" if name in names else '"x"'
        outputs.append(block if name in KEPT_OUTPUTS else f'output "{name}" {{\n  value = {value}\n}}\n')
    inputs = "".join(f"    {name} = var.{name}\n" for name in names)
    return f'{variables}\n{"".join(outputs)}\noutput "inputs" {{\n  value = {{\n{inputs}  }}\n}}\n'


def evaluate(files: dict[str, str], folder: Path, env: dict[str, str]) -> dict[str, Any]:
    """The inputs of every module call of the environment `default`, as Terraform reads them, by the call's label."""
    modules: dict[str, dict[str, str]] = {}
    calls: dict[str, str] = {}
    for path, text in files.items():
        root, _, rest = path.partition("/")
        if root == "modules":
            modules.setdefault(rest.split("/")[0], {})[rest.split("/")[1]] = text
        elif root == "default" and rest not in {"providers.tf", "versions.tf", "backend.tf", "outputs.tf"}:
            calls[rest] = text
    for name, module in modules.items():
        (folder / "modules" / name).mkdir(parents=True)
        (folder / "modules" / name / "main.tf").write_text(stand_in(module), encoding="utf-8")
    (folder / "default").mkdir()
    labels = re.findall(r'^module "([\w-]+)"', "\n".join(calls.values()), re.MULTILINE)
    calls["read.tf"] = "".join(
        f'output "{label}" {{\n  value = jsonencode(module.{label}.inputs)\n}}\n' for label in labels
    )
    for name, text in calls.items():
        (folder / "default" / name).write_text(text, encoding="utf-8")
    images = dict.fromkeys(re.findall(r'var\.images\["([^"]+)"\]', "\n".join(calls.values())), "x")
    (folder / "default" / "images.auto.tfvars.json").write_text(json.dumps({"images": images}))
    for command in (["init"], ["apply", "-auto-approve"]):
        _terraform(folder / "default", env, *command)
    found = json.loads(_terraform(folder / "default", env, "output", "-json"))
    return {label: json.loads(found[label]["value"]) for label in labels}


def _terraform(folder: Path, env: dict[str, str], *arguments: str) -> str:
    command = ["terraform", *arguments, *([] if arguments[-1] == "-json" else ["-no-color"])]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.terraform
@given(st.lists(st.tuples(st.lists(texts, min_size=4, max_size=4)), min_size=25, max_size=25))
@QUICK
def test_every_text_arrives(
    tmp_path_factory: pytest.TempPathFactory, terraform_env: dict[str, str], samples: list[tuple[list[str]]]
) -> None:
    written: dict[str, Any] = {}
    for number, (some,) in enumerate(samples):
        value, tag, word, condition = some
        written[f"s{number}"] = {
            "image": "nginx:1.27",
            "env": {"VALUE": value},
            "tags": {"tag": tag[:200]},
            "command": some,
            "entrypoint": [word, word],
            "workdir": f"/{word}",
            "health": {"command": ["CMD", f"x{value}", word]},
            "permissions": {
                "statements": [
                    {
                        "actions": "s3:GetObject",
                        "resources": f"arn:aws:s3:::b/{condition}",
                        "conditions": {"StringLike": {f"k{tag}": condition}},
                    }
                ]
            },
        }
    folder = tmp_path_factory.mktemp("texts")
    found = evaluate(render({"name": "texts", "region": "eu-west-1", "services": written}), folder, terraform_env)
    for name, service in written.items():
        task, container = found[f"{name}_task"], found[f"{name}_task"]["containers"][name]
        assert container["environment"] == nfc(service["env"])
        assert container["command"] == nfc(service["command"])
        assert container["entry_point"] == nfc(service["entrypoint"])
        assert container["working_directory"] == nfc(service["workdir"])
        assert container["health_check"]["command"] == nfc(service["health"]["command"])
        assert task["tags"] == found[f"{name}_service"]["tags"] == nfc(service["tags"])
        statement = service["permissions"]["statements"][0]
        assert task["task_policy_statements"][0]["resources"] == [nfc(statement["resources"])]
        (key, value), *_ = statement["conditions"]["StringLike"].items()
        assert task["task_policy_statements"][0]["conditions"] == {"StringLike": {nfc(key): [nfc(value)]}}
    shutil.rmtree(folder)


def _holds(found: Any, given: Any) -> bool:
    """Whether everything that was given is found: types of a module's variables silently drop what they do not know."""
    if isinstance(given, Ref):
        return True
    if isinstance(given, dict):
        return isinstance(found, dict) and all(key in found and _holds(found[key], item) for key, item in given.items())
    if isinstance(given, (list, tuple)):
        return len(found) == len(given) and all(map(_holds, found, given))
    return bool(found == nfc(given))


@pytest.mark.terraform
@pytest.mark.parametrize("example", ["everything", "sidecars", "private"])
def test_modules_take_all_that_is_given(example: str, tmp_path: Path, terraform_env: dict[str, str]) -> None:
    text = (ROOT / "examples" / example / "ecsgen.yaml").read_text()
    found = evaluate(render(text), tmp_path, terraform_env)
    resolved = application.resolve(check(text).environments["default"], "default", {})
    for service in resolved.services:
        task, deployed = found[f"{service.label}_task"], found[f"{service.label}_service"]
        assert _holds(task["containers"], service.task.containers)
        assert _holds(task["task_policy_statements"], service.task.statements)
        assert _holds(deployed["capacity_provider_strategy"], service.service.capacity_provider_strategy)
        assert task["ecr_repositories"] == list(service.task.ecr_repositories)
        if service.http is not None:
            assert _holds(deployed["load_balancer"]["rules"], service.http.listener_rules)
            assert (
                deployed["load_balancer"]["container_port"]
                == task["containers"][service.http.container]["ports"][0]["container_port"]
            )
        if service.autoscaling is not None:
            assert found[f"{service.label}_autoscaling"]["max_capacity"] == service.autoscaling.max_capacity


@pytest.mark.terraform
@given(st.data())
@QUICK
def test_modules_accept_what_the_checks_accept(
    tmp_path_factory: pytest.TempPathFactory, terraform_env: dict[str, str], data: st.DataObject
) -> None:
    description = data.draw(descriptions(most=1))
    description.pop("environments", None)
    description["services"] = {f"s{n}": data.draw(services(f"s{n}")) for n in range(8)}
    for service in description["services"].values():
        service.pop("tags", None)
    folder = tmp_path_factory.mktemp("accepted")
    found = evaluate(render(description), folder, terraform_env)
    assert {f"s{n}_task" for n in range(8)} <= set(found)
    shutil.rmtree(folder)
