# What the service module promises behind a network load balancer, on a provider that is not real.

mock_provider "aws" {
  mock_resource "aws_lb_target_group" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/hello-mqtt-1a2b3c/1" }
  }
}

variables {
  name                = "mqtt"
  cluster_arn         = "arn:aws:ecs:eu-west-1:123456789012:cluster/hello-default"
  task_definition_arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/hello-default-mqtt:1"
  vpc_id              = "vpc-1"
  subnet_ids          = ["subnet-a", "subnet-b"]
}

run "tcp_and_udp" {
  command = apply

  variables {
    health_check_grace_period_seconds = 60
    network_load_balancer = {
      security_group_id = "sg-network"
      target_groups = {
        tcp = { name = "hello-mqtt-1a2b3c", container_name = "mqtt", container_port = 1883 }
        udp = { name = "hello-mqtt-4d5e6f", protocol = "UDP", container_name = "mqtt", container_port = 1884, preserve_client_ip = true, health_check = { port = 1883, path = "/health" } }
      }
    }
    network_listener_arns = ["arn:a", "arn:b"]
  }

  assert {
    condition = (
      aws_lb_target_group.network["tcp"].protocol == "TCP" && aws_lb_target_group.network["tcp"].target_type == "ip" &&
      aws_lb_target_group.network["tcp"].health_check[0].protocol == "TCP" && aws_lb_target_group.network["tcp"].health_check[0].port == "traffic-port" &&
      aws_lb_target_group.network["tcp"].preserve_client_ip == "false"
    )
    error_message = "TCP must be checked by a connection to the target itself."
  }

  assert {
    condition = (
      aws_lb_target_group.network["udp"].protocol == "UDP" && aws_lb_target_group.network["udp"].health_check[0].protocol == "HTTP" &&
      aws_lb_target_group.network["udp"].health_check[0].port == "1883" && aws_lb_target_group.network["udp"].preserve_client_ip == "true"
    )
    error_message = "UDP must be checked on a TCP port."
  }

  assert {
    condition     = toset(keys(aws_vpc_security_group_ingress_rule.from_network_load_balancer)) == toset(["tcp-1883", "udp-1884"]) && toset(keys(aws_vpc_security_group_egress_rule.from_network_load_balancer)) == toset(["tcp-1883", "udp-1884"])
    error_message = "Each port must be open once, at both ends."
  }

  assert {
    condition = (
      aws_vpc_security_group_ingress_rule.from_network_load_balancer["udp-1884"].referenced_security_group_id == "sg-network" &&
      aws_vpc_security_group_egress_rule.from_network_load_balancer["udp-1884"].security_group_id == "sg-network" &&
      aws_vpc_security_group_egress_rule.from_network_load_balancer["udp-1884"].referenced_security_group_id == aws_security_group.this.id
    )
    error_message = "The way must be open between load balancer and tasks only."
  }

  assert {
    condition     = { for item in aws_ecs_service.this.load_balancer : item.container_port => item.container_name } == { 1883 = "mqtt", 1884 = "mqtt" } && aws_ecs_service.this.health_check_grace_period_seconds == 60
    error_message = "The container must be registered in both target groups."
  }
}

run "refuses_a_target_group_without_a_listener" {
  command = plan

  variables {
    network_load_balancer = {
      security_group_id = "sg-network"
      target_groups     = { tcp = { name = "a", container_name = "mqtt", container_port = 1883 } }
    }
  }

  expect_failures = [aws_ecs_service.this]
}

run "refuses_udp_without_the_clients_address" {
  command = plan

  variables {
    network_load_balancer = {
      security_group_id = "sg-network"
      target_groups     = { udp = { name = "a", protocol = "UDP", container_name = "mqtt", container_port = 1883 } }
    }
    network_listener_arns = ["arn:a"]
  }

  expect_failures = [var.network_load_balancer]
}
