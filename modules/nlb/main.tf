# One network load balancer, with fixed addresses if wanted, whose listeners forward to target groups.

## Load balancer

# Without `create_before_destroy`: a target group belongs to one load balancer at a time, and so does an
# Elastic IP. What replaces the load balancer takes the old one away first.
resource "aws_lb" "this" {
  name               = var.name
  load_balancer_type = "network"
  internal           = var.internal
  security_groups    = [aws_security_group.this.id]

  subnets = var.static_ips ? null : var.subnet_ids

  dynamic "subnet_mapping" {
    for_each = var.static_ips ? var.subnet_ids : []

    content {
      subnet_id     = subnet_mapping.value
      allocation_id = aws_eip.this[subnet_mapping.key].id
    }
  }

  # An address answers in its own zone, and there may be no task in it.
  enable_cross_zone_load_balancing = true
  enable_deletion_protection       = var.deletion_protection

  tags = var.tags
}

resource "aws_lb_listener" "this" {
  for_each = var.listeners

  load_balancer_arn = aws_lb.this.arn
  port              = each.value.port
  protocol          = each.value.protocol
  certificate_arn   = each.value.certificate_arn
  ssl_policy        = each.value.protocol == "TLS" ? "ELBSecurityPolicy-TLS13-1-2-2021-06" : null

  default_action {
    type             = "forward"
    target_group_arn = each.value.target_group_arn
  }

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_eip" "this" {
  count = var.static_ips ? length(var.subnet_ids) : 0

  domain = "vpc"

  tags = merge(var.tags, { Name = "${var.name}-${count.index}" })
}

## Security group

# It lets nothing out: the service adds rules to its own tasks, on its own ports.
resource "aws_security_group" "this" {
  name_prefix = "${var.name}-"
  description = "Network load balancer ${var.name}"
  vpc_id      = var.vpc_id

  tags = merge(var.tags, { Name = var.name })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "this" {
  for_each = merge([
    for name, listener in var.listeners : {
      for key, block in merge({ for block in listener.ingress_cidr_blocks : block => block }, listener.named_ingress_cidr_blocks) : "${name}-${key}" => {
        port     = listener.port
        protocol = listener.protocol == "UDP" ? "udp" : "tcp"
        block    = block
      }
    }
  ]...)

  security_group_id = aws_security_group.this.id
  description       = "From ${each.value.block}"
  ip_protocol       = each.value.protocol
  from_port         = each.value.port
  to_port           = each.value.port
  cidr_ipv4         = strcontains(each.value.block, ":") ? null : each.value.block
  cidr_ipv6         = strcontains(each.value.block, ":") ? each.value.block : null

  tags = var.tags
}
