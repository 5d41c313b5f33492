# What the cluster and its services need to use the instances.

## Capacity provider

output "capacity_provider_name" {
  description = "Name of the capacity provider, known once tasks on its instances can be reached."
  value       = aws_ecs_capacity_provider.this.name

  # A service waits for its tasks to be healthy, so the way to them must be open first.
  depends_on = [
    aws_vpc_security_group_egress_rule.anywhere,
    aws_vpc_security_group_egress_rule.dynamic_ports,
    aws_vpc_security_group_ingress_rule.dynamic_ports,
  ]
}

## Auto Scaling group

output "auto_scaling_group_name" {
  description = "Name of the Auto Scaling group."
  value       = aws_autoscaling_group.this.name
}

## Security group of the instances

output "security_group_id" {
  description = "Security group of the instances; nothing gets in until a rule is added."
  value       = aws_security_group.this.id
}

## Instance role

output "role_name" {
  description = "Name of the instances' role."
  value       = aws_iam_role.instance.name
}
