# What the service module promises, on a provider that is not real.

mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/volumes" }
  }

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

run "worker_without_load_balancer" {
  command = apply

  variables {
    health_check_grace_period_seconds = 60
    security_group_ids                = ["sg-database"]
  }

  assert {
    condition     = aws_ecs_service.this.deployment_circuit_breaker[0].enable && aws_ecs_service.this.deployment_circuit_breaker[0].rollback
    error_message = "A failing deployment must be stopped and rolled back."
  }

  assert {
    condition     = aws_ecs_service.this.wait_for_steady_state && aws_ecs_service.this.timeouts.create == "20m" && aws_ecs_service.this.timeouts.update == "20m"
    error_message = "The apply must wait for the tasks, and not for ever."
  }

  assert {
    condition     = aws_ecs_service.this.force_new_deployment && one(aws_ecs_service.this.capacity_provider_strategy).capacity_provider == "FARGATE"
    error_message = "The service must name capacity providers, in a way that lets them change in place."
  }

  assert {
    condition     = aws_ecs_service.this.propagate_tags == "SERVICE" && aws_ecs_service.this.enable_ecs_managed_tags
    error_message = "Tasks must carry the tags of their service."
  }

  assert {
    condition     = aws_ecs_service.this.availability_zone_rebalancing == "ENABLED"
    error_message = "With room for one more task, zones must be rebalanced."
  }

  assert {
    condition     = aws_ecs_service.this.health_check_grace_period_seconds == null
    error_message = "ECS refuses a grace period without a load balancer."
  }

  assert {
    condition     = aws_ecs_service.this.network_configuration[0].security_groups == toset([aws_security_group.this.id, "sg-database"]) && !aws_ecs_service.this.network_configuration[0].assign_public_ip
    error_message = "Tasks must have their own security group and those given, and no public address."
  }

  assert {
    condition     = length(aws_lb_target_group.this) + length(aws_lb_listener_rule.this) + length(aws_vpc_security_group_ingress_rule.from_load_balancer) + length(aws_vpc_security_group_egress_rule.from_load_balancer) == 0
    error_message = "Without a load balancer nothing of it must exist."
  }

  assert {
    condition     = length(aws_ecs_service.this.load_balancer) == 0 && output.target_group_arn == null && output.target_group_arn_suffix == null && output.rule_priorities == {}
    error_message = "Without a load balancer there is no target group."
  }

  assert {
    condition     = aws_security_group.this.name_prefix == "web-" && output.security_group_id == aws_security_group.this.id && output.name == "web"
    error_message = "The service must be found under its name."
  }
}

run "a_disk_for_each_task" {
  command = apply

  variables {
    ebs_volume = { name = "index", role_name = "hello-default-web-volumes", size_gib = 20 }
  }

  assert {
    condition = jsonencode([for volume in aws_ecs_service.this.volume_configuration : [volume.name, volume.managed_ebs_volume[0]]]) == jsonencode([["index", {
      role_arn                   = "arn:aws:iam::123456789012:role/volumes"
      encrypted                  = true
      kms_key_id                 = null
      volume_type                = "gp3"
      size_in_gb                 = 20
      iops                       = null
      throughput                 = null
      file_system_type           = "xfs"
      snapshot_id                = null
      tag_specifications         = []
      volume_initialization_rate = null
    }]])
    error_message = "Each task must get an encrypted disk."
  }

  assert {
    condition     = aws_iam_role_policy_attachment.volumes[0].policy_arn == "arn:aws:iam::aws:policy/service-role/AmazonECSInfrastructureRolePolicyForVolumes" && length(aws_iam_role_policy.volumes_key) == 0
    error_message = "ECS may make disks, and nothing else."
  }

  assert {
    condition     = jsondecode(aws_iam_role.volumes[0].assume_role_policy).Statement == [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs.amazonaws.com" } }]
    error_message = "Only ECS may use the role, under no condition that AWS does not name."
  }
}

run "a_disk_with_a_key_and_a_snapshot" {
  command = apply

  variables {
    ebs_volume = {
      name        = "index"
      role_name   = "hello-default-web-volumes"
      type        = "io2"
      iops        = 5000
      kms_key     = { arn = "arn:aws:kms:eu-west-1:123456789012:key/1" }
      filesystem  = "ext4"
      snapshot_id = "snap-1"
    }
    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.volumes_key[0].policy).Statement : statement.Resource == ["arn:aws:kms:eu-west-1:123456789012:key/1"] && (
        try(statement.Condition.StringEquals["kms:ViaService"], statement.Sid) == (statement.Sid == "FindKey" ? "FindKey" : "ec2.eu-west-1.amazonaws.com")
      )
    ])
    error_message = "The key may be used by EC2 for disks, and no other key."
  }

  assert {
    condition     = aws_iam_role.volumes[0].permissions_boundary == "arn:aws:iam::123456789012:policy/boundary"
    error_message = "The role must stay within the boundary."
  }

  assert {
    condition     = aws_ecs_service.this.volume_configuration[0].managed_ebs_volume[0].snapshot_id == "snap-1" && aws_ecs_service.this.volume_configuration[0].managed_ebs_volume[0].size_in_gb == null
    error_message = "The disk must begin with the snapshot, at its size."
  }
}

