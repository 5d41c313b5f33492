# What the job module promises, on a provider that is not real.

mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { id = "eu-west-1", name = "eu-west-1" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/hello-default-report-schedule" }
  }

  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-west-1:123456789012:hello-default-report-undelivered" }
  }

  mock_resource "aws_sfn_state_machine" {
    defaults = { arn = "arn:aws:states:eu-west-1:123456789012:stateMachine:hello-default-report" }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/vendedlogs/states/hello-default-report" }
  }
}

variables {
  name                   = "report"
  cluster_arn            = "arn:aws:ecs:eu-west-1:123456789012:cluster/hello-default"
  task_definition_arn    = "arn:aws:ecs:eu-west-1:123456789012:task-definition/hello-default-report:7"
  task_definition_family = "hello-default-report"
  execution_role_arn     = "arn:aws:iam::123456789012:role/hello-default-report-execution"
  task_role_arn          = "arn:aws:iam::123456789012:role/hello-default-report-task"
  vpc_id                 = "vpc-1"
  subnet_ids             = ["subnet-a", "subnet-b"]
}

run "by_hand" {
  command = apply

  variables {
    security_group_ids  = ["sg-database"]
    security_group_name = "hello-default-report"
    assign_public_ip    = true
    capacity_provider_strategy = [
      { capacity_provider = "FARGATE", base = 1 },
      { capacity_provider = "FARGATE_SPOT", weight = 3 },
    ]
  }

  assert {
    condition = (
      output.run_task.cluster == "arn:aws:ecs:eu-west-1:123456789012:cluster/hello-default" &&
      output.run_task.taskDefinition == "arn:aws:ecs:eu-west-1:123456789012:task-definition/hello-default-report:7"
    )
    error_message = "The request must name the cluster, and the revision that was applied."
  }

  assert {
    condition = jsonencode(output.run_task.networkConfiguration.awsvpcConfiguration) == jsonencode({
      subnets        = ["subnet-a", "subnet-b"]
      securityGroups = [aws_security_group.this.id, "sg-database"]
      assignPublicIp = "ENABLED"
    })
    error_message = "The task must stand in the subnets given, with its own security group and those given."
  }

  assert {
    condition     = [for item in output.run_task.capacityProviderStrategy : "${item.capacityProvider} ${item.base} ${item.weight}"] == ["FARGATE 1 1", "FARGATE_SPOT 0 3"]
    error_message = "The request must name both capacity providers."
  }

  assert {
    condition     = output.run_task.propagateTags == "TASK_DEFINITION"
    error_message = "Tasks must carry the tags of their definition."
  }

  assert {
    condition     = aws_security_group.this.name_prefix == "hello-default-report-" && output.security_group_id == aws_security_group.this.id
    error_message = "The security group must have the name given."
  }
}

run "in_private_subnets" {
  command = apply

  assert {
    condition     = output.run_task.networkConfiguration.awsvpcConfiguration.assignPublicIp == "DISABLED"
    error_message = "Without being asked, no task gets a public address."
  }
}

run "refuses_what_ecs_refuses" {
  command = plan

  variables {
    name                       = "a report"
    subnet_ids                 = []
    security_group_ids         = ["sg-1", "sg-2", "sg-3", "sg-4", "sg-5"]
    capacity_provider_strategy = [{ capacity_provider = "FARGATE", weight = 0 }]
  }

  expect_failures = [
    var.name,
    var.subnet_ids,
    var.security_group_ids,
    var.capacity_provider_strategy,
  ]
}

run "nothing_more_without_a_schedule" {
  command = apply

  variables {
    retries         = { attempts = 2 }
    timeout_seconds = 60
  }

  assert {
    condition     = length(aws_scheduler_schedule.this) + length(aws_sfn_state_machine.this) + length(aws_sqs_queue.undelivered) + length(aws_iam_role.schedule) + length(aws_iam_role.state_machine) == 0
    error_message = "A job that is run by hand must have no schedule, no state machine, no queue and no more roles."
  }
}

