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

## Security group of the tasks

resource "aws_security_group" "this" {
  name_prefix = "${coalesce(var.security_group_name, var.name)}-"
  description = "Tasks of the service ${var.name}"
  vpc_id      = var.vpc_id

  tags = merge(var.tags, { Name = coalesce(var.security_group_name, var.name) })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_egress_rule" "anywhere" {
  security_group_id = aws_security_group.this.id
  description       = "Anywhere"
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"

  tags = var.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "from_load_balancer" {
  for_each = local.load_balancer_ports

  security_group_id            = aws_security_group.this.id
  description                  = "From the load balancer"
  ip_protocol                  = "tcp"
  from_port                    = tonumber(each.key)
  to_port                      = tonumber(each.key)
  referenced_security_group_id = var.load_balancer.security_group_id

  tags = var.tags

  lifecycle {
    create_before_destroy = true
  }
}

# The other end of the same way: in the load balancer's security group, which lets nothing else out.
resource "aws_vpc_security_group_egress_rule" "from_load_balancer" {
  for_each = local.load_balancer_ports

  security_group_id            = var.load_balancer.security_group_id
  description                  = "To the service ${var.name}"
  ip_protocol                  = "tcp"
  from_port                    = tonumber(each.key)
  to_port                      = tonumber(each.key)
  referenced_security_group_id = aws_security_group.this.id

  tags = var.tags

  lifecycle {
    create_before_destroy = true
  }
}

## Load balancer

resource "aws_lb_target_group" "this" {
  count = var.load_balancer == null ? 0 : 1

  name        = var.load_balancer.target_group_name
  vpc_id      = var.vpc_id
  target_type = "ip"
  protocol    = "HTTP"

  # Only the default for targets registered without a port. ECS registers the container's port, and a
  # change here would replace the target group.
  port = 80

  deregistration_delay = var.load_balancer.deregistration_delay

  health_check {
    path                = var.load_balancer.health_check.path
    matcher             = var.load_balancer.health_check.matcher
    interval            = var.load_balancer.health_check.interval
    timeout             = var.load_balancer.health_check.timeout
    healthy_threshold   = var.load_balancer.health_check.healthy_threshold
    unhealthy_threshold = var.load_balancer.health_check.unhealthy_threshold
  }

  # The provider ignores a block that is taken away: to switch stickiness off it must say so.
  stickiness {
    enabled         = var.load_balancer.stickiness_seconds != null
    type            = "lb_cookie"
    cookie_duration = coalesce(var.load_balancer.stickiness_seconds, 86400)
  }

  tags = var.tags

  # Works because the name changes with what replaces a target group (see `load_balancer`).
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_listener_rule" "this" {
  for_each = var.load_balancer == null ? {} : var.load_balancer.rules

  listener_arn = var.load_balancer.listener_arn
  priority     = each.value.priority

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this[0].arn
  }

  dynamic "condition" {
    for_each = length(each.value.hosts) == 0 ? [] : [each.value.hosts]

    content {
      host_header {
        values = condition.value
      }
    }
  }

  dynamic "condition" {
    for_each = length(each.value.paths) == 0 ? [] : [each.value.paths]

    content {
      path_pattern {
        values = condition.value
      }
    }
  }

  dynamic "condition" {
    for_each = length(each.value.source_cidrs) == 0 ? [] : [each.value.source_cidrs]

    content {
      source_ip {
        values = condition.value
      }
    }
  }

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })
}
