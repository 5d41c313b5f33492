# Where the load balancer stands, what it forwards, and who may reach it.

## Load balancer

variable "name" {
  description = "Name of the load balancer. It should change with what replaces a load balancer (`internal`, `static_ips`, the VPC), such as by a hash of it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9]([a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?$", var.name)) && !startswith(var.name, "internal-")
    error_message = "A load balancer's name has 1 to 32 letters, digits and hyphens, no hyphen at an end, and does not begin with internal-."
  }
}

variable "internal" {
  description = "Whether it has private addresses only. A change replaces the load balancer."
  type        = bool
  nullable    = false
  default     = false
}

variable "static_ips" {
  description = "Give it an Elastic IP in each zone. A change replaces the load balancer."
  type        = bool
  nullable    = false
  default     = false

  validation {
    condition     = !(var.static_ips && var.internal)
    error_message = "An internal load balancer has no Elastic IPs."
  }
}

variable "subnet_ids" {
  description = "Subnets it stands in, each in another zone. To take one away replaces the load balancer."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 1
    error_message = "A load balancer needs a subnet."
  }
}

variable "listeners" {
  description = "Listeners by a name of one's own. `protocol` is `TCP`, `TLS` (with a certificate) or `UDP`."
  type = map(object({
    port                = number
    protocol            = optional(string, "TCP")
    target_group_arn    = string
    certificate_arn     = optional(string)
    ingress_cidr_blocks = list(string) # IPv4 and IPv6 ranges that may connect

    # More of them by a name of one's own: those that are known after the apply only.
    named_ingress_cidr_blocks = optional(map(string), {})
  }))
  nullable = false

  validation {
    condition     = length(var.listeners) >= 1
    error_message = "There is at least one listener."
  }

  validation {
    condition     = alltrue([for listener in var.listeners : contains(["TCP", "TLS", "UDP"], listener.protocol) && listener.port >= 1 && listener.port <= 65535])
    error_message = "A listener has a port of 1 to 65535 and the protocol TCP, TLS or UDP."
  }

  validation {
    condition     = alltrue([for listener in var.listeners : (listener.protocol == "TLS") == (listener.certificate_arn != null)])
    error_message = "A TLS listener has a certificate, and no other has one."
  }

  validation {
    condition     = length(distinct([for listener in var.listeners : listener.port])) == length(var.listeners)
    error_message = "Each listener has a port of its own."
  }
}

variable "deletion_protection" {
  description = "Refuse to delete the load balancer, and so its addresses, until this is false again."
  type        = bool
  nullable    = false
  default     = false
}

variable "tags" {
  description = "Tags of the load balancer, its listeners, addresses and security group."
  type        = map(string)
  nullable    = false
  default     = {}
}

## Security group

variable "vpc_id" {
  description = "VPC of the security group."
  type        = string
  nullable    = false
}
