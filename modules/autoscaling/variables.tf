# Which service is scaled, between which bounds, by what and when.

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

variable "metrics" {
  description = "CloudWatch metrics to keep to a target, by a name that becomes a part of the policy's. A cooldown that is not given is the one of all policies."
  type = map(object({
    namespace          = string
    metric_name        = string
    dimensions         = optional(map(string), {})
    statistic          = optional(string, "Average")
    unit               = optional(string)
    target             = number
    scale_in_cooldown  = optional(number)
    scale_out_cooldown = optional(number)
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for metric in var.metrics : contains(["Average", "Minimum", "Maximum", "SampleCount", "Sum"], metric.statistic)])
    error_message = "A metric's statistic is Average, Minimum, Maximum, SampleCount or Sum."
  }

  validation {
    condition     = alltrue([for metric in var.metrics : metric.target > 0])
    error_message = "A metric's target is over 0."
  }
}

## Queue

variable "queue" {
  description = "The SQS queue that the service works off, and the messages waiting for each running task to keep to; null for none. It needs Container Insights on the cluster."
  type = object({
    name    = string
    backlog = number
  })
  default = null

  validation {
    condition     = try(var.queue.backlog, 1) > 0
    error_message = "The backlog is over 0."
  }
}

## Steps

variable "steps" {
  description = "Steps on alarms, by name. The metric is `service_metric` (`cpu`, `memory` or `requests`) or `metric`. The `adjustments` are in ascending order, `from` and `to` in the unit of the metric: the first or last of them begins or ends at `threshold`, each of the others where its neighbour does, unless that is given. `change` is in tasks or percent by `adjustment_type`. Without a cooldown it is that of the other policies."
  type = map(object({
    service_metric = optional(string)
    metric = optional(object({
      namespace   = string
      metric_name = string
      dimensions  = optional(map(string), {})
      statistic   = optional(string, "Average")
      unit        = optional(string)
    }))
    comparison_operator      = string
    threshold                = number
    period                   = optional(number, 60)
    evaluation_periods       = optional(number, 1)
    treat_missing_data       = optional(string, "missing")
    adjustment_type          = optional(string, "ChangeInCapacity")
    min_adjustment_magnitude = optional(number)
    cooldown                 = optional(number)
    adjustments = list(object({
      from   = optional(number)
      to     = optional(number)
      change = number
    }))
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for step in var.steps : (step.service_metric == null) != (step.metric == null)])
    error_message = "A step has either service_metric or metric."
  }

  validation {
    condition     = alltrue([for step in var.steps : step.service_metric == null || contains(["cpu", "memory", "requests"], coalesce(step.service_metric, "cpu"))])
    error_message = "A step's service_metric is cpu, memory or requests."
  }

  validation {
    condition     = alltrue([for step in var.steps : contains(["ChangeInCapacity", "PercentChangeInCapacity", "ExactCapacity"], step.adjustment_type)])
    error_message = "A step's adjustment_type is ChangeInCapacity, PercentChangeInCapacity or ExactCapacity."
  }

  validation {
    condition     = alltrue([for step in var.steps : length(step.adjustments) >= 1 && length(step.adjustments) <= 20])
    error_message = "A step has 1 to 20 adjustments."
  }
}

## Schedule

variable "schedule" {
  description = "New bounds at times, by name: `schedule` is AWS's `cron(…)`, `at(…)` or `rate(…)`; a bound that is not given stays as it is."
  type = map(object({
    schedule     = string
    timezone     = optional(string, "UTC")
    min_capacity = optional(number)
    max_capacity = optional(number)
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for action in var.schedule : can(regex("^(cron|at|rate)\\(.+\\)$", action.schedule))])
    error_message = "An action's schedule is cron(…), at(…) or rate(…)."
  }

  validation {
    condition     = alltrue([for action in var.schedule : action.min_capacity != null || action.max_capacity != null])
    error_message = "An action has min_capacity, max_capacity or both."
  }

  validation {
    condition     = alltrue([for action in var.schedule : try(action.min_capacity <= action.max_capacity, true)])
    error_message = "An action's min_capacity is at most its max_capacity."
  }
}
