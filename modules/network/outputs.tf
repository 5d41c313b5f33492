# What stands in the network needs to know of it.

## VPC

output "vpc_id" {
  description = "ID of the VPC."
  value       = aws_vpc.this.id
}

output "vpc_cidr_block" {
  description = "IPv4 range of the VPC."
  value       = aws_vpc.this.cidr_block
}

output "availability_zones" {
  description = "Names of the zones in use."
  value       = keys(local.zones)
}

## Public subnets

output "public_subnet_ids" {
  description = "IDs of the public subnets, in the order of their zones, known once they reach the internet."
  value       = values(aws_subnet.public)[*].id

  # A task that starts before the route is there cannot pull its image; nor can a public load balancer be created.
  depends_on = [aws_route.public, aws_route_table_association.public, aws_vpc_endpoint.gateway]
}

output "public_zone_subnet_ids" {
  description = "Zone => ID of its public subnet: for what has one place in each zone. The zones are known before the subnets are."
  value       = { for zone in keys(local.zones) : zone => aws_subnet.public[zone].id }
}

## Private subnets

output "private_subnet_ids" {
  description = "IDs of the private subnets, in the order of their zones, known once they reach what they can; empty without private subnets."
  value       = values(aws_subnet.private)[*].id

  # A task that starts before the routes and endpoints are there cannot pull its image.
  depends_on = [
    aws_route_table_association.private,
    terraform_data.reach,
  ]
}

output "private_zone_subnet_ids" {
  description = "Zone => ID of its private subnet; empty without private subnets. The zones are known before the subnets are."
  value       = { for zone in keys(local.private_zones) : zone => aws_subnet.private[zone].id }
}

output "nat_public_ips" {
  description = "Public addresses that private subnets appear under, in the order of their zones."
  value       = values(aws_eip.nat)[*].public_ip
}
