# Who watches a run. ECS has no timeout for a task, and starts none anew that fails; Scheduler retries delivery only.

locals {
  supervised = var.schedule != null && (var.retries != null || var.timeout_seconds != null)

  # Step Functions knows no error by exit code. Where only some codes are worth another attempt, an attempt reads the code
  # and ends in an error of that name, which the retrier around it knows.
  by_exit_code = try(length(var.retries.exit_codes) > 0, false)

  retrier = var.retries == null ? null : {
    ErrorEquals     = [local.by_exit_code ? "Job.ExitCode" : "States.TaskFailed"]
    IntervalSeconds = var.retries.delay_seconds
    MaxAttempts     = var.retries.attempts
    BackoffRate     = var.retries.backoff_rate
  }
}

## State machine

resource "aws_sfn_state_machine" "this" {
  count = local.supervised ? 1 : 0

  name     = var.state_machine.name
  role_arn = aws_iam_role.state_machine[0].arn

  definition = local.by_exit_code ? jsonencode({
    Comment = "Runs the job ${var.name}"
    StartAt = "Attempt"
    States = {
      Attempt = {
        Type     = "Parallel" # the one state that can retry several others
        Branches = [{ StartAt = "Run", States = local.attempt }]
        Retry    = [local.retrier]
        End      = true
      }
    }
    }) : jsonencode({
    Comment = "Runs the job ${var.name}"
    StartAt = "Run"
    States  = local.attempt
  })

  logging_configuration {
    level                  = "ERROR"
    include_execution_data = true
    log_destination        = "${aws_cloudwatch_log_group.state_machine[0].arn}:*"
  }

  tags = var.tags

  # Step Functions tries what the role may do when it makes the state machine.
  depends_on = [aws_iam_role_policy.state_machine]
}

locals {
  attempt = {
    for name, state in {
      Run = {
        for key, value in {
          Type     = "Task"
          Resource = "arn:${local.partition}:states:::ecs:runTask.sync"
          Parameters = {
            Cluster        = local.run_task.cluster
            TaskDefinition = local.run_task.taskDefinition
            CapacityProviderStrategy = [
              for item in var.capacity_provider_strategy : { CapacityProvider = item.capacity_provider, Weight = item.weight, Base = item.base }
            ]
            NetworkConfiguration = {
              AwsvpcConfiguration = {
                Subnets        = var.subnet_ids
                SecurityGroups = local.security_group_ids
                AssignPublicIp = local.run_task.networkConfiguration.awsvpcConfiguration.assignPublicIp
              }
            }
            PropagateTags        = local.run_task.propagateTags
            EnableECSManagedTags = local.run_task.enableECSManagedTags
            "Group.$"            = "$$.Execution.Name" # what tells its tasks from others of the family
          }
          TimeoutSeconds = var.timeout_seconds
          Retry          = var.retries == null || local.by_exit_code ? null : [local.retrier]
          Catch          = length(local.catchers) == 0 ? null : local.catchers
          End            = true
        } : key => value if value != null
      }

      # A timeout ends the state, and the task must end with it: whatever Step Functions itself does about that.
      FindTasks = {
        Type       = "Task"
        Resource   = "arn:${local.partition}:states:::aws-sdk:ecs:listTasks"
        Parameters = { Cluster = var.cluster_arn, Family = var.task_definition_family }
        ResultPath = "$.found"
        Next       = "AnyTasks"
      }
      AnyTasks = {
        Type    = "Choice"
        Choices = [{ Variable = "$.found.TaskArns[0]", IsPresent = true, Next = "DescribeTasks" }]
        Default = "TimedOut"
      }
      DescribeTasks = {
        Type       = "Task"
        Resource   = "arn:${local.partition}:states:::aws-sdk:ecs:describeTasks"
        Parameters = { Cluster = var.cluster_arn, "Tasks.$" = "$.found.TaskArns" }
        ResultPath = "$.described"
        Next       = "StopTasks"
      }
      StopTasks = {
        Type         = "Map"
        ItemsPath    = "$.described.Tasks"
        ItemSelector = { "task.$" = "$$.Map.Item.Value", "run.$" = "$$.Execution.Name" }
        ItemProcessor = {
          ProcessorConfig = { Mode = "INLINE" }
          StartAt         = "IsOfThisRun"
          States = {
            IsOfThisRun = {
              Type    = "Choice"
              Choices = [{ Variable = "$.task.Group", StringEqualsPath = "$.run", Next = "StopTask" }]
              Default = "LeaveTask"
            }
            StopTask = {
              Type       = "Task"
              Resource   = "arn:${local.partition}:states:::aws-sdk:ecs:stopTask"
              Parameters = { Cluster = var.cluster_arn, "Task.$" = "$.task.TaskArn", Reason = "The job's timeout is over" }
              End        = true
            }
            LeaveTask = { Type = "Succeed" }
          }
        }
        ResultPath = "$.stopped"
        Next       = "TimedOut"
      }
      TimedOut = {
        Type  = "Fail"
        Error = "Job.TimedOut"
        Cause = "The job ran longer than ${coalesce(var.timeout_seconds, 0)} seconds and was stopped"
      }

      # The task as ECS describes it is the cause of the error, as text.
      HowItFailed = {
        Type    = "Choice"
        Choices = [{ Variable = "$.error.Error", StringEquals = "States.TaskFailed", Next = "ReadTask" }]
        Default = "Failed"
      }
      ReadTask = {
        Type       = "Pass"
        Parameters = { "error.$" = "$.error", "task.$" = "States.StringToJson($.error.Cause)" }
        Next       = "ReadExitCode"
      }
      ReadExitCode = {
        Type       = "Pass"
        Parameters = { "error.$" = "$.error", "codes.$" = "$.task.Containers[?(@.Name=='${var.name}')].ExitCode" }
        Next       = "WorthAnotherAttempt"
      }
      WorthAnotherAttempt = {
        Type = "Choice"
        Choices = [{
          And = [
            { Variable = "$.codes[0]", IsPresent = true },
            { Or = [for code in try(var.retries.exit_codes, []) : { Variable = "$.codes[0]", NumericEquals = code }] },
          ]
          Next = "AnotherAttempt"
        }]
        Default = "Failed"
      }
      AnotherAttempt = {
        Type      = "Fail"
        Error     = "Job.ExitCode"
        CausePath = "$.error.Cause"
      }
      Failed = {
        Type      = "Fail"
        ErrorPath = "$.error.Error"
        CausePath = "$.error.Cause"
      }
    } : name => state if contains(local.used_states, name)
  }

  used_states = concat(
    ["Run"],
    var.timeout_seconds == null ? [] : ["FindTasks", "AnyTasks", "DescribeTasks", "StopTasks", "TimedOut"],
    !local.by_exit_code ? [] : ["HowItFailed", "ReadTask", "ReadExitCode", "WorthAnotherAttempt", "AnotherAttempt", "Failed"],
  )

  catchers = concat(
    var.timeout_seconds == null ? [] : [{ ErrorEquals = ["States.Timeout"], ResultPath = "$.error", Next = "FindTasks" }],
    !local.by_exit_code ? [] : [{ ErrorEquals = ["States.TaskFailed"], ResultPath = "$.error", Next = "HowItFailed" }],
  )
}

