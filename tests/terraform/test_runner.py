"""Terraform's commands: their arguments on a stand-in, and what they do on the real one, without any provider."""

from __future__ import annotations

import json
import re
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ecsgen.errors import TerraformError
from ecsgen.progress import Event, Kind
from ecsgen.terraform import Action, Cause, CommandError, ResourceStep, StoppedError, Terraform, find
from ecsgen.terraform.plan import Plan
from ecsgen.terraform.program import Program

ROOT = """
variable "size" {
  type    = string
  default = "small"
}
variable "token" {
  type      = string
  default   = "s3cret"
  sensitive = true
}
resource "terraform_data" "first" {
  input = var.size
}
resource "terraform_data" "second" {
  triggers_replace = [var.size]
  input            = var.token
  depends_on       = [terraform_data.first]
}
output "size" {
  value = terraform_data.first.output
}
check "size" {
  assert {
    condition     = var.size != "odd"
    error_message = "That size is odd."
  }
}
"""
SLOW = """
resource "terraform_data" "first" {
  input = 1
}
resource "terraform_data" "slow" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" {
    command = "touch started; while [ ! -e go ]; do sleep 0.05; done"
  }
}
"""
# A stand-in that notes how it was called and answers as Terraform would.
STAND_IN = """#!/bin/sh
{ echo "$@"; env | grep '^TF_' | sort; echo --; } >> "$LOG"
case "$1" in
  output) echo '{"url": {"sensitive": false, "value": "http://x"}}' ;;
  show) echo '{"format_version": "1.2"}' ;;
esac
exit "${CODE:-0}"
"""


StandIn = Callable[..., tuple[Terraform, dict[str, str], Callable[[], list[str]]]]
"""Makes a Terraform that is none, the environment for it, and a function that gives the calls it got."""


class Heard(list[Event]):
    """Everything that was reported."""

    def __call__(self, event: Event) -> None:
        self.append(event)

    def texts(self, kind: Kind) -> list[str]:
        """Without the times that they end with, which depend on the machine."""
        return [re.sub(r" \(\d+s\)$", "", event.text) for event in self if event.kind is kind]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    (folder / "main.tf").write_text(ROOT)
    return folder


@pytest.fixture
def terraform(terraform_env: dict[str, str]) -> Terraform:
    return find(env=terraform_env)


@pytest.fixture
def stand_in(tmp_path: Path) -> StandIn:
    def make(name: str = "terraform", **env: str) -> tuple[Terraform, dict[str, str], Callable[[], list[str]]]:
        path, log = tmp_path / name, tmp_path / "log"
        path.write_text(STAND_IN)
        path.chmod(0o755)
        environment = {"PATH": "/usr/bin:/bin", "LOG": str(log)} | env
        found = Terraform(Program(str(path), "1.11.4", name == "tofu"), lock_timeout=7)
        return found, environment, lambda: [block.split("\n")[0] for block in log.read_text().split("--\n") if block]

    return make


def wait_for(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)


def plan_and_apply(terraform: Terraform, root: Path, env: dict[str, str], heard: Heard | None = None) -> None:
    out = root.parent / f"{time.monotonic_ns()}.tfplan"
    terraform.plan(root, out, env)
    terraform.apply(root, out, env, Heard() if heard is None else heard)


# The arguments


@pytest.mark.parametrize("name", ["terraform", "tofu"])
def test_arguments(name: str, stand_in: StandIn, tmp_path: Path) -> None:
    terraform, env, calls = stand_in(name, TF_CLI_ARGS="-no-color", TF_CLI_ARGS_plan="-var=x=1")
    (tmp_path / "providers").mkdir()
    out, var_file, heard = tmp_path / "a.tfplan", tmp_path / "b.tfvars", Heard()
    terraform.init(tmp_path, env, report=heard)
    terraform.init(tmp_path, env, tmp_path / "providers", reconfigure=True)
    terraform.init(tmp_path, env | {"ECSGEN_PLUGIN_DIR": str(tmp_path / "providers")})
    terraform.plan(tmp_path, out, env, destroy=True, var_files=[var_file])
    terraform.apply(tmp_path, out, env)
    assert terraform.output(tmp_path, env) == {"url": "http://x"}
    terraform.untaint(tmp_path, 'module.a["x"].b.c', env)
    assert calls() == [
        "init -json -input=false",
        f"init -json -input=false -plugin-dir={tmp_path}/providers -reconfigure",
        f"init -json -input=false -plugin-dir={tmp_path}/providers",
        f"plan -json -input=false -out={out} -lock-timeout=7s -destroy -var-file={var_file}",
        f"show -json -no-color {out}",
        f"apply -json -input=false -lock-timeout=7s {out}",
        "output -json -no-color",
        'untaint -no-color -lock-timeout=7s module.a["x"].b.c',
    ]
    log = (tmp_path / "log").read_text()
    assert "TF_IN_AUTOMATION=1" in log
    assert "TF_INPUT=0" in log
    assert "TF_CLI_ARGS" not in log
    assert heard.texts(Kind.WARNING) == ["TF_CLI_ARGS is not passed on: it could break the saved plan"]


