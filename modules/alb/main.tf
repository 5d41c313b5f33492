# One application load balancer that answers 404, by HTTPS if it has a certificate, until a service adds a rule.

locals {
  nothing_here = {
    content_type = "text/plain"
    message_body = "No service answers here."
    status_code  = "404"
  }

  ingress = merge({ for block in var.ingress_cidr_blocks : block => block }, var.named_ingress_cidr_blocks)
}

## Load balancer

resource "aws_lb" "this" {
  name               = var.name
  load_balancer_type = "application"
  internal           = var.internal
  subnets            = var.subnet_ids
  security_groups    = [aws_security_group.this.id]
  idle_timeout       = var.idle_timeout

  # Headers that are not valid HTTP are a way to smuggle requests past the rules.
  drop_invalid_header_fields = true
  enable_deletion_protection = var.deletion_protection

  # The provider ignores a block that is taken away: to switch the logs off it must say so.
  access_logs {
    enabled = var.access_logs != null
    bucket  = var.access_logs == null ? "" : var.access_logs.bucket
    prefix  = var.access_logs == null ? null : var.access_logs.prefix
  }

  tags = var.tags

  # Works because `name` changes with what replaces the load balancer (see its description).
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.this.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = var.https == null ? "fixed-response" : "redirect"

    dynamic "fixed_response" {
      for_each = var.https == null ? [local.nothing_here] : []

      content {
        content_type = fixed_response.value.content_type
        message_body = fixed_response.value.message_body
        status_code  = fixed_response.value.status_code
      }
    }

    dynamic "redirect" {
      for_each = var.https == null ? [] : ["HTTP_301"]

      content {
        protocol    = "HTTPS"
        port        = "443"
        status_code = redirect.value
      }
    }
  }

  tags = var.tags
}

resource "aws_lb_listener" "https" {
  count = var.https == null ? 0 : 1

  load_balancer_arn = aws_lb.this.arn
  port              = 443
  protocol          = "HTTPS"
  certificate_arn   = var.https.certificate_arn
  ssl_policy        = var.https.ssl_policy

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = local.nothing_here.content_type
      message_body = local.nothing_here.message_body
      status_code  = local.nothing_here.status_code
    }
  }

  tags = var.tags
}

resource "aws_wafv2_web_acl_association" "this" {
  count = coalesce(var.attach_web_acl, var.web_acl_arn != null) ? 1 : 0

  resource_arn = aws_lb.this.arn
  web_acl_arn  = var.web_acl_arn
}

## Security group

# It lets nothing out but what `https_egress` says: each service adds a rule to its own tasks, on its own port.
resource "aws_security_group" "this" {
  name_prefix = "${var.name}-"
  description = "Load balancer ${var.name}"
  vpc_id      = var.vpc_id

  tags = merge(var.tags, { Name = var.name })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "http" {
  for_each = local.ingress

  security_group_id = aws_security_group.this.id
  description       = "HTTP from ${each.value}"
  ip_protocol       = "tcp"
  from_port         = 80
  to_port           = 80
  cidr_ipv4         = strcontains(each.value, ":") ? null : each.value
  cidr_ipv6         = strcontains(each.value, ":") ? each.value : null

  tags = var.tags
}

resource "aws_vpc_security_group_ingress_rule" "https" {
  for_each = { for key, block in local.ingress : key => block if var.https != null }

  security_group_id = aws_security_group.this.id
  description       = "HTTPS from ${each.value}"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = strcontains(each.value, ":") ? null : each.value
  cidr_ipv6         = strcontains(each.value, ":") ? each.value : null

  tags = var.tags
}

# Cognito's addresses are public ones that nobody lists.
resource "aws_vpc_security_group_egress_rule" "https" {
  count = var.https_egress ? 1 : 0

  security_group_id = aws_security_group.this.id
  description       = "To Cognito, to sign clients in"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"

  tags = var.tags
}