run "a_schedule_starts_the_task_itself" {
  command = apply

  variables {
    assign_public_ip           = true
    capacity_provider_strategy = [{ capacity_provider = "FARGATE_SPOT" }]
    schedule = {
      name                   = "hello-default-report"
      expression             = "cron(30 7 ? * MON-FRI *)"
      timezone               = "Europe/Berlin"
      role_name              = "hello-default-report-schedule"
      dead_letter_queue_name = "hello-default-report-undelivered"
    }
    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
  }

  assert {
    condition = (
      aws_scheduler_schedule.this[0].schedule_expression == "cron(30 7 ? * MON-FRI *)" &&
      aws_scheduler_schedule.this[0].schedule_expression_timezone == "Europe/Berlin" &&
      aws_scheduler_schedule.this[0].flexible_time_window[0].mode == "OFF"
    )
    error_message = "The job must start when it is told to."
  }

  assert {
    condition = (
      aws_scheduler_schedule.this[0].target[0].arn == var.cluster_arn &&
      aws_scheduler_schedule.this[0].target[0].ecs_parameters[0].task_definition_arn == var.task_definition_arn &&
      one(aws_scheduler_schedule.this[0].target[0].ecs_parameters[0].capacity_provider_strategy).capacity_provider == "FARGATE_SPOT" &&
      aws_scheduler_schedule.this[0].target[0].ecs_parameters[0].network_configuration[0].assign_public_ip &&
      aws_scheduler_schedule.this[0].target[0].ecs_parameters[0].network_configuration[0].security_groups == toset([aws_security_group.this.id])
    )
    error_message = "The schedule must send the same request as a run by hand."
  }

  assert {
    condition = (
      aws_scheduler_schedule.this[0].target[0].retry_policy[0].maximum_retry_attempts == 185 &&
      aws_scheduler_schedule.this[0].target[0].retry_policy[0].maximum_event_age_in_seconds == 3600 &&
      aws_scheduler_schedule.this[0].target[0].dead_letter_config[0].arn == aws_sqs_queue.undelivered[0].arn
    )
    error_message = "What cannot be delivered must be repeated for an hour, and kept then."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.schedule[0].policy).Statement == [
      {
        Sid       = "RunTasks"
        Effect    = "Allow"
        Action    = ["ecs:RunTask"]
        Resource  = ["arn:aws:ecs:eu-west-1:123456789012:task-definition/hello-default-report:*"]
        Condition = { ArnEquals = { "ecs:cluster" = "arn:aws:ecs:eu-west-1:123456789012:cluster/hello-default" } }
      },
      {
        Sid       = "PassRoles"
        Effect    = "Allow"
        Action    = ["iam:PassRole"]
        Resource  = ["arn:aws:iam::123456789012:role/hello-default-report-execution", "arn:aws:iam::123456789012:role/hello-default-report-task"]
        Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
      },
      {
        Sid       = "TagTasks"
        Effect    = "Allow"
        Action    = ["ecs:TagResource"]
        Resource  = ["arn:aws:ecs:eu-west-1:123456789012:task/hello-default/*"]
        Condition = { StringEquals = { "ecs:CreateAction" = "RunTask" } }
      },
      {
        Sid      = "KeepWhatIsNotDelivered"
        Effect   = "Allow"
        Action   = ["sqs:SendMessage"]
        Resource = ["arn:aws:sqs:eu-west-1:123456789012:hello-default-report-undelivered"]
      },
    ]
    error_message = "The schedule must be allowed to start this job, to pass its two roles, and nothing else."
  }

  assert {
    condition = (
      aws_iam_role.schedule[0].permissions_boundary == "arn:aws:iam::123456789012:policy/boundary" &&
      jsondecode(aws_iam_role.schedule[0].assume_role_policy).Statement[0].Principal.Service == "scheduler.amazonaws.com" &&
      jsondecode(aws_iam_role.schedule[0].assume_role_policy).Statement[0].Condition == {
        StringEquals = { "aws:SourceAccount" = "123456789012" }
        ArnEquals    = { "aws:SourceArn" = "arn:aws:scheduler:eu-west-1:123456789012:schedule-group/default" }
      }
    )
    error_message = "Only schedules of this account and region must use the role, those of the group that this one is in."
  }

  assert {
    condition = (
      jsondecode(aws_sqs_queue_policy.undelivered[0].policy).Statement[0].Effect == "Deny" &&
      jsondecode(aws_sqs_queue_policy.undelivered[0].policy).Statement[0].Condition.ArnNotEquals["aws:PrincipalArn"] == aws_iam_role.schedule[0].arn &&
      aws_sqs_queue.undelivered[0].sqs_managed_sse_enabled && aws_sqs_queue.undelivered[0].message_retention_seconds == 1209600
    )
    error_message = "Only the schedule must write to the queue, which is encrypted and keeps messages for two weeks."
  }

  assert {
    condition     = length(aws_sfn_state_machine.this) == 0 && output.state_machine_arn == null
    error_message = "With nothing to watch there must be no state machine."
  }
}

