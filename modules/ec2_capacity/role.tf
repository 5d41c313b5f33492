# What the ECS agent on an instance may do. Images, secrets and logs are the business of each task's own roles.

## Instance role

resource "aws_iam_role" "instance" {
  name        = var.role_name
  description = "What the ECS agent needs on the instances of ${var.cluster_name}"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })

  tags = var.tags
}

resource "aws_iam_role_policy" "instance" {
  name = "ecs-agent"
  role = aws_iam_role.instance.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "JoinTheCluster"
        Effect   = "Allow"
        Action   = ["ecs:DeregisterContainerInstance", "ecs:RegisterContainerInstance", "ecs:SubmitAttachmentStateChanges"]
        Resource = local.cluster_arn
      },
      {
        Sid       = "BeTold"
        Effect    = "Allow"
        Action    = ["ecs:Poll", "ecs:StartTelemetrySession", "ecs:UpdateContainerInstancesState"]
        Resource  = "*"
        Condition = { ArnEquals = { "ecs:cluster" = local.cluster_arn } }
      },
      {
        # Belong to no resource that a policy could name.
        Sid      = "Report"
        Effect   = "Allow"
        Action   = ["ecs:DiscoverPollEndpoint", "ecs:SubmitContainerStateChange", "ecs:SubmitTaskStateChange"]
        Resource = "*"
      },
    ]
  })
}

resource "aws_iam_instance_profile" "this" {
  name = var.role_name
  role = aws_iam_role.instance.name

  tags = var.tags
}
