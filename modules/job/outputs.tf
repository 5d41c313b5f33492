# How the job is started.

## Job

output "run_task" {
  description = "Request that starts the job, as `aws ecs run-task --cli-input-json` takes it."
  value       = local.run_task

  # A task that starts before its way out is there cannot pull its image.
  depends_on = [aws_vpc_security_group_egress_rule.anywhere]
}

## Schedule

output "schedule_arn" {
  description = "ARN of the schedule; null without one."
  value       = one(aws_scheduler_schedule.this[*].arn)
}

## State machine

output "state_machine_arn" {
  description = "ARN of the state machine; null where the schedule starts the task itself."
  value       = one(aws_sfn_state_machine.this[*].arn)
}

## Dead letter queue

output "dead_letter_queue_url" {
  description = "URL of the queue of what could not be delivered; null without a schedule."
  value       = one(aws_sqs_queue.undelivered[*].url)
}

## Security group of the tasks

output "security_group_id" {
  description = "Security group of the tasks."
  value       = aws_security_group.this.id
}
