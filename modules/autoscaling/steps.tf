# Step scaling: an alarm on a metric, and what to do while it lasts.

## Steps

locals {
  load_balancer_dimensions = var.request_count_resource_label == null ? {} : {
    LoadBalancer = join("/", slice(split("/", var.request_count_resource_label), 0, 3))
    TargetGroup  = join("/", slice(split("/", var.request_count_resource_label), 3, 6))
  }

  # What a step calls by a word.
  service_metrics = {
    cpu      = { namespace = "AWS/ECS", metric_name = "CPUUtilization", statistic = "Average", unit = null, dimensions = { ClusterName = var.cluster_name, ServiceName = var.service_name } }
    memory   = { namespace = "AWS/ECS", metric_name = "MemoryUtilization", statistic = "Average", unit = null, dimensions = { ClusterName = var.cluster_name, ServiceName = var.service_name } }
    requests = { namespace = "AWS/ApplicationELB", metric_name = "RequestCountPerTarget", statistic = "Sum", unit = null, dimensions = local.load_balancer_dimensions }
  }

  # What need not be written: where the alarm begins, and where a range meets its neighbour.
  step_ranges = {
    for name, step in var.steps : name => [
      for index, item in step.adjustments : {
        change = item.change
        from = (
          item.from != null ? item.from :
          startswith(step.comparison_operator, "Greater") ? step.threshold :
          index == 0 ? null : step.adjustments[index - 1].to
        )
        to = (
          item.to != null ? item.to :
          startswith(step.comparison_operator, "Less") ? step.threshold :
          index == length(step.adjustments) - 1 ? null : step.adjustments[index + 1].from
        )
      }
    ]
  }

  step_metrics = { for name, step in var.steps : name => step.metric != null ? step.metric : local.service_metrics[step.service_metric] }
}

resource "aws_appautoscaling_policy" "step" {
  for_each = var.steps

  name               = "${var.service_name}-step-${each.key}"
  policy_type        = "StepScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  resource_id        = aws_appautoscaling_target.this.resource_id
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension

  step_scaling_policy_configuration {
    adjustment_type          = each.value.adjustment_type
    cooldown                 = coalesce(each.value.cooldown, startswith(each.value.comparison_operator, "Greater") ? var.scale_out_cooldown : var.scale_in_cooldown)
    metric_aggregation_type  = contains(["Minimum", "Maximum"], local.step_metrics[each.key].statistic) ? local.step_metrics[each.key].statistic : "Average"
    min_adjustment_magnitude = each.value.min_adjustment_magnitude

    dynamic "step_adjustment" {
      for_each = local.step_ranges[each.key]

      # AWS counts from the threshold on. Rounded, or 0.3 - 0.1 would have 150 digits, and AWS answers with fewer.
      content {
        metric_interval_lower_bound = step_adjustment.value.from == null ? null : tonumber(format("%.9f", step_adjustment.value.from - each.value.threshold))
        metric_interval_upper_bound = step_adjustment.value.to == null ? null : tonumber(format("%.9f", step_adjustment.value.to - each.value.threshold))
        scaling_adjustment          = step_adjustment.value.change
      }
    }
  }

  lifecycle {
    precondition {
      condition     = each.value.service_metric != "requests" || var.request_count_resource_label != null
      error_message = "The step ${each.key} needs request_count_resource_label: whose requests are counted."
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "step" {
  for_each = var.steps

  alarm_name        = "${var.cluster_name}-${var.service_name}-${each.key}"
  alarm_description = "Scales ${var.service_name} while it is on."

  namespace   = local.step_metrics[each.key].namespace
  metric_name = local.step_metrics[each.key].metric_name
  dimensions  = local.step_metrics[each.key].dimensions
  statistic   = local.step_metrics[each.key].statistic
  unit        = local.step_metrics[each.key].unit

  comparison_operator = each.value.comparison_operator
  threshold           = each.value.threshold
  period              = each.value.period
  evaluation_periods  = each.value.evaluation_periods
  treat_missing_data  = each.value.treat_missing_data

  alarm_actions = [aws_appautoscaling_policy.step[each.key].arn]

  tags = var.tags
}
