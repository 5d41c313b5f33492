# What the alb_target module promises, on a provider that is not real.

mock_provider "aws" {
  mock_resource "aws_lb_target_group" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/hello/1" }
  }
}

variables {
  names             = { http = "hello-static-1a2b3c", https = "hello-static-4d5e6f" }
  vpc_id            = "vpc-1"
  security_group_id = "sg-network"
  load_balancer = {
    arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/hello/1"
    listener_arns = [
      "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/hello/1/2",
      "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/hello/1/3",
    ]
    security_group_id = "sg-application"
  }
}

run "forwards_to_the_application_load_balancer" {
  command = apply

  assert {
    condition = alltrue([
      for key, port in { http = 80, https = 443 } :
      aws_lb_target_group.this[key].target_type == "alb" && aws_lb_target_group.this[key].protocol == "TCP" && aws_lb_target_group.this[key].port == port &&
      aws_lb_target_group.this[key].health_check[0].protocol == upper(key) && aws_lb_target_group.this[key].health_check[0].matcher == "200-599" &&
      aws_lb_target_group_attachment.this[key].target_id == var.load_balancer.arn && aws_lb_target_group_attachment.this[key].port == port
    ])
    error_message = "Each port must lead to the load balancer, whatever it answers."
  }

  assert {
    condition = alltrue([
      for key, port in { http = 80, https = 443 } :
      aws_vpc_security_group_ingress_rule.this[key].security_group_id == "sg-application" && aws_vpc_security_group_ingress_rule.this[key].referenced_security_group_id == "sg-network" &&
      aws_vpc_security_group_egress_rule.this[key].security_group_id == "sg-network" && aws_vpc_security_group_egress_rule.this[key].referenced_security_group_id == "sg-application" &&
      aws_vpc_security_group_ingress_rule.this[key].from_port == port && aws_vpc_security_group_egress_rule.this[key].to_port == port
    ])
    error_message = "Exactly the ports must be open, at both ends."
  }

  assert {
    condition     = toset(keys(output.target_group_arns)) == toset(["http", "https"])
    error_message = "The target groups must be given out."
  }
}

run "waits_for_the_listeners" {
  command = plan

  variables {
    load_balancer = { arn = "a", listener_arns = ["a"], security_group_id = "sg-application" }
  }

  expect_failures = [aws_lb_target_group_attachment.this]
}

run "refuses_what_aws_refuses" {
  command = plan

  variables {
    names = { dns = "-a" }
  }

  expect_failures = [var.names]
}