run "a_state_machine_retries_and_stops" {
  command = apply

  variables {
    schedule = {
      name                   = "hello-default-report"
      expression             = "rate(1 day)"
      role_name              = "hello-default-report-schedule"
      dead_letter_queue_name = "hello-default-report-undelivered"
    }
    retries         = { attempts = 2 }
    timeout_seconds = 900
    state_machine = {
      name           = "hello-default-report"
      role_name      = "hello-default-report-runs"
      log_group_name = "/aws/vendedlogs/states/hello-default-report"
    }
  }

  assert {
    condition = (
      aws_scheduler_schedule.this[0].target[0].arn == aws_sfn_state_machine.this[0].arn &&
      length(aws_scheduler_schedule.this[0].target[0].ecs_parameters) == 0 && aws_scheduler_schedule.this[0].schedule_expression_timezone == "UTC"
    )
    error_message = "The schedule must start the state machine, and not the task."
  }

  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.schedule[0].policy).Statement : statement.Action[0]] == ["states:StartExecution", "sqs:SendMessage"]
    error_message = "The schedule must not be able to start tasks beside the state machine."
  }

  assert {
    condition = (
      jsondecode(aws_sfn_state_machine.this[0].definition).StartAt == "Run" &&
      jsondecode(aws_sfn_state_machine.this[0].definition).States.Run.Resource == "arn:aws:states:::ecs:runTask.sync" &&
      jsondecode(aws_sfn_state_machine.this[0].definition).States.Run.TimeoutSeconds == 900 &&
      jsondecode(aws_sfn_state_machine.this[0].definition).States.Run.Retry == [{ BackoffRate = 2, ErrorEquals = ["States.TaskFailed"], IntervalSeconds = 10, MaxAttempts = 2 }] &&
      jsondecode(aws_sfn_state_machine.this[0].definition).States.Run.Catch == [{ ErrorEquals = ["States.Timeout"], Next = "FindTasks", ResultPath = "$.error" }]
    )
    error_message = "A failure must be retried, a timeout must stop the task, and the one must not be taken for the other."
  }

  assert {
    condition     = jsondecode(aws_sfn_state_machine.this[0].definition).States.StopTasks.ItemProcessor.States.StopTask.Resource == "arn:aws:states:::aws-sdk:ecs:stopTask"
    error_message = "After a timeout the task must be stopped in so many words."
  }

  assert {
    condition     = keys(jsondecode(aws_sfn_state_machine.this[0].definition).States) == ["AnyTasks", "DescribeTasks", "FindTasks", "Run", "StopTasks", "TimedOut"]
    error_message = "There must be no state that nothing leads to."
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.state_machine[0].policy).Statement : "${statement.Sid} ${join(" ", statement.Action)}"] == [
      "RunTasks ecs:RunTask",
      "PassRoles iam:PassRole",
      "TagTasks ecs:TagResource",
      "WatchTasks ecs:DescribeTasks ecs:ListTasks",
      "StopTasks ecs:StopTask",
      "HearOfStoppedTasks events:DescribeRule events:PutRule events:PutTargets",
      "DeliverLogs logs:CreateLogDelivery logs:DeleteLogDelivery logs:DescribeLogGroups logs:DescribeResourcePolicies logs:GetLogDelivery logs:ListLogDeliveries logs:PutResourcePolicy logs:UpdateLogDelivery",
    ]
    error_message = "The state machine must be allowed what running, watching and logging take, and nothing else."
  }

  assert {
    condition = (
      jsondecode(aws_iam_role_policy.state_machine[0].policy).Statement[3].Condition.ArnEquals["ecs:cluster"] == var.cluster_arn &&
      jsondecode(aws_iam_role_policy.state_machine[0].policy).Statement[4].Condition == {
        ArnEquals = { "ecs:cluster" = var.cluster_arn }
        Null      = { "aws:ResourceTag/aws:ecs:serviceName" = "true" }
      } &&
      jsondecode(aws_iam_role_policy.state_machine[0].policy).Statement[5].Resource == ["arn:aws:events:eu-west-1:123456789012:rule/StepFunctionsGetEventsForECSTaskRule"]
    )
    error_message = "It must see tasks of this cluster only, stop none of a service, and know one rule."
  }

  assert {
    condition = (
      jsondecode(aws_iam_role.state_machine[0].assume_role_policy).Statement[0].Principal.Service == "states.amazonaws.com" &&
      jsondecode(aws_iam_role.state_machine[0].assume_role_policy).Statement[0].Condition == {
        StringEquals = { "aws:SourceAccount" = "123456789012" }
        ArnEquals    = { "aws:SourceArn" = "arn:aws:states:eu-west-1:123456789012:stateMachine:hello-default-report" }
      }
    )
    error_message = "Only this state machine must use the role."
  }

  assert {
    condition     = aws_sfn_state_machine.this[0].logging_configuration[0].level == "ERROR" && aws_cloudwatch_log_group.state_machine[0].retention_in_days == 30
    error_message = "What goes wrong must be logged, and not for ever."
  }
}

