# What services and tasks need to run in the cluster.

## Cluster

output "arn" {
  description = "ARN of the cluster, known once tasks can be placed in it."
  value       = aws_ecs_cluster.this.arn

  # A service is refused as long as its capacity provider is not one of the cluster's.
  depends_on = [aws_ecs_cluster_capacity_providers.this]
}

output "name" {
  description = "Name of the cluster."
  value       = aws_ecs_cluster.this.name
}

## Namespace

output "namespace_arn" {
  description = "ARN of the Cloud Map namespace; null without one."
  value       = one(aws_service_discovery_http_namespace.this[*].arn)
}
