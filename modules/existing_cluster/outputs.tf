# What services and tasks need to run in the cluster: named as the module `cluster` names it.

## Cluster

output "arn" {
  description = "ARN of the cluster."
  value       = data.aws_ecs_cluster.this.arn
}

output "name" {
  description = "Name of the cluster."
  value       = data.aws_ecs_cluster.this.cluster_name
}

output "namespace_arn" {
  description = "ARN of the cluster's default Cloud Map namespace; null without one."
  value       = one(data.aws_ecs_cluster.this.service_connect_defaults[*].namespace)
}
