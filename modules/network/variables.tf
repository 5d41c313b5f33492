# How large the network is, and what its subnets reach.

## VPC

variable "name" {
  description = "Name of the VPC and prefix of the names of its parts."
  type        = string
  nullable    = false

  # The role for flow logs is `NAME-flow-logs`, and a role's name has 64 characters at most.
  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,54}$", var.name))
    error_message = "The name has 1 to 54 letters, digits, hyphens and underscores."
  }
}

variable "cidr_block" {
  description = "IPv4 range of the VPC, /16 to /23. Each subnet gets a sixteenth of it. A change replaces the VPC."
  type        = string
  nullable    = false
  default     = "10.0.0.0/16"

  # A sixteenth of a /23 is a /27, the smallest subnet a load balancer stands in.
  validation {
    condition     = can(cidrnetmask(var.cidr_block)) && try(tonumber(split("/", var.cidr_block)[1]) >= 16 && tonumber(split("/", var.cidr_block)[1]) <= 23, false)
    error_message = "The range is IPv4 in CIDR notation with a prefix of /16 to /23."
  }

  validation {
    condition     = try(cidrsubnet(var.cidr_block, 0, 0), var.cidr_block) == var.cidr_block
    error_message = "The range does not begin at its own first address."
  }
}

variable "az_count" {
  description = "How many availability zones to use. One more adds subnets and changes no other."
  type        = number
  nullable    = false
  default     = 2

  validation {
    condition     = var.az_count >= 2 && var.az_count <= 6 && floor(var.az_count) == var.az_count
    error_message = "Two to six availability zones: a load balancer needs two, and six are set aside."
  }
}

variable "tags" {
  description = "Tags of every part of the network."
  type        = map(string)
  nullable    = false
  default     = {}
}

## Private subnets

variable "private_subnets" {
  description = "Whether there are private subnets too, one in each zone."
  type        = bool
  nullable    = false
  default     = false
}

variable "nat" {
  description = "How private subnets reach the internet: `none`, by a `single` NAT gateway in the first zone, or by one in each zone (`per_az`)."
  type        = string
  nullable    = false
  default     = "none"

  validation {
    condition     = contains(["none", "single", "per_az"], var.nat)
    error_message = "NAT is none, single or per_az."
  }
}

## VPC endpoints

variable "gateway_endpoints" {
  description = "AWS services reached by a gateway endpoint, which is free: `s3`, `dynamodb`."
  type        = list(string)
  nullable    = false
  default     = []

  validation {
    condition     = length(setsubtract(var.gateway_endpoints, ["s3", "dynamodb"])) == 0
    error_message = "Gateway endpoints exist for s3 and dynamodb; others are interface endpoints."
  }
}

variable "interface_endpoints" {
  description = "AWS services reached by an interface endpoint, by the last part of the endpoint's name, such as `ecr.api`, `ecr.dkr`, `logs`. Each costs by the hour and zone."
  type        = list(string)
  nullable    = false
  default     = []
}

## Flow logs

variable "flow_logs" {
  description = "Whether every connection is recorded in CloudWatch Logs."
  type        = bool
  nullable    = false
  default     = false
}

variable "flow_logs_retention_days" {
  description = "Days the flow logs are kept."
  type        = number
  nullable    = false
  default     = 30
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the role for flow logs; null for none."
  type        = string
  default     = null
}
