# Which listener, and under which name its requests come.

## Load balancer

variable "listener_arn" {
  description = "ARN of the listener."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:listener/app/[^/]+/[0-9a-z]+/[0-9a-z]+$", var.listener_arn))
    error_message = "A listener's ARN is like arn:aws:elasticloadbalancing:REGION:ACCOUNT:listener/app/NAME/ID/ID."
  }
}

variable "vpc_id" {
  description = "VPC of the services, which must be the load balancer's."
  type        = string
  nullable    = false
}

variable "host" {
  description = "Host for the output `url`; null for the load balancer's own name."
  type        = string
  default     = null
}

variable "path" {
  description = "Path for the output `url`, such as `/api`; empty for none."
  type        = string
  nullable    = false
  default     = ""
}
