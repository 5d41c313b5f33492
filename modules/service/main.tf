# One ECS service, with the security group of its tasks and its place behind a load balancer.

locals {
  # Rules of security groups are keyed by the port they open: on a change of the port the new rule is
  # created first, then the tasks move, and then the old rule goes.
  # In bridge mode the port is the instance's own choice; whoever made the instances opens them.
  load_balancer_ports = toset(var.load_balancer == null || var.network_mode == "bridge" ? [] : [tostring(var.load_balancer.container_port)])

  own_load_balancer_ports = length(local.shared_load_balancer_groups) == 0 ? local.load_balancer_ports : toset([])

  # Not try(): of groups that are known after the apply only, it would not even know how many there are.
  shared_load_balancer_groups = var.load_balancer == null ? {} : merge(
    { for id in var.load_balancer.source_security_group_ids : id => id },
    var.load_balancer.named_source_security_group_ids,
  )

  shared_load_balancer_ways = {
    for way in setproduct(local.load_balancer_ports, keys(local.shared_load_balancer_groups)) :
    "${way[0]} ${way[1]}" => { port = way[0], group = local.shared_load_balancer_groups[way[1]] }
  }

  # Without an interface of its own a task is reached through its instance.
  has_interface     = var.network_mode == "awsvpc"
  security_group_id = local.has_interface ? aws_security_group.this.id : var.instance_security_group_id

  # Zones are rebalanced where tasks are spread over them first, and over all of them.
  can_rebalance = (
    !var.daemon &&
    try(var.placement_strategies[0].type == "spread" && var.placement_strategies[0].field == "attribute:ecs.availability-zone", true) &&
    alltrue([for constraint in var.placement_constraints : !strcontains(coalesce(constraint.expression, "-"), "ecs.availability-zone")])
  )
}

## Service

# By itself nothing: what replaces the service when it changes.
resource "terraform_data" "network_mode" {
  input = var.network_mode
}

