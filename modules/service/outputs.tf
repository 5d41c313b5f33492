# How others address the service.

## Service

output "name" {
  description = "Name of the service, known once it exists."
  value       = aws_ecs_service.this.name
}

output "arn" {
  description = "ARN of the service."
  value       = aws_ecs_service.this.id
}

## Security group of the tasks

output "security_group_id" {
  description = "Security group the tasks are reached by: their own, or that of their instances in the network modes bridge and host."
  value       = local.security_group_id
}

## Load balancer

output "target_group_arn" {
  description = "ARN of the target group; null without a load balancer."
  value       = one(aws_lb_target_group.this[*].arn)
}

output "target_group_arn_suffix" {
  description = "The part of the target group's ARN that CloudWatch metrics use; null without a load balancer."
  value       = one(aws_lb_target_group.this[*].arn_suffix)
}

output "network_target_group_arns" {
  description = "ARN of each target group of the network load balancer, by its listener."
  value       = { for name, group in aws_lb_target_group.network : name => group.arn }
}

output "rule_priorities" {
  description = "Priority of each listener rule, by its name."
  value       = { for name, rule in aws_lb_listener_rule.this : name => rule.priority }
}
