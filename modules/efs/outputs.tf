# What a task needs to mount the file system.

## File system

output "file_system_id" {
  description = "ID of the file system, known once it can be mounted."
  value       = aws_efs_file_system.this.id

  # A task that starts before the way is open fails, and with it the deployment.
  depends_on = [
    aws_efs_file_system_policy.this,
    aws_efs_mount_target.this,
    aws_vpc_security_group_ingress_rule.nfs,
  ]
}

output "file_system_arn" {
  description = "ARN of the file system."
  value       = aws_efs_file_system.this.arn
}

## Access point

output "access_point_id" {
  description = "ID of the access point."
  value       = aws_efs_access_point.this.id
}

## Network

output "security_group_id" {
  description = "Security group of the mount targets."
  value       = aws_security_group.this.id
}
