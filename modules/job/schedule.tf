# When the job runs: a schedule that starts the task itself, or the state machine where retries or a timeout are wanted.

## Schedule

resource "aws_scheduler_schedule" "this" {
  count = var.schedule == null ? 0 : 1

  name                         = var.schedule.name
  description                  = "Starts the job ${var.name}"
  schedule_expression          = var.schedule.expression
  schedule_expression_timezone = var.schedule.timezone

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = local.supervised ? aws_sfn_state_machine.this[0].arn : var.cluster_arn
    role_arn = aws_iam_role.schedule[0].arn
    input    = local.supervised ? "{}" : null

    dynamic "ecs_parameters" {
      for_each = local.supervised ? [] : [local.run_task]

      content {
        task_definition_arn     = ecs_parameters.value.taskDefinition
        task_count              = 1
        propagate_tags          = ecs_parameters.value.propagateTags
        enable_ecs_managed_tags = ecs_parameters.value.enableECSManagedTags

        dynamic "capacity_provider_strategy" {
          for_each = var.capacity_provider_strategy

          content {
            capacity_provider = capacity_provider_strategy.value.capacity_provider
            weight            = capacity_provider_strategy.value.weight
            base              = capacity_provider_strategy.value.base
          }
        }

        network_configuration {
          subnets          = var.subnet_ids
          security_groups  = local.security_group_ids
          assign_public_ip = var.assign_public_ip
        }
      }
    }

    # For what cannot be delivered: no such task definition, no permission, no answer. How the task ends is not seen here.
    retry_policy {
      maximum_retry_attempts       = var.schedule.delivery_attempts
      maximum_event_age_in_seconds = var.schedule.delivery_age_seconds
    }

    dead_letter_config {
      arn = aws_sqs_queue.undelivered[0].arn
    }
  }

  lifecycle {
    precondition {
      condition     = !local.supervised || var.state_machine != null
      error_message = "Retries and a timeout need a state machine: set state_machine."
    }
  }

  # A schedule that comes due before its role may do what it needs is not delivered.
  depends_on = [
    aws_iam_role_policy.schedule,
    aws_vpc_security_group_egress_rule.anywhere,
  ]
}

## Role of the schedule

resource "aws_iam_role" "schedule" {
  count = var.schedule == null ? 0 : 1

  name                 = var.schedule.role_name
  description          = "What EventBridge Scheduler needs to start the job ${var.name}"
  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "scheduler.amazonaws.com" }
      # Scheduler names the group of a schedule as the source, not the schedule.
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account }
        ArnEquals    = { "aws:SourceArn" = "arn:${local.partition}:scheduler:${local.region}:${local.account}:schedule-group/default" }
      }
    }]
  })

  tags = var.tags
}

resource "aws_iam_role_policy" "schedule" {
  count = var.schedule == null ? 0 : 1

  name = "start-the-job"
  role = aws_iam_role.schedule[0].name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        for machine in aws_sfn_state_machine.this : {
          Sid      = "StartExecutions"
          Effect   = "Allow"
          Action   = ["states:StartExecution"]
          Resource = [machine.arn]
        }
      ],
      [for statement in local.run_task_statements : statement if !local.supervised],
      [{
        Sid      = "KeepWhatIsNotDelivered"
        Effect   = "Allow"
        Action   = ["sqs:SendMessage"]
        Resource = [aws_sqs_queue.undelivered[0].arn]
      }],
    )
  })
}

## Dead letter queue

resource "aws_sqs_queue" "undelivered" {
  count = var.schedule == null ? 0 : 1

  name                      = var.schedule.dead_letter_queue_name
  message_retention_seconds = 1209600 # 14 days, the longest there is
  sqs_managed_sse_enabled   = true

  tags = var.tags
}

# Nobody but the schedule writes here, whatever else the account allows them.
resource "aws_sqs_queue_policy" "undelivered" {
  count = var.schedule == null ? 0 : 1

  queue_url = aws_sqs_queue.undelivered[0].url

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "OnlyTheSchedule"
      Effect    = "Deny"
      Action    = ["sqs:SendMessage"]
      Principal = "*"
      Resource  = [aws_sqs_queue.undelivered[0].arn]
      Condition = { ArnNotEquals = { "aws:PrincipalArn" = aws_iam_role.schedule[0].arn } }
    }]
  })
}
