# A VPC that is there already, and the subnets of it to use. Everything is read, nothing is changed.

## VPC

data "aws_vpc" "this" {
  id      = var.vpc_id
  tags    = length(var.vpc_tags) == 0 ? null : var.vpc_tags
  default = var.vpc_id == null && length(var.vpc_tags) == 0 ? true : null
}

locals {
  # The default VPC's own subnets, one in each zone, are public.
  default_subnets = (
    var.vpc_id == null && length(var.vpc_tags) == 0 && length(var.public_subnet_ids) == 0 && length(var.public_subnet_tags) == 0
  )
}

## Public subnets

data "aws_subnets" "public" {
  count = length(var.public_subnet_tags) > 0 || local.default_subnets ? 1 : 0

  tags = length(var.public_subnet_tags) == 0 ? null : var.public_subnet_tags

  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.this.id]
  }

  dynamic "filter" {
    for_each = local.default_subnets ? ["true"] : []

    content {
      name   = "default-for-az"
      values = [filter.value]
    }
  }

  lifecycle {
    postcondition {
      condition     = length(self.ids) > 0
      error_message = local.default_subnets ? "The default VPC ${data.aws_vpc.this.id} has no default subnets." : "No subnet of ${data.aws_vpc.this.id} has the tags ${jsonencode(var.public_subnet_tags)}."
    }
  }
}

data "aws_subnet" "public" {
  count = length(local.public_subnet_ids)

  id = local.public_subnet_ids[count.index]

  lifecycle {
    postcondition {
      condition     = self.vpc_id == data.aws_vpc.this.id
      error_message = "The public subnet ${self.id} is in ${self.vpc_id}, not in ${data.aws_vpc.this.id}."
    }
  }
}

locals {
  public_subnet_ids = length(data.aws_subnets.public) == 0 ? var.public_subnet_ids : sort(data.aws_subnets.public[0].ids)
  public_zones      = data.aws_subnet.public[*].availability_zone
}

## Private subnets

data "aws_subnets" "private" {
  count = length(var.private_subnet_tags) > 0 ? 1 : 0

  tags = var.private_subnet_tags

  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.this.id]
  }

  lifecycle {
    postcondition {
      condition     = length(self.ids) > 0
      error_message = "No subnet of ${data.aws_vpc.this.id} has the tags ${jsonencode(var.private_subnet_tags)}."
    }
  }
}

data "aws_subnet" "private" {
  count = length(local.private_subnet_ids)

  id = local.private_subnet_ids[count.index]

  lifecycle {
    postcondition {
      condition     = self.vpc_id == data.aws_vpc.this.id
      error_message = "The private subnet ${self.id} is in ${self.vpc_id}, not in ${data.aws_vpc.this.id}."
    }
  }
}

locals {
  private_subnet_ids = length(data.aws_subnets.private) == 0 ? var.private_subnet_ids : sort(data.aws_subnets.private[0].ids)
  private_zones      = data.aws_subnet.private[*].availability_zone
}
