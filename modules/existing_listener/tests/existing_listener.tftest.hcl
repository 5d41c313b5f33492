# What the module promises about a listener that is there already, on a provider that is not real.

mock_provider "aws" {
  mock_data "aws_lb_listener" {
    defaults = {
      load_balancer_arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/shared/0123456789abcdef"
      protocol          = "HTTPS"
      port              = 443
    }
  }

  mock_data "aws_lb" {
    defaults = {
      arn_suffix      = "app/shared/0123456789abcdef"
      dns_name        = "shared-1.eu-west-1.elb.amazonaws.com"
      vpc_id          = "vpc-1"
      security_groups = ["sg-2", "sg-1"]
    }
  }
}

variables {
  listener_arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shared/0123456789abcdef/fedcba9876543210"
  vpc_id       = "vpc-1"
}

run "gives_out_what_services_need" {
  command = plan

  assert {
    condition     = output.listener_arn == var.listener_arn && output.arn_suffix == "app/shared/0123456789abcdef"
    error_message = "Services must get what they put themselves behind."
  }

  assert {
    condition     = data.aws_lb.this.arn == "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/shared/0123456789abcdef"
    error_message = "The load balancer must be the listener's."
  }

  assert {
    condition     = output.security_group_ids == tolist(["sg-1", "sg-2"])
    error_message = "The security groups must be sorted, for AWS lists them in no order."
  }

  assert {
    condition     = output.url == "https://shared-1.eu-west-1.elb.amazonaws.com"
    error_message = "The URL must have the listener's protocol, and no port where it is the protocol's own."
  }
}

run "names_the_port_that_is_not_the_usual_one" {
  command = plan

  variables {
    host = "shop.example.com"
    path = "/api"
  }

  override_data {
    target = data.aws_lb_listener.this
    values = {
      load_balancer_arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/shared/0123456789abcdef"
      protocol          = "HTTP"
      port              = 8080
    }
  }

  assert {
    condition     = output.url == "http://shop.example.com:8080/api"
    error_message = "The URL must be that of the host and the path."
  }
}

run "refuses_a_load_balancer_of_another_vpc" {
  command = plan

  variables {
    vpc_id = "vpc-2"
  }

  expect_failures = [data.aws_lb.this]
}

run "refuses_a_load_balancer_without_a_security_group" {
  command = plan

  override_data {
    target = data.aws_lb.this
    values = {
      vpc_id          = "vpc-1"
      security_groups = []
    }
  }

  expect_failures = [data.aws_lb.this]
}

run "refuses_a_listener_of_another_kind" {
  command = plan

  override_data {
    target = data.aws_lb_listener.this
    values = {
      load_balancer_arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/shared/0123456789abcdef"
      protocol          = "TLS"
    }
  }

  expect_failures = [data.aws_lb_listener.this]
}

run "refuses_an_arn_of_something_else" {
  command = plan

  variables {
    listener_arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/shared/0123456789abcdef"
  }

  expect_failures = [var.listener_arn]
}