run "refuses_a_disk_without_a_size" {
  command = plan

  variables {
    ebs_volume = { name = "index", role_name = "volumes" }
  }

  expect_failures = [var.ebs_volume]
}

run "refuses_a_type_that_fargate_does_not_have" {
  command = plan

  variables {
    ebs_volume = { name = "index", role_name = "volumes", size_gib = 10, type = "standard" }
  }

  expect_failures = [var.ebs_volume]
}

run "refuses_a_disk_that_is_too_large" {
  command = plan

  variables {
    ebs_volume = { name = "index", role_name = "volumes", size_gib = 16385 }
  }

  expect_failures = [var.ebs_volume]
}

run "refuses_io2_without_iops" {
  command = plan

  variables {
    ebs_volume = { name = "index", role_name = "volumes", size_gib = 10, type = "io2" }
  }

  expect_failures = [var.ebs_volume]
}

run "behind_a_load_balancer" {
  command = apply

  variables {
    desired_count                     = 2
    health_check_grace_period_seconds = 60
    assign_public_ip                  = true
    enable_execute_command            = true
    deployment_rollback               = false
    timeout                           = "5m"
    redeployment                      = "2024-01-01T00:00:00Z"
    security_group_name               = "hello-default-web"
    capacity_provider_strategy = [
      { capacity_provider = "FARGATE", base = 1, weight = 1 },
      { capacity_provider = "FARGATE_SPOT", weight = 3 },
    ]
    load_balancer = {
      container_name     = "web"
      container_port     = 8080
      security_group_id  = "sg-load-balancer"
      listener_arn       = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/hello/1/2"
      target_group_name  = "hello-web-1a2b3c"
      stickiness_seconds = 3600
      health_check       = { path = "/health", matcher = "200", interval = 10, timeout = 3 }
      rules = {
        main = { priority = 49000, paths = ["/api", "/api/*"], hosts = ["example.com"], source_cidrs = ["10.0.0.0/8"] }
        old  = { priority = 49010, paths = ["/v1/*"] }
      }
    }
  }

  assert {
    condition = (
      one(aws_ecs_service.this.load_balancer).target_group_arn == aws_lb_target_group.this[0].arn &&
      one(aws_ecs_service.this.load_balancer).container_name == "web" &&
      one(aws_ecs_service.this.load_balancer).container_port == 8080
    )
    error_message = "The container must be registered in the target group."
  }

  assert {
    condition = (
      aws_ecs_service.this.health_check_grace_period_seconds == 60 && aws_ecs_service.this.enable_execute_command &&
      aws_ecs_service.this.network_configuration[0].assign_public_ip && !aws_ecs_service.this.deployment_circuit_breaker[0].rollback &&
      aws_ecs_service.this.timeouts.update == "5m" && aws_ecs_service.this.triggers == tomap({ redeployment = "2024-01-01T00:00:00Z" })
    )
    error_message = "The options must reach the service."
  }

  assert {
    condition = { for item in aws_ecs_service.this.capacity_provider_strategy : item.capacity_provider => "${item.base} ${item.weight}" } == {
      FARGATE      = "1 1"
      FARGATE_SPOT = "0 3"
    }
    error_message = "Both capacity providers must be used as given."
  }

  assert {
    condition = (
      aws_lb_target_group.this[0].name == "hello-web-1a2b3c" && aws_lb_target_group.this[0].target_type == "ip" &&
      aws_lb_target_group.this[0].port == 80 && aws_lb_target_group.this[0].deregistration_delay == "30"
    )
    error_message = "The target group must take addresses, under the name given, with the port that never changes."
  }

  assert {
    condition     = aws_lb_target_group.this[0].stickiness[0].enabled && aws_lb_target_group.this[0].stickiness[0].cookie_duration == 3600
    error_message = "Clients must stay with their task."
  }

  assert {
    condition = (
      aws_lb_target_group.this[0].health_check[0].path == "/health" && aws_lb_target_group.this[0].health_check[0].matcher == "200" &&
      aws_lb_target_group.this[0].health_check[0].interval == 10 && aws_lb_target_group.this[0].health_check[0].timeout == 3 &&
      aws_lb_target_group.this[0].health_check[0].healthy_threshold == 2 && aws_lb_target_group.this[0].health_check[0].unhealthy_threshold == 3
    )
    error_message = "The health check must be as given, with the defaults for the rest."
  }

  assert {
    condition     = output.rule_priorities == { main = 49000, old = 49010 } && alltrue([for rule in aws_lb_listener_rule.this : rule.action[0].target_group_arn == output.target_group_arn])
    error_message = "Each rule must lead to the target group at its priority."
  }

  assert {
    condition = (
      one(flatten([for condition in aws_lb_listener_rule.this["main"].condition : condition.host_header[*].values])) == "example.com" &&
      toset(flatten([for condition in aws_lb_listener_rule.this["main"].condition : condition.path_pattern[*].values])) == toset(["/api", "/api/*"]) &&
      one(flatten([for condition in aws_lb_listener_rule.this["main"].condition : condition.source_ip[*].values])) == "10.0.0.0/8"
    )
    error_message = "A rule must ask for its host, its paths and its sources."
  }

  assert {
    condition     = length(aws_lb_listener_rule.this["old"].condition) == 1
    error_message = "A rule must ask for nothing that it does not list."
  }

  assert {
    condition = (
      aws_vpc_security_group_ingress_rule.from_load_balancer["8080"].referenced_security_group_id == "sg-load-balancer" &&
      aws_vpc_security_group_ingress_rule.from_load_balancer["8080"].from_port == 8080 &&
      aws_vpc_security_group_ingress_rule.from_load_balancer["8080"].to_port == 8080 &&
      aws_vpc_security_group_ingress_rule.from_load_balancer["8080"].cidr_ipv4 == null
    )
    error_message = "Only the load balancer must reach the tasks, on their port."
  }

  assert {
    condition = (
      aws_vpc_security_group_egress_rule.from_load_balancer["8080"].security_group_id == "sg-load-balancer" &&
      aws_vpc_security_group_egress_rule.from_load_balancer["8080"].referenced_security_group_id == aws_security_group.this.id &&
      aws_vpc_security_group_egress_rule.from_load_balancer["8080"].from_port == 8080 &&
      aws_vpc_security_group_egress_rule.from_load_balancer["8080"].to_port == 8080
    )
    error_message = "The load balancer must be let out to the tasks, on their port."
  }

  assert {
    condition     = aws_security_group.this.name_prefix == "hello-default-web-"
    error_message = "The security group must have the name given."
  }
}

