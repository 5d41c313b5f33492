# What the cluster module promises, on a provider that is not real.

mock_provider "aws" {}

variables {
  name = "hello-default"
}

run "runs_fargate_and_spot" {
  command = plan

  assert {
    condition     = aws_ecs_cluster_capacity_providers.this.capacity_providers == toset(["FARGATE", "FARGATE_SPOT"])
    error_message = "Services must be able to choose Fargate and Spot."
  }

  assert {
    condition     = one(aws_ecs_cluster.this.setting).name == "containerInsights" && one(aws_ecs_cluster.this.setting).value == "enabled"
    error_message = "Container Insights must be on by default."
  }

  assert {
    condition     = length(aws_service_discovery_http_namespace.this) == 0 && length(aws_ecs_cluster.this.service_connect_defaults) == 0
    error_message = "There must be no namespace that nobody asked for."
  }

  assert {
    condition     = output.namespace_arn == null
    error_message = "Without a namespace its ARN must be null."
  }
}

run "creates_a_namespace" {
  command = apply

  variables {
    namespace          = "hello"
    container_insights = "enhanced"
  }

  override_resource {
    target = aws_service_discovery_http_namespace.this
    values = { arn = "arn:aws:servicediscovery:eu-west-1:123456789012:namespace/ns-1" }
  }

  assert {
    condition     = aws_service_discovery_http_namespace.this[0].name == "hello" && output.namespace_arn == "arn:aws:servicediscovery:eu-west-1:123456789012:namespace/ns-1"
    error_message = "The namespace must be created and given out."
  }

  assert {
    condition     = aws_ecs_cluster.this.service_connect_defaults[0].namespace == output.namespace_arn
    error_message = "Services must find the namespace as the cluster's default."
  }

  assert {
    condition     = one(aws_ecs_cluster.this.setting).value == "enhanced"
    error_message = "The wanted insights must be set."
  }
}

run "refuses_what_ecs_refuses" {
  command = plan

  variables {
    name               = "hello default"
    container_insights = "on"
    namespace          = "a b"
  }

  expect_failures = [var.name, var.container_insights, var.namespace]
}

run "takes_other_capacity_providers" {
  command = plan

  variables {
    capacity_providers = ["ec2-hello-default"]
  }

  assert {
    condition     = aws_ecs_cluster_capacity_providers.this.capacity_providers == toset(["FARGATE", "FARGATE_SPOT", "ec2-hello-default"])
    error_message = "Services must be able to choose the instances too."
  }
}
