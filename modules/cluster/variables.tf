# What the cluster is called and what it reports.

## Cluster

variable "name" {
  description = "Name of the cluster."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,255}$", var.name))
    error_message = "A cluster's name has 1 to 255 letters, digits, hyphens and underscores."
  }
}

variable "container_insights" {
  description = "CloudWatch Container Insights: `enabled`, `enhanced` (metrics for each task and container) or `disabled`."
  type        = string
  nullable    = false
  default     = "enabled"

  validation {
    condition     = contains(["enabled", "enhanced", "disabled"], var.container_insights)
    error_message = "Container Insights is enabled, enhanced or disabled."
  }
}

variable "capacity_providers" {
  description = "Names of more capacity providers, such as one of EC2 instances."
  type        = list(string)
  nullable    = false
  default     = []
}

variable "tags" {
  description = "Tags of the cluster and its namespace."
  type        = map(string)
  nullable    = false
  default     = {}
}

## Namespace

variable "namespace" {
  description = "Name of a Cloud Map namespace to create for Service Connect; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.namespace == null || can(regex("^[!-~]+$", var.namespace))
    error_message = "A namespace's name has printable ASCII characters and no spaces."
  }
}