def test_a_folder_of_providers_that_is_not_there(stand_in: StandIn, tmp_path: Path) -> None:
    terraform, env, _ = stand_in()
    with pytest.raises(TerraformError, match="there is no folder /no/such/folder"):
        terraform.init(tmp_path, env, "/no/such/folder")


def test_an_answer_that_is_no_json(stand_in: StandIn, tmp_path: Path) -> None:
    terraform, env, _ = stand_in()
    Path(terraform.program).write_text("#!/bin/sh\necho hello\n")
    with pytest.raises(CommandError, match="its answer is not JSON"):
        terraform.output(tmp_path, env)


def test_a_command_that_fails_without_json_shows_what_it_printed(stand_in: StandIn, tmp_path: Path) -> None:
    terraform, env, _ = stand_in()
    Path(terraform.program).write_text(
        "#!/bin/sh\necho '' ; echo 'panic: nil map' >&2; echo 'goroutine 1' >&2; exit 11\n"
    )
    with pytest.raises(CommandError, match="crashed") as caught:
        terraform.apply(tmp_path, tmp_path / "x", env)
    assert caught.value.details == ("panic: nil map", "goroutine 1")
    with pytest.raises(CommandError, match="crashed"):
        terraform.untaint(tmp_path, "a.b", env)
    with pytest.raises(CommandError, match="crashed"):
        terraform.state(tmp_path, env)


def test_an_existing_file_is_never_taken_for_a_plan(stand_in: StandIn, tmp_path: Path) -> None:
    terraform, env, _ = stand_in()
    (tmp_path / "a.tfplan").touch()
    with pytest.raises(FileExistsError):
        terraform.plan(tmp_path, tmp_path / "a.tfplan", env)


# The real one


@pytest.mark.terraform
def test_from_nothing_to_nothing(
    terraform: Terraform, root: Path, terraform_env: dict[str, str], tmp_path: Path
) -> None:
    heard, steps = Heard(), list[ResourceStep]()
    terraform.init(root, terraform_env, report=heard)
    assert "Initializing the backend..." in heard.texts(Kind.STATUS)
    assert not terraform.state_exists(root, terraform_env)
    assert terraform.output(root, terraform_env) == {}

    first = terraform.plan(root, tmp_path / "1", terraform_env)
    assert [(change.address, change.action) for change in first.changes] == [
        ("terraform_data.first", Action.CREATE),
        ("terraform_data.second", Action.CREATE),
    ]
    assert stat.S_IMODE((tmp_path / "1").stat().st_mode) == 0o600
    terraform.apply(root, tmp_path / "1", terraform_env, heard, steps.append)
    assert heard.texts(Kind.LINE) == ["created terraform_data.first", "created terraform_data.second"]
    assert heard.texts(Kind.DONE) == ["2 changes"]
    assert [step.phase for step in steps] == ["start", "complete"] * 2
    assert terraform.output(root, terraform_env) == {"size": "small"}
    assert terraform.state_list(root, terraform_env) == ("terraform_data.first", "terraform_data.second")

    assert terraform.plan(root, tmp_path / "2", terraform_env) == Plan(())
    odd = ROOT.replace('"small"', '"odd"').replace("var.size\n}\nresource", '"small"\n}\nresource')
    (root / "main.tf").write_text(odd.replace("[var.size]", '["small"]'))
    (warning,) = terraform.plan(root, tmp_path / "warned", terraform_env).warnings
    assert warning.detail == "That size is odd."
    (root / "main.tf").write_text(f'{ROOT}output "more" {{\n  value = 1\n}}\n')
    assert [change.name for change in terraform.plan(root, tmp_path / "more", terraform_env).outputs] == ["more"]
    (root / "main.tf").write_text(ROOT)
    (tmp_path / "odd.tfvars.json").write_text(json.dumps({"size": "odd", "token": "other"}))
    changed = terraform.plan(root, tmp_path / "3", terraform_env, var_files=[tmp_path / "odd.tfvars.json"])
    assert [(change.address, change.action, change.replace_paths) for change in changed.changes] == [
        ("terraform_data.first", Action.UPDATE, ()),
        ("terraform_data.second", Action.REPLACE, ("triggers_replace",)),
    ]
    assert [warning.detail for warning in changed.warnings] == ["That size is odd."]
    assert "s3cret" not in repr(changed)
    terraform.apply(root, tmp_path / "3", terraform_env, heard)
    assert any("That size is odd." in text for text in heard.texts(Kind.WARNING))

    gone = terraform.plan(root, tmp_path / "4", terraform_env, destroy=True)
    assert {change.action for change in gone.changes} == {Action.DELETE}
    terraform.apply(root, tmp_path / "4", terraform_env)
    assert not terraform.state_exists(root, terraform_env)