## Role of the state machine

resource "aws_iam_role" "state_machine" {
  count = local.supervised ? 1 : 0

  name                 = var.state_machine.role_name
  description          = "What Step Functions needs to run the job ${var.name}"
  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "states.amazonaws.com" }
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account }
        ArnEquals    = { "aws:SourceArn" = "arn:${local.partition}:states:${local.region}:${local.account}:stateMachine:${var.state_machine.name}" }
      }
    }]
  })

  tags = var.tags
}

resource "aws_iam_role_policy" "state_machine" {
  count = local.supervised ? 1 : 0

  name = "run-the-job"
  role = aws_iam_role.state_machine[0].name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(local.run_task_statements, [
      {
        # A task has no name before it runs, so the cluster is what narrows this down.
        Sid       = "WatchTasks"
        Effect    = "Allow"
        Action    = ["ecs:DescribeTasks", "ecs:ListTasks"]
        Resource  = ["*"]
        Condition = { ArnEquals = { "ecs:cluster" = var.cluster_arn } }
      },
      {
        # There is no condition for a task's family. But ECS tags a service's tasks with the service, and no others.
        Sid      = "StopTasks"
        Effect   = "Allow"
        Action   = ["ecs:StopTask"]
        Resource = ["*"]
        Condition = {
          ArnEquals = { "ecs:cluster" = var.cluster_arn }
          Null      = { "aws:ResourceTag/aws:ecs:serviceName" = "true" }
        }
      },
      {
        # How Step Functions hears that a task has stopped: a rule of its own, one in each account and region.
        Sid      = "HearOfStoppedTasks"
        Effect   = "Allow"
        Action   = ["events:DescribeRule", "events:PutRule", "events:PutTargets"]
        Resource = ["arn:${local.partition}:events:${local.region}:${local.account}:rule/StepFunctionsGetEventsForECSTaskRule"]
      },
      {
        # Log deliveries belong to no resource that a policy could name.
        Sid    = "DeliverLogs"
        Effect = "Allow"
        Action = [
          "logs:CreateLogDelivery",
          "logs:DeleteLogDelivery",
          "logs:DescribeLogGroups",
          "logs:DescribeResourcePolicies",
          "logs:GetLogDelivery",
          "logs:ListLogDeliveries",
          "logs:PutResourcePolicy",
          "logs:UpdateLogDelivery",
        ]
        Resource = ["*"]
      },
    ])
  })
}

## Logs of the state machine

resource "aws_cloudwatch_log_group" "state_machine" {
  count = local.supervised ? 1 : 0

  name              = var.state_machine.log_group_name
  retention_in_days = var.state_machine.log_retention_days
  kms_key_id        = var.state_machine.log_kms_key_arn

  tags = var.tags
}
