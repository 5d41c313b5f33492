# One encrypted EFS file system with an access point, and its place in a network: reached by its clients only.

## File system

resource "aws_efs_file_system" "this" {
  encrypted        = true
  kms_key_id       = var.kms_key_arn
  performance_mode = "generalPurpose"
  throughput_mode  = var.throughput_mode

  dynamic "lifecycle_policy" {
    for_each = var.transition_to_ia == null ? [] : [var.transition_to_ia]

    content {
      transition_to_ia = lifecycle_policy.value
    }
  }

  tags = merge(var.tags, { Name = var.name })

  # Terraform takes a literal only. A variant of this module says true here: then no plan may delete the files.
  lifecycle {
    prevent_destroy = false
  }
}

# Without a policy whoever reaches a mount target may do everything. With this one only IAM can allow anything,
# and nothing is allowed over a connection that is not encrypted.
resource "aws_efs_file_system_policy" "this" {
  file_system_id = aws_efs_file_system.this.id

  policy = jsonencode({
    Version = "2012-10-17"
    Id      = "encrypted-connections"
    Statement = [{
      Sid       = "RefuseUnencryptedConnections"
      Effect    = "Deny"
      Principal = { AWS = "*" }
      Action    = "*"
      Resource  = aws_efs_file_system.this.arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}

resource "aws_efs_backup_policy" "this" {
  file_system_id = aws_efs_file_system.this.id

  backup_policy {
    status = var.backup ? "ENABLED" : "DISABLED"
  }
}

## Access point

resource "aws_efs_access_point" "this" {
  file_system_id = aws_efs_file_system.this.id

  posix_user {
    uid = var.access_point.uid
    gid = var.access_point.gid
  }

  # EFS makes the folder when it is first mounted. A folder that is there keeps its owner.
  root_directory {
    path = var.access_point.path

    creation_info {
      owner_uid   = var.access_point.uid
      owner_gid   = var.access_point.gid
      permissions = "0750"
    }
  }

  tags = merge(var.tags, { Name = var.name })

  # Tasks that use an access point lose the files with it: the old one goes when they do.
  lifecycle {
    create_before_destroy = true
  }
}

## Network

resource "aws_security_group" "this" {
  name_prefix = "${var.name}-efs-"
  description = "Mount targets of ${var.name}"
  vpc_id      = var.vpc_id

  tags = merge(var.tags, { Name = "${var.name}-efs" })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "nfs" {
  for_each = var.client_security_group_ids

  security_group_id            = aws_security_group.this.id
  description                  = "NFS from ${each.key}"
  ip_protocol                  = "tcp"
  from_port                    = 2049
  to_port                      = 2049
  referenced_security_group_id = each.value

  tags = var.tags

  lifecycle {
    create_before_destroy = true
  }
}

# A file system has one mount target in each zone at most, so a new one can not come before the old one goes.
resource "aws_efs_mount_target" "this" {
  for_each = var.subnet_ids

  file_system_id  = aws_efs_file_system.this.id
  subnet_id       = each.value
  security_groups = [aws_security_group.this.id]
}
