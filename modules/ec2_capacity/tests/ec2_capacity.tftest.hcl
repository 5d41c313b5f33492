# What the EC2 capacity module promises, on a provider that is not real.

mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_resource "aws_autoscaling_group" {
    defaults = { arn = "arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:1:autoScalingGroupName/ec2-hello-default" }
  }

  mock_resource "aws_iam_instance_profile" {
    defaults = { arn = "arn:aws:iam::123456789012:instance-profile/hello-default-ec2-instance" }
  }
}

variables {
  name           = "ec2-hello-default"
  cluster_name   = "hello-default"
  role_name      = "hello-default-ec2-instance"
  instance_types = ["m7g.large", "m6g.large"]
  max_size       = 4
  image_id       = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id"
  vpc_id         = "vpc-1"
  subnet_ids     = ["subnet-a", "subnet-b"]
}

run "ecs_owns_the_instances" {
  command = apply

  variables {
    tags        = { team = "web" }
    launch_tags = { stage = "prod" }
  }

  assert {
    condition = (
      aws_ecs_capacity_provider.this.auto_scaling_group_provider[0].managed_termination_protection == "ENABLED" &&
      aws_ecs_capacity_provider.this.auto_scaling_group_provider[0].managed_draining == "ENABLED" &&
      aws_ecs_capacity_provider.this.auto_scaling_group_provider[0].managed_scaling[0].status == "ENABLED" &&
      aws_ecs_capacity_provider.this.auto_scaling_group_provider[0].managed_scaling[0].target_capacity == 100
    )
    error_message = "ECS must scale, protect and drain the instances."
  }

  assert {
    condition     = aws_autoscaling_group.this.protect_from_scale_in && aws_autoscaling_group.this.force_delete && aws_autoscaling_group.this.min_size == 0 && aws_autoscaling_group.this.max_size == 4
    error_message = "Managed termination protection needs protected instances, and these must not keep the group from being deleted."
  }

  assert {
    condition     = aws_autoscaling_group.this.wait_for_capacity_timeout == "0"
    error_message = "A group that waits for its instances in vain is replaced, and its name is taken."
  }

  assert {
    condition = toset([for tag in aws_autoscaling_group.this.tag : "${tag.key}=${tag.value}" if tag.propagate_at_launch]) == toset([
      "AmazonECSManaged=true", "Name=ec2-hello-default", "stage=prod", "team=web",
    ])
    error_message = "The group must have the tag that ECS gives it, and hand all tags on to its instances."
  }

  assert {
    condition = (
      [for item in aws_autoscaling_group.this.mixed_instances_policy[0].launch_template[0].override : item.instance_type] == ["m7g.large", "m6g.large"] &&
      aws_autoscaling_group.this.mixed_instances_policy[0].instances_distribution[0].on_demand_percentage_above_base_capacity == 100
    )
    error_message = "The instance types must keep their order, and be on-demand unless Spot is wanted."
  }

  assert {
    condition = (
      aws_launch_template.this.metadata_options[0].http_tokens == "required" &&
      aws_launch_template.this.metadata_options[0].http_put_response_hop_limit == 1
    )
    error_message = "Instance metadata must need a token and stay out of the containers' reach."
  }

  assert {
    condition = (
      length(aws_launch_template.this.block_device_mappings) == 1 &&
      aws_launch_template.this.block_device_mappings[0].device_name == "/dev/xvda" &&
      aws_launch_template.this.block_device_mappings[0].ebs[0].encrypted == "true" &&
      aws_launch_template.this.block_device_mappings[0].ebs[0].volume_size == 30
    )
    error_message = "The volume must be encrypted."
  }

  assert {
    condition     = base64decode(aws_launch_template.this.user_data) == "#!/bin/bash\ncat >> /etc/ecs/ecs.config <<'CONFIG'\nECS_CLUSTER=hello-default\nECS_AWSVPC_BLOCK_IMDS=true\nECS_DYNAMIC_HOST_PORT_RANGE=32768-60999\nCONFIG\n"
    error_message = "The instance must be told its cluster."
  }

  assert {
    condition     = aws_launch_template.this.network_interfaces[0].associate_public_ip_address == "false" && aws_launch_template.this.network_interfaces[0].security_groups == toset([aws_security_group.this.id])
    error_message = "An instance must have the one security group, and no public address unless it is wanted."
  }

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.dynamic_ports) + length(aws_vpc_security_group_egress_rule.dynamic_ports) == 0
    error_message = "Nothing must get in unless a service needs it."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.instance.policy).Statement : (
        statement.Action == ["ecs:DiscoverPollEndpoint"] ||
        statement.Resource == [
          "arn:aws:ecs:eu-west-1:123456789012:cluster/hello-default",
          "arn:aws:ecs:eu-west-1:123456789012:container-instance/hello-default/*",
        ]
      )
    ])
    error_message = "The agent must be allowed nothing beyond its own cluster, but what has no resource."
  }

  assert {
    condition     = output.capacity_provider_name == "ec2-hello-default" && output.security_group_id == aws_security_group.this.id && output.role_name == "hello-default-ec2-instance" && output.auto_scaling_group_name == "ec2-hello-default"
    error_message = "Others must find the instances."
  }
}

