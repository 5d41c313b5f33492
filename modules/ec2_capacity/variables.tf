# Which instances there are, how many, and what they may be reached by.

## Capacity provider

variable "name" {
  description = "Name of the capacity provider, and of its Auto Scaling group and launch template."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{3,128}$", var.name)) && !can(regex("^(?i)(aws|ecs|fargate)", var.name))
    error_message = "A capacity provider's name has 3 to 128 letters, digits, hyphens and underscores, and does not begin with aws, ecs or fargate."
  }
}

variable "cluster_name" {
  description = "Name of the cluster that the instances join."
  type        = string
  nullable    = false
}

variable "target_capacity" {
  description = "How much of the instances the tasks should use, in percent. Below 100 there is room to spare for new tasks."
  type        = number
  nullable    = false
  default     = 100

  validation {
    condition     = var.target_capacity >= 1 && var.target_capacity <= 100
    error_message = "The target capacity is 1 to 100 percent."
  }
}

variable "tags" {
  description = "Tags of everything here, and of the instances and their volumes."
  type        = map(string)
  nullable    = false
  default     = {}
}

variable "launch_tags" {
  description = "More tags of the Auto Scaling group, the instances and their volumes: the provider's default tags do not reach them."
  type        = map(string)
  nullable    = false
  default     = {}
}

## Auto Scaling group

variable "instance_types" {
  description = "Instance types of one CPU architecture, the preferred one first; Spot takes the one with the most room at the lowest price."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.instance_types) >= 1 && length(var.instance_types) <= 40 && length(distinct(var.instance_types)) == length(var.instance_types)
    error_message = "There are 1 to 40 instance types, each once."
  }
}

variable "min_size" {
  description = "Instances that run even when no task needs them."
  type        = number
  nullable    = false
  default     = 0

  validation {
    condition     = var.min_size >= 0
    error_message = "There are 0 instances or more."
  }
}

variable "max_size" {
  description = "Most instances that ECS may start."
  type        = number
  nullable    = false

  validation {
    condition     = var.max_size >= 1 && var.max_size >= var.min_size
    error_message = "The most instances are 1 or more, and not fewer than min_size."
  }
}

variable "on_demand_base" {
  description = "Instances that are on-demand before any is Spot."
  type        = number
  nullable    = false
  default     = 0
}

variable "on_demand_percentage" {
  description = "Share of the instances beyond `on_demand_base` that are on-demand, in percent; the others are Spot."
  type        = number
  nullable    = false
  default     = 100

  validation {
    condition     = var.on_demand_percentage >= 0 && var.on_demand_percentage <= 100
    error_message = "The on-demand share is 0 to 100 percent."
  }
}

variable "subnet_ids" {
  description = "Subnets the instances run in; tasks with an interface of their own need subnets in the same zones."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 1
    error_message = "Instances need a subnet."
  }
}

## Launch template

variable "image_id" {
  description = "AMI: an id, or `resolve:ssm:` and the name of a parameter that holds one. It must be made for ECS and for the instance types' architecture."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^(ami-[0-9a-f]{8,17}|resolve:ssm:.+)$", var.image_id))
    error_message = "The AMI is an id such as ami-0123456789abcdef0, or resolve:ssm: and a parameter."
  }
}

variable "operating_system" {
  description = "`amazon-linux` or `bottlerocket`: how the AMI is told which cluster to join."
  type        = string
  nullable    = false
  default     = "amazon-linux"

  validation {
    condition     = contains(["amazon-linux", "bottlerocket"], var.operating_system)
    error_message = "The operating system is amazon-linux or bottlerocket."
  }
}

variable "allow_privileged_containers" {
  description = "Let Bottlerocket run privileged containers, which it refuses by itself; Amazon Linux runs them in any case."
  type        = bool
  nullable    = false
  default     = false
}

variable "volume" {
  description = "Volume for images and containers, encrypted. Without `kms_key_arn` by the key that AWS manages; the Auto Scaling service-linked role must be allowed to use another."
  type = object({
    size_gib    = optional(number, 30)
    type        = optional(string, "gp3")
    kms_key_arn = optional(string)
  })
  nullable = false
  default  = {}

  validation {
    condition     = var.volume.size_gib >= 30 && var.volume.size_gib <= 16384
    error_message = "The volume has 30 to 16384 GiB: the AMIs of ECS need 30."
  }

  validation {
    condition     = contains(["gp2", "gp3"], var.volume.type)
    error_message = "The volume's type is gp3 or gp2."
  }
}

variable "associate_public_ip_address" {
  description = "Give each instance a public address. In a public subnet it needs one to reach ECS."
  type        = bool
  nullable    = false
  default     = false
}

## Security group of the instances

variable "vpc_id" {
  description = "VPC of the security group."
  type        = string
  nullable    = false
}

variable "dynamic_ports_from" {
  description = "Security groups that reach containers in bridge mode, by a name of one's own, such as the load balancer's."
  type        = map(string)
  nullable    = false
  default     = {}
}

## Instance role

variable "role_name" {
  description = "Name of the instances' role and instance profile."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_+=,.@-]{1,64}$", var.role_name))
    error_message = "A role's name has 1 to 64 letters, digits and _ + = , . @ -"
  }
}
