# What a service needs to run the task.

## Task definition

output "arn" {
  description = "ARN of the task definition, with its revision."
  value       = aws_ecs_task_definition.this.arn
}

output "family" {
  description = "Name of the task definition."
  value       = aws_ecs_task_definition.this.family
}

output "ports" {
  description = "Container => its main port, for containers that have one."
  value       = { for name, container in var.containers : name => container.ports[0].container_port if length(container.ports) > 0 }
}

output "listening" {
  description = "Container => every port that it declares, with its protocol."
  value       = { for name, container in var.containers : name => [for port in container.ports : { port = port.container_port, protocol = port.protocol }] }
}

output "tcp_ports" {
  description = "Container => its first TCP port, for containers that have one."
  value       = { for name, container in var.containers : name => [for port in container.ports : port.container_port if port.protocol == "tcp"][0] if length([for port in container.ports : port if port.protocol == "tcp"]) > 0 }
}

output "udp_ports" {
  description = "Container => its first UDP port, for containers that have one."
  value       = { for name, container in var.containers : name => [for port in container.ports : port.container_port if port.protocol == "udp"][0] if length([for port in container.ports : port if port.protocol == "udp"]) > 0 }
}

output "named_ports" {
  description = "Name => port, for ports that have a name."
  value       = merge([for container in var.containers : { for port in container.ports : port.name => port.container_port if port.name != null }]...)
}

output "start_periods" {
  description = "Container => seconds in which its health check may fail; 0 without one."
  value       = { for name, container in var.containers : name => try(coalesce(container.health_check.start_period), 0) }
}

## Logs

output "log_group_name" {
  description = "Log group of the containers."
  value       = aws_cloudwatch_log_group.this.name
}

output "log_options" {
  description = "Options of the awslogs driver that lead into the log group."
  value = {
    awslogs-group  = aws_cloudwatch_log_group.this.name
    awslogs-region = local.region
  }
}

output "log_retention_days" {
  description = "Days for which the log group keeps its entries."
  value       = aws_cloudwatch_log_group.this.retention_in_days
}

## Execution role

output "execution_role_arn" {
  description = "ARN of the role that ECS uses to start the tasks."
  value       = aws_iam_role.execution.arn
}

## Task role

output "task_role_arn" {
  description = "ARN of the role that the containers use."
  value       = aws_iam_role.task.arn
}
