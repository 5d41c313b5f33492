# Keeps the number of tasks of one ECS service between two bounds, by the load that is measured.

## Bounds

resource "aws_appautoscaling_target" "this" {
  service_namespace  = "ecs"
  resource_id        = "service/${var.cluster_name}/${var.service_name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = var.min_capacity
  max_capacity       = var.max_capacity

  tags = var.tags

  lifecycle {
    precondition {
      condition     = var.min_capacity <= var.max_capacity
      error_message = "min_capacity (${var.min_capacity}) is over max_capacity (${var.max_capacity})."
    }
  }
}

## Targets

locals {
  policies = {
    for name, policy in {
      cpu      = { target = var.cpu_target, metric = "ECSServiceAverageCPUUtilization", label = null }
      memory   = { target = var.memory_target, metric = "ECSServiceAverageMemoryUtilization", label = null }
      requests = { target = var.requests_target, metric = "ALBRequestCountPerTarget", label = var.request_count_resource_label }
    } : name => policy if policy.target != null
  }
}

# The policy that asks for the most tasks wins; tasks are removed only when all agree.
resource "aws_appautoscaling_policy" "this" {
  for_each = local.policies

  name               = "${var.service_name}-${each.key}"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  resource_id        = aws_appautoscaling_target.this.resource_id
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = each.value.target
    scale_in_cooldown  = var.scale_in_cooldown
    scale_out_cooldown = var.scale_out_cooldown

    predefined_metric_specification {
      predefined_metric_type = each.value.metric
      resource_label         = each.value.label
    }
  }

  lifecycle {
    precondition {
      condition     = each.key != "requests" || var.request_count_resource_label != null
      error_message = "requests_target needs request_count_resource_label: whose requests are counted."
    }
  }
}