run "only_some_exit_codes_are_retried" {
  command = apply

  variables {
    schedule = {
      name                   = "hello-default-report"
      expression             = "rate(1 day)"
      role_name              = "hello-default-report-schedule"
      dead_letter_queue_name = "hello-default-report-undelivered"
    }
    retries = { attempts = 3, exit_codes = [75, 137], delay_seconds = 60, backoff_rate = 1.5 }
    state_machine = {
      name           = "hello-default-report"
      role_name      = "hello-default-report-runs"
      log_group_name = "/aws/vendedlogs/states/hello-default-report"
    }
  }

  assert {
    condition = (
      jsondecode(aws_sfn_state_machine.this[0].definition).StartAt == "Attempt" &&
      jsondecode(aws_sfn_state_machine.this[0].definition).States.Attempt.Retry == [{ BackoffRate = 1.5, ErrorEquals = ["Job.ExitCode"], IntervalSeconds = 60, MaxAttempts = 3 }]
    )
    error_message = "The whole attempt must be retried, for the error of an exit code alone."
  }

  assert {
    condition = alltrue([
      for attempt in jsondecode(aws_sfn_state_machine.this[0].definition).States.Attempt.Branches : (
        !can(attempt.States.Run.Retry) && !can(attempt.States.Run.TimeoutSeconds) &&
        attempt.States.Run.Catch == [{ ErrorEquals = ["States.TaskFailed"], Next = "HowItFailed", ResultPath = "$.error" }] &&
        attempt.States.ReadExitCode.Parameters["codes.$"] == "$.task.Containers[?(@.Name=='report')].ExitCode" &&
        attempt.States.WorthAnotherAttempt.Choices[0].And[1].Or == [{ NumericEquals = 75, Variable = "$.codes[0]" }, { NumericEquals = 137, Variable = "$.codes[0]" }] &&
        attempt.States.WorthAnotherAttempt.Choices[0].Next == "AnotherAttempt" && attempt.States.AnotherAttempt.Error == "Job.ExitCode"
      )
    ])
    error_message = "The main container's exit code must decide whether there is another attempt."
  }
}

run "refuses_what_aws_refuses" {
  command = plan

  variables {
    schedule = {
      name                   = "a schedule"
      expression             = "30 7 * * *"
      role_name              = "hello-default-report-schedule"
      dead_letter_queue_name = "hello-default-report-undelivered"
      delivery_attempts      = 186
      delivery_age_seconds   = 59
    }
    retries         = { attempts = 0, exit_codes = [0], delay_seconds = 0 }
    timeout_seconds = 0
    capacity_provider_strategy = [
      { capacity_provider = "FARGATE", base = 1 },
      { capacity_provider = "FARGATE_SPOT", base = 1 },
    ]
    state_machine = {
      name           = "a state machine"
      role_name      = "hello-default-report-runs"
      log_group_name = "/aws/vendedlogs/states/hello-default-report"
    }
  }

  expect_failures = [
    var.schedule,
    var.retries,
    var.timeout_seconds,
    var.state_machine,
    var.capacity_provider_strategy,
  ]
}
