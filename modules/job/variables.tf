# What the job runs, and where.

## Job

variable "name" {
  description = "Name of the job, and of its main container."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,255}$", var.name))
    error_message = "A job's name has 1 to 255 letters, digits, hyphens and underscores."
  }
}

variable "cluster_arn" {
  description = "ARN of the cluster."
  type        = string
  nullable    = false
}

variable "task_definition_arn" {
  description = "ARN of the task definition, with its revision."
  type        = string
  nullable    = false
}

variable "task_definition_family" {
  description = "Family of the task definition: what a schedule may start is any revision of it."
  type        = string
  nullable    = false
}

variable "execution_role_arn" {
  description = "ARN of the role that ECS uses to start the task."
  type        = string
  nullable    = false
}

variable "task_role_arn" {
  description = "ARN of the role that the containers use."
  type        = string
  nullable    = false
}

variable "capacity_provider_strategy" {
  description = "Where the task runs: `FARGATE`, `FARGATE_SPOT`, or either of them by `weight`. `base` tasks go to one provider first."
  type = list(object({
    capacity_provider = string
    weight            = optional(number, 1)
    base              = optional(number, 0)
  }))
  nullable = false
  default  = [{ capacity_provider = "FARGATE" }]

  validation {
    condition     = length(var.capacity_provider_strategy) >= 1 && anytrue([for item in var.capacity_provider_strategy : item.weight > 0])
    error_message = "At least one capacity provider has a weight over 0."
  }

  validation {
    condition     = length([for item in var.capacity_provider_strategy : item if item.base > 0]) <= 1
    error_message = "Only one capacity provider can have a base."
  }
}

variable "subnet_ids" {
  description = "Subnets of the tasks."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 1 && length(var.subnet_ids) <= 16
    error_message = "A task has 1 to 16 subnets to choose from."
  }
}

variable "assign_public_ip" {
  description = "Give each task a public address. Public subnets need it to pull images; private subnets must not have it."
  type        = bool
  nullable    = false
  default     = false
}

variable "tags" {
  description = "Tags of everything made here."
  type        = map(string)
  nullable    = false
  default     = {}
}

## Schedule

variable "schedule" {
  description = "When the job runs by itself; null for never. `expression` is EventBridge Scheduler's `cron(…)`, `rate(…)` or `at(…)`."
  type = object({
    name                   = string
    expression             = string
    timezone               = optional(string, "UTC") # IANA
    role_name              = string
    dead_letter_queue_name = string                # takes what could not be delivered
    delivery_attempts      = optional(number, 185) # after the first one
    delivery_age_seconds   = optional(number, 3600)
  })
  default = null

  validation {
    condition     = var.schedule == null || can(regex("^[0-9a-zA-Z_.-]{1,64}$", var.schedule.name))
    error_message = "A schedule's name has 1 to 64 letters, digits and _ . -"
  }

  validation {
    condition     = var.schedule == null || can(regex("^(cron|rate|at)[(].{1,248}[)]$", var.schedule.expression))
    error_message = "A schedule's expression is cron(…), rate(…) or at(…)."
  }

  validation {
    condition     = var.schedule == null || try(var.schedule.delivery_attempts >= 0 && var.schedule.delivery_attempts <= 185, false)
    error_message = "EventBridge Scheduler repeats a delivery up to 185 times."
  }

  validation {
    condition     = var.schedule == null || try(var.schedule.delivery_age_seconds >= 60 && var.schedule.delivery_age_seconds <= 86400, false)
    error_message = "EventBridge Scheduler delivers for 60 seconds to a day."
  }
}

## State machine

variable "retries" {
  description = "How often a scheduled run that fails is started anew; null for never. `exit_codes` are those of the main container that are worth it; empty for any failure."
  type = object({
    attempts      = number # after the first one
    exit_codes    = optional(list(number), [])
    delay_seconds = optional(number, 10)
    backoff_rate  = optional(number, 2) # how many times longer each delay is than the one before
  })
  default = null

  validation {
    condition     = var.retries == null || try(var.retries.attempts >= 1 && floor(var.retries.attempts) == var.retries.attempts, false)
    error_message = "The number of attempts is a whole number, 1 or more."
  }

  validation {
    condition     = var.retries == null || try(alltrue([for code in var.retries.exit_codes : code >= 1 && code <= 255]), false)
    error_message = "An exit code that is worth another attempt is 1 to 255."
  }

  validation {
    condition     = var.retries == null || try(var.retries.delay_seconds >= 1 && var.retries.backoff_rate >= 1, false)
    error_message = "The delay is 1 second or more, and the backoff rate 1 or more."
  }
}

variable "timeout_seconds" {
  description = "Seconds after which a scheduled run is stopped; it is not retried then. Null for no limit."
  type        = number
  default     = null

  validation {
    condition     = var.timeout_seconds == null || try(var.timeout_seconds >= 1 && floor(var.timeout_seconds) == var.timeout_seconds, false)
    error_message = "The timeout is a whole number of seconds, 1 or more."
  }
}

variable "state_machine" {
  description = "Names of what carries retries and the timeout; needed with either."
  type = object({
    name               = string
    role_name          = string
    log_group_name     = string
    log_retention_days = optional(number, 30)
    log_kms_key_arn    = optional(string)
  })
  default = null

  validation {
    condition     = var.state_machine == null || can(regex("^[0-9a-zA-Z_-]{1,80}$", var.state_machine.name))
    error_message = "A state machine's name has 1 to 80 letters, digits, hyphens and underscores."
  }
}

## Role of the schedule

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the roles made here; null for none."
  type        = string
  default     = null
}

## Security group of the tasks

variable "vpc_id" {
  description = "VPC of the tasks' security group."
  type        = string
  nullable    = false
}

variable "security_group_name" {
  description = "What the name of the tasks' security group begins with; null for the job's name."
  type        = string
  default     = null
}

variable "security_group_ids" {
  description = "More security groups for the tasks, beside their own."
  type        = list(string)
  nullable    = false
  default     = []

  validation {
    condition     = length(var.security_group_ids) <= 4
    error_message = "A network interface has 5 security groups at most, and one is the tasks' own."
  }
}
