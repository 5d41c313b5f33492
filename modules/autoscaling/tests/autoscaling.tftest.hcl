# What the autoscaling module promises, on a provider that is not real.

mock_provider "aws" {}

variables {
  cluster_name = "hello-default"
  service_name = "web"
  min_capacity = 2
  max_capacity = 6
}

run "scales_by_what_is_given" {
  command = plan

  variables {
    cpu_target        = 75
    scale_in_cooldown = 120
  }

  assert {
    condition     = aws_appautoscaling_target.this.resource_id == "service/hello-default/web" && aws_appautoscaling_target.this.min_capacity == 2 && aws_appautoscaling_target.this.max_capacity == 6
    error_message = "The service must be scaled between its bounds."
  }

  assert {
    condition     = keys(aws_appautoscaling_policy.this) == ["cpu"]
    error_message = "There must be a policy for each target, and no other."
  }

  assert {
    condition = (
      aws_appautoscaling_policy.this["cpu"].target_tracking_scaling_policy_configuration[0].target_value == 75 &&
      aws_appautoscaling_policy.this["cpu"].target_tracking_scaling_policy_configuration[0].scale_in_cooldown == 120 &&
      aws_appautoscaling_policy.this["cpu"].target_tracking_scaling_policy_configuration[0].scale_out_cooldown == 60
    )
    error_message = "The target and the cooldowns must reach the policy."
  }

  # Known in the plan of what does not exist yet: the service starts from it.
  assert {
    condition     = output.min_capacity == 2 && output.max_capacity == 6
    error_message = "The bounds must be given out as they came."
  }
}

run "scales_by_every_metric" {
  command = plan

  variables {
    cpu_target                   = 60
    memory_target                = 70
    requests_target              = 500
    request_count_resource_label = "app/hello/1/targetgroup/web/2"
  }

  assert {
    condition = {
      for name, policy in aws_appautoscaling_policy.this :
      name => policy.target_tracking_scaling_policy_configuration[0].predefined_metric_specification[0].predefined_metric_type
      } == {
      cpu      = "ECSServiceAverageCPUUtilization"
      memory   = "ECSServiceAverageMemoryUtilization"
      requests = "ALBRequestCountPerTarget"
    }
    error_message = "Each target must follow its own metric."
  }

  assert {
    condition = [
      for name in ["cpu", "memory", "requests"] :
      coalesce(aws_appautoscaling_policy.this[name].target_tracking_scaling_policy_configuration[0].predefined_metric_specification[0].resource_label, "none")
    ] == ["none", "none", "app/hello/1/targetgroup/web/2"]
    error_message = "Only requests are counted at a load balancer."
  }
}

run "refuses_bounds_the_wrong_way_round" {
  command = plan

  variables {
    min_capacity = 7
  }

  expect_failures = [aws_appautoscaling_target.this]
}

run "refuses_requests_of_nobody" {
  command = plan

  variables {
    requests_target = 500
  }

  expect_failures = [aws_appautoscaling_policy.this["requests"]]
}

run "refuses_what_autoscaling_refuses" {
  command = plan

  variables {
    min_capacity       = -1
    max_capacity       = 0
    cpu_target         = 101
    memory_target      = 0
    requests_target    = 0
    scale_in_cooldown  = -1
    scale_out_cooldown = -1
  }

  expect_failures = [
    var.min_capacity,
    var.max_capacity,
    var.cpu_target,
    var.memory_target,
    var.requests_target,
    var.scale_in_cooldown,
    var.scale_out_cooldown,
  ]
}
