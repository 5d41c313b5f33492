# EC2 instances that ECS starts and stops as its tasks need them.

data "aws_region" "current" {}

data "aws_partition" "current" {}

data "aws_caller_identity" "current" {}

locals {
  partition   = data.aws_partition.current.partition
  cluster_arn = "arn:${local.partition}:ecs:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}:cluster/${var.cluster_name}"

  is_bottlerocket = var.operating_system == "bottlerocket"
  uses_spot       = var.on_demand_percentage < 100

  # The provider's default tags reach neither an Auto Scaling group nor what it launches.
  launch_tags = merge(var.launch_tags, var.tags, { Name = var.name })
}

## Capacity provider

resource "aws_ecs_capacity_provider" "this" {
  name = var.name

  auto_scaling_group_provider {
    auto_scaling_group_arn = aws_autoscaling_group.this.arn

    # ECS removes only instances that run no task, and moves the tasks away before one is stopped for another reason.
    managed_termination_protection = "ENABLED"
    managed_draining               = "ENABLED"

    managed_scaling {
      status                    = "ENABLED"
      target_capacity           = var.target_capacity
      minimum_scaling_step_size = 1
      maximum_scaling_step_size = 10000
      instance_warmup_period    = 300
    }
  }

  tags = var.tags

  # In this order Terraform takes it away after the cluster has let go of it: ECS deletes no capacity provider that a cluster
  # has. Works because all that replaces it, and what it stands on, has another name then.
  lifecycle {
    create_before_destroy = true
  }
}

## Auto Scaling group

resource "aws_autoscaling_group" "this" {
  name                = var.name
  min_size            = var.min_size
  max_size            = var.max_size
  vpc_zone_identifier = var.subnet_ids

  # ECS owns the desired capacity and lifts the protection of an instance that it wants to remove.
  protect_from_scale_in = true

  # Protected instances would keep the group, and with it the cluster, from ever being deleted.
  force_delete = true

  # Services wait for their tasks, and so for instances. A group that waited in vain would be replaced by one of its own name.
  wait_for_capacity_timeout = "0"

  mixed_instances_policy {
    instances_distribution {
      on_demand_allocation_strategy            = "prioritized"
      on_demand_base_capacity                  = var.on_demand_base
      on_demand_percentage_above_base_capacity = var.on_demand_percentage
      spot_allocation_strategy                 = "price-capacity-optimized"
    }

    launch_template {
      launch_template_specification {
        launch_template_id = aws_launch_template.this.id
        version            = aws_launch_template.this.latest_version
      }

      dynamic "override" {
        for_each = var.instance_types

        content {
          instance_type = override.value
        }
      }
    }
  }

  # A change of the launch template reaches the instances that run: one after the other, their tasks moved first.
  instance_refresh {
    strategy = "Rolling"

    preferences {
      min_healthy_percentage       = 100
      max_healthy_percentage       = 110
      scale_in_protected_instances = "Refresh"
    }
  }

  # ECS puts this tag on the group; without it here, every plan would take it away.
  tag {
    key                 = "AmazonECSManaged"
    value               = "true"
    propagate_at_launch = true
  }

  dynamic "tag" {
    for_each = local.launch_tags

    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = true
    }
  }

  # An instance needs its permissions to join the cluster.
  depends_on = [aws_iam_role_policy.instance]
}

## Security group of the instances

resource "aws_security_group" "this" {
  name_prefix = "${var.name}-"
  description = "Instances of the cluster ${var.cluster_name}"
  vpc_id      = var.vpc_id

  tags = merge(var.tags, { Name = var.name })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_egress_rule" "anywhere" {
  security_group_id = aws_security_group.this.id
  description       = "Anywhere"
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"

  tags = var.tags
}

# In bridge mode Docker gives every container port one of these on the instance. All services share them, so the
# rules stand here and not with a service.
resource "aws_vpc_security_group_ingress_rule" "dynamic_ports" {
  for_each = var.dynamic_ports_from

  security_group_id            = aws_security_group.this.id
  description                  = "Dynamic ports, from ${each.key}"
  ip_protocol                  = "tcp"
  from_port                    = local.first_dynamic_port
  to_port                      = local.last_dynamic_port
  referenced_security_group_id = each.value

  tags = var.tags
}

# The other end of the same way.
resource "aws_vpc_security_group_egress_rule" "dynamic_ports" {
  for_each = var.dynamic_ports_from

  security_group_id            = each.value
  description                  = "To the dynamic ports of ${var.name}"
  ip_protocol                  = "tcp"
  from_port                    = local.first_dynamic_port
  to_port                      = local.last_dynamic_port
  referenced_security_group_id = aws_security_group.this.id

  tags = var.tags
}
