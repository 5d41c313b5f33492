# What the queue module promises, on a provider that is not real.

mock_provider "aws" {
  mock_resource "aws_sqs_queue" {
    defaults = {
      arn = "arn:aws:sqs:eu-west-1:123456789012:one"
    }
  }
}

variables {
  name = "shop-default-worker"
}

run "moves_what_fails_to_a_dead_letter_queue" {
  command = apply

  variables {
    visibility_timeout_seconds = 600
    max_receive_count          = 3
    tags                       = { team = "a" }
  }

  assert {
    condition = (
      jsondecode(aws_sqs_queue.this.redrive_policy) == { deadLetterTargetArn = aws_sqs_queue.dead_letter.arn, maxReceiveCount = 3 } &&
      jsondecode(aws_sqs_queue_redrive_allow_policy.dead_letter.redrive_allow_policy) == { redrivePermission = "byQueue", sourceQueueArns = [aws_sqs_queue.this.arn] }
    )
    error_message = "Messages must go to the dead-letter queue, and to it from this queue only."
  }

  assert {
    condition     = aws_sqs_queue.this.sqs_managed_sse_enabled == true && aws_sqs_queue.dead_letter.sqs_managed_sse_enabled == true
    error_message = "Both queues must be encrypted."
  }

  assert {
    condition     = aws_sqs_queue.dead_letter.name == "shop-default-worker-dead-letter" && aws_sqs_queue.this.visibility_timeout_seconds == 600 && aws_sqs_queue.this.tags == tomap({ team = "a" })
    error_message = "The settings must reach the queues."
  }
}

run "encrypts_with_a_key" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
  }

  assert {
    condition     = aws_sqs_queue.this.kms_master_key_id == var.kms_key_arn && aws_sqs_queue.dead_letter.kms_master_key_id == var.kms_key_arn
    error_message = "Both queues must be encrypted with the key."
  }
}

run "refuses_what_sqs_refuses" {
  command = plan

  variables {
    name                       = "a.b"
    visibility_timeout_seconds = 43201
    message_retention_seconds  = 59
    max_receive_count          = 0
  }

  expect_failures = [var.name, var.visibility_timeout_seconds, var.message_retention_seconds, var.max_receive_count]
}
