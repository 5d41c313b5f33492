# One ECR repository, and the policy that decides which of its images are kept.

## Repository

resource "aws_ecr_repository" "this" {
  name                 = var.name
  image_tag_mutability = var.image_tag_mutability

  # A repository that holds images is not destroyed: an environment may still run one of them.
  force_delete = false

  # A change of the encryption replaces the repository together with its images.
  encryption_configuration {
    encryption_type = var.kms_key_arn == null ? "AES256" : "KMS"
    kms_key         = var.kms_key_arn
  }

  image_scanning_configuration {
    scan_on_push = var.scan_on_push
  }

  tags = var.tags
}

## Other accounts that pull

data "aws_partition" "current" {
  count = length(var.pull_account_ids) > 0 ? 1 : 0
}

resource "aws_ecr_repository_policy" "this" {
  count = length(var.pull_account_ids) > 0 ? 1 : 0

  repository = aws_ecr_repository.this.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid    = "Pull"
      Effect = "Allow"
      Principal = {
        AWS = [for account in sort(distinct(var.pull_account_ids)) : "arn:${data.aws_partition.current[0].partition}:iam::${account}:root"]
      }
      Action = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    }]
  })
}

## Images that are kept

locals {
  # ECR never expires an image by a later rule once a tag of it matched an earlier one, so these
  # rules protect what an environment runs from the rule by count at the end.
  protected_rules = [
    for index, prefix in sort(var.protected_tag_prefixes) : {
      rulePriority = index + 1
      description  = "Keep the last ${var.keep_protected_images} images tagged ${prefix}*"
      selection = {
        tagStatus     = "tagged"
        tagPrefixList = [prefix]
        countType     = "imageCountMoreThan"
        countNumber   = var.keep_protected_images
      }
      action = { type = "expire" }
    }
  ]

  # Safe for images of several platforms: ECR does not expire a manifest that a manifest list refers to.
  untagged_rule = {
    rulePriority = length(local.protected_rules) + 1
    description  = "Expire untagged images after ${var.expire_untagged_days} days"
    selection = {
      tagStatus   = "untagged"
      countType   = "sinceImagePushed"
      countUnit   = "days"
      countNumber = var.expire_untagged_days
    }
    action = { type = "expire" }
  }

  # ECR wants the rule for any image last.
  count_rule = {
    rulePriority = length(local.protected_rules) + 2
    description  = "Keep the last ${var.keep_images} images"
    selection = {
      tagStatus   = "any"
      countType   = "imageCountMoreThan"
      countNumber = var.keep_images
    }
    action = { type = "expire" }
  }
}

resource "aws_ecr_lifecycle_policy" "this" {
  repository = aws_ecr_repository.this.name

  policy = jsonencode({
    rules = concat(local.protected_rules, [local.untagged_rule, local.count_rule])
  })
}
