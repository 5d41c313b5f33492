# Backlog for each task: messages waiting in a queue, divided by the tasks that run.

## Queue

resource "aws_appautoscaling_policy" "queue" {
  count = var.queue == null ? 0 : 1

  name               = "${var.service_name}-queue"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  resource_id        = aws_appautoscaling_target.this.resource_id
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = var.queue.backlog
    scale_in_cooldown  = var.scale_in_cooldown
    scale_out_cooldown = var.scale_out_cooldown

    customized_metric_specification {
      dynamic "metrics" {
        for_each = local.queue_metrics

        content {
          id          = metrics.key
          return_data = false

          metric_stat {
            stat = metrics.value.stat

            metric {
              namespace   = metrics.value.namespace
              metric_name = metrics.value.metric_name

              dynamic "dimensions" {
                for_each = metrics.value.dimensions

                content {
                  name  = dimensions.key
                  value = dimensions.value
                }
              }
            }
          }
        }
      }

      # Messages that are being worked on count as one, or the last task would be stopped over the last of them.
      # Without a running task there is no value: then the alarm below starts one.
      metrics {
        id          = "backlog"
        label       = "Messages for each running task"
        expression  = "(visible + IF(in_flight > 0, 1, 0)) / running"
        return_data = true
      }
    }
  }
}

locals {
  queue_metrics = var.queue == null ? {} : {
    visible   = { namespace = "AWS/SQS", metric_name = "ApproximateNumberOfMessagesVisible", stat = "Maximum", dimensions = { QueueName = var.queue.name } }
    in_flight = { namespace = "AWS/SQS", metric_name = "ApproximateNumberOfMessagesNotVisible", stat = "Maximum", dimensions = { QueueName = var.queue.name } }
    running   = { namespace = "ECS/ContainerInsights", metric_name = "RunningTaskCount", stat = "Average", dimensions = { ClusterName = var.cluster_name, ServiceName = var.service_name } }
  }

  # A target is a factor of the tasks that run, and nothing times zero is zero: the first task needs a step.
  wakes = var.queue != null && anytrue(concat([var.min_capacity == 0], [for action in var.schedule : action.min_capacity == 0]))
}

resource "aws_appautoscaling_policy" "wake" {
  count = local.wakes ? 1 : 0

  name               = "${var.service_name}-wake"
  policy_type        = "StepScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  resource_id        = aws_appautoscaling_target.this.resource_id
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension

  step_scaling_policy_configuration {
    adjustment_type         = "ChangeInCapacity"
    cooldown                = 300 # longer than a task takes to start and to be counted
    metric_aggregation_type = "Maximum"

    step_adjustment {
      metric_interval_lower_bound = 0
      scaling_adjustment          = 1
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "wake" {
  count = local.wakes ? 1 : 0

  alarm_name        = "${var.cluster_name}-${var.service_name}-wake"
  alarm_description = "Starts the first task of ${var.service_name} while messages wait and none runs."

  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  evaluation_periods  = 3 # the last minute's tasks may not be counted yet
  treat_missing_data  = "notBreaching"

  dynamic "metric_query" {
    for_each = { for name, metric in local.queue_metrics : name => metric if name != "in_flight" }

    content {
      id          = metric_query.key
      return_data = false

      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.metric_name
        dimensions  = metric_query.value.dimensions
        period      = 60
        stat        = metric_query.value.stat
      }
    }
  }

  # Without a running task Container Insights send nothing at all: FILL makes it 0, and SUM does where there
  # never was a value.
  metric_query {
    id          = "waiting"
    label       = "Messages waiting while no task runs"
    expression  = "IF(SUM([visible * 0, FILL(running, 0)]) < 1, visible, 0)"
    return_data = true
  }

  alarm_actions = [aws_appautoscaling_policy.wake[0].arn]

  tags = var.tags
}
