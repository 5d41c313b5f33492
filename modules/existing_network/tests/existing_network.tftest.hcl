# What the module promises about a VPC that is there already, on a provider that is not real.

mock_provider "aws" {
  mock_data "aws_vpc" {
    defaults = {
      id         = "vpc-0123456789abcdef0"
      cidr_block = "10.1.0.0/16"
    }
  }

  mock_data "aws_subnets" {
    defaults = { ids = ["subnet-b", "subnet-a"] }
  }

  mock_data "aws_subnet" {
    defaults = {
      vpc_id            = "vpc-0123456789abcdef0"
      availability_zone = "eu-west-1a"
    }
  }
}

run "takes_ids_as_they_are" {
  command = plan

  variables {
    vpc_id             = "vpc-0123456789abcdef0"
    public_subnet_ids  = ["subnet-1"]
    private_subnet_ids = ["subnet-2", "subnet-3"]
  }

  assert {
    condition     = data.aws_vpc.this.default != true && length(data.aws_subnets.public) == 0 && length(data.aws_subnets.private) == 0
    error_message = "What is named by its ID must not be looked for."
  }

  assert {
    condition     = output.vpc_id == "vpc-0123456789abcdef0" && output.vpc_cidr_block == "10.1.0.0/16" && output.public_subnet_ids == tolist(["subnet-1"]) && output.private_subnet_ids == tolist(["subnet-2", "subnet-3"])
    error_message = "The VPC and the subnets must be given out as they were named."
  }

  assert {
    condition     = output.availability_zones == tolist(["eu-west-1a"])
    error_message = "A zone must be given out once."
  }

  assert {
    condition     = output.public_zone_subnet_ids == { eu-west-1a = "subnet-1" } && output.private_zone_subnet_ids == { eu-west-1a = "subnet-2" }
    error_message = "Each zone must have one of its subnets."
  }
}

run "takes_subnets_of_two_zones_for_a_load_balancer" {
  command = plan

  variables {
    vpc_id                = "vpc-0123456789abcdef0"
    public_subnet_ids     = ["subnet-1", "subnet-2"]
    load_balancer_subnets = "public"
  }

  override_data {
    target = data.aws_subnet.public[1]
    values = {
      vpc_id            = "vpc-0123456789abcdef0"
      availability_zone = "eu-west-1b"
    }
  }

  assert {
    condition     = output.availability_zones == tolist(["eu-west-1a", "eu-west-1b"])
    error_message = "Both zones must be given out."
  }
}

run "finds_by_tags" {
  command = plan

  variables {
    vpc_tags            = { Name = "main" }
    public_subnet_tags  = { Tier = "public" }
    private_subnet_tags = { Tier = "private" }
  }

  assert {
    condition     = data.aws_vpc.this.tags == tomap({ Name = "main" }) && data.aws_vpc.this.default != true
    error_message = "The VPC must be found by its tags."
  }

  assert {
    condition     = data.aws_subnets.public[0].tags == tomap({ Tier = "public" }) && data.aws_subnets.private[0].tags == tomap({ Tier = "private" })
    error_message = "The subnets must be found by their tags."
  }

  assert {
    condition     = one(data.aws_subnets.public[0].filter).name == "vpc-id" && one(one(data.aws_subnets.public[0].filter).values) == "vpc-0123456789abcdef0"
    error_message = "Only subnets of the VPC must be found."
  }

  assert {
    condition     = output.public_subnet_ids == tolist(["subnet-a", "subnet-b"])
    error_message = "The subnets must be sorted, for AWS lists them in no order."
  }
}

run "takes_the_default_vpc_and_its_default_subnets" {
  command = plan

  assert {
    condition     = data.aws_vpc.this.default == true
    error_message = "Without an ID and tags it must be the default VPC."
  }

  assert {
    condition     = sort([for filter in data.aws_subnets.public[0].filter : filter.name]) == tolist(["default-for-az", "vpc-id"])
    error_message = "Only its default subnets must be taken: they are public, and one is in each zone."
  }

  assert {
    condition     = length(output.private_subnet_ids) == 0
    error_message = "It must have no private subnets."
  }
}

run "refuses_a_subnet_of_another_vpc" {
  command = plan

  variables {
    vpc_id             = "vpc-0123456789abcdef0"
    public_subnet_ids  = ["subnet-1"]
    private_subnet_ids = ["subnet-2"]
  }

  override_data {
    target = data.aws_subnet.public
    values = { vpc_id = "vpc-1" }
  }

  override_data {
    target = data.aws_subnet.private
    values = { vpc_id = "vpc-1" }
  }

  expect_failures = [data.aws_subnet.public, data.aws_subnet.private]
}

run "refuses_tags_that_no_subnet_has" {
  command = plan

  variables {
    public_subnet_tags  = { Tier = "public" }
    private_subnet_tags = { Tier = "private" }
  }

  override_data {
    target = data.aws_subnets.public
    values = { ids = [] }
  }

  override_data {
    target = data.aws_subnets.private
    values = { ids = [] }
  }

  expect_failures = [data.aws_subnets.public, data.aws_subnets.private]
}

run "refuses_a_public_load_balancer_in_one_zone" {
  command = plan

  variables {
    vpc_id                = "vpc-0123456789abcdef0"
    public_subnet_ids     = ["subnet-1"]
    load_balancer_subnets = "public"
  }

  expect_failures = [output.public_subnet_ids]
}

run "refuses_a_private_load_balancer_with_two_subnets_in_a_zone" {
  command = plan

  variables {
    vpc_id                = "vpc-0123456789abcdef0"
    private_subnet_ids    = ["subnet-1", "subnet-2", "subnet-3"]
    load_balancer_subnets = "private"
  }

  override_data {
    target = data.aws_subnet.private[2]
    values = {
      vpc_id            = "vpc-0123456789abcdef0"
      availability_zone = "eu-west-1b"
    }
  }

  expect_failures = [output.private_subnet_ids]
}

run "refuses_two_ways_to_name_one_thing" {
  command = plan

  variables {
    vpc_id                = "vpc-0123456789abcdef0"
    vpc_tags              = { Name = "main" }
    public_subnet_ids     = ["subnet-1"]
    public_subnet_tags    = { Tier = "public" }
    private_subnet_ids    = ["subnet-2"]
    private_subnet_tags   = { Tier = "private" }
    load_balancer_subnets = "both"
  }

  expect_failures = [var.vpc_tags, var.public_subnet_tags, var.private_subnet_tags, var.load_balancer_subnets]
}
