# What the queue is called, and how long it keeps what.

## Queue

variable "name" {
  description = "Name of the queue; the dead-letter queue's ends in `-dead-letter`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,68}$", var.name))
    error_message = "A queue's name has 1 to 68 letters, digits, hyphens and underscores, so that there is room for -dead-letter."
  }
}

variable "visibility_timeout_seconds" {
  description = "Seconds that a message which was received stays hidden from others: longer than one is worked on."
  type        = number
  nullable    = false
  default     = 300

  validation {
    condition     = var.visibility_timeout_seconds >= 0 && var.visibility_timeout_seconds <= 43200
    error_message = "A message stays hidden for 0 to 43200 seconds."
  }
}

variable "message_retention_seconds" {
  description = "Seconds that a message waits at most."
  type        = number
  nullable    = false
  default     = 345600

  validation {
    condition     = var.message_retention_seconds >= 60 && var.message_retention_seconds <= 1209600
    error_message = "A message waits for 60 to 1209600 seconds."
  }
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that encrypts the messages; null for SQS's own key."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of both queues."
  type        = map(string)
  nullable    = false
  default     = {}
}

## Dead-letter queue

variable "max_receive_count" {
  description = "Times that a message is received before it goes to the dead-letter queue."
  type        = number
  nullable    = false
  default     = 5

  validation {
    condition     = var.max_receive_count >= 1 && var.max_receive_count <= 1000
    error_message = "A message is received 1 to 1000 times."
  }
}
