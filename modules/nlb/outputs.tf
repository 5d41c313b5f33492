# How others reach the load balancer.

## Load balancer

output "arn" {
  description = "ARN of the load balancer."
  value       = aws_lb.this.arn
}

output "dns_name" {
  description = "DNS name of the load balancer."
  value       = aws_lb.this.dns_name
}

output "zone_id" {
  description = "Route 53 zone of the DNS name, for alias records."
  value       = aws_lb.this.zone_id
}

output "listener_arns" {
  description = "ARNs of the listeners: who waits for them finds target groups in use."
  value       = values(aws_lb_listener.this)[*].arn
}

output "static_ips" {
  description = "The Elastic IPs, in the order of the subnets; empty without them."
  value       = aws_eip.this[*].public_ip
}

## Security group

output "security_group_id" {
  description = "Security group of the load balancer; it lets nothing out until a service adds a rule."
  value       = aws_security_group.this.id
}
