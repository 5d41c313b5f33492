# One ECS service on Fargate, with the security group of its tasks and its place behind a load balancer.

locals {
  # Rules of security groups are keyed by the port they open: on a change of the port the new rule is
  # created first, then the tasks move, and then the old rule goes.
  load_balancer_ports = toset(var.load_balancer == null ? [] : [tostring(var.load_balancer.container_port)])
}

## Service

resource "aws_ecs_service" "this" {
  name            = var.name
  cluster         = var.cluster_arn
  task_definition = var.task_definition_arn
  desired_count   = var.desired_count

  enable_execute_command  = var.enable_execute_command
  enable_ecs_managed_tags = true
  propagate_tags          = "SERVICE"

  # With it a change of the capacity providers rolls the tasks; without it, it replaces the service.
  force_new_deployment = true
  triggers             = var.redeployment == null ? null : { redeployment = var.redeployment }

  deployment_minimum_healthy_percent = var.deployment_minimum_healthy_percent
  deployment_maximum_percent         = var.deployment_maximum_percent

  # Moving a task to another zone needs room for one more task, so ECS refuses it at 100%.
  availability_zone_rebalancing = var.deployment_maximum_percent > 100 ? "ENABLED" : "DISABLED"

  # ECS refuses a grace period without a load balancer.
  health_check_grace_period_seconds = var.load_balancer == null ? null : var.health_check_grace_period_seconds

  wait_for_steady_state = true

  deployment_circuit_breaker {
    enable   = true
    rollback = var.deployment_rollback
  }

  dynamic "capacity_provider_strategy" {
    for_each = var.capacity_provider_strategy

    content {
      capacity_provider = capacity_provider_strategy.value.capacity_provider
      weight            = capacity_provider_strategy.value.weight
      base              = capacity_provider_strategy.value.base
    }
  }

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = concat([aws_security_group.this.id], var.security_group_ids)
    assign_public_ip = var.assign_public_ip
  }

  dynamic "load_balancer" {
    for_each = var.load_balancer == null ? [] : [var.load_balancer]

    content {
      target_group_arn = aws_lb_target_group.this[0].arn
      container_name   = load_balancer.value.container_name
      container_port   = load_balancer.value.container_port
    }
  }

  tags = var.tags

  timeouts {
    create = var.timeout
    update = var.timeout
  }

  # ECS refuses a target group that no listener uses, and tasks need the way to be open when they start.
  depends_on = [
    aws_lb_listener_rule.this,
    aws_vpc_security_group_egress_rule.anywhere,
    aws_vpc_security_group_egress_rule.from_load_balancer,
    aws_vpc_security_group_ingress_rule.from_load_balancer,
  ]

  lifecycle {
    # Where autoscaling owns the desired count, a variant of this module ignores it here.
    ignore_changes = []

    precondition {
      condition = var.desired_count == 0 || (
        ceil(var.desired_count * var.deployment_minimum_healthy_percent / 100)
        < floor(var.desired_count * var.deployment_maximum_percent / 100)
      )
      error_message = "A deployment of ${var.desired_count} tasks cannot move: at least ${var.deployment_minimum_healthy_percent}% must stay healthy, and no more than ${var.deployment_maximum_percent}% may run."
    }

    # A deployment that was rolled back is steady too, so waiting for it succeeds.
    postcondition {
      condition     = self.task_definition == var.task_definition_arn
      error_message = "The deployment of the service ${self.name} was rolled back: it runs ${self.task_definition} instead of ${var.task_definition_arn}. The service's events and its stopped tasks say why."
    }
  }
}
