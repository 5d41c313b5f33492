# What a job needs beside its task definition: a security group, and the request that starts it.

data "aws_region" "current" {}

data "aws_partition" "current" {}

data "aws_caller_identity" "current" {}

locals {
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.id
  account   = data.aws_caller_identity.current.account_id
}

## Job

locals {
  security_group_ids = concat([aws_security_group.this.id], var.security_group_ids)

  # RunTask in the API's own words.
  run_task = {
    cluster        = var.cluster_arn
    taskDefinition = var.task_definition_arn
    capacityProviderStrategy = [
      for item in var.capacity_provider_strategy : { capacityProvider = item.capacity_provider, weight = item.weight, base = item.base }
    ]
    networkConfiguration = {
      awsvpcConfiguration = {
        subnets        = var.subnet_ids
        securityGroups = local.security_group_ids
        assignPublicIp = var.assign_public_ip ? "ENABLED" : "DISABLED"
      }
    }
    propagateTags        = "TASK_DEFINITION"
    enableECSManagedTags = true
  }

  # What a role needs to send that request.
  run_task_statements = [
    {
      Sid       = "RunTasks"
      Effect    = "Allow"
      Action    = ["ecs:RunTask"]
      Resource  = ["arn:${local.partition}:ecs:${local.region}:${local.account}:task-definition/${var.task_definition_family}:*"]
      Condition = { ArnEquals = { "ecs:cluster" = var.cluster_arn } }
    },
    {
      Sid       = "PassRoles"
      Effect    = "Allow"
      Action    = ["iam:PassRole"]
      Resource  = sort([var.execution_role_arn, var.task_role_arn])
      Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
    },
    {
      Sid       = "TagTasks"
      Effect    = "Allow"
      Action    = ["ecs:TagResource"]
      Resource  = ["arn:${local.partition}:ecs:${local.region}:${local.account}:task/${element(split("/", var.cluster_arn), 1)}/*"]
      Condition = { StringEquals = { "ecs:CreateAction" = "RunTask" } }
    },
  ]
}

## Security group of the tasks

resource "aws_security_group" "this" {
  name_prefix = "${coalesce(var.security_group_name, var.name)}-"
  description = "Tasks of the job ${var.name}"
  vpc_id      = var.vpc_id

  tags = merge(var.tags, { Name = coalesce(var.security_group_name, var.name) })

  lifecycle {
    create_before_destroy = true
  }
}

# Nobody reaches a job, so there is no rule for what comes in.
resource "aws_vpc_security_group_egress_rule" "anywhere" {
  security_group_id = aws_security_group.this.id
  description       = "Anywhere"
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"

  tags = var.tags

  lifecycle {
    create_before_destroy = true
  }
}
