# What the module promises about a cluster that is there already, on a provider that is not real.

mock_provider "aws" {
  mock_data "aws_ecs_cluster" {
    defaults = {
      arn                      = "arn:aws:ecs:eu-west-1:123456789012:cluster/shared"
      status                   = "ACTIVE"
      service_connect_defaults = [{ namespace = "arn:aws:servicediscovery:eu-west-1:123456789012:namespace/ns-1" }]
    }
  }
}

variables {
  name = "shared"
}

run "gives_out_what_services_need" {
  command = plan

  assert {
    condition     = output.arn == "arn:aws:ecs:eu-west-1:123456789012:cluster/shared" && output.name == "shared"
    error_message = "Services must get the cluster."
  }

  assert {
    condition     = output.namespace_arn == "arn:aws:servicediscovery:eu-west-1:123456789012:namespace/ns-1"
    error_message = "Services must get the cluster's default namespace."
  }
}

run "takes_a_cluster_without_a_namespace" {
  command = plan

  override_data {
    target = data.aws_ecs_cluster.this
    values = {
      status                   = "ACTIVE"
      service_connect_defaults = []
    }
  }

  assert {
    condition     = output.namespace_arn == null
    error_message = "Without a namespace its ARN must be null."
  }
}

run "refuses_a_cluster_that_is_gone" {
  command = plan

  override_data {
    target = data.aws_ecs_cluster.this
    values = {
      status                   = "INACTIVE"
      service_connect_defaults = []
    }
  }

  expect_failures = [data.aws_ecs_cluster.this]
}

run "refuses_what_ecs_refuses" {
  command = plan

  variables {
    name = "arn:aws:ecs:eu-west-1:123456789012:cluster/shared"
  }

  expect_failures = [var.name]
}
