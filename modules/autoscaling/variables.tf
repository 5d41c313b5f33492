# Which service is scaled, between which bounds, and by what.

## Bounds

variable "cluster_name" {
  description = "Name of the cluster the service runs in."
  type        = string
  nullable    = false
}

variable "service_name" {
  description = "Name of the service."
  type        = string
  nullable    = false
}

variable "min_capacity" {
  description = "Fewest tasks."
  type        = number
  nullable    = false

  validation {
    condition     = var.min_capacity >= 0 && floor(var.min_capacity) == var.min_capacity
    error_message = "The fewest tasks are a whole number, 0 or more."
  }
}

variable "max_capacity" {
  description = "Most tasks."
  type        = number
  nullable    = false

  validation {
    condition     = var.max_capacity >= 1 && floor(var.max_capacity) == var.max_capacity
    error_message = "The most tasks are a whole number, 1 or more."
  }
}

variable "tags" {
  description = "Tags of the scalable target."
  type        = map(string)
  nullable    = false
  default     = {}
}

## Targets

variable "cpu_target" {
  description = "Average CPU utilization to keep, in percent of what the tasks reserve; null to not look at it."
  type        = number
  default     = null

  validation {
    condition     = var.cpu_target == null || try(var.cpu_target > 0 && var.cpu_target <= 100, false)
    error_message = "The CPU target is over 0 and at most 100 percent."
  }
}

variable "memory_target" {
  description = "Average memory utilization to keep, in percent of what the tasks reserve; null to not look at it."
  type        = number
  default     = null

  validation {
    condition     = var.memory_target == null || try(var.memory_target > 0 && var.memory_target <= 100, false)
    error_message = "The memory target is over 0 and at most 100 percent."
  }
}

variable "requests_target" {
  description = "Requests a minute that each task should get from the load balancer; null to not look at it."
  type        = number
  default     = null

  validation {
    condition     = var.requests_target == null || try(var.requests_target > 0, false)
    error_message = "The requests target is over 0."
  }
}

variable "request_count_resource_label" {
  description = "Whose requests `requests_target` means: `LOAD_BALANCER_ARN_SUFFIX/TARGET_GROUP_ARN_SUFFIX`."
  type        = string
  default     = null
}

variable "scale_in_cooldown" {
  description = "Seconds to wait after removing tasks before removing more."
  type        = number
  nullable    = false
  default     = 300

  validation {
    condition     = var.scale_in_cooldown >= 0
    error_message = "A cooldown is 0 seconds or more."
  }
}

variable "scale_out_cooldown" {
  description = "Seconds to wait after adding tasks before adding more."
  type        = number
  nullable    = false
  default     = 60

  validation {
    condition     = var.scale_out_cooldown >= 0
    error_message = "A cooldown is 0 seconds or more."
  }
}
