# What the job runs, and where.

## Job

variable "name" {
  description = "Name of the job."
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
