# Steps on alarms, on a provider that is not real.

mock_provider "aws" {
  mock_resource "aws_appautoscaling_policy" {
    defaults = {
      arn = "arn:aws:autoscaling:eu-west-1:123456789012:scalingPolicy:1"
    }
  }
}

variables {
  cluster_name = "hello-default"
  service_name = "web"
  min_capacity = 2
  max_capacity = 6
  tags         = { team = "a" }

  scale_in_cooldown  = 500
  scale_out_cooldown = 70
}

run "scales_in_steps_while_an_alarm_is_on" {
  command = apply

  variables {
    request_count_resource_label = "app/hello/1/targetgroup/web/2"
    steps = {
      burst = {
        service_metric           = "requests"
        comparison_operator      = "GreaterThanOrEqualToThreshold"
        threshold                = 900
        adjustment_type          = "PercentChangeInCapacity"
        min_adjustment_magnitude = 2
        cooldown                 = 30
        adjustments = [
          { change = 50 },
          { from = 1500, change = 100 },
        ]
      }
      low = {
        service_metric      = "cpu"
        comparison_operator = "LessThanOrEqualToThreshold"
        threshold           = 10.3
        evaluation_periods  = 5
        adjustments         = [{ to = 0.1, change = -2 }, { change = -1 }]
      }
      deep = {
        metric              = { namespace = "Shop", metric_name = "Depth", dimensions = { Stage = "a" }, statistic = "Maximum" }
        comparison_operator = "GreaterThanOrEqualToThreshold"
        threshold           = 1
        treat_missing_data  = "notBreaching"
        adjustment_type     = "ExactCapacity"
        adjustments         = [{ change = 6 }]
      }
    }
  }

  assert {
    condition = { for name, alarm in aws_cloudwatch_metric_alarm.step : name => [alarm.namespace, alarm.metric_name, alarm.statistic] } == {
      burst = ["AWS/ApplicationELB", "RequestCountPerTarget", "Sum"]
      low   = ["AWS/ECS", "CPUUtilization", "Average"]
      deep  = ["Shop", "Depth", "Maximum"]
    }
    error_message = "Each alarm must look at its metric."
  }

  assert {
    condition = { for name, alarm in aws_cloudwatch_metric_alarm.step : name => alarm.dimensions } == {
      burst = tomap({ LoadBalancer = "app/hello/1", TargetGroup = "targetgroup/web/2" })
      low   = tomap({ ClusterName = "hello-default", ServiceName = "web" })
      deep  = tomap({ Stage = "a" })
    }
    error_message = "Each metric must be the one of this service."
  }

  assert {
    condition = alltrue([
      for name, alarm in aws_cloudwatch_metric_alarm.step :
      alarm.alarm_actions == toset([aws_appautoscaling_policy.step[name].arn]) && alarm.tags == tomap({ team = "a" }) &&
      alarm.alarm_name == "hello-default-web-${name}"
    ])
    error_message = "Each alarm must start its policy and no other."
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.step["low"].comparison_operator == "LessThanOrEqualToThreshold" &&
      aws_cloudwatch_metric_alarm.step["low"].threshold == 10.3 &&
      aws_cloudwatch_metric_alarm.step["low"].period == 60 &&
      aws_cloudwatch_metric_alarm.step["low"].evaluation_periods == 5 &&
      aws_cloudwatch_metric_alarm.step["low"].treat_missing_data == "missing" &&
      aws_cloudwatch_metric_alarm.step["deep"].treat_missing_data == "notBreaching"
    )
    error_message = "When the alarm is on must be as given."
  }

  assert {
    condition = {
      for name, policy in aws_appautoscaling_policy.step : name => [
        policy.step_scaling_policy_configuration[0].adjustment_type,
        policy.step_scaling_policy_configuration[0].metric_aggregation_type,
        tostring(policy.step_scaling_policy_configuration[0].cooldown),
        policy.policy_type,
        policy.name,
      ]
      } == {
      burst = ["PercentChangeInCapacity", "Average", "30", "StepScaling", "web-step-burst"]
      low   = ["ChangeInCapacity", "Average", "500", "StepScaling", "web-step-low"]
      deep  = ["ExactCapacity", "Maximum", "70", "StepScaling", "web-step-deep"]
    }
    error_message = "How a step counts must reach its policy."
  }

  # What is not given is where the alarm begins, or where the neighbour does; and digits stay few.
  assert {
    condition = {
      for name in ["burst", "low", "deep"] : name => sort([
        for step in aws_appautoscaling_policy.step[name].step_scaling_policy_configuration[0].step_adjustment :
        "${step.scaling_adjustment}: ${step.metric_interval_lower_bound == null ? "" : step.metric_interval_lower_bound} to ${step.metric_interval_upper_bound == null ? "" : step.metric_interval_upper_bound}"
      ])
      } == {
      burst = tolist(["100: 600 to ", "50: 0 to 600"])
      low   = tolist(["-1: -10.2 to 0", "-2:  to -10.2"])
      deep  = tolist(["6: 0 to "])
    }
    error_message = "The ranges must reach the policy, counted from the threshold on."
  }
}

run "refuses_requests_of_nobody" {
  command = plan

  variables {
    steps = {
      burst = { service_metric = "requests", comparison_operator = "GreaterThanOrEqualToThreshold", threshold = 1, adjustments = [{ change = 1 }] }
    }
  }

  expect_failures = [aws_appautoscaling_policy.step["burst"]]
}

run "refuses_what_is_no_step" {
  command = plan

  variables {
    steps = {
      burst = { service_metric = "disk", metric = { namespace = "a", metric_name = "b" }, comparison_operator = "GreaterThanOrEqualToThreshold", threshold = 1, adjustment_type = "Double", adjustments = [] }
    }
  }

  expect_failures = [var.steps]
}
