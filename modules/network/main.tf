# One VPC with public and, if wanted, private subnets in two to six availability zones.

data "aws_region" "current" {}

data "aws_partition" "current" {}

data "aws_caller_identity" "current" {}

# Not filtered by state: a zone that is impaired for an hour must not renumber the subnets.
data "aws_availability_zones" "this" {
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }

  lifecycle {
    postcondition {
      condition     = length(self.names) >= var.az_count
      error_message = "The region has ${length(self.names)} availability zones for this account: az_count is ${var.az_count}."
    }
  }
}

locals {
  # Zone name => its place in the list, which is its place in the address range.
  zones = { for index, name in slice(sort(data.aws_availability_zones.this.names), 0, var.az_count) : name => index }

  private_zones = var.private_subnets ? local.zones : {}

  # Zone name => the zone whose NAT gateway it uses.
  nat_zones = {
    for name in keys(local.private_zones) : name => var.nat == "per_az" ? name : keys(local.zones)[0] if var.nat != "none"
  }
}

## VPC

resource "aws_vpc" "this" {
  cidr_block           = var.cidr_block
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = merge(var.tags, { Name = var.name })

  lifecycle {
    precondition {
      condition     = var.private_subnets || var.nat == "none"
      error_message = "nat = \"${var.nat}\" is for private subnets: set private_subnets = true, or nat = \"none\"."
    }
  }
}

# Without rules: what is put into it by accident reaches nothing.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id

  tags = merge(var.tags, { Name = "${var.name}-default" })
}

# What follows is created before it is destroyed, though nothing but another VPC replaces it: in this order Terraform also
# takes away what is no longer wanted, after the tasks have moved. AWS deletes no subnet that a task still lives in.

## Public subnets

# The range is cut into sixteen: 0 to 5 are for public subnets, 8 to 13 for private ones. Six of each
# are set aside whatever `az_count` is, so that another zone, or private subnets, renumber nothing.
resource "aws_subnet" "public" {
  for_each = local.zones

  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = cidrsubnet(var.cidr_block, 4, each.value)

  # Tasks ask for a public address themselves; nothing else gets one by accident.
  map_public_ip_on_launch = false

  tags = merge(var.tags, { Name = "${var.name}-public-${each.key}" })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id

  tags = merge(var.tags, { Name = "${var.name}-public" })
}

resource "aws_route" "public" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this.id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route_table_association" "public" {
  for_each = aws_subnet.public

  subnet_id      = each.value.id
  route_table_id = aws_route_table.public.id

  lifecycle {
    create_before_destroy = true
  }
}

## Private subnets

resource "aws_subnet" "private" {
  for_each = local.private_zones

  vpc_id                  = aws_vpc.this.id
  availability_zone       = each.key
  cidr_block              = cidrsubnet(var.cidr_block, 4, 8 + each.value)
  map_public_ip_on_launch = false

  tags = merge(var.tags, { Name = "${var.name}-private-${each.key}" })

  lifecycle {
    create_before_destroy = true
  }
}

# One for each zone whatever `nat` is, so that a change of it changes routes and no more.
resource "aws_route_table" "private" {
  for_each = local.private_zones

  vpc_id = aws_vpc.this.id

  tags = merge(var.tags, { Name = "${var.name}-private-${each.key}" })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route_table_association" "private" {
  for_each = aws_subnet.private

  subnet_id      = each.value.id
  route_table_id = aws_route_table.private[each.key].id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_eip" "nat" {
  for_each = toset(values(local.nat_zones))

  domain = "vpc"

  tags = merge(var.tags, { Name = "${var.name}-nat-${each.key}" })

  # An address cannot be used, or given back, without the gateway.
  depends_on = [aws_internet_gateway.this]

  # A new gateway cannot have the address of the old one, which is still there.
  lifecycle {
    create_before_destroy = true
    replace_triggered_by  = [aws_vpc.this.id]
  }
}

resource "aws_nat_gateway" "this" {
  for_each = aws_eip.nat

  allocation_id = each.value.id
  subnet_id     = aws_subnet.public[each.key].id

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })

  depends_on = [aws_route.public]

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route" "private" {
  for_each = local.nat_zones

  route_table_id         = aws_route_table.private[each.key].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this[each.value].id

  lifecycle {
    create_before_destroy = true
  }
}

## VPC endpoints

