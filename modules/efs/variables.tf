# What the file system is, and who reaches it.

## File system

variable "name" {
  description = "Name of the file system, in its tags, and what the name of its security group begins with."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,200}$", var.name))
    error_message = "The name has 1 to 200 letters, digits, hyphens and underscores."
  }
}

variable "kms_key_arn" {
  description = "KMS key that encrypts the files; null for the one AWS manages. Another key replaces the file system, and its files are gone."
  type        = string
  default     = null
}

variable "throughput_mode" {
  description = "`bursting` grows with the size of the files; `elastic` gives what is needed and is billed by the gigabyte."
  type        = string
  nullable    = false
  default     = "bursting"

  validation {
    condition     = contains(["bursting", "elastic"], var.throughput_mode)
    error_message = "The throughput mode is bursting or elastic."
  }
}

variable "transition_to_ia" {
  description = "When a file that nobody uses moves to Infrequent Access, such as `AFTER_30_DAYS`; null for never."
  type        = string
  default     = null

  validation {
    condition     = var.transition_to_ia == null || can(regex("^AFTER_(1_DAY|(7|14|30|60|90|180|270|365)_DAYS)$", var.transition_to_ia))
    error_message = "Files move after 1, 7, 14, 30, 60, 90, 180, 270 or 365 days: AFTER_1_DAY, AFTER_7_DAYS and so on."
  }
}

variable "backup" {
  description = "Back the file system up every day; AWS Backup keeps each backup for 35 days, also when the file system is deleted."
  type        = bool
  nullable    = false
  default     = true
}

variable "tags" {
  description = "Tags of the file system, its access point and its security group."
  type        = map(string)
  nullable    = false
  default     = {}
}

## Access point

variable "access_point" {
  description = "The folder of the file system that clients see as its root, and the user and group that they all are. Another folder, user or group makes another access point; the files stay."
  type = object({
    path = optional(string, "/data")
    uid  = optional(number, 1000)
    gid  = optional(number, 1000)
  })
  nullable = false
  default  = {}

  validation {
    condition     = can(regex("^(/[^/]+){1,4}$", var.access_point.path)) && length(var.access_point.path) <= 100
    error_message = "The folder is an absolute path of 1 to 4 parts and 100 characters at most."
  }

  validation {
    condition     = alltrue([for id in [var.access_point.uid, var.access_point.gid] : id >= 0 && id <= 4294967295])
    error_message = "User and group are numbers from 0 to 4294967295."
  }
}

## Network

variable "vpc_id" {
  description = "VPC of the mount targets."
  type        = string
  nullable    = false
}

variable "subnet_ids" {
  description = "Subnets of the mount targets, one of each zone, by a key that is known before they are, such as the zone."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 1
    error_message = "There is at least one subnet."
  }
}

variable "client_security_group_ids" {
  description = "Security groups of those who may mount the file system, each by a name of its own."
  type        = map(string)
  nullable    = false
}
