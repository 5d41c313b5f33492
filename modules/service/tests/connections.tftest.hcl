# What the service module promises about connections between services, on a provider that is not real.

mock_provider "aws" {}

variables {
  name                = "api"
  cluster_arn         = "arn:aws:ecs:eu-west-1:123456789012:cluster/hello-default"
  task_definition_arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/hello-default-api:1"
  vpc_id              = "vpc-1"
  subnet_ids          = ["subnet-a", "subnet-b"]
}

run "without_service_connect_it_says_so" {
  command = plan

  assert {
    condition = (
      !aws_ecs_service.this.service_connect_configuration[0].enabled &&
      length(aws_ecs_service.this.service_connect_configuration[0].service) == 0 &&
      length(aws_vpc_security_group_ingress_rule.allowed) == 0
    )
    error_message = "A service that leaves Service Connect must say so, and nobody may connect."
  }
}

run "called_by_others" {
  command = apply

  variables {
    service_connect = {
      namespace_arn = "arn:aws:servicediscovery:eu-west-1:123456789012:namespace/ns-1"
      server        = { discovery_name = "api", port_name = "orders", dns_name = "orders", port = 9000 }
      log_options   = { awslogs-group = "/ecs/hello/default/api", awslogs-region = "eu-west-1" }
    }
    allow_from = {
      web             = { security_group_id = "sg-web" }
      api             = { self = true }
      "10.0.0.0/8"    = { cidr_block = "10.0.0.0/8" }
      "2001:db8::/32" = { cidr_block = "2001:db8::/32" }

      "module.a[\"b\"].group" = { source = "sg-bastion" }
      "local.office"          = { source = "192.0.2.0/24" }
    }
    allowed_ports = [{ port = 9000 }, { port = 53, protocol = "udp" }]
  }

  assert {
    condition = (
      aws_ecs_service.this.service_connect_configuration[0].enabled &&
      aws_ecs_service.this.service_connect_configuration[0].namespace == "arn:aws:servicediscovery:eu-west-1:123456789012:namespace/ns-1" &&
      aws_ecs_service.this.service_connect_configuration[0].service[0].port_name == "orders" &&
      aws_ecs_service.this.service_connect_configuration[0].service[0].discovery_name == "api" &&
      aws_ecs_service.this.service_connect_configuration[0].service[0].client_alias[0].dns_name == "orders" &&
      aws_ecs_service.this.service_connect_configuration[0].service[0].client_alias[0].port == 9000
    )
    error_message = "Others must find the service under its alias."
  }

  assert {
    condition = aws_ecs_service.this.service_connect_configuration[0].log_configuration[0].options == tomap({
      awslogs-group         = "/ecs/hello/default/api"
      awslogs-region        = "eu-west-1"
      awslogs-stream-prefix = "service-connect"
    })
    error_message = "The proxy must write into the service's log group, under a prefix of its own."
  }

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.allowed) == 12
    error_message = "Each source must be let in on each port."
  }

  assert {
    condition = (
      aws_vpc_security_group_ingress_rule.allowed["module.a[\"b\"].group-9000"].referenced_security_group_id == "sg-bastion" &&
      aws_vpc_security_group_ingress_rule.allowed["module.a[\"b\"].group-9000"].cidr_ipv4 == null &&
      aws_vpc_security_group_ingress_rule.allowed["module.a[\"b\"].group-9000"].description == "From module.a[b].group" &&
      aws_vpc_security_group_ingress_rule.allowed["local.office-9000"].referenced_security_group_id == null &&
      aws_vpc_security_group_ingress_rule.allowed["local.office-9000"].cidr_ipv4 == "192.0.2.0/24"
    )
    error_message = "What is referred to is a group or a block, by its value."
  }

  assert {
    condition = (
      aws_vpc_security_group_ingress_rule.allowed["web-9000"].referenced_security_group_id == "sg-web" &&
      aws_vpc_security_group_ingress_rule.allowed["web-9000"].cidr_ipv4 == null &&
      aws_vpc_security_group_ingress_rule.allowed["web-9000"].from_port == 9000 &&
      aws_vpc_security_group_ingress_rule.allowed["web-9000"].to_port == 9000 &&
      aws_vpc_security_group_ingress_rule.allowed["web-9000"].ip_protocol == "tcp" &&
      aws_vpc_security_group_ingress_rule.allowed["api-9000"].referenced_security_group_id == aws_security_group.this.id
    )
    error_message = "Services must be let in by their security group, on the port given."
  }

  assert {
    condition = (
      aws_vpc_security_group_ingress_rule.allowed["10.0.0.0/8-53-udp"].cidr_ipv4 == "10.0.0.0/8" &&
      aws_vpc_security_group_ingress_rule.allowed["10.0.0.0/8-53-udp"].cidr_ipv6 == null &&
      aws_vpc_security_group_ingress_rule.allowed["10.0.0.0/8-53-udp"].referenced_security_group_id == null &&
      aws_vpc_security_group_ingress_rule.allowed["10.0.0.0/8-53-udp"].ip_protocol == "udp" &&
      aws_vpc_security_group_ingress_rule.allowed["2001:db8::/32-9000"].cidr_ipv6 == "2001:db8::/32" &&
      aws_vpc_security_group_ingress_rule.allowed["2001:db8::/32-9000"].cidr_ipv4 == null
    )
    error_message = "Blocks must be let in as IPv4 or IPv6."
  }
}

run "only_calls_others" {
  command = plan

  variables {
    service_connect = {
      namespace_arn = "arn:aws:servicediscovery:eu-west-1:123456789012:namespace/ns-1"
      after         = ["orders"]
    }
  }

  assert {
    condition = (
      aws_ecs_service.this.service_connect_configuration[0].enabled &&
      length(aws_ecs_service.this.service_connect_configuration[0].service) == 0 &&
      length(aws_ecs_service.this.service_connect_configuration[0].log_configuration) == 0
    )
    error_message = "A client must be in the namespace and offer nothing there."
  }
}

run "refuses_a_name_with_capitals" {
  command = plan

  variables {
    service_connect = {
      namespace_arn = "arn:aws:servicediscovery:eu-west-1:123456789012:namespace/ns-1"
      server        = { discovery_name = "api", port_name = "orders", dns_name = "Orders", port = 9000 }
    }
  }

  expect_failures = [var.service_connect]
}

run "refuses_a_cluster_without_a_namespace" {
  command = plan

  variables {
    service_connect = { namespace_arn = null }
  }

  expect_failures = [aws_ecs_service.this]
}

run "refuses_to_wait_for_itself" {
  command = plan

  variables {
    service_connect = {
      namespace_arn = "arn:aws:servicediscovery:eu-west-1:123456789012:namespace/ns-1"
      after         = ["api"]
    }
  }

  expect_failures = [aws_ecs_service.this]
}

run "refuses_a_port_that_is_none" {
  command = plan

  variables {
    allowed_ports = [{ port = 0 }]
  }

  expect_failures = [var.allowed_ports]
}
