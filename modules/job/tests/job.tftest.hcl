# What the job module promises, on a provider that is not real.

mock_provider "aws" {}

variables {
  name                = "report"
  cluster_arn         = "arn:aws:ecs:eu-west-1:123456789012:cluster/hello-default"
  task_definition_arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/hello-default-report:7"
  vpc_id              = "vpc-1"
  subnet_ids          = ["subnet-a", "subnet-b"]
}

run "by_hand" {
  command = apply

  variables {
    security_group_ids  = ["sg-database"]
    security_group_name = "hello-default-report"
    assign_public_ip    = true
    capacity_provider_strategy = [
      { capacity_provider = "FARGATE", base = 1 },
      { capacity_provider = "FARGATE_SPOT", weight = 3 },
    ]
  }

  assert {
    condition = (
      output.run_task.cluster == "arn:aws:ecs:eu-west-1:123456789012:cluster/hello-default" &&
      output.run_task.taskDefinition == "arn:aws:ecs:eu-west-1:123456789012:task-definition/hello-default-report:7"
    )
    error_message = "The request must name the cluster, and the revision that was applied."
  }

  assert {
    condition = jsonencode(output.run_task.networkConfiguration.awsvpcConfiguration) == jsonencode({
      subnets        = ["subnet-a", "subnet-b"]
      securityGroups = [aws_security_group.this.id, "sg-database"]
      assignPublicIp = "ENABLED"
    })
    error_message = "The task must stand in the subnets given, with its own security group and those given."
  }

  assert {
    condition     = [for item in output.run_task.capacityProviderStrategy : "${item.capacityProvider} ${item.base} ${item.weight}"] == ["FARGATE 1 1", "FARGATE_SPOT 0 3"]
    error_message = "The request must name both capacity providers."
  }

  assert {
    condition     = output.run_task.propagateTags == "TASK_DEFINITION"
    error_message = "Tasks must carry the tags of their definition."
  }

  assert {
    condition     = aws_security_group.this.name_prefix == "hello-default-report-" && output.security_group_id == aws_security_group.this.id
    error_message = "The security group must have the name given."
  }
}

run "in_private_subnets" {
  command = apply

  assert {
    condition     = output.run_task.networkConfiguration.awsvpcConfiguration.assignPublicIp == "DISABLED"
    error_message = "Without being asked, no task gets a public address."
  }
}

run "refuses_what_ecs_refuses" {
  command = plan

  variables {
    name                       = "a report"
    subnet_ids                 = []
    security_group_ids         = ["sg-1", "sg-2", "sg-3", "sg-4", "sg-5"]
    capacity_provider_strategy = [{ capacity_provider = "FARGATE", weight = 0 }]
  }

  expect_failures = [
    var.name,
    var.subnet_ids,
    var.security_group_ids,
    var.capacity_provider_strategy,
  ]
}
