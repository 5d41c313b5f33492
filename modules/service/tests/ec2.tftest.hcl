# What the service module promises on EC2 instances, on a provider that is not real.

mock_provider "aws" {
  mock_resource "aws_lb_target_group" {
    defaults = {
      arn        = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/hello-web-1a2b3c/1"
      arn_suffix = "targetgroup/hello-web-1a2b3c/1"
    }
  }
}

variables {
  name                = "web"
  cluster_arn         = "arn:aws:ecs:eu-west-1:123456789012:cluster/hello-default"
  task_definition_arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/hello-default-web:1"
  vpc_id              = "vpc-1"
  subnet_ids          = ["subnet-a", "subnet-b"]
}

run "behind_a_bridge_the_instance_is_the_target" {
  command = apply

  variables {
    network_mode               = "bridge"
    instance_security_group_id = "sg-instances"
    capacity_provider_strategy = [{ capacity_provider = "ec2-hello-default" }]
    placement_strategies       = [{ type = "spread", field = "attribute:ecs.availability-zone" }, { type = "binpack", field = "memory" }]
    placement_constraints      = [{ type = "distinctInstance" }]
    load_balancer = {
      container_name    = "web"
      container_port    = 8080
      security_group_id = "sg-load-balancer"
      listener_arn      = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/hello/1/2"
      target_group_name = "hello-web-1a2b3c"
      rules             = { main = { priority = 1, paths = ["/*"] } }
    }
  }

  assert {
    condition     = length(aws_ecs_service.this.network_configuration) == 0 && aws_lb_target_group.this[0].target_type == "instance" && output.security_group_id == "sg-instances"
    error_message = "A task without an interface must be reached through its instance."
  }

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.from_load_balancer) + length(aws_vpc_security_group_egress_rule.from_load_balancer) == 0
    error_message = "The dynamic ports are opened once, where the instances are."
  }

  assert {
    condition = (
      [for item in aws_ecs_service.this.ordered_placement_strategy : item.type] == ["spread", "binpack"] &&
      one(aws_ecs_service.this.placement_constraints).type == "distinctInstance" &&
      aws_ecs_service.this.availability_zone_rebalancing == "ENABLED"
    )
    error_message = "Placement must be as given, and zones rebalanced where tasks are spread over them."
  }
}

run "no_rebalancing_where_tasks_are_packed" {
  command = plan

  variables {
    placement_strategies = [{ type = "binpack", field = "memory" }]
  }

  assert {
    condition     = aws_ecs_service.this.availability_zone_rebalancing == "DISABLED"
    error_message = "ECS refuses rebalancing where tasks are not spread over the zones first."
  }
}

run "on_the_instances_own_port" {
  command = apply

  variables {
    network_mode               = "host"
    instance_security_group_id = "sg-instances"
    load_balancer = {
      container_name    = "web"
      container_port    = 8080
      security_group_id = "sg-load-balancer"
      listener_arn      = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/hello/1/2"
      target_group_name = "hello-web-1a2b3c"
      rules             = { main = { priority = 1, paths = ["/*"] } }
    }
  }

  assert {
    condition = (
      aws_vpc_security_group_ingress_rule.from_load_balancer["8080"].security_group_id == "sg-instances" &&
      aws_vpc_security_group_egress_rule.from_load_balancer["8080"].referenced_security_group_id == "sg-instances"
    )
    error_message = "The port must be opened in the instances' security group."
  }
}

run "a_daemon" {
  command = apply

  variables {
    daemon                             = true
    network_mode                       = "host"
    instance_security_group_id         = "sg-instances"
    deployment_minimum_healthy_percent = 0
    deployment_maximum_percent         = 100
  }

  assert {
    condition = (
      aws_ecs_service.this.scheduling_strategy == "DAEMON" && aws_ecs_service.this.launch_type == "EC2" &&
      length(aws_ecs_service.this.capacity_provider_strategy) == 0 && aws_ecs_service.this.availability_zone_rebalancing == "DISABLED"
    )
    error_message = "A daemon takes a launch type and no capacity provider."
  }
}

run "refuses_tasks_that_nothing_reaches" {
  command = plan

  variables {
    network_mode = "bridge"
  }

  expect_failures = [var.instance_security_group_id]
}

run "refuses_placement_that_ecs_refuses" {
  command = plan

  variables {
    network_mode          = "nat"
    placement_strategies  = [{ type = "spread" }]
    placement_constraints = [{ type = "memberOf" }]
  }

  expect_failures = [var.network_mode, var.placement_strategies, var.placement_constraints]
}

run "with_an_interface" {
  command = apply

  variables {
    capacity_provider_strategy = [{ capacity_provider = "ec2-hello-default" }]
  }
}

run "another_capacity_is_a_change_in_place" {
  command = apply

  variables {
    capacity_provider_strategy = [{ capacity_provider = "FARGATE" }]
  }

  assert {
    condition     = output.arn == run.with_an_interface.arn
    error_message = "Nothing here may replace a service that only moves."
  }
}

run "another_network_mode_replaces_the_service" {
  command = apply

  variables {
    capacity_provider_strategy = [{ capacity_provider = "ec2-hello-default" }]
    network_mode               = "bridge"
    instance_security_group_id = "sg-instances"
  }

  assert {
    condition     = output.arn != run.another_capacity_is_a_change_in_place.arn && length(aws_ecs_service.this.network_configuration) == 0
    error_message = "ECS changes no service's network mode, so the service must be made anew."
  }
}

run "refuses_a_second_daemon_on_an_instance" {
  command = plan

  variables {
    daemon = true
  }

  expect_failures = [aws_ecs_service.this]
}

run "refuses_to_place_a_daemon" {
  command = plan

  variables {
    daemon                             = true
    deployment_maximum_percent         = 100
    deployment_minimum_healthy_percent = 0
    placement_strategies               = [{ type = "random" }]
  }

  expect_failures = [aws_ecs_service.this]
}

run "refuses_ways_that_tasks_on_the_instance_s_address_do_not_have" {
  command = plan

  variables {
    network_mode               = "host"
    instance_security_group_id = "sg-instances"
    service_connect            = { namespace_arn = "arn:aws:servicediscovery:eu-west-1:123456789012:namespace/ns-1" }
    network_listener_arns      = ["arn:a"]
    network_load_balancer = {
      security_group_id = "sg-network"
      target_groups     = { tcp = { name = "a", container_name = "mqtt", container_port = 1883 } }
    }
  }

  expect_failures = [var.service_connect, var.network_load_balancer]
}
