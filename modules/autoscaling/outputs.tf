# The bounds, for the service that is scaled.

## Bounds

# The service starts with this many tasks, so it must not wait for the resources here, which wait for the service.
output "min_capacity" {
  description = "Fewest tasks, as given: the desired count that the service starts with."
  value       = var.min_capacity
}

output "max_capacity" {
  description = "Most tasks, as given."
  value       = var.max_capacity
}
