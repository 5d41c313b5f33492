# Where the load balancer stands, who may reach it, and what it records.

## Load balancer

variable "name" {
  description = "Name of the load balancer. It must change with what replaces a load balancer (`internal`, the VPC), such as by a hash of it: the new one is created before the old one goes."
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

variable "subnet_ids" {
  description = "Subnets it stands in: two or more, each in another zone, /27 or larger."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "A load balancer needs subnets in two zones."
  }
}

variable "idle_timeout" {
  description = "Seconds after which an idle connection is closed."
  type        = number
  nullable    = false
  default     = 60

  validation {
    condition     = var.idle_timeout >= 1 && var.idle_timeout <= 4000
    error_message = "The idle timeout is 1 to 4000 seconds."
  }
}

variable "deletion_protection" {
  description = "Refuse to delete the load balancer until this is false again."
  type        = bool
  nullable    = false
  default     = false
}

variable "access_logs" {
  description = "S3 bucket, and prefix in it, for a line about each request; null for no logs. The bucket's policy must let load balancers write."
  type = object({
    bucket = string
    prefix = optional(string)
  })
  default = null
}

variable "https" {
  description = "Certificate (ARN, in the load balancer's region) and TLS policy of an HTTPS listener on port 443; requests to port 80 are then redirected to it. Null: HTTP only."
  type = object({
    certificate_arn = string
    ssl_policy      = optional(string, "ELBSecurityPolicy-TLS13-1-2-2021-06")
  })
  default = null

  validation {
    condition     = try(var.https.ssl_policy, null) == null || can(regex("^ELBSecurityPolicy-[A-Za-z0-9-]+$", var.https.ssl_policy))
    error_message = "A TLS policy of a load balancer is named ELBSecurityPolicy-…"
  }
}

variable "web_acl_arn" {
  description = "ARN of a regional WAF web ACL that filters the requests; null for none."
  type        = string
  default     = null
}

variable "attach_web_acl" {
  description = "Whether there is a web ACL; null to go by `web_acl_arn`. Say so where its ARN is known after the apply only: how many resources there are must be known before."
  type        = bool
  default     = null
}

variable "tags" {
  description = "Tags of the load balancer, its listener and its security group."
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

variable "ingress_cidr_blocks" {
  description = "IPv4 and IPv6 ranges that may connect, to port 80 and with `https` to port 443."
  type        = list(string)
  nullable    = false

  validation {
    condition     = alltrue([for block in var.ingress_cidr_blocks : can(cidrhost(block, 0))])
    error_message = "Each range is in CIDR notation, such as 203.0.113.0/24 or 2001:db8::/32."
  }
}

variable "https_egress" {
  description = "Whether the load balancer may connect to port 443 anywhere, as it must to sign clients in with Cognito."
  type        = bool
  nullable    = false
  default     = false
}

variable "named_ingress_cidr_blocks" {
  description = "More ranges that may connect, by a name of one's own: those that are known after the apply only."
  type        = map(string)
  nullable    = false
  default     = {}

  validation {
    condition     = alltrue([for block in values(var.named_ingress_cidr_blocks) : can(cidrhost(block, 0))])
    error_message = "Each range is in CIDR notation, such as 203.0.113.0/24 or 2001:db8::/32."
  }
}
