# Which load balancer is the target, and of which it is one.

## Target groups

variable "names" {
  description = "Names of the target groups: `http` for port 80, `https` for port 443. A name must change with the VPC, such as by a hash of it: the new one is created before the old one goes."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(var.names) > 0 && alltrue([for key in keys(var.names) : contains(["http", "https"], key)])
    error_message = "There are target groups for http and https only, and at least one."
  }

  validation {
    condition     = alltrue([for name in values(var.names) : can(regex("^[a-zA-Z0-9]([a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?$", name))])
    error_message = "A target group's name has 1 to 32 letters, digits and hyphens, and no hyphen at an end."
  }
}

variable "vpc_id" {
  description = "VPC of the target groups."
  type        = string
  nullable    = false
}

variable "load_balancer" {
  description = "The application load balancer that connections go to."
  type = object({
    arn               = string
    listener_arns     = list(string) # it is registered once these exist
    security_group_id = string
  })
  nullable = false
}

variable "tags" {
  description = "Tags of the target groups and rules."
  type        = map(string)
  nullable    = false
  default     = {}
}

## Security groups

variable "security_group_id" {
  description = "Security group of the network load balancer in front."
  type        = string
  nullable    = false
}
