# Keeps the number of tasks of one ECS service between two bounds, by the load that is measured.

## Bounds

resource "aws_appautoscaling_target" "this" {
  service_namespace  = "ecs"
  resource_id        = "service/${var.cluster_name}/${var.service_name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = var.min_capacity
  max_capacity       = var.max_capacity

  tags = var.tags

  lifecycle {
    # Where a schedule owns the bounds, a variant of this module ignores them here.
    ignore_changes = []

    precondition {
      condition     = var.min_capacity <= var.max_capacity
      error_message = "min_capacity (${var.min_capacity}) is over max_capacity (${var.max_capacity})."
    }
  }
}
