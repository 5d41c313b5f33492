# What an instance is when it starts.

locals {
  # The agent is told to stay within these, so that the security group opens no others.
  first_dynamic_port = 32768
  last_dynamic_port  = 60999

  # Containers with an interface of their own (awsvpc) must not reach the instance's credentials either.
  ecs_config = concat(
    [
      "ECS_CLUSTER=${var.cluster_name}",
      "ECS_AWSVPC_BLOCK_IMDS=true",
      "ECS_DYNAMIC_HOST_PORT_RANGE=${local.first_dynamic_port}-${local.last_dynamic_port}",
    ],
    local.uses_spot ? ["ECS_ENABLE_SPOT_INSTANCE_DRAINING=true"] : [],
  )

  amazon_linux_user_data = <<-EOT
    #!/bin/bash
    cat >> /etc/ecs/ecs.config <<'CONFIG'
    ${join("\n", local.ecs_config)}
    CONFIG
  EOT

  # Bottlerocket takes dynamic ports from its kernel's range, which is the same.
  bottlerocket_user_data = <<-EOT
    [settings.ecs]
    cluster = ${jsonencode(var.cluster_name)}
    awsvpc-block-imds = true
    enable-spot-instance-draining = ${local.uses_spot}${var.allow_privileged_containers ? "\nallow-privileged-containers = true" : ""}
  EOT

  # Bottlerocket's images and containers live on its second volume; the first holds the system and stays small.
  volumes = local.is_bottlerocket ? { "/dev/xvda" = null, "/dev/xvdb" = var.volume.size_gib } : { "/dev/xvda" = var.volume.size_gib }
}

## Launch template

resource "aws_launch_template" "this" {
  name        = var.name
  description = "Instances of the cluster ${var.cluster_name}"

  # "resolve:ssm:" is read when an instance starts: a new AMI is no change of the plan.
  image_id               = var.image_id
  user_data              = base64encode(local.is_bottlerocket ? local.bottlerocket_user_data : local.amazon_linux_user_data)
  update_default_version = true

  iam_instance_profile {
    arn = aws_iam_instance_profile.this.arn
  }

  # One hop: a container behind Docker's bridge is one further away and gets no credentials of the instance.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  network_interfaces {
    associate_public_ip_address = var.associate_public_ip_address
    security_groups             = [aws_security_group.this.id]
    delete_on_termination       = true
  }

  dynamic "block_device_mappings" {
    for_each = local.volumes

    content {
      device_name = block_device_mappings.key

      ebs {
        encrypted             = true
        kms_key_id            = var.volume.kms_key_arn
        volume_type           = var.volume.type
        volume_size           = block_device_mappings.value
        delete_on_termination = true
      }
    }
  }

  dynamic "tag_specifications" {
    for_each = ["instance", "volume"]

    content {
      resource_type = tag_specifications.value
      tags          = local.launch_tags
    }
  }

  tags = var.tags
}
