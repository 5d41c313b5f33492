"""The modules of EC2 capacity by unchanged Terraform: kept as AWS keeps them, and a service that moves in place.

No instance starts: what an instance does is not tried here.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from test_unchanged_terraform import ACCOUNT, Terraform

if TYPE_CHECKING:
    from ecsgen.sandbox import Sandbox

pytestmark = pytest.mark.terraform

MODULES = Path(__file__).resolve().parents[2] / "modules"

STACK = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.100" }
  }
}

provider "aws" {
  allowed_account_ids = ["123456789012"]
  default_tags { tags = { app = "crew" } }
}

variable "capacity" {
  type    = list(string)
  default = ["FARGATE"]
}
variable "mode" { default = "awsvpc" }
variable "max" { default = 3 }

locals { on_ec2 = contains(var.capacity, "ec2") }

module "network" {
  source          = "MODULES/network"
  name            = "crew"
  cidr_block      = "10.0.0.0/16"
}

module "cluster" {
  source             = "MODULES/cluster"
  name               = "crew"
  capacity_providers = [module.ec2_capacity.capacity_provider_name]
}

module "ec2_capacity" {
  source               = "MODULES/ec2_capacity"
  name                 = "ec2-crew"
  cluster_name         = module.cluster.name
  role_name            = "crew-ec2-instance"
  instance_types       = ["m7i.large", "m6i.large"]
  min_size             = 1
  max_size             = var.max
  on_demand_base       = 1
  on_demand_percentage = 50
  image_id             = "resolve:ssm:/aws/service/bottlerocket/aws-ecs-2/x86_64/latest/image_id"
  operating_system     = "bottlerocket"
  volume               = { size_gib = 40, kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab" }
  vpc_id               = module.network.vpc_id
  subnet_ids           = module.network.public_subnet_ids
  launch_tags          = { app = "crew" }

  associate_public_ip_address = true
}

module "worker_task" {
  source              = "MODULES/task_definition"
  family              = "crew-worker"
  launch_type         = local.on_ec2 ? "EC2" : "FARGATE"
  network_mode        = var.mode
  execution_role_name = "crew-worker-execution"
  task_role_name      = "crew-worker-task"
  log_group_name      = "/ecs/crew/worker"
  containers = {
    worker = {
      image   = "example.com/worker:1"
      ports   = [{ container_port = 80 }]
      tmpfs   = local.on_ec2 ? [{ container_path = "/run", size = 16 }] : []
      devices = local.on_ec2 ? [{ host_path = "/dev/fuse", container_path = "/dev/fuse" }] : []
    }
  }
}

module "worker_service" {
  source                     = "MODULES/service"
  name                       = "worker"
  cluster_arn                = module.cluster.arn
  task_definition_arn        = module.worker_task.arn
  capacity_provider_strategy = [for name in var.capacity : { capacity_provider = name == "ec2" ? module.ec2_capacity.capacity_provider_name : name }]
  placement_constraints      = local.on_ec2 ? [{ type = "distinctInstance" }] : []
  placement_strategies       = local.on_ec2 ? [{ type = "spread", field = "attribute:ecs.availability-zone" }, { type = "binpack", field = "memory" }] : []
  network_mode               = var.mode
  instance_security_group_id = module.ec2_capacity.security_group_id
  vpc_id                     = module.network.vpc_id
  subnet_ids                 = module.network.public_subnet_ids
  assign_public_ip           = !local.on_ec2
}

module "agent_task" {
  source              = "MODULES/task_definition"
  family              = "crew-agent"
  launch_type         = "EC2"
  network_mode        = "host"
  execution_role_name = "crew-agent-execution"
  task_role_name      = "crew-agent-task"
  log_group_name      = "/ecs/crew/agent"
  containers          = { agent = { image = "example.com/agent:1", privileged = true } }
}

module "agent_service" {
  source                             = "MODULES/service"
  name                               = "agent"
  cluster_arn                        = module.cluster.arn
  task_definition_arn                = module.agent_task.arn
  daemon                             = true
  network_mode                       = "host"
  instance_security_group_id         = module.ec2_capacity.security_group_id
  vpc_id                             = module.network.vpc_id
  subnet_ids                         = module.network.public_subnet_ids
  deployment_minimum_healthy_percent = 0
  deployment_maximum_percent         = 100
}
"""


@pytest.fixture
def crew(tmp_path: Path, sandbox: Sandbox, plugin_dir: str | None) -> Terraform:
    env = sandbox.environment("eu-west-1", ACCOUNT, caller=dict(os.environ))
    terraform = Terraform(tmp_path, env, STACK.replace("MODULES", str(MODULES)))
    terraform("init", *([f"-plugin-dir={plugin_dir}"] if plugin_dir else []))
    return terraform


def planned(terraform: Terraform, *variables: str) -> dict[str, list[str]]:
    """What a plan does to each resource that it changes, read as JSON."""
    terraform("plan", "-out=plan", *variables)
    command = [terraform.program, "show", "-json", "plan"]
    shown = subprocess.run(command, cwd=terraform.folder, env=terraform.env, capture_output=True, text=True, check=True)
    changes: list[dict[str, Any]] = json.loads(shown.stdout)["resource_changes"]
    return {item["address"]: item["change"]["actions"] for item in changes if item["change"]["actions"] != ["no-op"]}


def test_a_service_moves_between_fargate_spot_and_ec2_in_place(crew: Terraform) -> None:
    service, task = "module.worker_service.aws_ecs_service.this", "module.worker_task.aws_ecs_task_definition.this"
    crew("apply", "-auto-approve")
    crew("plan", "-detailed-exitcode")
    for capacity in ('["ec2"]', '["FARGATE", "FARGATE_SPOT"]', '["ec2"]'):
        variable = f"-var=capacity={capacity}"
        changes = planned(crew, variable)
        assert changes.pop(service) == ["update"]
        assert changes.pop(task, ["delete", "create"]) == ["delete", "create"]  # a new revision
        assert changes == {}
        crew("apply", "-auto-approve", variable)
        crew("plan", "-detailed-exitcode", variable)
    more = planned(crew, variable, "-var=max=5")
    assert more == {"module.ec2_capacity.aws_autoscaling_group.this": ["update"]}
    bridged = planned(crew, variable, "-var=mode=bridge")
    assert bridged[service] == ["delete", "create"]
    crew("apply", "-auto-approve", variable, "-var=mode=bridge", "-var=max=5")
    crew("plan", "-detailed-exitcode", variable, "-var=mode=bridge", "-var=max=5")
    crew("destroy", "-auto-approve", variable, "-var=mode=bridge", "-var=max=5")
