# What the repository module promises, on a provider that is not real.

mock_provider "aws" {}

variables {
  name = "hello/web"
}

run "defaults_protect_the_images" {
  command = plan

  assert {
    condition     = aws_ecr_repository.this.image_tag_mutability == "IMMUTABLE"
    error_message = "A tag must not be movable by default."
  }

  assert {
    condition     = aws_ecr_repository.this.force_delete == false
    error_message = "A repository with images must not be destroyed."
  }

  assert {
    condition     = aws_ecr_repository.this.image_scanning_configuration[0].scan_on_push
    error_message = "Images must be scanned."
  }

  assert {
    condition     = aws_ecr_repository.this.encryption_configuration[0].encryption_type == "AES256"
    error_message = "Without a key the encryption must be AES256."
  }

  assert {
    condition     = jsondecode(aws_ecr_lifecycle_policy.this.policy).rules[*].selection.tagStatus == ["untagged", "any"]
    error_message = "Without prefixes there must be the rule for untagged images, then the one by count."
  }

  assert {
    condition     = jsondecode(aws_ecr_lifecycle_policy.this.policy).rules[1].selection.countNumber == 30
    error_message = "Thirty images must be kept."
  }
}

run "deployed_images_are_protected_first" {
  command = plan

  variables {
    keep_images            = 5
    protected_tag_prefixes = ["staging-", "prod-"]
    keep_protected_images  = 3
  }

  assert {
    condition     = jsondecode(aws_ecr_lifecycle_policy.this.policy).rules[*].rulePriority == [1, 2, 3, 4]
    error_message = "ECR orders rules by priority; they must be given in that order."
  }

  assert {
    condition = [
      for rule in slice(jsondecode(aws_ecr_lifecycle_policy.this.policy).rules, 0, 2) : "${rule.selection.tagPrefixList[0]} ${rule.selection.countNumber}"
    ] == ["prod- 3", "staging- 3"]
    error_message = "Each prefix must have its own rule, sorted."
  }

  assert {
    condition     = jsondecode(aws_ecr_lifecycle_policy.this.policy).rules[3].selection == { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 5 }
    error_message = "The rule by count must come last."
  }
}

run "encrypts_with_a_key" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/images"
  }

  assert {
    condition = (
      aws_ecr_repository.this.encryption_configuration[0].encryption_type == "KMS" &&
      aws_ecr_repository.this.encryption_configuration[0].kms_key == var.kms_key_arn
    )
    error_message = "The key must be used."
  }
}

run "nobody_else_may_pull_by_default" {
  command = plan

  assert {
    condition     = length(aws_ecr_repository_policy.this) == 0
    error_message = "Without accounts there must be no policy."
  }
}

run "other_accounts_may_pull_and_nothing_else" {
  command = plan

  override_data {
    target = data.aws_partition.current[0]
    values = { partition = "aws" }
  }

  variables {
    pull_account_ids = ["222222222222", "111111111111"]
  }

  assert {
    condition     = jsondecode(aws_ecr_repository_policy.this[0].policy).Statement[0].Principal.AWS == ["arn:aws:iam::111111111111:root", "arn:aws:iam::222222222222:root"]
    error_message = "Each account must be named, sorted."
  }

  assert {
    condition     = jsondecode(aws_ecr_repository_policy.this[0].policy).Statement[0].Action == ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    error_message = "Only pulling must be allowed."
  }
}

run "refuses_what_ecr_refuses" {
  command = plan

  variables {
    name                   = "Hello/Web"
    image_tag_mutability   = "NEVER"
    keep_images            = 0
    keep_protected_images  = 0
    expire_untagged_days   = 0
    protected_tag_prefixes = ["prod-", "prod-"]
    pull_account_ids       = ["1234"]
  }

  expect_failures = [
    var.name,
    var.image_tag_mutability,
    var.keep_images,
    var.keep_protected_images,
    var.expire_untagged_days,
    var.protected_tag_prefixes,
    var.pull_account_ids,
  ]
}
