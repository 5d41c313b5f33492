# What the task may do with the file systems that it mounts.

## Task role

locals {
  # Volumes that a container may write to.
  written_volumes = toset(flatten([
    for container in var.containers : [for mount in container.mount_points : mount.volume if !mount.read_only]
  ]))

  # Mount this file system, through this access point, and write only where a container does.
  efs_statements = [
    for name, volume in var.volumes : merge(
      {
        Effect   = "Allow"
        Action   = contains(local.written_volumes, name) ? ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"] : ["elasticfilesystem:ClientMount"]
        Resource = ["arn:${local.partition}:elasticfilesystem:${local.region}:${local.account}:file-system/${volume.efs.file_system_id}"]
      },
      volume.efs.access_point_id == null ? {} : {
        Condition = {
          StringEquals = {
            "elasticfilesystem:AccessPointArn" = "arn:${local.partition}:elasticfilesystem:${local.region}:${local.account}:access-point/${volume.efs.access_point_id}"
          }
        }
      },
    ) if volume.efs != null && try(volume.efs.iam, false)
  ]
}