run "stickiness_is_switched_off_in_so_many_words" {
  command = plan

  variables {
    load_balancer = {
      container_name    = "web"
      container_port    = 8080
      security_group_id = "sg-load-balancer"
      listener_arn      = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/hello/1/2"
      target_group_name = "hello-web-1a2b3c"
      rules             = { main = { priority = 49000, paths = ["/*"] } }
    }
  }

  assert {
    condition     = !aws_lb_target_group.this[0].stickiness[0].enabled
    error_message = "Without stickiness_seconds clients must not stay with one task."
  }
}

run "no_rebalancing_without_room" {
  command = plan

  variables {
    desired_count                      = 2
    deployment_minimum_healthy_percent = 50
    deployment_maximum_percent         = 100
  }

  assert {
    condition     = aws_ecs_service.this.availability_zone_rebalancing == "DISABLED"
    error_message = "ECS refuses rebalancing at 100%."
  }
}

run "refuses_a_deployment_that_cannot_move" {
  command = plan

  variables {
    desired_count              = 1
    deployment_maximum_percent = 150
  }

  expect_failures = [aws_ecs_service.this]
}

run "refuses_what_ecs_refuses" {
  command = plan

  variables {
    name                               = "web service"
    desired_count                      = -1
    capacity_provider_strategy         = [{ capacity_provider = "FARGATE", weight = 0 }]
    deployment_minimum_healthy_percent = 101
    deployment_maximum_percent         = 99
    health_check_grace_period_seconds  = -1
    timeout                            = "soon"
    subnet_ids                         = []
    security_group_ids                 = ["sg-1", "sg-2", "sg-3", "sg-4", "sg-5"]
  }

  expect_failures = [
    var.name,
    var.desired_count,
    var.capacity_provider_strategy,
    var.deployment_minimum_healthy_percent,
    var.deployment_maximum_percent,
    var.health_check_grace_period_seconds,
    var.timeout,
    var.subnet_ids,
    var.security_group_ids,
  ]
}

