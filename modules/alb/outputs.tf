# What services need to put themselves behind the load balancer.

## Load balancer

output "arn" {
  description = "ARN of the load balancer."
  value       = aws_lb.this.arn
}

output "arn_suffix" {
  description = "The part of the ARN that CloudWatch metrics use: `app/NAME/ID`."
  value       = aws_lb.this.arn_suffix
}

output "dns_name" {
  description = "DNS name of the load balancer."
  value       = aws_lb.this.dns_name
}

output "zone_id" {
  description = "Route 53 zone of the DNS name, for alias records."
  value       = aws_lb.this.zone_id
}

output "listener_arn" {
  description = "ARN of the listener for listener rules: on port 443 with `https`, on port 80 without."
  value       = one(concat(aws_lb_listener.https[*].arn, var.https == null ? [aws_lb_listener.http.arn] : []))
}

output "listener_arns" {
  description = "ARNs of the listeners: only where one listens can another load balancer forward to this one."
  value       = concat([aws_lb_listener.http.arn], aws_lb_listener.https[*].arn)
}

## Security group

output "security_group_id" {
  description = "Security group of the load balancer; it lets nothing out until a service adds a rule."
  value       = aws_security_group.this.id
}