locals {
  # In China few services have the partition's own prefix; the others, and every gateway, are called as elsewhere.
  is_china = data.aws_partition.current.partition == "aws-cn"
  china_endpoints = [
    "athena",
    "ec2",
    "ecr.api",
    "ecr.dkr",
    "elasticfilesystem",
    "execute-api",
    "kinesis-streams",
    "lambda",
    "monitoring",
    "rds",
    "sqs",
    "states",
    "sts",
    "xray",
  ]

  endpoint_services = {
    for name in distinct(concat(var.gateway_endpoints, var.interface_endpoints)) : name => join(".", [
      local.is_china && !contains(local.china_endpoints, name) ? "com.amazonaws" : data.aws_partition.current.reverse_dns_prefix,
      data.aws_region.current.id,
      name,
    ])
  }
}

resource "aws_vpc_endpoint" "gateway" {
  for_each = toset(var.gateway_endpoints)

  vpc_id            = aws_vpc.this.id
  vpc_endpoint_type = "Gateway"
  service_name      = local.endpoint_services[each.key]
  route_table_ids   = concat([aws_route_table.public.id], values(aws_route_table.private)[*].id)

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_endpoint" "interface" {
  for_each = toset(var.interface_endpoints)

  vpc_id              = aws_vpc.this.id
  vpc_endpoint_type   = "Interface"
  service_name        = local.endpoint_services[each.key]
  subnet_ids          = values(var.private_subnets ? aws_subnet.private : aws_subnet.public)[*].id
  security_group_ids  = aws_security_group.endpoints[*].id
  private_dns_enabled = true

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })

  # From its first moment the service's name leads here.
  depends_on = [aws_vpc_security_group_ingress_rule.endpoints]

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_security_group" "endpoints" {
  count = length(var.interface_endpoints) == 0 ? 0 : 1

  name_prefix = "${var.name}-endpoints-"
  description = "VPC endpoints of ${var.name}"
  vpc_id      = aws_vpc.this.id

  tags = merge(var.tags, { Name = "${var.name}-endpoints" })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  count = length(var.interface_endpoints) == 0 ? 0 : 1

  security_group_id = aws_security_group.endpoints[0].id
  description       = "HTTPS from the VPC"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = aws_vpc.this.cidr_block

  tags = var.tags

  lifecycle {
    create_before_destroy = true
  }
}

# By itself nothing: what private subnets reach. It changes when the new ways are there, and the old ones go after it:
# tasks that stay where they are never lose their logs between NAT and endpoints.
resource "terraform_data" "reach" {
  count = var.private_subnets ? 1 : 0

  input = {
    nat       = var.nat
    endpoints = sort(concat(var.gateway_endpoints, var.interface_endpoints))
  }

  depends_on = [
    aws_route.private,
    aws_vpc_endpoint.gateway,
    aws_vpc_endpoint.interface,
  ]

  lifecycle {
    create_before_destroy = true
  }
}

## Flow logs

resource "aws_cloudwatch_log_group" "flow_logs" {
  count = var.flow_logs ? 1 : 0

  name              = "/vpc/${var.name}/flow-logs"
  retention_in_days = var.flow_logs_retention_days

  tags = var.tags
}

resource "aws_iam_role" "flow_logs" {
  count = var.flow_logs ? 1 : 0

  name        = "${var.name}-flow-logs"
  description = "Lets the flow logs of the VPC ${var.name} write to their log group"

  # The conditions keep another account's flow logs from using the role.
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "vpc-flow-logs.amazonaws.com" }
      Condition = {
        StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id }
        ArnLike      = { "aws:SourceArn" = "arn:${data.aws_partition.current.partition}:ec2:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}:vpc-flow-log/*" }
      }
    }]
  })

  permissions_boundary = var.permissions_boundary_arn

  tags = var.tags
}

resource "aws_iam_role_policy" "flow_logs" {
  count = var.flow_logs ? 1 : 0

  name = "write-logs"
  role = aws_iam_role.flow_logs[0].name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = [
        "logs:CreateLogStream",
        "logs:DescribeLogGroups",
        "logs:DescribeLogStreams",
        "logs:PutLogEvents",
      ]
      Resource = "${aws_cloudwatch_log_group.flow_logs[0].arn}:*"
    }]
  })
}

resource "aws_flow_log" "this" {
  count = var.flow_logs ? 1 : 0

  vpc_id               = aws_vpc.this.id
  traffic_type         = "ALL"
  log_destination_type = "cloud-watch-logs"
  log_destination      = aws_cloudwatch_log_group.flow_logs[0].arn
  iam_role_arn         = aws_iam_role.flow_logs[0].arn

  tags = merge(var.tags, { Name = var.name })

  depends_on = [aws_iam_role_policy.flow_logs]
}