run "privileged_containers_on_bottlerocket" {
  command = apply

  variables {
    operating_system            = "bottlerocket"
    allow_privileged_containers = true
  }

  assert {
    condition     = base64decode(aws_launch_template.this.user_data) == "[settings.ecs]\ncluster = \"hello-default\"\nawsvpc-block-imds = true\nenable-spot-instance-draining = false\nallow-privileged-containers = true\n"
    error_message = "Bottlerocket must be told to run privileged containers."
  }
}

run "spot_on_bottlerocket_behind_a_load_balancer" {
  command = apply

  variables {
    operating_system            = "bottlerocket"
    image_id                    = "resolve:ssm:/aws/service/bottlerocket/aws-ecs-2/arm64/latest/image_id"
    on_demand_base              = 1
    on_demand_percentage        = 50
    associate_public_ip_address = true
    volume                      = { size_gib = 50, kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/1" }
    dynamic_ports_from          = { load_balancer = "sg-load-balancer" }
  }

  assert {
    condition     = base64decode(aws_launch_template.this.user_data) == "[settings.ecs]\ncluster = \"hello-default\"\nawsvpc-block-imds = true\nenable-spot-instance-draining = true\n"
    error_message = "Bottlerocket must be told its cluster in TOML, and to drain when Spot is taken back."
  }

  assert {
    condition = (
      [for item in aws_launch_template.this.block_device_mappings : item.device_name] == ["/dev/xvda", "/dev/xvdb"] &&
      aws_launch_template.this.block_device_mappings[1].ebs[0].volume_size == 50 &&
      alltrue([for item in aws_launch_template.this.block_device_mappings : item.ebs[0].encrypted == "true" && item.ebs[0].kms_key_id == "arn:aws:kms:eu-west-1:123456789012:key/1"])
    )
    error_message = "The size must go to the volume with the containers, the key to both."
  }

  assert {
    condition = (
      aws_autoscaling_group.this.mixed_instances_policy[0].instances_distribution[0].on_demand_base_capacity == 1 &&
      aws_autoscaling_group.this.mixed_instances_policy[0].instances_distribution[0].on_demand_percentage_above_base_capacity == 50
    )
    error_message = "The shares of Spot must be as given."
  }

  assert {
    condition = (
      aws_vpc_security_group_ingress_rule.dynamic_ports["load_balancer"].referenced_security_group_id == "sg-load-balancer" &&
      aws_vpc_security_group_ingress_rule.dynamic_ports["load_balancer"].from_port == 32768 &&
      aws_vpc_security_group_ingress_rule.dynamic_ports["load_balancer"].to_port == 60999 &&
      aws_vpc_security_group_egress_rule.dynamic_ports["load_balancer"].security_group_id == "sg-load-balancer"
    )
    error_message = "The load balancer must reach the dynamic ports, and nothing else."
  }

  assert {
    condition     = aws_launch_template.this.network_interfaces[0].associate_public_ip_address == "true"
    error_message = "A public address must be given where it is wanted."
  }
}

run "spot_on_amazon_linux_drains" {
  command = plan

  variables {
    on_demand_percentage = 0
  }

  assert {
    condition     = strcontains(base64decode(aws_launch_template.this.user_data), "\nECS_ENABLE_SPOT_INSTANCE_DRAINING=true\n")
    error_message = "The agent must drain an instance that Spot takes back."
  }
}

run "refuses_what_aws_refuses" {
  command = plan

  variables {
    name                 = "ecs-hello"
    target_capacity      = 0
    instance_types       = ["m7g.large", "m7g.large"]
    min_size             = -1
    on_demand_percentage = 101
    subnet_ids           = []
    image_id             = "latest"
    operating_system     = "windows"
    volume               = { size_gib = 8, type = "io2" }
    role_name            = "a role"
  }

  expect_failures = [
    var.name,
    var.target_capacity,
    var.instance_types,
    var.min_size,
    var.on_demand_percentage,
    var.subnet_ids,
    var.image_id,
    var.operating_system,
    var.volume,
    var.role_name,
  ]
}

run "refuses_a_name_that_a_launch_template_cannot_have" {
  command = plan

  variables {
    name = "ab"
  }

  expect_failures = [var.name]
}

run "ec2_has_another_name_in_china" {
  command = plan

  override_data {
    target = data.aws_partition.current
    values = { partition = "aws-cn" }
  }

  assert {
    condition     = jsondecode(aws_iam_role.instance.assume_role_policy).Statement[0].Principal == { Service = "ec2.amazonaws.com.cn" }
    error_message = "In China EC2 must be able to use the role."
  }
}

run "refuses_fewer_at_most_than_at_least" {
  command = plan

  variables {
    min_size = 5
  }

  expect_failures = [var.max_size]
}
