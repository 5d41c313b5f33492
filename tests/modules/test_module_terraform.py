"""Every module by Terraform itself: formatted, valid, and its own tests pass on a provider that is not real."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path.parent for path in (ROOT / "modules").glob("*/main.tf"))
IGNORED_FILES = shutil.ignore_patterns(".terraform", ".terraform.lock.hcl", "*.tfstate*")

pytestmark = pytest.mark.terraform
each_module = pytest.mark.parametrize("name", [path.name for path in MODULES])


class Workshop:
    """Copies of modules that share one initialization: they all require the same provider."""

    def __init__(self, folder: Path, env: dict[str, str], plugin_dir: str | None) -> None:
        self.folder = folder
        self.env = {**env, "TF_DATA_DIR": str(folder / "data")}
        self.plugin_dir = plugin_dir
        self.program = env.get("ECSGEN_TERRAFORM") or shutil.which("terraform") or shutil.which("tofu") or "terraform"

    def copy(self, name: str, *, to: str) -> Path:
        """A copy of a module, ready to run, initialized with the first one."""
        module = self.folder / to
        shutil.copytree(ROOT / "modules" / name, module, ignore=IGNORED_FILES)
        lock = self.folder / ".terraform.lock.hcl"
        if not lock.exists():
            mirror = [f"-plugin-dir={self.plugin_dir}"] if self.plugin_dir else []
            self.run(module, "init", "-backend=false", *mirror)
            shutil.copy(module / ".terraform.lock.hcl", lock)
        shutil.copy(lock, module)
        return module

    def run(self, module: Path, *arguments: str) -> str:
        """What Terraform says; the test fails with it when Terraform does."""
        command = [self.program, f"-chdir={module}", arguments[0], "-no-color", *arguments[1:]]
        done = subprocess.run(command, capture_output=True, text=True, env=self.env, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def workshop(
    tmp_path_factory: pytest.TempPathFactory, terraform_env: dict[str, str], plugin_dir: str | None
) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("modules"), terraform_env, plugin_dir)


def test_the_modules_are_formatted(workshop: Workshop) -> None:
    workshop.run(ROOT / "modules", "fmt", "-check", "-recursive", "-diff")


@each_module
def test_a_module_is_valid_and_passes_its_tests(name: str, workshop: Workshop) -> None:
    """`terraform test` validates the module as `terraform validate` does, before the first run."""
    assert ", 0 failed" in workshop.run(workshop.copy(name, to=name), "test")


def test_an_invalid_module_does_not_pass(workshop: Workshop) -> None:
    module = workshop.copy("cluster", to="invalid")
    (module / "outputs.tf").write_text('output "nothing" {\n  value = aws_ecs_cluster.this.no_such_attribute\n}\n')
    (module / "tests" / "cluster.tftest.hcl").write_text('run "none" {\n  command = plan\n}\n')
    with pytest.raises(AssertionError, match="no_such_attribute"):
        workshop.run(module, "test")


def _variant(workshop: Workshop, attribute: str, test: str) -> None:
    """Run a test on a copy of the service module that ignores changes of an attribute."""
    module = workshop.copy("service", to=f"service_{attribute}")
    main = module / "main.tf"
    main.write_text(main.read_text().replace("ignore_changes = []", f"ignore_changes = [{attribute}]"))
    settings = (ROOT / "modules" / "service" / "tests" / "service.tftest.hcl").read_text().partition('run "')[0]
    for other in (module / "tests").iterdir():
        other.unlink()
    (module / "tests" / "service.tftest.hcl").write_text(settings + test)
    assert "2 passed, 0 failed" in workshop.run(module, "test")


def test_autoscaling_owns_the_desired_count_in_its_variant(workshop: Workshop) -> None:
    _variant(
        workshop,
        "desired_count",
        """
run "first" {
  variables {
    desired_count = 2
  }
}

run "second" {
  variables {
    desired_count = 5
  }

  assert {
    condition     = aws_ecs_service.this.desired_count == 2
    error_message = "The desired count must stay as it was."
  }
}
""",
    )


def test_a_service_that_runs_another_task_definition_fails_the_apply(workshop: Workshop) -> None:
    """As after a rollback: the service was given the second revision and runs the first."""
    _variant(
        workshop,
        "task_definition",
        """
run "first" {
}

run "rolled_back" {
  command = plan

  variables {
    task_definition_arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/hello-default-web:2"
  }

  expect_failures = [aws_ecs_service.this]
}
""",
    )


def test_every_module_plans_on_what_is_known_after_the_apply_only(
    tmp_path: Path, terraform_env: dict[str, str], plugin_dir: str | None
) -> None:
    """Ids and ARNs of what the same apply makes decide neither how many resources there are, nor what they are called."""
    shutil.copytree(ROOT / "modules", tmp_path / "modules", ignore=IGNORED_FILES)
    root = tmp_path / "tests" / "modules" / "unknown"
    shutil.copytree(ROOT / "tests" / "modules" / "unknown", root, ignore=IGNORED_FILES)
    text = (root / "main.tf").read_text()
    assert [path.name for path in MODULES if f'"../../../modules/{path.name}"' not in text] == []
    apart = Workshop(tmp_path, terraform_env, plugin_dir)
    apart.run(root, "init", "-backend=false", *([f"-plugin-dir={plugin_dir}"] if plugin_dir else []))
    assert "1 passed, 0 failed" in apart.run(root, "test")
