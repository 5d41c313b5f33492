"""Terraform as it is, with nothing but the sandbox's environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ecsgen.sandbox import Sandbox

pytestmark = pytest.mark.terraform

ACCOUNT = "123456789012"

AUTOSCALING = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.100" }
  }
}

provider "aws" {
  allowed_account_ids = ["123456789012"]
  default_tags { tags = { app = "hello" } }
}

variable "max" { default = 4 }

locals { services = ["service/hello-default/web", "service/hello-default/web-2"] }

resource "aws_appautoscaling_target" "this" {
  for_each           = toset(local.services)
  service_namespace  = "ecs"
  resource_id        = each.value
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = 2
  max_capacity       = var.max
  tags               = { max = var.max }
}

resource "aws_appautoscaling_policy" "cpu" {
  for_each           = aws_appautoscaling_target.this
  name               = "cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = each.value.service_namespace
  resource_id        = each.value.resource_id
  scalable_dimension = each.value.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = 75
    scale_in_cooldown  = 300
    scale_out_cooldown = 60
    predefined_metric_specification { predefined_metric_type = "ECSServiceAverageCPUUtilization" }
  }
}

resource "aws_appautoscaling_policy" "requests" {
  for_each           = aws_appautoscaling_target.this
  name               = "requests"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = each.value.service_namespace
  resource_id        = each.value.resource_id
  scalable_dimension = each.value.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value = 100
    predefined_metric_specification {
      predefined_metric_type = "ALBRequestCountPerTarget"
      resource_label         = "app/hello/0123456789abcdef/targetgroup/web/0123456789abcdef"
    }
  }
}
"""

STATE_IN_S3 = """
terraform {
  backend "s3" {
    bucket       = "team-state"
    key          = "hello/default.tfstate"
    region       = "eu-west-1"
    encrypt      = true
    use_lockfile = true
  }
}

resource "terraform_data" "held" {
  provisioner "local-exec" { command = "touch running; until [ -e release ]; do sleep 0.1; done" }
}
"""


class Terraform:
    def __init__(self, folder: Path, env: dict[str, str], text: str) -> None:
        self.folder, self.env = folder, {**env, "CHECKPOINT_DISABLE": "1"}
        self.program = env.get("ECSGEN_TERRAFORM") or shutil.which("terraform") or shutil.which("tofu") or "terraform"
        (folder / "main.tf").write_text(text)

    def argv(self, *arguments: str) -> list[str]:
        return [self.program, arguments[0], "-no-color", "-input=false", *arguments[1:]]

    def run(self, *arguments: str) -> tuple[int, str]:
        done = subprocess.run(self.argv(*arguments), cwd=self.folder, env=self.env, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def __call__(self, *arguments: str) -> None:
        code, output = self.run(*arguments)
        assert code == 0, output


@pytest.fixture
def env(sandbox: Sandbox) -> dict[str, str]:
    return sandbox.environment("eu-west-1", ACCOUNT, caller={**os.environ, "AWS_PROFILE": "production"})


def test_autoscaling_applies_with_an_empty_second_plan(
    tmp_path: Path, env: dict[str, str], plugin_dir: str | None
) -> None:
    terraform = Terraform(tmp_path, env, AUTOSCALING)
    terraform("init", *([f"-plugin-dir={plugin_dir}"] if plugin_dir else []))
    terraform("apply", "-auto-approve")
    terraform("plan", "-detailed-exitcode")
    terraform("apply", "-auto-approve", "-refresh=false", "-var=max=6")
    terraform("destroy", "-auto-approve")


def test_state_in_s3_with_its_lock(tmp_path: Path, env: dict[str, str], sandbox: Sandbox) -> None:
    sandbox.ensure_bucket("team-state", "eu-west-1", ACCOUNT)
    terraform = Terraform(tmp_path, env, STATE_IN_S3)
    terraform("init")
    with subprocess.Popen(
        terraform.argv("apply", "-auto-approve"), cwd=tmp_path, env=terraform.env, stdout=subprocess.DEVNULL
    ) as first:
        try:
            while not (tmp_path / "running").exists():
                assert first.poll() is None
                time.sleep(0.05)
            code, output = terraform.run("apply", "-auto-approve")
        finally:
            (tmp_path / "release").touch()
    assert code == 1
    assert "Error acquiring the state lock" in output
    assert first.returncode == 0
    terraform("plan", "-detailed-exitcode")
    terraform("destroy", "-auto-approve")
    assert not (tmp_path / "terraform.tfstate").exists()