run "refuses_a_bad_name_of_the_target_group" {
  command = plan

  variables {
    load_balancer = {
      container_name    = "web"
      container_port    = 8080
      security_group_id = "sg-load-balancer"
      listener_arn      = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/hello/1/2"
      target_group_name = "-web-"
      rules             = { main = { priority = 1, paths = ["/*"] } }
    }
  }

  expect_failures = [var.load_balancer]
}

run "refuses_no_rule" {
  command = plan

  variables {
    load_balancer = {
      container_name    = "web"
      container_port    = 8080
      security_group_id = "sg-load-balancer"
      listener_arn      = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/hello/1/2"
      target_group_name = "hello-web-1a2b3c"
      rules             = {}
    }
  }

  expect_failures = [var.load_balancer]
}

run "refuses_priority_zero" {
  command = plan

  variables {
    load_balancer = {
      container_name    = "web"
      container_port    = 8080
      security_group_id = "sg-load-balancer"
      listener_arn      = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/hello/1/2"
      target_group_name = "hello-web-1a2b3c"
      rules             = { main = { priority = 0, paths = ["/*"] } }
    }
  }

  expect_failures = [var.load_balancer]
}

run "refuses_a_rule_without_conditions" {
  command = plan

  variables {
    load_balancer = {
      container_name    = "web"
      container_port    = 8080
      security_group_id = "sg-load-balancer"
      listener_arn      = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/hello/1/2"
      target_group_name = "hello-web-1a2b3c"
      rules             = { main = { priority = 1 } }
    }
  }

  expect_failures = [var.load_balancer]
}

run "refuses_a_rule_with_six_values" {
  command = plan

  variables {
    load_balancer = {
      container_name    = "web"
      container_port    = 8080
      security_group_id = "sg-load-balancer"
      listener_arn      = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/hello/1/2"
      target_group_name = "hello-web-1a2b3c"
      rules             = { main = { priority = 1, paths = ["/a", "/b", "/c"], hosts = ["a.example", "b.example", "c.example"] } }
    }
  }

  expect_failures = [var.load_balancer]
}

run "refuses_a_timeout_as_long_as_the_interval" {
  command = plan

  variables {
    load_balancer = {
      container_name    = "web"
      container_port    = 8080
      security_group_id = "sg-load-balancer"
      listener_arn      = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/hello/1/2"
      target_group_name = "hello-web-1a2b3c"
      rules             = { main = { priority = 1, paths = ["/*"] } }
      health_check      = { interval = 5, timeout = 5 }
    }
  }

  expect_failures = [var.load_balancer]
}

run "refuses_a_threshold_of_one" {
  command = plan

  variables {
    load_balancer = {
      container_name    = "web"
      container_port    = 8080
      security_group_id = "sg-load-balancer"
      listener_arn      = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/hello/1/2"
      target_group_name = "hello-web-1a2b3c"
      rules             = { main = { priority = 1, paths = ["/*"] } }
      health_check      = { healthy_threshold = 1 }
    }
  }

  expect_failures = [var.load_balancer]
}

