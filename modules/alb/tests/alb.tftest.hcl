# What the load balancer module promises, on a provider that is not real.

mock_provider "aws" {
  mock_resource "aws_lb" {
    defaults = {
      arn        = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/hello/1"
      arn_suffix = "app/hello/1"
    }
  }

  mock_resource "aws_lb_listener" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/hello/1/2" }
  }
}

variables {
  name                = "hello-default"
  vpc_id              = "vpc-1"
  subnet_ids          = ["subnet-a", "subnet-b"]
  ingress_cidr_blocks = ["0.0.0.0/0", "::/0"]
}

run "answers_404_and_opens_port_80_only" {
  command = apply

  assert {
    condition     = aws_lb.this.load_balancer_type == "application" && !aws_lb.this.internal && aws_lb.this.idle_timeout == 60
    error_message = "It must be a public application load balancer by default."
  }

  assert {
    condition     = aws_lb.this.drop_invalid_header_fields
    error_message = "Invalid headers must be dropped."
  }

  assert {
    condition     = aws_lb.this.access_logs[0].enabled == false
    error_message = "The access logs must be switched off in so many words."
  }

  assert {
    condition     = aws_lb_listener.http.port == 80 && aws_lb_listener.http.default_action[0].fixed_response[0].status_code == "404"
    error_message = "What no rule matches must be answered with 404."
  }

  assert {
    condition = [
      for block in ["0.0.0.0/0", "::/0"] : aws_vpc_security_group_ingress_rule.http[block].cidr_ipv4 != null
    ] == [true, false] && aws_vpc_security_group_ingress_rule.http["::/0"].cidr_ipv6 == "::/0"
    error_message = "IPv4 and IPv6 ranges must each be given as what they are."
  }

  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_ingress_rule.http : rule.from_port == 80 && rule.to_port == 80 && rule.ip_protocol == "tcp"])
    error_message = "Only port 80 must be open."
  }

  assert {
    condition     = length(aws_lb_listener.https) + length(aws_vpc_security_group_ingress_rule.https) + length(aws_vpc_security_group_egress_rule.https) == 0
    error_message = "Without a certificate there must be nothing of HTTPS."
  }

  assert {
    condition     = length(aws_wafv2_web_acl_association.this) == 0
    error_message = "There must be no web ACL that nobody asked for."
  }

  assert {
    condition     = output.listener_arn == aws_lb_listener.http.arn && output.arn_suffix == "app/hello/1" && output.security_group_id == aws_security_group.this.id
    error_message = "Services must get what they put themselves behind."
  }
}

run "takes_every_option" {
  command = apply

  variables {
    internal            = true
    idle_timeout        = 120
    deletion_protection = true
    access_logs         = { bucket = "logs", prefix = "hello" }
    web_acl_arn         = "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/hello/1"
    ingress_cidr_blocks = ["10.0.0.0/8"]
  }

  assert {
    condition     = aws_lb.this.internal && aws_lb.this.idle_timeout == 120 && aws_lb.this.enable_deletion_protection
    error_message = "The options must reach the load balancer."
  }

  assert {
    condition     = aws_lb.this.access_logs[0].enabled && aws_lb.this.access_logs[0].bucket == "logs" && aws_lb.this.access_logs[0].prefix == "hello"
    error_message = "The access logs must go to the bucket."
  }

  assert {
    condition     = aws_wafv2_web_acl_association.this[0].resource_arn == aws_lb.this.arn && aws_wafv2_web_acl_association.this[0].web_acl_arn == var.web_acl_arn
    error_message = "The web ACL must filter this load balancer."
  }

  assert {
    condition     = keys(aws_vpc_security_group_ingress_rule.http) == ["10.0.0.0/8"]
    error_message = "Exactly the given ranges must be let in."
  }
}

run "serves_https_and_redirects_to_it" {
  command = apply

  variables {
    https        = { certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/1" }
    https_egress = true
  }

  assert {
    condition = (
      aws_lb_listener.https[0].port == 443 && aws_lb_listener.https[0].protocol == "HTTPS" &&
      aws_lb_listener.https[0].certificate_arn == "arn:aws:acm:eu-west-1:123456789012:certificate/1" &&
      aws_lb_listener.https[0].ssl_policy == "ELBSecurityPolicy-TLS13-1-2-2021-06"
    )
    error_message = "HTTPS must be served with the certificate, and TLS 1.2 at least."
  }

  assert {
    condition     = aws_lb_listener.https[0].default_action[0].fixed_response[0].status_code == "404"
    error_message = "What no rule matches must be answered with 404."
  }

  assert {
    condition = (
      aws_lb_listener.http.default_action[0].type == "redirect" && length(aws_lb_listener.http.default_action[0].fixed_response) == 0 &&
      aws_lb_listener.http.default_action[0].redirect[0].protocol == "HTTPS" && aws_lb_listener.http.default_action[0].redirect[0].port == "443" &&
      aws_lb_listener.http.default_action[0].redirect[0].status_code == "HTTP_301"
    )
    error_message = "HTTP must lead to HTTPS for good."
  }

  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_ingress_rule.https : rule.from_port == 443 && rule.to_port == 443]) && keys(aws_vpc_security_group_ingress_rule.https) == ["0.0.0.0/0", "::/0"]
    error_message = "Port 443 must be open to those to whom port 80 is."
  }

  assert {
    condition     = aws_vpc_security_group_egress_rule.https[0].from_port == 443 && aws_vpc_security_group_egress_rule.https[0].to_port == 443 && aws_vpc_security_group_egress_rule.https[0].ip_protocol == "tcp"
    error_message = "To sign clients in, port 443 must be reached, and no other."
  }

  assert {
    condition     = output.listener_arn == aws_lb_listener.https[0].arn
    error_message = "Services must put themselves behind HTTPS."
  }
}

run "refuses_a_policy_of_another_kind" {
  command = plan

  variables {
    https = { certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/1", ssl_policy = "TLSv1.2_2021" }
  }

  expect_failures = [var.https]
}

run "refuses_what_elb_refuses" {
  command = plan

  variables {
    name                = "internal-hello"
    subnet_ids          = ["subnet-a"]
    idle_timeout        = 0
    ingress_cidr_blocks = ["everywhere"]
  }

  expect_failures = [var.name, var.subnet_ids, var.idle_timeout, var.ingress_cidr_blocks]
}

run "what_others_make" {
  command = plan

  variables {
    ingress_cidr_blocks       = ["10.0.0.0/8"]
    named_ingress_cidr_blocks = { "local.office" = "2001:db8::/32" }
    attach_web_acl            = true
    web_acl_arn               = "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/hello/1"
  }

  assert {
    condition     = { for key, rule in aws_vpc_security_group_ingress_rule.http : key => coalesce(rule.cidr_ipv4, rule.cidr_ipv6) } == { "10.0.0.0/8" = "10.0.0.0/8", "local.office" = "2001:db8::/32" }
    error_message = "Ranges must be let in by themselves, or by the name they are given."
  }

  assert {
    condition     = length(aws_wafv2_web_acl_association.this) == 1
    error_message = "The web ACL must be attached."
  }
}
