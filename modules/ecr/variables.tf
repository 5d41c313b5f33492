# What a repository is called, how it is protected, and how many images it keeps.

## Repository

variable "name" {
  description = "Name of the repository, such as `hello/web`."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.name) >= 2 && length(var.name) <= 256 && can(regex("^([a-z0-9]+([._-][a-z0-9]+)*/)*[a-z0-9]+([._-][a-z0-9]+)*$", var.name))
    error_message = "A repository's name has 2 to 256 lower case letters and digits, with single . _ - or / between them."
  }
}

variable "image_tag_mutability" {
  description = "`IMMUTABLE`: a tag, once pushed, always means the same image; `MUTABLE`: it can be moved."
  type        = string
  nullable    = false
  default     = "IMMUTABLE"

  validation {
    condition     = contains(["IMMUTABLE", "MUTABLE"], var.image_tag_mutability)
    error_message = "The tag mutability is IMMUTABLE or MUTABLE."
  }
}

variable "scan_on_push" {
  description = "Scan each image for known vulnerabilities when it is pushed."
  type        = bool
  nullable    = false
  default     = true
}

variable "kms_key_arn" {
  description = "KMS key that encrypts the images; null for the one AWS owns (AES256). A change replaces the repository."
  type        = string
  default     = null
}

variable "pull_account_ids" {
  description = "Other accounts whose tasks may pull the images, 12 digits each."
  type        = list(string)
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for account in var.pull_account_ids : can(regex("^[0-9]{12}$", account))])
    error_message = "An account is 12 digits."
  }
}

variable "tags" {
  description = "Tags of the repository."
  type        = map(string)
  nullable    = false
  default     = {}
}

## Images that are kept

variable "keep_images" {
  description = "How many images to keep, not counting the protected ones."
  type        = number
  nullable    = false
  default     = 30

  validation {
    condition     = var.keep_images >= 1 && floor(var.keep_images) == var.keep_images
    error_message = "At least one image is kept; give a whole number."
  }
}

variable "protected_tag_prefixes" {
  description = "Prefixes of the tags that mark deployed images, one for each environment, such as `prod-`. An image with such a tag does not expire by `keep_images`."
  type        = list(string)
  nullable    = false
  default     = []

  # A lifecycle policy has 50 rules at most, and two of them are not for prefixes.
  validation {
    condition     = length(var.protected_tag_prefixes) <= 48 && length(distinct(var.protected_tag_prefixes)) == length(var.protected_tag_prefixes)
    error_message = "At most 48 prefixes, each of them once."
  }
}

variable "keep_protected_images" {
  description = "How many images to keep for each protected prefix, counted from the one pushed last."
  type        = number
  nullable    = false
  default     = 10

  validation {
    condition     = var.keep_protected_images >= 1 && floor(var.keep_protected_images) == var.keep_protected_images
    error_message = "At least one image is kept for each prefix; give a whole number."
  }
}

variable "expire_untagged_days" {
  description = "Days after which an image without a tag expires."
  type        = number
  nullable    = false
  default     = 1

  validation {
    condition     = var.expire_untagged_days >= 1 && floor(var.expire_untagged_days) == var.expire_untagged_days
    error_message = "Untagged images expire after at least one day; give a whole number."
  }
}