run "refuses_a_drain_of_two_hours" {
  command = plan

  variables {
    load_balancer = {
      container_name       = "web"
      container_port       = 8080
      security_group_id    = "sg-load-balancer"
      listener_arn         = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/hello/1/2"
      target_group_name    = "hello-web-1a2b3c"
      rules                = { main = { priority = 1, paths = ["/*"] } }
      deregistration_delay = 7200
    }
  }

  expect_failures = [var.load_balancer]
}

run "refuses_stickiness_of_no_time" {
  command = plan

  variables {
    load_balancer = {
      container_name     = "web"
      container_port     = 8080
      security_group_id  = "sg-load-balancer"
      listener_arn       = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/hello/1/2"
      target_group_name  = "hello-web-1a2b3c"
      rules              = { main = { priority = 1, paths = ["/*"] } }
      stickiness_seconds = 0
    }
  }

  expect_failures = [var.load_balancer]
}

run "speaks_grpc_and_signs_clients_in" {
  command = apply

  variables {
    load_balancer = {
      container_name    = "web"
      container_port    = 8080
      security_group_id = "sg-load-balancer"
      listener_arn      = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/hello/1/2"
      target_group_name = "hello-web-1a2b3c"
      protocol_version  = "GRPC"
      health_check      = { path = "/AWS.ALB/healthcheck", matcher = "0-99" }
      rules = {
        main = {
          priority = 100
          hosts    = ["example.com"]
          authenticate_cognito = {
            user_pool_arn       = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_a"
            user_pool_client_id = "client"
            user_pool_domain    = "login"
          }
        }
        open = { priority = 90, paths = ["/health"] }
      }
    }
  }

  assert {
    condition     = aws_lb_target_group.this[0].protocol_version == "GRPC" && aws_lb_target_group.this[0].protocol == "HTTP" && aws_lb_target_group.this[0].health_check[0].matcher == "0-99"
    error_message = "The target group must speak gRPC and take its codes."
  }

  assert {
    condition = (
      [for action in aws_lb_listener_rule.this["main"].action : "${action.order} ${action.type}"] == ["1 authenticate-cognito", "2 forward"] &&
      aws_lb_listener_rule.this["main"].action[0].authenticate_cognito[0].scope == "openid" &&
      aws_lb_listener_rule.this["main"].action[0].authenticate_cognito[0].session_timeout == 604800 &&
      aws_lb_listener_rule.this["main"].action[0].authenticate_cognito[0].on_unauthenticated_request == "authenticate"
    )
    error_message = "Clients must be signed in before a request is forwarded."
  }

  assert {
    condition     = [for action in aws_lb_listener_rule.this["open"].action : action.type] == ["forward"]
    error_message = "A rule without authentication must let everyone in."
  }
}

run "leaves_the_groups_of_a_shared_load_balancer_alone" {
  command = plan

  variables {
    load_balancer = {
      container_name            = "web"
      container_port            = 8080
      source_security_group_ids = ["sg-1", "sg-2"]
      listener_arn              = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shared/1/2"
      target_group_name         = "hello-web-1a2b3c"
      rules                     = { main = { priority = 100, hosts = ["example.com"] } }
    }
  }

  assert {
    condition     = length(aws_vpc_security_group_egress_rule.from_load_balancer) == 0 && length(aws_vpc_security_group_ingress_rule.from_load_balancer) == 0
    error_message = "No rule must be added to groups of others."
  }

  assert {
    condition = {
      for key, rule in aws_vpc_security_group_ingress_rule.from_shared_load_balancer : key => "${rule.referenced_security_group_id} ${rule.from_port}-${rule.to_port}"
    } == { "8080 sg-1" = "sg-1 8080-8080", "8080 sg-2" = "sg-2 8080-8080" }
    error_message = "Tasks must let the load balancer in, from each of its groups and on their port only."
  }
}

run "wants_the_security_group_of_the_load_balancer" {
  command = plan

  variables {
    load_balancer = {
      container_name    = "web"
      container_port    = 8080
      listener_arn      = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shared/1/2"
      target_group_name = "hello-web-1a2b3c"
      rules             = { main = { priority = 100, hosts = ["example.com"] } }
    }
  }

  expect_failures = [var.load_balancer]
}
