# The disk that each task gets: ECS makes it when the task starts, and deletes it with the task.

## EBS volume

data "aws_partition" "current" {
  count = var.ebs_volume == null ? 0 : 1
}

data "aws_region" "current" {
  count = var.ebs_volume == null ? 0 : 1
}

# The role with which ECS makes, attaches and deletes the disks. The managed policy reaches only what ECS itself has tagged.
resource "aws_iam_role" "volumes" {
  count = var.ebs_volume == null ? 0 : 1

  name        = var.ebs_volume.role_name
  description = "What ECS needs to give the tasks of ${var.name} their disks"

  # AWS names no source by which this role could be narrowed down. Who gives it to a service needs iam:PassRole on it,
  # which another account does not get.
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs.amazonaws.com" }
    }]
  })

  permissions_boundary = var.permissions_boundary_arn

  tags = var.tags

  # When the disks go, the role goes after the service has let go of them: ECS deletes them with it.
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_iam_role_policy_attachment" "volumes" {
  count = var.ebs_volume == null ? 0 : 1

  role       = aws_iam_role.volumes[0].name
  policy_arn = "arn:${data.aws_partition.current[0].partition}:iam::aws:policy/service-role/AmazonECSInfrastructureRolePolicyForVolumes"

  lifecycle {
    create_before_destroy = true
  }
}

# With a key of one's own EC2 encrypts on behalf of the role, and only EC2 may, and only for disks.
resource "aws_iam_role_policy" "volumes_key" {
  # Not try(): of a key that is known after the apply only, it would not even know that there is one.
  count = var.ebs_volume == null ? 0 : var.ebs_volume.kms_key == null ? 0 : 1

  name = "encrypt-disks"
  role = aws_iam_role.volumes[0].name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "FindKey"
        Effect   = "Allow"
        Action   = ["kms:DescribeKey"]
        Resource = [var.ebs_volume.kms_key.arn]
      },
      {
        Sid      = "EncryptDisks"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"]
        Resource = [var.ebs_volume.kms_key.arn]
        Condition = {
          StringEquals               = { "kms:ViaService" = "ec2.${data.aws_region.current[0].id}.amazonaws.com" }
          "ForAnyValue:StringEquals" = { "kms:EncryptionContextKeys" = "aws:ebs:id" }
        }
      },
      {
        Sid      = "LendKeyToDisks"
        Effect   = "Allow"
        Action   = ["kms:CreateGrant"]
        Resource = [var.ebs_volume.kms_key.arn]
        Condition = {
          StringEquals               = { "kms:ViaService" = "ec2.${data.aws_region.current[0].id}.amazonaws.com" }
          Bool                       = { "kms:GrantIsForAWSResource" = "true" }
          "ForAnyValue:StringEquals" = { "kms:EncryptionContextKeys" = "aws:ebs:id" }
        }
      },
    ]
  })

  lifecycle {
    create_before_destroy = true
  }
}
