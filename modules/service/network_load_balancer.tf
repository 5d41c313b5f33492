# The place of a service behind a network load balancer.

locals {
  # Not try(): of groups of which anything is known after the apply only, it would not even know how many there are.
  network_target_groups = var.network_load_balancer == null ? {} : var.network_load_balancer.target_groups

  # The ports that the load balancer must reach, those of health checks too, each once.
  network_ports = {
    for port in distinct(concat(
      [for group in values(local.network_target_groups) : { port = group.container_port, protocol = lower(group.protocol) }],
      [for group in values(local.network_target_groups) : { port = group.health_check.port, protocol = "tcp" } if group.health_check.port != null],
    )) : "${port.protocol}-${port.port}" => port
  }
}

## Load balancer

resource "aws_lb_target_group" "network" {
  for_each = local.network_target_groups

  name        = each.value.name
  vpc_id      = var.vpc_id
  target_type = "ip"
  protocol    = each.value.protocol

  # Only the default for targets registered without a port. ECS registers the container's port.
  port = 80

  deregistration_delay = each.value.deregistration_delay
  preserve_client_ip   = each.value.preserve_client_ip

  health_check {
    protocol            = each.value.health_check.path == null ? "TCP" : "HTTP"
    port                = each.value.health_check.port == null ? "traffic-port" : tostring(each.value.health_check.port)
    path                = each.value.health_check.path
    matcher             = each.value.health_check.path == null ? null : "200-399"
    interval            = each.value.health_check.interval
    timeout             = each.value.health_check.timeout
    healthy_threshold   = each.value.health_check.healthy_threshold
    unhealthy_threshold = each.value.health_check.unhealthy_threshold
  }

  tags = var.tags

  # Works because the name changes with what replaces a target group (see `network_load_balancer`).
  lifecycle {
    create_before_destroy = true
  }
}

# Both ends of the way from the load balancer to the tasks. A rule that names the load balancer's security
# group holds for the clients' addresses too, where tasks see these.
resource "aws_vpc_security_group_ingress_rule" "from_network_load_balancer" {
  for_each = local.network_ports

  security_group_id            = local.security_group_id
  description                  = "From the network load balancer"
  ip_protocol                  = each.value.protocol
  from_port                    = each.value.port
  to_port                      = each.value.port
  referenced_security_group_id = var.network_load_balancer.security_group_id

  tags = var.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_egress_rule" "from_network_load_balancer" {
  for_each = local.network_ports

  security_group_id            = var.network_load_balancer.security_group_id
  description                  = "To the service ${var.name}"
  ip_protocol                  = each.value.protocol
  from_port                    = each.value.port
  to_port                      = each.value.port
  referenced_security_group_id = local.security_group_id

  tags = var.tags

  lifecycle {
    create_before_destroy = true
  }
}
