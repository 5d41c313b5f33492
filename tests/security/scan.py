"""Plans an example against the sandbox's emulator, which needs no account, and has checkov look at the plan."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecsgen.description.load import load
from ecsgen.description.typed import read
from ecsgen.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]
DIGEST = f"sha256:{'0' * 64}"
LOCAL_STATE = 'terraform {\n  backend "local" {}\n}\n'
INSTANCE = re.compile(r"\[[^\]]*\]")


@dataclass(frozen=True)
class Failed:
    """A check that failed on a resource, whose address has no keys of instances."""

    check: str
    resource: str


@dataclass(frozen=True)
class Scan:
    """What checkov said about all roots of an example, resource by resource."""

    failed: tuple[Failed, ...]
    passed: int
    resources: int


def scan(example: str, folder: Path, sandbox: Sandbox, terraform: Mapping[str, str], checkov: str) -> Scan:
    """`terraform` is the environment that Terraform is found and run in; `folder` is where the copy is made."""
    document = load(ROOT / "examples" / example / "ecsgen.yaml", "ecsgen.yaml")
    description = read(document).description
    assert description is not None
    env = {**terraform, **sandbox.environment(description.region, description.account)}
    if description.domain is not None and description.domain.zone is not None:
        _make_zone(description.domain.zone, env)
    shutil.copytree(ROOT / "examples" / example / "infra", folder)
    failed: list[Failed] = []
    passed = resources = 0
    for root in (folder / "registry", folder / "default"):
        _plan(root, env)
        found = _checkov(root, checkov)
        passed += found["summary"]["passed"]
        resources += found["summary"]["resource_count"]
        failed += [
            Failed(item["check_id"], INSTANCE.sub("", item["resource"])) for item in found["results"]["failed_checks"]
        ]
    return Scan(tuple(failed), passed, resources)


def _make_zone(name: str, env: Mapping[str, str]) -> None:
    """The hosted zone that a description expects to be there."""
    import boto3

    client = boto3.session.Session().client(
        "route53",
        region_name=env["AWS_REGION"],
        endpoint_url=env["AWS_ENDPOINT_URL"],
        aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
    )
    client.create_hosted_zone(Name=name, CallerReference=name)


def _plan(root: Path, env: Mapping[str, str]) -> None:
    (root / "backend_override.tf").write_text(LOCAL_STATE)
    text = "".join(path.read_text() for path in root.glob("*.tf"))
    images = {key: f"example.com/{key}@{DIGEST}" for key in re.findall(r'var\.images\["(.+?)"\]', text)}
    if images:
        (root / "images.auto.tfvars.json").write_text(json.dumps({"images": images}))
    mirror = [f"-plugin-dir={env['ECSGEN_PLUGIN_DIR']}"] if "ECSGEN_PLUGIN_DIR" in env else []
    _run(root, env, "terraform", "init", "-input=false", *mirror)
    _run(root, env, "terraform", "plan", "-input=false", "-out=saved.plan")
    (root / "plan.json").write_text(_run(root, env, "terraform", "show", "-json", "saved.plan"))


def _run(root: Path, env: Mapping[str, str], *command: str) -> str:
    done = subprocess.run(command, cwd=root, env=dict(env), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _checkov(root: Path, program: str) -> dict[str, Any]:
    options = ["--framework", "terraform_plan", "--output", "json", "--compact", "--quiet", "--skip-download"]
    done = subprocess.run(
        [program, "--file", "plan.json", *options], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    found = dict(json.loads(done.stdout))
    assert found["summary"]["parsing_errors"] == 0
    return found