@pytest.mark.terraform
def test_files_that_are_not_valid(terraform: Terraform, root: Path, terraform_env: dict[str, str]) -> None:
    terraform.init(root, terraform_env)
    assert terraform.validate(root, terraform_env) == ()
    (root / "bad.tf").write_text('output "x" {\n  value = var.missing\n}\n')
    found = terraform.validate(root, terraform_env)
    assert [(item.file, item.line, item.is_error) for item in found] == [("bad.tf", 2, True)]
    with pytest.raises(CommandError) as caught:
        terraform.plan(root, root.parent / "x", terraform_env)
    assert "Reference to undeclared input variable" in caught.value.details[0]
    assert "bad.tf:2" in caught.value.details[0]


@pytest.mark.terraform
def test_a_failed_apply_goes_on_the_next_time(terraform: Terraform, root: Path, terraform_env: dict[str, str]) -> None:
    (root / "main.tf").write_text(SLOW.replace("while [ ! -e go ]; do sleep 0.05; done", "test -e go"))
    heard = Heard()
    terraform.init(root, terraform_env)
    with pytest.raises(CommandError) as caught:
        plan_and_apply(terraform, root, terraform_env, heard)
    assert caught.value.what == f"{root} could not be applied"
    assert caught.value.why == "local-exec provisioner error"
    assert caught.value.diagnostics[0].address == "terraform_data.slow"
    assert heard.texts(Kind.LINE) == ["created terraform_data.first", "failed: creating terraform_data.slow"]
    assert terraform.tainted(root, terraform_env) == ("terraform_data.slow",)

    again = terraform.plan(root, root.parent / "again", terraform_env)
    assert [change.reason for change in again.changes] == ["replace_because_tainted"]
    terraform.untaint(root, "terraform_data.slow", terraform_env)
    assert terraform.tainted(root, terraform_env) == ()
    assert terraform.plan(root, root.parent / "kept", terraform_env).is_empty
    with pytest.raises(CommandError, match="could not be untainted"):
        terraform.untaint(root, "terraform_data.none", terraform_env)


@pytest.mark.terraform
def test_a_plan_that_was_overtaken(terraform: Terraform, root: Path, terraform_env: dict[str, str]) -> None:
    terraform.init(root, terraform_env)
    terraform.plan(root, root.parent / "old", terraform_env)
    plan_and_apply(terraform, root, terraform_env)
    with pytest.raises(CommandError) as caught:
        terraform.apply(root, root.parent / "old", terraform_env)
    assert caught.value.cause is Cause.STALE_PLAN


@pytest.mark.terraform
def test_a_deployment_that_was_rolled_back(terraform: Terraform, root: Path, terraform_env: dict[str, str]) -> None:
    condition = (
        'lifecycle {\n postcondition {\n condition = self.output == 2\n error_message = "It was rolled back."\n}\n}\n'
    )
    (root / "main.tf").write_text(
        SLOW.split('resource "terraform_data" "slow"')[0].replace("input = 1", f"input = 1\n{condition}")
    )
    terraform.init(root, terraform_env)
    with pytest.raises(CommandError) as caught:
        plan_and_apply(terraform, root, terraform_env)
    assert caught.value.cause is Cause.ROLLED_BACK


