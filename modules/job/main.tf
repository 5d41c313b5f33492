# What a job needs beside its task definition: a security group, and the request that starts it.

## Job

locals {
  security_group_ids = concat([aws_security_group.this.id], var.security_group_ids)

  # RunTask in the API's own words.
  run_task = {
    cluster        = var.cluster_arn
    taskDefinition = var.task_definition_arn
    capacityProviderStrategy = [
      for item in var.capacity_provider_strategy : { capacityProvider = item.capacity_provider, weight = item.weight, base = item.base }
    ]
    networkConfiguration = {
      awsvpcConfiguration = {
        subnets        = var.subnet_ids
        securityGroups = local.security_group_ids
        assignPublicIp = var.assign_public_ip ? "ENABLED" : "DISABLED"
      }
    }
    propagateTags        = "TASK_DEFINITION"
    enableECSManagedTags = true
  }
}

## Security group of the tasks

resource "aws_security_group" "this" {
  name_prefix = "${coalesce(var.security_group_name, var.name)}-"
  description = "Tasks of the job ${var.name}"
  vpc_id      = var.vpc_id

  tags = merge(var.tags, { Name = coalesce(var.security_group_name, var.name) })

  lifecycle {
    create_before_destroy = true
  }
}

# Nobody reaches a job, so there is no rule for what comes in.
resource "aws_vpc_security_group_egress_rule" "anywhere" {
  security_group_id = aws_security_group.this.id
  description       = "Anywhere"
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"

  tags = var.tags

  lifecycle {
    create_before_destroy = true
  }
}
