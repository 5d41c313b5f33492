"""Which Terraform is used, and what is said when there is none to use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ecsgen.errors import TerraformError
from ecsgen.terraform import find, program
from ecsgen.terraform.program import child_environment, locate

TERRAFORM = {
    "terraform_version": "1.11.4",
    "platform": "linux_amd64",
    "provider_selections": {},
    "terraform_outdated": False,
}
# As OpenTofu's documentation shows it, "Command: version".
OPENTOFU = {"terraform_version": "1.10.5", "platform": "darwin_arm64", "provider_selections": {}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def script(path: Path, body: str, mode: int = 0o755) -> Path:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(mode)
    return path


def says(path: Path, answer: dict[str, object]) -> Path:
    """A program that gives this answer to `version -json`, and talks on stderr as Terraform does."""
    lines = 'echo "There are some problems with the CLI configuration" >&2\n[ "$*" = "version -json" ] || exit 9\n'
    return script(path, f"{lines}echo '{json.dumps(answer)}'")


def env(folder: Path, **more: str) -> dict[str, str]:
    return {"PATH": f"{folder}:/usr/bin:/bin", **more}


def test_terraform_is_preferred_to_opentofu_on_path(folder: Path) -> None:
    says(folder / "terraform", TERRAFORM)
    says(folder / "tofu", OPENTOFU)
    found = find(env={"PATH": str(folder) + ":/usr/bin:/bin"})
    assert (found.program, found.version, found.is_opentofu, found.name) == (
        str(folder / "terraform"),
        "1.11.4",
        False,
        "Terraform",
    )


def test_opentofu_is_found_where_there_is_no_terraform(folder: Path) -> None:
    says(folder / "tofu", OPENTOFU)
    found = locate(None, {"PATH": f"{folder}"})
    assert (found.version, found.is_opentofu, found.name) == ("1.10.5", True, "OpenTofu")


def test_the_option_comes_before_the_variable_and_the_variable_before_path(folder: Path) -> None:
    for name, version in (("terraform", "1.11.0"), ("variable", "1.11.1"), ("option", "1.11.2")):
        says(folder / name, TERRAFORM | {"terraform_version": version})
    variable = env(folder, ECSGEN_TERRAFORM="variable")
    assert locate(None, env(folder)).version == "1.11.0"
    assert locate(None, variable).version == "1.11.1"
    assert locate(str(folder / "option"), variable).version == "1.11.2"


def test_a_relative_path_becomes_absolute(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    says(folder / "mine", TERRAFORM)
    monkeypatch.chdir(folder)
    assert locate("./mine", env(folder)).path == str(folder / "mine")


@pytest.mark.parametrize("version", ["1.10.0", "1.12.0-beta1", "2.0.1"])
def test_new_enough(folder: Path, version: str) -> None:
    says(folder / "terraform", TERRAFORM | {"terraform_version": version})
    assert locate(None, env(folder)).version == version


def test_nothing_found() -> None:
    with pytest.raises(TerraformError) as caught:
        locate(None, {"PATH": "/nonexistent"})
    assert caught.value.exit_code == 5
    assert "neither terraform nor tofu is on PATH" in str(caught.value)
    assert "Terraform 1.10 or newer, or OpenTofu 1.10 or newer" in caught.value.hint
    assert "ECSGEN_TERRAFORM" in caught.value.hint


@pytest.mark.parametrize("version", ["1.9.8", "0.15.5"])
def test_too_old_names_what_was_found_and_what_is_needed(folder: Path, version: str) -> None:
    path = says(folder / "terraform", TERRAFORM | {"terraform_version": version})
    with pytest.raises(TerraformError) as caught:
        locate(None, env(folder))
    assert caught.value.what == f"Terraform {version} is too old"
    assert str(path) in caught.value.why
    assert "Terraform 1.10 or newer" in caught.value.why


def test_named_but_missing(folder: Path) -> None:
    with pytest.raises(TerraformError, match=r"as /no/such/terraform: no such file \(--terraform\)"):
        locate("/no/such/terraform", env(folder))
    with pytest.raises(TerraformError, match=r"as tf9: it is not on PATH \(ECSGEN_TERRAFORM\)"):
        locate(None, env(folder, ECSGEN_TERRAFORM="tf9"))


def test_named_but_not_to_be_executed(folder: Path) -> None:
    script(folder / "terraform", "true", mode=0o644)
    with pytest.raises(TerraformError, match="it may not be executed"):
        locate(str(folder / "terraform"), env(folder))
    with pytest.raises(TerraformError, match="it is a folder"):
        locate(str(folder), env(folder))


@pytest.mark.parametrize(
    "body",
    ["echo hello", "echo '[1]'", "echo '{\"terraform_version\": 3}'", "echo oh no >&2; exit 3", "kill -9 $$"],
)
def test_another_program_of_that_name(folder: Path, body: str) -> None:
    script(folder / "terraform", body)
    with pytest.raises(TerraformError) as caught:
        locate(None, env(folder))
    assert caught.value.what == f"{folder / 'terraform'} is not Terraform or OpenTofu"
    assert "gave no version" in caught.value.why


def test_what_it_printed_is_shown(folder: Path) -> None:
    script(folder / "terraform", "echo oh no >&2; exit 3")
    with pytest.raises(TerraformError) as caught:
        locate(None, env(folder))
    assert caught.value.details == ("oh no",)
    assert "code 3" in caught.value.why


def test_a_program_that_cannot_be_started(folder: Path) -> None:
    (folder / "terraform").write_bytes(b"\x7fNOT an executable")
    (folder / "terraform").chmod(0o755)
    with pytest.raises(TerraformError, match="is not Terraform or OpenTofu"):
        locate(None, env(folder))


def test_a_program_that_never_ends(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "VERSION_SECONDS", 0.3)
    script(folder / "terraform", "exec sleep 60")
    with pytest.raises(TerraformError, match="did not end within"):
        locate(None, env(folder))


def test_a_program_that_never_stops_talking(folder: Path) -> None:
    script(folder / "terraform", "while echo yes; do :; done")
    with pytest.raises(TerraformError, match="is not Terraform or OpenTofu") as caught:
        locate(None, env(folder))
    assert len(caught.value.details) == 10


def test_the_environment_of_the_commands(folder: Path) -> None:
    config = folder / "config.tfrc"
    config.touch()
    given = {
        "PATH": "/bin",
        "TF_CLI_ARGS": "-no-color",
        "TF_CLI_ARGS_plan": "-var x=1",
        "TF_CLI_CONFIG_FILE": str(config),
        "TF_PLUGIN_CACHE_DIR": "/cache",
        "TF_VAR_x": "1",
        "AWS_PROFILE": "ana",
    }
    assert child_environment(given) == {
        "PATH": "/bin",
        "TF_CLI_CONFIG_FILE": str(config),
        "TF_PLUGIN_CACHE_DIR": "/cache",
        "TF_VAR_x": "1",
        "AWS_PROFILE": "ana",
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        "CHECKPOINT_DISABLE": "1",
    }
    assert "TF_CLI_CONFIG_FILE" not in child_environment(given | {"TF_CLI_CONFIG_FILE": str(folder / "missing")})


@pytest.mark.terraform
def test_the_real_one(terraform_env: dict[str, str]) -> None:
    found = find(env=terraform_env | {"TF_CLI_CONFIG_FILE": "/no/such/file"})
    assert Path(found.program).is_absolute()
    assert tuple(map(int, found.version.split("-")[0].split("."))) >= (1, 10)