@pytest.mark.terraform
def test_a_state_that_has_moved(terraform: Terraform, root: Path, terraform_env: dict[str, str]) -> None:
    backend = 'terraform {\n  backend "local" {\n    path = "%s.tfstate"\n  }\n}\n'
    (root / "backend.tf").write_text(backend % "one")
    terraform.init(root, terraform_env)
    (root / "backend.tf").write_text(backend % "two")
    with pytest.raises(CommandError) as caught:
        terraform.init(root, terraform_env)
    assert caught.value.cause is Cause.BACKEND_CHANGED
    assert f"init -migrate-state` in {root}" in caught.value.hint
    terraform.init(root, terraform_env, reconfigure=True)


@pytest.mark.terraform
def test_a_provider_that_is_not_there(terraform: Terraform, root: Path, terraform_env: dict[str, str]) -> None:
    (root / "versions.tf").write_text('terraform {\n  required_providers {\n    x = { source = "example/x" }\n  }\n}\n')
    (root.parent / "providers").mkdir()
    with pytest.raises(CommandError) as caught:
        terraform.init(root, terraform_env, root.parent / "providers")
    assert caught.value.cause is Cause.PROVIDER_NOT_FOUND
    assert "--plugin-dir" in caught.value.hint


@pytest.mark.terraform
def test_arguments_in_the_environment_change_nothing(
    terraform: Terraform, root: Path, terraform_env: dict[str, str]
) -> None:
    env = terraform_env | {
        "TF_CLI_ARGS": "-json=false",
        "TF_CLI_ARGS_plan": "-destroy",
        "TF_CLI_CONFIG_FILE": "/missing",
    }
    terraform.init(root, env)
    assert [change.action for change in terraform.plan(root, root.parent / "p", env).changes] == [Action.CREATE] * 2


@pytest.mark.terraform
def test_two_applies_at_once(terraform: Terraform, root: Path, terraform_env: dict[str, str]) -> None:
    (root / "main.tf").write_text(SLOW)
    terraform.init(root, terraform_env)
    terraform.plan(root, root.parent / "one", terraform_env)
    failures: list[BaseException] = []

    def first() -> None:
        try:
            terraform.apply(root, root.parent / "one", terraform_env)
        except BaseException as error:
            failures.append(error)

    worker = threading.Thread(target=first)
    worker.start()
    try:
        wait_for((root / "started").exists, "the first apply to begin")
        with pytest.raises(CommandError) as caught:
            Terraform(terraform.found, lock_timeout=0).plan(root, root.parent / "two", terraform_env)
        waiting, heard = Terraform(terraform.found, lock_timeout=1), Heard()
        with pytest.raises(CommandError):
            waiting.plan(root, root.parent / "three", terraform_env, heard)
    finally:
        (root / "go").touch()
        worker.join(30)
    assert caught.value.cause is Cause.LOCKED
    assert " for apply since 20" in caught.value.why
    assert "force-unlock" in caught.value.hint
    assert "LOCK_ID" not in caught.value.hint
    assert heard.texts(Kind.LINE) == ["waiting for the lock of the state"]
    assert failures == []
    assert len(terraform.state_list(root, terraform_env)) == 2


@pytest.mark.terraform
def test_a_stop_from_another_thread_is_not_an_interrupt(
    terraform: Terraform, root: Path, terraform_env: dict[str, str]
) -> None:
    (root / "main.tf").write_text(SLOW)
    terraform.init(root, terraform_env)
    terraform.plan(root, root.parent / "one", terraform_env)
    stop = threading.Event()

    def watch() -> None:
        wait_for((root / "started").exists, "the apply to begin")
        stop.set()

    watcher = threading.Thread(target=watch)
    watcher.start()
    with pytest.raises(StoppedError) as caught:
        terraform.apply(root, root.parent / "one", terraform_env, stop=stop)
    watcher.join(30)
    assert caught.value.exit_code == 5
    assert not list(root.glob(".*.lock.info"))
    assert terraform.tainted(root, terraform_env) == ("terraform_data.slow",)
