# What a person writes for examples/hello: the same resources as ecsgen renders, in one flat root without modules.

terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region = "eu-west-1"
}

variable "image" {
  description = "The image of the service."
  type        = string
}

data "aws_caller_identity" "current" {}

data "aws_availability_zones" "available" {
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

locals {
  name  = "hello-default"
  zones = slice(sort(data.aws_availability_zones.available.names), 0, 2)
}

output "url" {
  description = "Where the service answers."
  value       = "http://${aws_lb.this.dns_name}"
}
