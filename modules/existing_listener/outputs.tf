# What services need to put themselves behind the load balancer: named as the module `alb` names it.

## Load balancer

output "arn" {
  description = "ARN of the load balancer."
  value       = data.aws_lb.this.arn
}

output "arn_suffix" {
  description = "The part of the ARN that CloudWatch metrics use: `app/NAME/ID`."
  value       = data.aws_lb.this.arn_suffix
}

output "dns_name" {
  description = "DNS name of the load balancer."
  value       = data.aws_lb.this.dns_name
}

output "zone_id" {
  description = "Route 53 zone of the DNS name, for alias records."
  value       = data.aws_lb.this.zone_id
}

output "listener_arn" {
  description = "ARN of the listener, for listener rules."
  value       = data.aws_lb_listener.this.arn
}

output "url" {
  description = "Where the listener answers: protocol, host, the port where it is not the protocol's own, and the path."
  value       = "${local.scheme}://${coalesce(var.host, data.aws_lb.this.dns_name)}${local.port}${var.path}"
}

output "security_group_ids" {
  description = "Security groups of the load balancer, from which tasks let requests in. They must let requests out to the tasks."
  value       = sort(data.aws_lb.this.security_groups)
}
