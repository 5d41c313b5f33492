# What ECS may do to start the task, and what the task itself may do.

## Execution role

# The conditions keep tasks of another account from using the roles.
locals {
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account }
      }
    }]
  })
}

resource "aws_iam_role" "execution" {
  name                 = var.execution_role_name
  description          = "What ECS needs to start the tasks of ${var.family}"
  assume_role_policy   = local.assume_role_policy
  permissions_boundary = var.permissions_boundary_arn

  tags = var.tags
}

locals {
  repository_arns = concat(
    [
      for repository in var.ecr_repositories : startswith(repository, "arn:") ? repository : "arn:${local.partition}:ecr:${local.region}:${local.account}:repository/${repository}"
    ],
    # Account, region and name, where the image is one of ECR's.
    flatten([
      for image in var.ecr_images : [
        for parts in regexall("^([0-9]{12})\\.dkr\\.ecr\\.([a-z0-9-]+)\\.amazonaws\\.[a-z.]+/([^:@]+)", image) : "arn:${local.partition}:ecr:${parts[1]}:${parts[0]}:repository/${parts[2]}"
      ]
    ]),
  )

  environment_files = distinct(flatten([for container in var.containers : container.environment_files]))

  execution_statements = [
    {
      Sid      = "WriteLogs"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = ["arn:${local.partition}:logs:${local.region}:${local.account}:log-group:${var.log_group_name}:*"]
    },
    {
      # Belongs to no repository, so it cannot be narrowed down.
      Sid      = "LogInToEcr"
      Action   = ["ecr:GetAuthorizationToken"]
      Resource = length(local.repository_arns) == 0 ? [] : ["*"]
    },
    {
      Sid      = "PullImages"
      Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      Resource = local.repository_arns
    },
    {
      Sid      = "ReadParameters"
      Action   = ["ssm:GetParameters"]
      Resource = [for arn in local.secret_arns : arn if split(":", arn)[2] == "ssm"]
    },
    {
      Sid      = "ReadSecrets"
      Action   = ["secretsmanager:GetSecretValue"]
      Resource = [for arn in local.secret_arns : arn if split(":", arn)[2] == "secretsmanager"]
    },
    {
      Sid      = "DecryptSecrets"
      Action   = ["kms:Decrypt"]
      Resource = var.secret_kms_key_arns
    },
    {
      Sid      = "ReadEnvironmentFiles"
      Action   = ["s3:GetObject"]
      Resource = local.environment_files
    },
    {
      Sid      = "FindEnvironmentFiles"
      Action   = ["s3:GetBucketLocation"]
      Resource = distinct([for arn in local.environment_files : split("/", arn)[0]])
    },
  ]
}

resource "aws_iam_role_policy" "execution" {
  name = "start-tasks"
  role = aws_iam_role.execution.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      for statement in local.execution_statements : merge(statement, { Effect = "Allow", Resource = sort(statement.Resource) })
      if length(statement.Resource) > 0
    ]
  })
}

## Task role

resource "aws_iam_role" "task" {
  name                 = var.task_role_name
  description          = "What the containers of ${var.family} may do"
  assume_role_policy   = local.assume_role_policy
  permissions_boundary = var.permissions_boundary_arn

  tags = var.tags
}

resource "aws_iam_role_policy_attachment" "task" {
  for_each = merge({ for arn in var.task_policy_arns : arn => arn }, var.named_task_policy_arns)

  role       = aws_iam_role.task.name
  policy_arn = each.value
}

locals {
  task_statements = concat(
    [
      for statement in var.task_policy_statements : merge(
        { Effect = statement.effect, Action = statement.actions, Resource = statement.resources },
        length(statement.conditions) == 0 ? {} : { Condition = statement.conditions },
      )
    ],
    local.efs_statements,
    local.log_router_statements,
    # The channels of ECS Exec belong to no resource that a policy could name.
    !var.enable_execute_command ? [] : [{
      Effect = "Allow"
      Action = [
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
      ]
      Resource = ["*"]
    }],
  )
}

resource "aws_iam_role_policy" "task" {
  count = length(local.task_statements) == 0 ? 0 : 1

  name = "permissions"
  role = aws_iam_role.task.name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = local.task_statements
  })
}
