# What the network load balancer's listeners forward to.

## Target groups

output "target_group_arns" {
  description = "ARNs of the target groups, by the keys of `names`."
  value       = { for key, group in aws_lb_target_group.this : key => group.arn }
}
