# What the network module promises, on a provider that is not real.

mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws", reverse_dns_prefix = "com.amazonaws" }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-west-1c", "eu-west-1a", "eu-west-1b"] }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/vpc/hello-default/flow-logs" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/hello-default-flow-logs" }
  }
}

variables {
  name = "hello-default"
}

run "public_only" {
  command = apply

  assert {
    condition     = { for zone, subnet in aws_subnet.public : zone => subnet.cidr_block } == { eu-west-1a = "10.0.0.0/20", eu-west-1b = "10.0.16.0/20" }
    error_message = "The first two zones by name must have the first two ranges."
  }

  assert {
    condition     = alltrue([for subnet in aws_subnet.public : !subnet.map_public_ip_on_launch])
    error_message = "Nothing must get a public address by accident."
  }

  assert {
    condition     = aws_vpc.this.enable_dns_support && aws_vpc.this.enable_dns_hostnames
    error_message = "Names must resolve in the VPC."
  }

  assert {
    condition     = aws_route.public.gateway_id == aws_internet_gateway.this.id && keys(aws_route_table_association.public) == ["eu-west-1a", "eu-west-1b"]
    error_message = "The public subnets must reach the internet."
  }

  assert {
    condition     = length(aws_subnet.private) + length(aws_route_table.private) + length(aws_nat_gateway.this) + length(aws_eip.nat) + length(terraform_data.reach) == 0
    error_message = "There must be no private part that nobody asked for."
  }

  assert {
    condition     = length(aws_flow_log.this) + length(aws_iam_role.flow_logs) + length(aws_vpc_endpoint.gateway) + length(aws_vpc_endpoint.interface) + length(aws_security_group.endpoints) == 0
    error_message = "There must be no logs and endpoints that nobody asked for."
  }

  assert {
    condition     = output.public_zone_subnet_ids["eu-west-1b"] == aws_subnet.public["eu-west-1b"].id && length(output.private_zone_subnet_ids) == 0 && output.vpc_id == aws_vpc.this.id && output.public_subnet_ids == [aws_subnet.public["eu-west-1a"].id, aws_subnet.public["eu-west-1b"].id] && output.private_subnet_ids == []
    error_message = "The subnets must be given out in the order of their zones."
  }

  assert {
    condition     = aws_default_security_group.this.vpc_id == aws_vpc.this.id
    error_message = "The default security group must be emptied."
  }
}

run "private_subnets_leave_the_public_ones_alone" {
  command = apply

  variables {
    private_subnets = true
    nat             = "single"
  }

  assert {
    condition     = { for zone, subnet in aws_subnet.private : zone => subnet.cidr_block } == { eu-west-1a = "10.0.128.0/20", eu-west-1b = "10.0.144.0/20" }
    error_message = "Private subnets must have the upper half of the range."
  }

  assert {
    condition     = output.public_subnet_ids == run.public_only.public_subnet_ids
    error_message = "The public subnets must stay as they were."
  }

  assert {
    condition     = keys(aws_nat_gateway.this) == ["eu-west-1a"] && alltrue([for route in aws_route.private : route.nat_gateway_id == aws_nat_gateway.this["eu-west-1a"].id]) && length(aws_route.private) == 2
    error_message = "Both private subnets must use the one NAT gateway."
  }
}

run "another_zone_and_gateways_only_add" {
  command = apply

  variables {
    az_count        = 3
    private_subnets = true
    nat             = "per_az"
  }

  assert {
    condition     = values(output.private_zone_subnet_ids) == output.private_subnet_ids && slice(output.private_subnet_ids, 0, 2) == run.private_subnets_leave_the_public_ones_alone.private_subnet_ids && slice(output.public_subnet_ids, 0, 2) == run.public_only.public_subnet_ids
    error_message = "The subnets that were there must stay as they were."
  }

  assert {
    condition     = output.nat_public_ips[0] == run.private_subnets_leave_the_public_ones_alone.nat_public_ips[0]
    error_message = "The address of the first NAT gateway must stay."
  }

  assert {
    condition     = aws_subnet.public["eu-west-1c"].cidr_block == "10.0.32.0/20" && aws_subnet.private["eu-west-1c"].cidr_block == "10.0.160.0/20"
    error_message = "The third zone must have the third ranges."
  }

  assert {
    condition     = alltrue([for zone in output.availability_zones : aws_route.private[zone].nat_gateway_id == aws_nat_gateway.this[zone].id]) && length(output.availability_zones) == 3
    error_message = "Each private subnet must use the NAT gateway of its own zone."
  }
}

