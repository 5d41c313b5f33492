# Target tracking: policies that keep a metric at its target. The one that asks for the most tasks wins.

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

# Any metric.
resource "aws_appautoscaling_policy" "metric" {
  for_each = var.metrics

  name               = "${var.service_name}-metric-${each.key}"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  resource_id        = aws_appautoscaling_target.this.resource_id
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = each.value.target
    scale_in_cooldown  = coalesce(each.value.scale_in_cooldown, var.scale_in_cooldown)
    scale_out_cooldown = coalesce(each.value.scale_out_cooldown, var.scale_out_cooldown)

    customized_metric_specification {
      namespace   = each.value.namespace
      metric_name = each.value.metric_name
      statistic   = each.value.statistic
      unit        = each.value.unit

      dynamic "dimensions" {
        for_each = each.value.dimensions

        content {
          name  = dimensions.key
          value = dimensions.value
        }
      }
    }
  }
}
