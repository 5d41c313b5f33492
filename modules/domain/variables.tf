# Which names there are, where they are kept, and what they lead to.

## Zone

variable "zone" {
  description = "Route 53 hosted zone of the hosts: the name of a public one, or the id of any (`Z…`). Null: no record is made, and `records_to_create` says which to make by hand."
  type        = string
  default     = null
}

## Certificate

variable "certificate_names" {
  description = "Names of the certificate to request, each once: the first is its subject. Empty: no certificate."
  type        = list(string)
  nullable    = false
  default     = []

  validation {
    condition     = length(var.certificate_names) <= 100 && length(distinct(var.certificate_names)) == length(var.certificate_names)
    error_message = "A certificate has 100 names at most (10 by default quota), each once."
  }

  validation {
    condition     = alltrue([for name in var.certificate_names : can(regex("^(\\*\\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z0-9-]+$", name))])
    error_message = "Each name is a host's in lower case, such as www.example.com or *.example.com."
  }
}

variable "validated" {
  description = "Whether the validation records exist, where there is no zone to make them in: only then does `certificate_arn` wait for the certificate."
  type        = bool
  nullable    = false
  default     = false
}

## Records

variable "hosts" {
  description = "Host names that lead to the load balancer, each once; `*.example.com` is possible."
  type        = list(string)
  nullable    = false
  default     = []

  validation {
    condition     = length(distinct(var.hosts)) == length(var.hosts)
    error_message = "Each host is listed once."
  }
}

variable "load_balancer" {
  description = "DNS name of the load balancer, and the Route 53 zone of that name."
  type = object({
    dns_name = string
    zone_id  = string
  })
  nullable = false
}

variable "name" {
  description = "Name tag of the certificate."
  type        = string
  nullable    = false
}

variable "tags" {
  description = "Tags of the certificate."
  type        = map(string)
  nullable    = false
  default     = {}
}