run "endpoints_instead_of_nat" {
  command = apply

  variables {
    private_subnets     = true
    gateway_endpoints   = ["s3"]
    interface_endpoints = ["ecr.api", "logs"]
  }

  assert {
    condition = (
      aws_vpc_endpoint.gateway["s3"].service_name == "com.amazonaws.eu-west-1.s3" &&
      aws_vpc_endpoint.gateway["s3"].route_table_ids == toset(concat([aws_route_table.public.id], values(aws_route_table.private)[*].id))
    )
    error_message = "S3 must be reached from every subnet."
  }

  assert {
    condition = (
      aws_vpc_endpoint.interface["ecr.api"].service_name == "com.amazonaws.eu-west-1.ecr.api" &&
      aws_vpc_endpoint.interface["ecr.api"].private_dns_enabled &&
      aws_vpc_endpoint.interface["ecr.api"].subnet_ids == toset(output.private_subnet_ids) &&
      aws_vpc_endpoint.interface["logs"].security_group_ids == toset([aws_security_group.endpoints[0].id])
    )
    error_message = "Services must be reached under their own names from the private subnets."
  }

  assert {
    condition = (
      aws_vpc_security_group_ingress_rule.endpoints[0].cidr_ipv4 == "10.0.0.0/16" &&
      aws_vpc_security_group_ingress_rule.endpoints[0].from_port == 443 && aws_vpc_security_group_ingress_rule.endpoints[0].to_port == 443
    )
    error_message = "The endpoints must be open for HTTPS from the VPC, and no more."
  }

  assert {
    condition     = length(aws_nat_gateway.this) + length(aws_route.private) == 0
    error_message = "Without NAT there must be no way out."
  }

  assert {
    condition     = terraform_data.reach[0].input.nat == "none" && join(" ", terraform_data.reach[0].input.endpoints) == "ecr.api logs s3"
    error_message = "What the private subnets reach must be on record, so that old ways go after new ones are there."
  }
}

run "an_endpoint_that_is_named_twice_is_one" {
  command = plan

  variables {
    gateway_endpoints   = ["s3"]
    interface_endpoints = ["s3", "logs", "logs"]
  }

  assert {
    condition     = keys(aws_vpc_endpoint.gateway) == ["s3"] && keys(aws_vpc_endpoint.interface) == ["logs", "s3"]
    error_message = "S3 may have an endpoint of each kind, and a service no two of one."
  }
}

run "says_how_many_zones_there_are" {
  command = plan

  override_data {
    target = data.aws_availability_zones.this
    values = { names = ["us-west-1a", "us-west-1c"] }
  }

  variables {
    az_count = 3
  }

  expect_failures = [data.aws_availability_zones.this]
}

run "endpoints_in_china_have_two_prefixes" {
  command = plan

  override_data {
    target = data.aws_partition.current
    values = { partition = "aws-cn", reverse_dns_prefix = "cn.com.amazonaws" }
  }

  override_data {
    target = data.aws_region.current
    values = { id = "cn-north-1" }
  }

  variables {
    private_subnets     = true
    gateway_endpoints   = ["s3"]
    interface_endpoints = ["ecr.api", "logs"]
  }

  assert {
    condition = concat(values(aws_vpc_endpoint.gateway)[*].service_name, values(aws_vpc_endpoint.interface)[*].service_name) == [
      "com.amazonaws.cn-north-1.s3", "cn.com.amazonaws.cn-north-1.ecr.api", "com.amazonaws.cn-north-1.logs",
    ]
    error_message = "Each endpoint must have the name that AWS has for its service."
  }
}

run "flow_logs_write_to_their_group_only" {
  command = apply

  variables {
    flow_logs                = true
    flow_logs_retention_days = 7
  }

  assert {
    condition     = aws_flow_log.this[0].traffic_type == "ALL" && aws_flow_log.this[0].log_destination == aws_cloudwatch_log_group.flow_logs[0].arn && aws_cloudwatch_log_group.flow_logs[0].retention_in_days == 7
    error_message = "Every connection must be recorded."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.flow_logs[0].policy).Statement[*].Resource == ["arn:aws:logs:eu-west-1:123456789012:log-group:/vpc/hello-default/flow-logs:*"]
    error_message = "The role must write to this log group and to no other."
  }

  assert {
    condition = jsondecode(aws_iam_role.flow_logs[0].assume_role_policy).Statement[0].Condition == {
      StringEquals = { "aws:SourceAccount" = "123456789012" }
      ArnLike      = { "aws:SourceArn" = "arn:aws:ec2:eu-west-1:123456789012:vpc-flow-log/*" }
    }
    error_message = "Only flow logs of this account and region must use the role."
  }
}

run "refuses_nat_without_private_subnets" {
  command = plan

  variables {
    nat = "single"
  }

  expect_failures = [aws_vpc.this]
}

run "refuses_what_cannot_work" {
  command = plan

  variables {
    name              = "hello default"
    cidr_block        = "10.0.0.0/24"
    az_count          = 1
    nat               = "double"
    gateway_endpoints = ["logs"]
  }

  expect_failures = [var.name, var.cidr_block, var.az_count, var.nat, var.gateway_endpoints]
}

run "refuses_a_range_that_begins_elsewhere" {
  command = plan

  variables {
    cidr_block = "10.0.1.0/16"
  }

  expect_failures = [var.cidr_block]
}
