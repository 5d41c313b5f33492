# What the nlb module promises, on a provider that is not real.

mock_provider "aws" {
  mock_resource "aws_lb" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/hello/1" }
  }

  mock_resource "aws_lb_listener" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/net/hello/1/2" }
  }
}

variables {
  name       = "hello-mqtt-1a2b3c"
  vpc_id     = "vpc-1"
  subnet_ids = ["subnet-a", "subnet-b"]
  listeners = {
    tcp = {
      port                = 1883
      target_group_arn    = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/a/1"
      ingress_cidr_blocks = ["0.0.0.0/0", "::/0"]
    }
  }
}

run "forwards_tcp" {
  command = apply

  assert {
    condition     = aws_lb.this.load_balancer_type == "network" && aws_lb.this.subnets == toset(["subnet-a", "subnet-b"]) && aws_lb.this.enable_cross_zone_load_balancing
    error_message = "It must stand in the subnets, and each address must reach the tasks of every zone."
  }

  assert {
    condition     = aws_lb.this.security_groups == toset([aws_security_group.this.id]) && length(aws_eip.this) == 0 && output.static_ips == []
    error_message = "It must have its security group, and no address that nobody asked for."
  }

  assert {
    condition     = aws_lb_listener.this["tcp"].port == 1883 && aws_lb_listener.this["tcp"].protocol == "TCP" && one(output.listener_arns) == aws_lb_listener.this["tcp"].arn
    error_message = "The listener must be as given."
  }

  assert {
    condition = (
      aws_vpc_security_group_ingress_rule.this["tcp-0.0.0.0/0"].cidr_ipv4 == "0.0.0.0/0" && aws_vpc_security_group_ingress_rule.this["tcp-0.0.0.0/0"].from_port == 1883 &&
      aws_vpc_security_group_ingress_rule.this["tcp-::/0"].cidr_ipv6 == "::/0" && aws_vpc_security_group_ingress_rule.this["tcp-::/0"].ip_protocol == "tcp"
    )
    error_message = "Exactly the listener's port must be open."
  }
}

run "has_fixed_addresses" {
  command = apply

  variables {
    static_ips = true
    listeners = {
      tls = { port = 443, protocol = "TLS", certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/1", target_group_arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/a/1", ingress_cidr_blocks = ["10.0.0.0/8"] }
      dns = { port = 53, protocol = "UDP", target_group_arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/b/1", ingress_cidr_blocks = ["10.0.0.0/8"] }
    }
  }

  assert {
    condition     = { for mapping in aws_lb.this.subnet_mapping : mapping.subnet_id => mapping.allocation_id } == { subnet-a = aws_eip.this[0].id, subnet-b = aws_eip.this[1].id }
    error_message = "Each zone must have an address of its own."
  }

  assert {
    condition     = output.static_ips == aws_eip.this[*].public_ip && aws_lb_listener.this["tls"].certificate_arn != null && aws_lb_listener.this["tls"].ssl_policy == "ELBSecurityPolicy-TLS13-1-2-2021-06"
    error_message = "The addresses must be given out, and TLS must be current."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.this["dns-10.0.0.0/8"].ip_protocol == "udp"
    error_message = "UDP must be open as UDP."
  }
}

run "refuses_fixed_private_addresses" {
  command = plan

  variables {
    static_ips = true
    internal   = true
  }

  expect_failures = [var.static_ips]
}

run "refuses_what_aws_refuses" {
  command = plan

  variables {
    name       = "internal-a"
    subnet_ids = []
    listeners = {
      a = { port = 443, protocol = "TLS", target_group_arn = "a", ingress_cidr_blocks = [] }
      b = { port = 443, protocol = "HTTP", target_group_arn = "a", ingress_cidr_blocks = [] }
    }
  }

  expect_failures = [var.name, var.subnet_ids, var.listeners]
}
