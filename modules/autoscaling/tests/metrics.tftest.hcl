# Any metric kept to a target, on a provider that is not real.

mock_provider "aws" {}

variables {
  cluster_name       = "hello-default"
  service_name       = "web"
  min_capacity       = 2
  max_capacity       = 6
  scale_out_cooldown = 90
}

run "keeps_any_metric_to_its_target" {
  command = plan

  variables {
    metrics = {
      Depth = {
        namespace         = "Shop"
        metric_name       = "Depth"
        dimensions        = { Stage = "a", Kind = "b" }
        statistic         = "Maximum"
        unit              = "Count"
        target            = 10.5
        scale_in_cooldown = 600
      }
    }
  }

  assert {
    condition     = aws_appautoscaling_policy.metric["Depth"].name == "web-metric-Depth" && length(aws_appautoscaling_policy.this) == 0
    error_message = "There must be one policy, for the metric."
  }

  assert {
    condition = alltrue([
      for configuration in aws_appautoscaling_policy.metric["Depth"].target_tracking_scaling_policy_configuration :
      configuration.target_value == 10.5 && configuration.scale_in_cooldown == 600 && configuration.scale_out_cooldown == 90
    ])
    error_message = "A cooldown that the metric gives is its own, the other is that of all policies."
  }

  assert {
    condition = alltrue([
      for metric in aws_appautoscaling_policy.metric["Depth"].target_tracking_scaling_policy_configuration[0].customized_metric_specification :
      metric.namespace == "Shop" && metric.metric_name == "Depth" && metric.statistic == "Maximum" && metric.unit == "Count" &&
      { for dimension in metric.dimensions : dimension.name => dimension.value } == { Stage = "a", Kind = "b" }
    ])
    error_message = "The metric must reach the policy."
  }
}

run "refuses_what_is_no_metric" {
  command = plan

  variables {
    metrics = { Depth = { namespace = "Shop", metric_name = "Depth", statistic = "p99", target = 0 } }
  }

  expect_failures = [var.metrics]
}
