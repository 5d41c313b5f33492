# Scaling by the backlog of a queue, on a provider that is not real.

mock_provider "aws" {}

variables {
  cluster_name = "hello-default"
  service_name = "worker"
  min_capacity = 1
  max_capacity = 6
  queue        = { name = "orders", backlog = 100 }
}

run "keeps_the_backlog_of_each_task" {
  command = plan

  assert {
    condition     = aws_appautoscaling_policy.queue[0].target_tracking_scaling_policy_configuration[0].target_value == 100 && length(aws_cloudwatch_metric_alarm.wake) == 0
    error_message = "The backlog must be the target; with a task that always runs nothing needs to be woken."
  }

  assert {
    condition = {
      for metric in aws_appautoscaling_policy.queue[0].target_tracking_scaling_policy_configuration[0].customized_metric_specification[0].metrics :
      metric.id => metric.return_data
    } == { visible = false, in_flight = false, running = false, backlog = true }
    error_message = "One series must be returned, the backlog."
  }

  assert {
    condition = {
      for metric in aws_appautoscaling_policy.queue[0].target_tracking_scaling_policy_configuration[0].customized_metric_specification[0].metrics :
      metric.id => join(" ", [metric.metric_stat[0].metric[0].metric_name, join(",", [for dimension in metric.metric_stat[0].metric[0].dimensions : dimension.value])])
      if length(metric.metric_stat) > 0
      } == {
      visible   = "ApproximateNumberOfMessagesVisible orders"
      in_flight = "ApproximateNumberOfMessagesNotVisible orders"
      running   = "RunningTaskCount hello-default,worker"
    }
    error_message = "The queue's messages and this service's tasks must be counted."
  }
}

run "wakes_a_service_that_may_have_no_task" {
  command = plan

  variables {
    min_capacity = 0
  }

  assert {
    condition = (
      one([for query in aws_cloudwatch_metric_alarm.wake[0].metric_query : query.expression if query.return_data]) == "IF(SUM([visible * 0, FILL(running, 0)]) < 1, visible, 0)" &&
      aws_cloudwatch_metric_alarm.wake[0].treat_missing_data == "notBreaching"
    )
    error_message = "Messages must count while no task runs."
  }

  assert {
    condition = alltrue([
      for step in aws_appautoscaling_policy.wake[0].step_scaling_policy_configuration[0].step_adjustment : step.scaling_adjustment == 1
    ]) && aws_appautoscaling_policy.wake[0].step_scaling_policy_configuration[0].adjustment_type == "ChangeInCapacity"
    error_message = "The first task must be added, and none taken away."
  }
}

run "wakes_a_service_that_a_schedule_puts_to_sleep" {
  command = plan

  variables {
    schedule = { night = { schedule = "cron(0 20 * * ? *)", min_capacity = 0 } }
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.wake) == 1
    error_message = "A scheduled minimum of 0 needs the alarm too."
  }
}
