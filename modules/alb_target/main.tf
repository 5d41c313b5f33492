# An application load balancer as the target of a network load balancer, which gives it addresses that stay.

locals {
  # Target groups of this kind stand for one port of the application load balancer, on which it must listen.
  listeners = {
    http  = { port = 80, protocol = "HTTP" }
    https = { port = 443, protocol = "HTTPS" }
  }

  targets = { for key, name in var.names : key => merge(local.listeners[key], { name = name }) }
}

## Target groups

resource "aws_lb_target_group" "this" {
  for_each = local.targets

  name        = each.value.name
  vpc_id      = var.vpc_id
  target_type = "alb"
  protocol    = "TCP"
  port        = each.value.port

  # Whatever it answers, it is there: which service is healthy is for the load balancer behind to judge.
  health_check {
    protocol = each.value.protocol
    port     = "traffic-port"
    path     = "/"
    matcher  = "200-599"
  }

  tags = var.tags

  # Works because the name changes with what replaces a target group (see `names`).
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_target_group_attachment" "this" {
  for_each = local.targets

  target_group_arn = aws_lb_target_group.this[each.key].arn
  target_id        = var.load_balancer.arn
  port             = each.value.port

  # By this it waits for the listeners: AWS refuses a load balancer that does not listen on the port.
  lifecycle {
    precondition {
      condition     = length(var.load_balancer.listener_arns) >= length(var.names)
      error_message = "The application load balancer needs a listener for each target group."
    }
  }
}

## Security groups

# Both ends of the way between the load balancers. The one behind sees the clients' addresses, but health checks
# come from the one in front.
resource "aws_vpc_security_group_ingress_rule" "this" {
  for_each = local.targets

  security_group_id            = var.load_balancer.security_group_id
  description                  = "From the network load balancer"
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
  referenced_security_group_id = var.security_group_id

  tags = var.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_egress_rule" "this" {
  for_each = local.targets

  security_group_id            = var.security_group_id
  description                  = "To the application load balancer"
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
  referenced_security_group_id = var.load_balancer.security_group_id

  tags = var.tags

  lifecycle {
    create_before_destroy = true
  }
}
