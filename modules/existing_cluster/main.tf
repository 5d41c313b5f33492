# An ECS cluster that others share: read, never changed, its capacity providers included.

## Cluster

data "aws_ecs_cluster" "this" {
  cluster_name = var.name

  lifecycle {
    postcondition {
      condition     = self.status == "ACTIVE"
      error_message = "The cluster ${var.name} is ${self.status}: no service can start in it."
    }
  }
}
