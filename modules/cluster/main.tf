# One ECS cluster that runs tasks on Fargate, Fargate Spot and, with a capacity provider of one's own, on EC2.

## Cluster

resource "aws_ecs_cluster" "this" {
  name = var.name

  setting {
    name  = "containerInsights"
    value = var.container_insights
  }

  dynamic "service_connect_defaults" {
    for_each = aws_service_discovery_http_namespace.this[*].arn

    content {
      namespace = service_connect_defaults.value
    }
  }

  tags = var.tags
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = concat(["FARGATE", "FARGATE_SPOT"], var.capacity_providers)

  # For tasks that are started by hand; services name their own strategy.
  default_capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
  }
}

## Namespace

resource "aws_service_discovery_http_namespace" "this" {
  count = var.namespace == null ? 0 : 1

  name        = var.namespace
  description = "Service Connect in the cluster ${var.name}"

  tags = var.tags

  # Services leave the old namespace before it goes: AWS does not delete one that is in use.
  lifecycle {
    create_before_destroy = true
  }
}
