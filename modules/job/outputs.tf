# How the job is started.

## Job

output "run_task" {
  description = "Request that starts the job, as `aws ecs run-task --cli-input-json` takes it."
  value       = local.run_task

  # A task that starts before its way out is there cannot pull its image.
  depends_on = [aws_vpc_security_group_egress_rule.anywhere]
}

## Security group of the tasks

output "security_group_id" {
  description = "Security group of the tasks."
  value       = aws_security_group.this.id
}
