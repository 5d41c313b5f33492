# Which VPC, and which of its subnets.

## VPC

variable "vpc_id" {
  description = "ID of the VPC; null to find it by its tags, or, without any, the region's default VPC."
  type        = string
  default     = null
}

variable "vpc_tags" {
  description = "Tags of the VPC, all of which it has; exactly one VPC may have them."
  type        = map(string)
  nullable    = false
  default     = {}

  validation {
    condition     = var.vpc_id == null || length(var.vpc_tags) == 0
    error_message = "Name the VPC by its ID or by its tags, not by both."
  }
}

variable "load_balancer_subnets" {
  description = "Where a load balancer will stand, `public` or `private`: these subnets are in two zones then, one in each. Null for no load balancer."
  type        = string
  default     = null

  validation {
    condition     = var.load_balancer_subnets == null || contains(["public", "private"], coalesce(var.load_balancer_subnets, "none"))
    error_message = "A load balancer stands in public or in private subnets."
  }
}

## Public subnets

variable "public_subnet_ids" {
  description = "IDs of subnets that are routed to an internet gateway. Of the default VPC, its default subnets when none are named."
  type        = list(string)
  nullable    = false
  default     = []
}

variable "public_subnet_tags" {
  description = "Tags of the public subnets, instead of their IDs: every subnet of the VPC that has them all."
  type        = map(string)
  nullable    = false
  default     = {}

  validation {
    condition     = length(var.public_subnet_ids) == 0 || length(var.public_subnet_tags) == 0
    error_message = "Name the public subnets by their IDs or by their tags, not by both."
  }
}

## Private subnets

variable "private_subnet_ids" {
  description = "IDs of subnets without a route to an internet gateway."
  type        = list(string)
  nullable    = false
  default     = []
}

variable "private_subnet_tags" {
  description = "Tags of the private subnets, instead of their IDs: every subnet of the VPC that has them all."
  type        = map(string)
  nullable    = false
  default     = {}

  validation {
    condition     = length(var.private_subnet_ids) == 0 || length(var.private_subnet_tags) == 0
    error_message = "Name the private subnets by their IDs or by their tags, not by both."
  }
}
