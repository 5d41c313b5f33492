# What stands in the network needs to know of it: named as the module `network` names it.

## VPC

output "vpc_id" {
  description = "ID of the VPC."
  value       = data.aws_vpc.this.id
}

output "vpc_cidr_block" {
  description = "Primary IPv4 range of the VPC."
  value       = data.aws_vpc.this.cidr_block
}

output "availability_zones" {
  description = "Names of the zones that the subnets are in."
  value       = sort(distinct(concat(local.public_zones, local.private_zones)))
}

## Public subnets

output "public_subnet_ids" {
  description = "IDs of the public subnets."
  value       = local.public_subnet_ids

  precondition {
    condition     = var.load_balancer_subnets != "public" || length(distinct(local.public_zones)) >= 2
    error_message = "A load balancer needs subnets in two zones, and the public ones are in ${join(", ", distinct(local.public_zones))} alone."
  }

  precondition {
    condition     = var.load_balancer_subnets != "public" || length(distinct(local.public_zones)) == length(local.public_zones)
    error_message = "A load balancer takes one subnet of each zone, and the public ones are in ${join(", ", local.public_zones)}: name fewer, or narrow down the tags."
  }
}

output "public_zone_subnet_ids" {
  description = "Zone => ID of one public subnet there: for what has one place in each zone."
  value       = { for zone in distinct(local.public_zones) : zone => local.public_subnet_ids[index(local.public_zones, zone)] }
}

## Private subnets

output "private_subnet_ids" {
  description = "IDs of the private subnets."
  value       = local.private_subnet_ids

  precondition {
    condition     = var.load_balancer_subnets != "private" || length(distinct(local.private_zones)) >= 2
    error_message = "A load balancer needs subnets in two zones, and the private ones are in ${join(", ", distinct(local.private_zones))} alone."
  }

  precondition {
    condition     = var.load_balancer_subnets != "private" || length(distinct(local.private_zones)) == length(local.private_zones)
    error_message = "A load balancer takes one subnet of each zone, and the private ones are in ${join(", ", local.private_zones)}: name fewer, or narrow down the tags."
  }
}

output "private_zone_subnet_ids" {
  description = "Zone => ID of one private subnet there; empty without private subnets."
  value       = { for zone in distinct(local.private_zones) : zone => local.private_subnet_ids[index(local.private_zones, zone)] }
}
