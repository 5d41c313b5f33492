# The place of a service behind an application load balancer.

## Load balancer

resource "aws_lb_target_group" "this" {
  count = var.load_balancer == null ? 0 : 1

  name        = var.load_balancer.target_group_name
  vpc_id      = var.vpc_id
  target_type = local.has_interface ? "ip" : "instance"
  protocol    = "HTTP"

  protocol_version = var.load_balancer.protocol_version

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

  dynamic "action" {
    for_each = each.value.authenticate_cognito == null ? [] : [each.value.authenticate_cognito]

    content {
      type  = "authenticate-cognito"
      order = 1

      authenticate_cognito {
        user_pool_arn              = action.value.user_pool_arn
        user_pool_client_id        = action.value.user_pool_client_id
        user_pool_domain           = action.value.user_pool_domain
        scope                      = action.value.scope
        session_timeout            = action.value.session_timeout
        on_unauthenticated_request = action.value.on_unauthenticated_request
      }
    }
  }

  action {
    type             = "forward"
    order            = each.value.authenticate_cognito == null ? null : 2
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

  # Only another listener replaces a rule, such as when HTTPS comes: the way through the old one stays open until then.
  lifecycle {
    create_before_destroy = true
  }
}
