# Who may reach the tasks, and whom they may reach.

## Security group of the tasks

# Stays where tasks are reached through their instances: other groups' rules may name it.
resource "aws_security_group" "this" {
  name_prefix = "${coalesce(var.security_group_name, var.name)}-"
  description = "Tasks of the service ${var.name}"
  vpc_id      = var.vpc_id

  tags = merge(var.tags, { Name = coalesce(var.security_group_name, var.name) })

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

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "from_load_balancer" {
  for_each = local.own_load_balancer_ports

  security_group_id            = local.security_group_id
  description                  = "From the load balancer"
  ip_protocol                  = "tcp"
  from_port                    = tonumber(each.key)
  to_port                      = tonumber(each.key)
  referenced_security_group_id = var.load_balancer.security_group_id

  tags = var.tags

  lifecycle {
    create_before_destroy = true
  }
}

# The other end of the same way: in the load balancer's security group, which lets nothing else out.
resource "aws_vpc_security_group_egress_rule" "from_load_balancer" {
  for_each = local.own_load_balancer_ports

  security_group_id            = var.load_balancer.security_group_id
  description                  = "To the service ${var.name}"
  ip_protocol                  = "tcp"
  from_port                    = tonumber(each.key)
  to_port                      = tonumber(each.key)
  referenced_security_group_id = local.security_group_id

  tags = var.tags

  lifecycle {
    create_before_destroy = true
  }
}

# A load balancer that others share keeps its groups as they are: only the tasks' end of the way is opened.
resource "aws_vpc_security_group_ingress_rule" "from_shared_load_balancer" {
  for_each = local.shared_load_balancer_ways

  security_group_id            = local.security_group_id
  description                  = "From the load balancer"
  ip_protocol                  = "tcp"
  from_port                    = tonumber(each.value.port)
  to_port                      = tonumber(each.value.port)
  referenced_security_group_id = each.value.group

  tags = var.tags

  lifecycle {
    create_before_destroy = true
  }
}

locals {
  # What a `source` is may be known after the apply only; how many rules there are is not decided by it.
  sources = {
    for name, item in var.allow_from : name => {
      self              = item.self
      security_group_id = item.source == null ? item.security_group_id : startswith(item.source, "sg-") ? item.source : null
      cidr_block        = item.source == null ? item.cidr_block : startswith(item.source, "sg-") ? null : item.source
    }
  }

  allowed = {
    for pair in setproduct(keys(var.allow_from), var.allowed_ports) :
    join("-", concat([pair[0], tostring(pair[1].port)], pair[1].protocol == "udp" ? ["udp"] : [])) => merge(
      { name = pair[0], port = pair[1].port, protocol = pair[1].protocol },
      local.sources[pair[0]],
    )
  }
}

# Others who may connect. Keyed by source and port: no rule changes because of another, and services
# may let each other in without waiting for each other.
resource "aws_vpc_security_group_ingress_rule" "allowed" {
  for_each = local.allowed

  security_group_id = local.security_group_id
  description       = substr("From ${replace(each.value.name, "\"", "")}", 0, 255)
  ip_protocol       = each.value.protocol
  from_port         = each.value.port
  to_port           = each.value.port

  referenced_security_group_id = each.value.self ? local.security_group_id : each.value.security_group_id
  cidr_ipv4                    = each.value.cidr_block == null ? null : strcontains(each.value.cidr_block, ":") ? null : each.value.cidr_block
  cidr_ipv6                    = each.value.cidr_block == null ? null : strcontains(each.value.cidr_block, ":") ? each.value.cidr_block : null

  tags = var.tags

  lifecycle {
    create_before_destroy = true
  }
}
