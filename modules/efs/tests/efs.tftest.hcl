# What the EFS module promises, on a provider that is not real.

mock_provider "aws" {
  mock_resource "aws_efs_file_system" {
    defaults = {
      id  = "fs-0123456789abcdef0"
      arn = "arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/fs-0123456789abcdef0"
    }
  }
}

variables {
  name                      = "hello-default-web-uploads"
  vpc_id                    = "vpc-1"
  subnet_ids                = { eu-west-1a = "subnet-a", eu-west-1b = "subnet-b" }
  client_security_group_ids = { web = "sg-web" }
}

run "defaults" {
  command = apply

  assert {
    condition     = aws_efs_file_system.this.encrypted && aws_efs_file_system.this.throughput_mode == "bursting" && length(aws_efs_file_system.this.lifecycle_policy) == 0
    error_message = "The files must be encrypted, and cost nothing that was not asked for."
  }

  assert {
    condition     = aws_efs_backup_policy.this.backup_policy[0].status == "ENABLED"
    error_message = "The files must be backed up."
  }

  assert {
    condition = jsondecode(aws_efs_file_system_policy.this.policy).Statement == [{
      Sid       = "RefuseUnencryptedConnections"
      Effect    = "Deny"
      Principal = { AWS = "*" }
      Action    = "*"
      Resource  = "arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/fs-0123456789abcdef0"
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
    error_message = "Connections must be encrypted, and nobody is let in without IAM."
  }

  assert {
    condition     = tomap({ for zone, target in aws_efs_mount_target.this : zone => target.subnet_id }) == var.subnet_ids
    error_message = "Each zone must have its mount target."
  }

  assert {
    condition     = alltrue([for target in aws_efs_mount_target.this : target.security_groups == toset([aws_security_group.this.id])])
    error_message = "Mount targets must be behind their security group only."
  }

  assert {
    condition = alltrue([
      for rule in aws_vpc_security_group_ingress_rule.nfs : rule.ip_protocol == "tcp" && rule.from_port == 2049 && rule.to_port == 2049
    ]) && [for rule in aws_vpc_security_group_ingress_rule.nfs : rule.referenced_security_group_id] == ["sg-web"]
    error_message = "Only clients may reach the file system, and only by NFS."
  }

  assert {
    condition     = aws_efs_access_point.this.posix_user[0].uid == 1000 && aws_efs_access_point.this.root_directory[0].path == "/data" && aws_efs_access_point.this.root_directory[0].creation_info[0].permissions == "0750"
    error_message = "The access point must have one user and a folder of its own."
  }

  assert {
    condition     = output.file_system_id == "fs-0123456789abcdef0" && output.access_point_id == aws_efs_access_point.this.id && output.security_group_id == aws_security_group.this.id && endswith(output.file_system_arn, output.file_system_id)
    error_message = "The outputs must name what was made."
  }
}

run "everything" {
  command = apply

  variables {
    kms_key_arn               = "arn:aws:kms:eu-west-1:123456789012:key/1"
    throughput_mode           = "elastic"
    transition_to_ia          = "AFTER_30_DAYS"
    backup                    = false
    access_point              = { path = "/uploads", uid = 33, gid = 34 }
    client_security_group_ids = { web = "sg-web", worker = "sg-worker" }
    tags                      = { team = "web" }
  }

  assert {
    condition     = aws_efs_file_system.this.kms_key_id == var.kms_key_arn && aws_efs_file_system.this.throughput_mode == "elastic" && aws_efs_file_system.this.lifecycle_policy[0].transition_to_ia == "AFTER_30_DAYS"
    error_message = "The file system must be as described."
  }

  assert {
    condition     = aws_efs_backup_policy.this.backup_policy[0].status == "DISABLED"
    error_message = "No backup was asked for."
  }

  assert {
    condition     = aws_efs_access_point.this.posix_user[0].gid == 34 && aws_efs_access_point.this.root_directory[0].creation_info[0].owner_uid == 33 && aws_efs_access_point.this.root_directory[0].path == "/uploads"
    error_message = "The access point must be as described."
  }

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.nfs) == 2
    error_message = "Each client must have its rule."
  }

  assert {
    condition     = aws_efs_file_system.this.tags == tomap({ team = "web", Name = "hello-default-web-uploads" })
    error_message = "The file system must carry the tags and its name."
  }
}

run "refuses_what_efs_refuses" {
  command = plan

  variables {
    name             = "a b"
    throughput_mode  = "fast"
    transition_to_ia = "AFTER_2_DAYS"
    access_point     = { path = "data", uid = -1 }
    subnet_ids       = {}
  }

  expect_failures = [var.name, var.throughput_mode, var.transition_to_ia, var.access_point, var.subnet_ids]
}
