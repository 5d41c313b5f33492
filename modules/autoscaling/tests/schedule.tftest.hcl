# Bounds at times, on a provider that is not real.

mock_provider "aws" {}

variables {
  cluster_name = "hello-default"
  service_name = "web"
  min_capacity = 2
  max_capacity = 6
}

run "changes_bounds_with_the_clock" {
  command = plan

  variables {
    schedule = {
      night = { schedule = "cron(0 20 ? * MON-FRI *)", timezone = "Europe/Berlin", min_capacity = 0, max_capacity = 2 }
      sale  = { schedule = "at(2026-11-27T06:00:00)", min_capacity = 5 }
    }
  }

  assert {
    condition = {
      for name, action in aws_appautoscaling_scheduled_action.this : name => [action.name, action.schedule, action.timezone, action.resource_id]
      } == {
      night = ["web-night", "cron(0 20 ? * MON-FRI *)", "Europe/Berlin", "service/hello-default/web"]
      sale  = ["web-sale", "at(2026-11-27T06:00:00)", "UTC", "service/hello-default/web"]
    }
    error_message = "Each action must be due when it is given, on this service."
  }

  assert {
    condition = (
      aws_appautoscaling_scheduled_action.this["night"].scalable_target_action[0].min_capacity == "0" &&
      aws_appautoscaling_scheduled_action.this["night"].scalable_target_action[0].max_capacity == "2" &&
      aws_appautoscaling_scheduled_action.this["sale"].scalable_target_action[0].min_capacity == "5" &&
      aws_appautoscaling_scheduled_action.this["sale"].scalable_target_action[0].max_capacity == null
    )
    error_message = "A bound that is not given must stay out."
  }
}

run "refuses_what_is_no_action" {
  command = plan

  variables {
    schedule = { night = { schedule = "0 20 * * *", min_capacity = 3, max_capacity = 2 } }
  }

  expect_failures = [var.schedule]
}