resource "aws_ecs_service" "this" {
  name            = var.name
  cluster         = var.cluster_arn
  task_definition = var.task_definition_arn

  # A daemon is one task on each instance: it takes no number, no capacity provider, and only a launch type.
  scheduling_strategy = var.daemon ? "DAEMON" : "REPLICA"
  launch_type         = var.daemon ? "EC2" : null
  desired_count       = var.daemon ? null : var.desired_count

  enable_execute_command  = var.enable_execute_command
  enable_ecs_managed_tags = true
  propagate_tags          = "SERVICE"

  # With it a change of the capacity providers rolls the tasks; without it, it replaces the service.
  force_new_deployment = true
  triggers             = var.redeployment == null ? null : { redeployment = var.redeployment }

  deployment_minimum_healthy_percent = var.deployment_minimum_healthy_percent
  deployment_maximum_percent         = var.deployment_maximum_percent

  # Moving a task to another zone needs room for one more task, so ECS refuses it at 100%.
  availability_zone_rebalancing = var.deployment_maximum_percent > 100 && local.can_rebalance ? "ENABLED" : "DISABLED"

  # ECS refuses a grace period without a load balancer.
  health_check_grace_period_seconds = var.load_balancer == null && length(local.network_target_groups) == 0 ? null : var.health_check_grace_period_seconds

  wait_for_steady_state = true

  deployment_circuit_breaker {
    enable   = true
    rollback = var.deployment_rollback
  }

  dynamic "capacity_provider_strategy" {
    for_each = var.daemon ? [] : var.capacity_provider_strategy

    content {
      capacity_provider = capacity_provider_strategy.value.capacity_provider
      weight            = capacity_provider_strategy.value.weight
      base              = capacity_provider_strategy.value.base
    }
  }

  dynamic "ordered_placement_strategy" {
    for_each = var.placement_strategies

    content {
      type  = ordered_placement_strategy.value.type
      field = ordered_placement_strategy.value.field
    }
  }

  dynamic "placement_constraints" {
    for_each = var.placement_constraints

    content {
      type       = placement_constraints.value.type
      expression = placement_constraints.value.expression
    }
  }

  dynamic "network_configuration" {
    for_each = local.has_interface ? [1] : []

    content {
      subnets          = var.subnet_ids
      security_groups  = concat([aws_security_group.this.id], var.security_group_ids)
      assign_public_ip = var.assign_public_ip
    }
  }

  dynamic "load_balancer" {
    for_each = var.load_balancer == null ? [] : [var.load_balancer]

    content {
      target_group_arn = aws_lb_target_group.this[0].arn
      container_name   = load_balancer.value.container_name
      container_port   = load_balancer.value.container_port
    }
  }

  dynamic "load_balancer" {
    for_each = local.network_target_groups

    content {
      target_group_arn = aws_lb_target_group.network[load_balancer.key].arn
      container_name   = load_balancer.value.container_name
      container_port   = load_balancer.value.container_port
    }
  }

  # The provider sends nothing for a block that is taken away: to leave Service Connect it must say so.
  service_connect_configuration {
    enabled   = var.service_connect != null
    namespace = try(var.service_connect.namespace_arn, null)

    dynamic "service" {
      for_each = try(var.service_connect.server, null) == null ? [] : [var.service_connect.server]

      content {
        discovery_name = service.value.discovery_name
        port_name      = service.value.port_name

        client_alias {
          dns_name = service.value.dns_name
          port     = service.value.port
        }
      }
    }

    dynamic "log_configuration" {
      for_each = try(var.service_connect.log_options, null) == null ? [] : [var.service_connect.log_options]

      content {
        log_driver = "awslogs"
        options    = merge(log_configuration.value, { awslogs-stream-prefix = "service-connect" })
      }
    }
  }

  dynamic "volume_configuration" {
    for_each = var.ebs_volume == null ? [] : [var.ebs_volume]

    content {
      name = volume_configuration.value.name

      managed_ebs_volume {
        role_arn         = aws_iam_role.volumes[0].arn
        encrypted        = true
        kms_key_id       = try(volume_configuration.value.kms_key.arn, null)
        volume_type      = volume_configuration.value.type
        size_in_gb       = volume_configuration.value.size_gib
        iops             = volume_configuration.value.iops
        throughput       = volume_configuration.value.throughput
        file_system_type = volume_configuration.value.filesystem
        snapshot_id      = volume_configuration.value.snapshot_id
      }
    }
  }

  tags = var.tags

  timeouts {
    create = var.timeout
    update = var.timeout
  }

  # ECS refuses a target group that no listener uses, and tasks need the way to be open when they start.
  # The role of the disks must outlive them.
  depends_on = [
    aws_iam_role_policy.volumes_key,
    aws_iam_role_policy_attachment.volumes,
    aws_lb_listener_rule.this,
    aws_vpc_security_group_egress_rule.anywhere,
    aws_vpc_security_group_ingress_rule.allowed,
    aws_vpc_security_group_egress_rule.from_load_balancer,
    aws_vpc_security_group_egress_rule.from_network_load_balancer,
    aws_vpc_security_group_ingress_rule.from_network_load_balancer,
    aws_vpc_security_group_ingress_rule.from_load_balancer,
    aws_vpc_security_group_ingress_rule.from_shared_load_balancer,
  ]

  lifecycle {
    # Where autoscaling owns the desired count, a variant of this module ignores it here.
    ignore_changes = []

    # ECS changes no service's network mode, and the provider would not even try.
    replace_triggered_by = [terraform_data.network_mode]

    precondition {
      condition = var.daemon || var.desired_count == 0 || (
        ceil(var.desired_count * var.deployment_minimum_healthy_percent / 100)
        < floor(var.desired_count * var.deployment_maximum_percent / 100)
      )
      error_message = "A deployment of ${var.desired_count} tasks cannot move: at least ${var.deployment_minimum_healthy_percent}% must stay healthy, and no more than ${var.deployment_maximum_percent}% may run."
    }

    precondition {
      condition     = !var.daemon || (var.deployment_maximum_percent == 100 && var.deployment_minimum_healthy_percent < 100 && length(var.placement_strategies) == 0)
      error_message = "A daemon has one task on each instance, so deployment_maximum_percent is 100, deployment_minimum_healthy_percent below it, and there are no placement_strategies."
    }

    # By this it waits for the listeners: ECS refuses a target group that none uses.
    precondition {
      condition     = length(var.network_listener_arns) >= length(local.network_target_groups)
      error_message = "Each target group of the network load balancer needs a listener."
    }

    precondition {
      condition     = var.service_connect == null || try(var.service_connect.namespace_arn, null) != null
      error_message = "The cluster has no default namespace, and Service Connect needs one."
    }

    precondition {
      condition     = !contains(try(var.service_connect.after, []), var.name)
      error_message = "The service ${var.name} cannot wait for itself."
    }

    # A deployment that was rolled back is steady too, so waiting for it succeeds.
    postcondition {
      condition     = self.task_definition == var.task_definition_arn
      error_message = "The deployment of the service ${self.name} was rolled back: it runs ${self.task_definition} instead of ${var.task_definition_arn}. The service's events and its stopped tasks say why."
    }
  }
}
