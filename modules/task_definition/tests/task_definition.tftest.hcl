# What the task definition module promises, on a provider that is not real.

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

  mock_data "aws_secretsmanager_secret" {
    defaults = { arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:found-AbCdEf" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mock" }
  }

  mock_resource "aws_ecs_task_definition" {
    defaults = { arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/hello-default-web:1" }
  }
}

variables {
  family              = "hello-default-web"
  execution_role_name = "hello-default-web-execution"
  task_role_name      = "hello-default-web-task"
  log_group_name      = "/ecs/hello/default/web"
  ecr_repositories    = ["hello/web"]
  containers = {
    web = {
      image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/hello/web@sha256:0123"
      ports = [{ container_port = 8080 }]
    }
  }
}

run "smallest_container_is_canonical" {
  command = apply

  # Every key that ECS answers with, and not one more: the second plan must be empty.
  assert {
    condition = jsondecode(aws_ecs_task_definition.this.container_definitions) == [{
      name                   = "web"
      image                  = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/hello/web@sha256:0123"
      essential              = true
      cpu                    = 0
      environment            = []
      mountPoints            = []
      volumesFrom            = []
      systemControls         = []
      readonlyRootFilesystem = false
      portMappings           = [{ containerPort = 8080, hostPort = 8080, protocol = "tcp" }]
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = "/ecs/hello/default/web"
          awslogs-region        = "eu-west-1"
          awslogs-stream-prefix = "ecs"
        }
      }
    }]
    error_message = "The container definition must be as ECS returns it."
  }

  assert {
    condition     = aws_ecs_task_definition.this.requires_compatibilities == toset(["FARGATE"]) && aws_ecs_task_definition.this.network_mode == "awsvpc" && aws_ecs_task_definition.this.cpu == "256" && aws_ecs_task_definition.this.memory == "512"
    error_message = "It must be a Fargate task of the smallest size."
  }

  assert {
    condition     = aws_ecs_task_definition.this.skip_destroy && !aws_ecs_task_definition.this.track_latest
    error_message = "A rollback needs the revision before."
  }

  assert {
    condition     = aws_ecs_task_definition.this.runtime_platform[0].cpu_architecture == "X86_64" && aws_ecs_task_definition.this.runtime_platform[0].operating_system_family == "LINUX" && length(aws_ecs_task_definition.this.ephemeral_storage) == 0
    error_message = "It must run on Linux on x86_64 with the free storage."
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.name == "/ecs/hello/default/web" && aws_cloudwatch_log_group.this.retention_in_days == 30
    error_message = "Logs must be kept for thirty days."
  }

  assert {
    condition = { for statement in jsondecode(aws_iam_role_policy.execution.policy).Statement : statement.Sid => statement.Resource } == {
      WriteLogs  = ["arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/hello/default/web:*"]
      LogInToEcr = ["*"]
      PullImages = ["arn:aws:ecr:eu-west-1:123456789012:repository/hello/web"]
    }
    error_message = "The execution role must pull this image and write these logs, and no more."
  }

  assert {
    condition     = alltrue([for role in [aws_iam_role.execution, aws_iam_role.task] : jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "123456789012"])
    error_message = "Only tasks of this account must use the roles."
  }

  assert {
    condition     = length(aws_iam_role_policy.task) == 0 && length(aws_iam_role_policy_attachment.task) == 0
    error_message = "The containers must be allowed nothing."
  }

  assert {
    condition     = output.ports == { web = 8080 } && output.start_periods == { web = 0 } && output.arn == aws_ecs_task_definition.this.arn && output.log_group_name == "/ecs/hello/default/web" && output.family == "hello-default-web"
    error_message = "A service must get what it needs."
  }
}

run "every_key_of_a_container" {
  command = apply

  variables {
    cpu                   = 1024
    memory                = 2048
    cpu_architecture      = "ARM64"
    ephemeral_storage_gib = 50
    log_retention_days    = 7
    log_kms_key_arn       = "arn:aws:kms:eu-west-1:123456789012:key/logs"
    containers = {
      web = {
        image              = "registry.example.com/web:1"
        command            = ["serve", "--port", "8080"]
        entry_point        = ["/entry"]
        working_directory  = "/srv"
        user               = "1000:1000"
        stop_timeout       = 60
        cpu                = 512
        memory             = 1024
        memory_reservation = 512
        ports = [
          { container_port = 8080, name = "http" },
          { container_port = 5353, protocol = "udp" },
          { container_port = 9000, name = "rpc", app_protocol = "grpc" },
        ]
        environment                = { ZULU = "2", ALPHA = "$${literal} <&>" }
        environment_files          = ["arn:aws:s3:::settings/web/prod.env"]
        repository_credentials_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:registry-AbCdEf"
        health_check               = { command = ["CMD-SHELL", "check"], start_period = 20 }
        depends_on                 = { setup = "SUCCESS" }
        init_process_enabled       = true
        readonly_root_filesystem   = true
        drop_capabilities          = ["ALL"]
        ulimits                    = { nofile = { soft = 1024, hard = 4096 } }
      }
      setup = {
        image     = "registry.example.com/setup:1"
        essential = false
      }
    }
  }

  assert {
    condition = jsondecode(aws_ecs_task_definition.this.container_definitions)[1] == {
      name              = "web"
      image             = "registry.example.com/web:1"
      essential         = true
      command           = ["serve", "--port", "8080"]
      entryPoint        = ["/entry"]
      workingDirectory  = "/srv"
      user              = "1000:1000"
      stopTimeout       = 60
      cpu               = 512
      memory            = 1024
      memoryReservation = 512
      portMappings = [
        { containerPort = 8080, hostPort = 8080, protocol = "tcp", name = "http" },
        { containerPort = 5353, hostPort = 5353, protocol = "udp" },
        { containerPort = 9000, hostPort = 9000, protocol = "tcp", name = "rpc", appProtocol = "grpc" },
      ]
      environment            = [{ name = "ALPHA", value = "$${literal} <&>" }, { name = "ZULU", value = "2" }]
      environmentFiles       = [{ type = "s3", value = "arn:aws:s3:::settings/web/prod.env" }]
      repositoryCredentials  = { credentialsParameter = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:registry-AbCdEf" }
      healthCheck            = { command = ["CMD-SHELL", "check"], interval = 30, timeout = 5, retries = 3, startPeriod = 20 }
      dependsOn              = [{ containerName = "setup", condition = "SUCCESS" }]
      readonlyRootFilesystem = true
      linuxParameters        = { initProcessEnabled = true, capabilities = { add = [], drop = ["ALL"] } }
      ulimits                = [{ name = "nofile", softLimit = 1024, hardLimit = 4096 }]
      mountPoints            = []
      volumesFrom            = []
      systemControls         = []
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = "/ecs/hello/default/web"
          awslogs-region        = "eu-west-1"
          awslogs-stream-prefix = "ecs"
        }
      }
    }
    error_message = "Every key must reach the container definition."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[*].name == ["setup", "web"] && !jsondecode(aws_ecs_task_definition.this.container_definitions)[0].essential
    error_message = "The containers must be sorted by name."
  }

  assert {
    condition     = aws_ecs_task_definition.this.runtime_platform[0].cpu_architecture == "ARM64" && aws_ecs_task_definition.this.ephemeral_storage[0].size_in_gib == 50
    error_message = "The platform and the storage must be as given."
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.retention_in_days == 7 && aws_cloudwatch_log_group.this.kms_key_id == var.log_kms_key_arn
    error_message = "The logs must be kept and encrypted as given."
  }

  assert {
    condition     = output.ports == { web = 8080 } && output.start_periods == { setup = 0, web = 20 }
    error_message = "The main port is the first one."
  }

  assert {
    condition = { for statement in jsondecode(aws_iam_role_policy.execution.policy).Statement : statement.Sid => statement.Resource if !contains(["WriteLogs", "LogInToEcr", "PullImages"], statement.Sid) } == {
      ReadSecrets          = ["arn:aws:secretsmanager:eu-west-1:123456789012:secret:registry-AbCdEf"]
      ReadEnvironmentFiles = ["arn:aws:s3:::settings/web/prod.env"]
      FindEnvironmentFiles = ["arn:aws:s3:::settings"]
    }
    error_message = "The execution role must read exactly these files and credentials."
  }
}

run "containers_share_a_scratch_volume" {
  command = apply

  variables {
    containers = {
      web    = { image = "nginx", mount_points = [{ volume = "site", path = "/html", read_only = true }] }
      writer = { image = "busybox", mount_points = [{ volume = "site", path = "/site" }, { volume = "tmp", path = "/tmp" }] }
    }
    volumes = { site = {}, tmp = {} }
  }

  assert {
    condition     = toset(aws_ecs_task_definition.this.volume[*].name) == toset(["site", "tmp"])
    error_message = "The task must have each volume once."
  }

  assert {
    condition = [for container in jsondecode(aws_ecs_task_definition.this.container_definitions) : container.mountPoints] == [
      [{ sourceVolume = "site", containerPath = "/html", readOnly = true }],
      [{ sourceVolume = "site", containerPath = "/site", readOnly = false }, { sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }],
    ]
    error_message = "Each container must mount its volumes, as ECS answers with them."
  }
}

run "file_systems_and_disks" {
  command = apply

  variables {
    containers = {
      web = {
        image = "nginx"
        mount_points = [
          { volume = "files", path = "/files" },
          { volume = "archive", path = "/archive", read_only = true },
          { volume = "legacy", path = "/legacy" },
          { volume = "index", path = "/index" },
        ]
      }
    }
    volumes = {
      archive = { efs = { file_system_id = "fs-1", root_directory = "/old" } }
      files   = { efs = { file_system_id = "fs-2", access_point_id = "fsap-2" } }
      legacy  = { efs = { file_system_id = "fs-3", iam = false } }
      index   = { configure_at_launch = true }
    }
  }

  assert {
    condition = jsonencode({
      for volume in aws_ecs_task_definition.this.volume : volume.name => [
        for efs in volume.efs_volume_configuration : [efs.file_system_id, efs.root_directory, efs.transit_encryption, efs.authorization_config[*].access_point_id, efs.authorization_config[*].iam]
      ]
      }) == jsonencode({
      archive = [["fs-1", "/old", "ENABLED", [null], ["ENABLED"]]]
      files   = [["fs-2", "/", "ENABLED", ["fsap-2"], ["ENABLED"]]]
      legacy  = [["fs-3", "/", "ENABLED", [], []]]
      index   = []
    })
    error_message = "Each file system must be mounted as described, over an encrypted connection."
  }

  assert {
    condition     = [for volume in aws_ecs_task_definition.this.volume : volume.name if coalesce(volume.configure_at_launch, false)] == ["index"]
    error_message = "The disk must be left to the service."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.task[0].policy).Statement == [
      {
        Effect   = "Allow"
        Action   = ["elasticfilesystem:ClientMount"]
        Resource = ["arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/fs-1"]
      },
      {
        Effect    = "Allow"
        Action    = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
        Resource  = ["arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/fs-2"]
        Condition = { StringEquals = { "elasticfilesystem:AccessPointArn" = "arn:aws:elasticfilesystem:eu-west-1:123456789012:access-point/fsap-2" } }
      },
    ]
    error_message = "The task may mount what it mounts, through its access point, and write where a container does."
  }
}

run "refuses_two_disks" {
  command = plan

  variables {
    volumes = { a = { configure_at_launch = true }, b = { configure_at_launch = true } }
  }

  expect_failures = [var.volumes]
}

run "refuses_a_disk_on_a_file_system" {
  command = plan

  variables {
    volumes = { a = { configure_at_launch = true, efs = { file_system_id = "fs-1" } } }
  }

  expect_failures = [var.volumes]
}

run "refuses_two_root_directories" {
  command = plan

  variables {
    volumes = { a = { efs = { file_system_id = "fs-1", access_point_id = "fsap-1", root_directory = "/a" } } }
  }

  expect_failures = [var.volumes]
}

run "refuses_a_mount_of_no_volume" {
  command = plan

  variables {
    containers = { web = { image = "nginx", mount_points = [{ volume = "elsewhere", path = "/a" }] } }
    volumes    = { site = {} }
  }

  expect_failures = [var.volumes]
}

run "refuses_a_volume_with_a_blank_in_its_name" {
  command = plan

  variables {
    volumes = { "si te" = {} }
  }

  expect_failures = [var.volumes]
}

run "refuses_a_relative_path" {
  command = plan

  variables {
    containers = { web = { image = "nginx", mount_points = [{ volume = "site", path = "site" }] } }
    volumes    = { site = {} }
  }

  expect_failures = [var.containers]
}

run "refuses_one_path_twice" {
  command = plan

  variables {
    containers = { web = { image = "nginx", mount_points = [{ volume = "site", path = "/a" }, { volume = "tmp", path = "/a" }] } }
    volumes    = { site = {}, tmp = {} }
  }

  expect_failures = [var.containers]
}

run "secrets_in_every_form" {
  command = apply

  variables {
    ecr_repositories    = []
    secret_kms_key_arns = ["arn:aws:kms:eu-west-1:123456789012:key/secrets"]
    containers = {
      web = {
        image = "registry.example.com/web:1"
        secrets = {
          A_PATH     = "ssm:/hello/db"
          B_NAME     = "ssm:flat"
          C_SECRET   = "secretsmanager:found"
          D_KEY      = "secretsmanager:found:password"
          E_ARN      = "arn:aws:secretsmanager:us-east-1:210987654321:secret:theirs-AbCdEf"
          F_ARN_KEY  = "arn:aws:secretsmanager:us-east-1:210987654321:secret:theirs-AbCdEf:user::"
          G_PARAM    = "arn:aws:ssm:us-east-1:210987654321:parameter/theirs"
          H_THE_SAME = "ssm:/hello/db"
        }
      }
    }
  }

  assert {
    condition = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].secrets == [
      { name = "A_PATH", valueFrom = "arn:aws:ssm:eu-west-1:123456789012:parameter/hello/db" },
      { name = "B_NAME", valueFrom = "arn:aws:ssm:eu-west-1:123456789012:parameter/flat" },
      { name = "C_SECRET", valueFrom = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:found-AbCdEf" },
      { name = "D_KEY", valueFrom = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:found-AbCdEf:password::" },
      { name = "E_ARN", valueFrom = "arn:aws:secretsmanager:us-east-1:210987654321:secret:theirs-AbCdEf" },
      { name = "F_ARN_KEY", valueFrom = "arn:aws:secretsmanager:us-east-1:210987654321:secret:theirs-AbCdEf:user::" },
      { name = "G_PARAM", valueFrom = "arn:aws:ssm:us-east-1:210987654321:parameter/theirs" },
      { name = "H_THE_SAME", valueFrom = "arn:aws:ssm:eu-west-1:123456789012:parameter/hello/db" },
    ]
    error_message = "Each form must become what ECS reads."
  }

  assert {
    condition     = keys(data.aws_secretsmanager_secret.this) == ["found"]
    error_message = "A secret must be looked up once, by its name."
  }

  assert {
    condition = { for statement in jsondecode(aws_iam_role_policy.execution.policy).Statement : statement.Sid => statement.Resource } == {
      WriteLogs = ["arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/hello/default/web:*"]
      ReadParameters = [
        "arn:aws:ssm:eu-west-1:123456789012:parameter/flat",
        "arn:aws:ssm:eu-west-1:123456789012:parameter/hello/db",
        "arn:aws:ssm:us-east-1:210987654321:parameter/theirs",
      ]
      ReadSecrets = [
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:found-AbCdEf",
        "arn:aws:secretsmanager:us-east-1:210987654321:secret:theirs-AbCdEf",
      ]
      DecryptSecrets = ["arn:aws:kms:eu-west-1:123456789012:key/secrets"]
    }
    error_message = "The execution role must read exactly these secrets, and no registry it does not pull from."
  }
}

run "permissions" {
  command = apply

  variables {
    enable_execute_command   = true
    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
    task_policy_arns         = ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]
    ecr_repositories         = ["hello/web", "arn:aws:ecr:us-east-1:210987654321:repository/theirs"]
    task_policy_statements = [
      { actions = ["s3:GetObject"], resources = ["arn:aws:s3:::data/*"] },
      {
        effect     = "Deny"
        actions    = ["s3:*"]
        resources  = ["*"]
        conditions = { StringNotEquals = { "aws:SourceVpc" = ["vpc-1"] } }
      },
    ]
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.task[0].policy).Statement == [
      { Effect = "Allow", Action = ["s3:GetObject"], Resource = ["arn:aws:s3:::data/*"] },
      { Effect = "Deny", Action = ["s3:*"], Resource = ["*"], Condition = { StringNotEquals = { "aws:SourceVpc" = ["vpc-1"] } } },
      {
        Effect = "Allow"
        Action = [
          "ssmmessages:CreateControlChannel",
          "ssmmessages:CreateDataChannel",
          "ssmmessages:OpenControlChannel",
          "ssmmessages:OpenDataChannel",
        ]
        Resource = ["*"]
      },
    ]
    error_message = "The task role must have exactly the statements given, and those of ECS Exec."
  }

  assert {
    condition     = keys(aws_iam_role_policy_attachment.task) == ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"] && aws_iam_role_policy_attachment.task["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"].role == aws_iam_role.task.name
    error_message = "The managed policies belong to the task role."
  }

  assert {
    condition     = alltrue([for role in [aws_iam_role.execution, aws_iam_role.task] : role.permissions_boundary == "arn:aws:iam::123456789012:policy/boundary"])
    error_message = "Both roles must have the boundary."
  }

  assert {
    condition = one([for statement in jsondecode(aws_iam_role_policy.execution.policy).Statement : statement.Resource if statement.Sid == "PullImages"]) == [
      "arn:aws:ecr:eu-west-1:123456789012:repository/hello/web",
      "arn:aws:ecr:us-east-1:210987654321:repository/theirs",
    ]
    error_message = "Repositories must be named by their ARNs."
  }
}

run "refuses_a_size_that_fargate_does_not_have" {
  command = plan

  variables {
    cpu    = 256
    memory = 4096
  }

  expect_failures = [aws_ecs_task_definition.this]
}

run "refuses_containers_larger_than_the_task" {
  command = plan

  variables {
    containers = {
      web  = { image = "web", cpu = 200, memory = 400 }
      side = { image = "side", cpu = 100, memory = 200 }
    }
  }

  expect_failures = [aws_ecs_task_definition.this]
}

run "refuses_what_ecs_refuses" {
  command = plan

  variables {
    family                = "hello web"
    cpu                   = 300
    cpu_architecture      = "x86"
    ephemeral_storage_gib = 20
    log_group_name        = ""
    log_retention_days    = 31
    execution_role_name   = "a/b"
    task_role_name        = ""
    task_policy_statements = [
      { effect = "Maybe", actions = [], resources = [] },
    ]
    containers = {
      web = { image = "web", essential = false }
    }
  }

  expect_failures = [
    var.family,
    var.cpu,
    var.cpu_architecture,
    var.ephemeral_storage_gib,
    var.log_group_name,
    var.log_retention_days,
    var.execution_role_name,
    var.task_role_name,
    var.task_policy_statements,
    var.containers,
  ]
}

run "refuses_one_port_twice" {
  command = plan

  variables {
    containers = {
      web  = { image = "web", ports = [{ container_port = 8080 }] }
      side = { image = "side", ports = [{ container_port = 8080 }] }
    }
  }

  expect_failures = [var.containers]
}

run "takes_one_port_twice_behind_a_bridge" {
  command = plan

  variables {
    launch_type  = "EC2"
    network_mode = "bridge"
    containers = {
      web  = { image = "web", ports = [{ container_port = 8080 }] }
      side = { image = "side", ports = [{ container_port = 8080 }] }
    }
  }

  assert {
    condition     = output.ports == { side = 8080, web = 8080 }
    error_message = "Behind a bridge each container has a network of its own."
  }
}

run "refuses_one_port_twice_in_a_container_behind_a_bridge" {
  command = plan

  variables {
    launch_type  = "EC2"
    network_mode = "bridge"
    containers = {
      web = { image = "web", ports = [{ container_port = 8080 }, { container_port = 8080 }] }
    }
  }

  expect_failures = [var.containers]
}

run "takes_one_port_with_two_protocols" {
  command = plan

  variables {
    containers = {
      dns = { image = "dns", ports = [{ container_port = 53 }, { container_port = 53, protocol = "udp" }] }
    }
  }

  assert {
    condition     = output.ports == { dns = 53 }
    error_message = "TCP and UDP have ports of their own."
  }
}

run "refuses_a_value_instead_of_a_secret" {
  command = plan

  variables {
    containers = {
      web = { image = "web", secrets = { PASSWORD = "hunter2" } }
    }
  }

  expect_failures = [var.containers]
}

run "refuses_a_variable_from_two_sources" {
  command = plan

  variables {
    containers = {
      web = { image = "web", environment = { A = "1" }, secrets = { A = "ssm:/a" } }
    }
  }

  expect_failures = [var.containers]
}

run "refuses_a_name_with_spaces" {
  command = plan

  variables {
    containers = {
      "web server" = { image = "web" }
    }
  }

  expect_failures = [var.containers]
}

run "refuses_a_port_that_does_not_exist" {
  command = plan

  variables {
    containers = {
      web = { image = "web", ports = [{ container_port = 70000 }] }
    }
  }

  expect_failures = [var.containers]
}

run "refuses_an_environment_file_with_another_ending" {
  command = plan

  variables {
    containers = {
      web = { image = "web", environment_files = ["arn:aws:s3:::settings/prod.txt"] }
    }
  }

  expect_failures = [var.containers]
}

run "refuses_a_health_check_out_of_range" {
  command = plan

  variables {
    containers = {
      web = { image = "web", health_check = { command = ["CMD", "check"], interval = 4 } }
    }
  }

  expect_failures = [var.containers]
}

run "refuses_dependency_on_nobody" {
  command = plan

  variables {
    containers = {
      web = { image = "web", depends_on = { nobody = "START" } }
    }
  }

  expect_failures = [var.containers]
}

run "refuses_to_wait_for_health_that_is_never_checked" {
  command = plan

  variables {
    containers = {
      web   = { image = "web", depends_on = { proxy = "HEALTHY" } }
      proxy = { image = "proxy" }
    }
  }

  expect_failures = [var.containers]
}

run "refuses_to_wait_for_the_end_of_an_essential_container" {
  command = plan

  variables {
    containers = {
      web   = { image = "web", depends_on = { setup = "COMPLETE" } }
      setup = { image = "setup" }
    }
  }

  expect_failures = [var.containers]
}

run "refuses_storage_of_a_task_on_ec2" {
  command = plan

  variables {
    launch_type           = "EC2"
    ephemeral_storage_gib = 50
  }

  expect_failures = [var.ephemeral_storage_gib]
}

run "refuses_a_reservation_over_the_limit" {
  command = plan

  variables {
    containers = {
      web = { image = "web", memory = 128, memory_reservation = 256 }
    }
  }

  expect_failures = [var.containers]
}

run "refuses_a_long_stop_timeout" {
  command = plan

  variables {
    containers = {
      web = { image = "web", stop_timeout = 121 }
    }
  }

  expect_failures = [var.containers]
}

run "refuses_an_unknown_ulimit" {
  command = plan

  variables {
    containers = {
      web = { image = "web", ulimits = { nproc = { soft = 1, hard = 1 } } }
    }
  }

  expect_failures = [var.containers]
}

run "refuses_a_soft_limit_over_the_hard_one" {
  command = plan

  variables {
    containers = {
      web = { image = "web", ulimits = { nofile = { soft = 2, hard = 1 } } }
    }
  }

  expect_failures = [var.containers]
}

run "refuses_no_soft_limit_under_a_hard_one" {
  command = plan

  variables {
    launch_type = "EC2"
    containers = {
      web = { image = "web", ulimits = { memlock = { soft = -1, hard = 1 } } }
    }
  }

  expect_failures = [var.containers]
}

run "refuses_eleven_containers" {
  command = plan

  variables {
    containers = { for number in range(11) : "web-${number}" => { image = "web" } }
  }

  expect_failures = [var.containers]
}

run "on_ec2_behind_a_bridge" {
  command = apply

  variables {
    launch_type  = "EC2"
    network_mode = "bridge"
    cpu          = 128
    memory       = 100
    containers = {
      web = {
        image              = "nginx:1.27"
        ports              = [{ container_port = 80 }]
        privileged         = true
        gpu_count          = 1
        shared_memory_size = 64
        tmpfs              = [{ container_path = "/run", size = 16, mount_options = ["noexec"] }]
        devices            = [{ host_path = "/dev/fuse", container_path = "/dev/fuse" }]
        ulimits            = { memlock = { soft = 1, hard = -1 } }
        stop_timeout       = 600
      }
    }
  }

  assert {
    condition     = aws_ecs_task_definition.this.requires_compatibilities == toset(["EC2"]) && aws_ecs_task_definition.this.network_mode == "bridge" && aws_ecs_task_definition.this.cpu == "128"
    error_message = "It must be a task for EC2, of any size."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].portMappings == [{ containerPort = 80, hostPort = 0, protocol = "tcp" }]
    error_message = "The instance's port must be chosen by Docker."
  }

  assert {
    condition = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].linuxParameters == {
      initProcessEnabled = false
      sharedMemorySize   = 64
      tmpfs              = [{ containerPath = "/run", size = 16, mountOptions = ["noexec"] }]
      devices            = [{ hostPath = "/dev/fuse", containerPath = "/dev/fuse", permissions = ["mknod", "read", "write"] }]
    }
    error_message = "The Linux parameters must be as given."
  }

  assert {
    condition = (
      jsondecode(aws_ecs_task_definition.this.container_definitions)[0].privileged &&
      jsondecode(aws_ecs_task_definition.this.container_definitions)[0].resourceRequirements == [{ type = "GPU", value = "1" }]
    )
    error_message = "Privileges and GPUs must be as given."
  }
}

run "refuses_on_fargate_what_only_ec2_has" {
  command = plan

  variables {
    containers = {
      web = { image = "nginx:1.27", privileged = true }
    }
  }

  expect_failures = [var.containers]
}

run "refuses_on_fargate_the_instance_s_network" {
  command = plan

  variables {
    network_mode = "host"
    containers = {
      web = { image = "nginx:1.27" }
    }
  }

  expect_failures = [var.network_mode]
}

run "what_others_make" {
  command = apply

  variables {
    ecr_repositories = []
    ecr_images = [
      "210987654321.dkr.ecr.eu-central-1.amazonaws.com/shared/base:1.2",
      "123456789012.dkr.ecr.eu-west-1.amazonaws.com/hello/web@sha256:0123",
      "registry.example.com/web:1",
    ]
    task_policy_arns       = ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]
    named_task_policy_arns = { "aws_iam_policy.own.arn" = "arn:aws:iam::123456789012:policy/own" }
    containers = {
      web = {
        image   = "registry.example.com/web:1"
        secrets = { B = "ssm:/hello/b" }
        secret_arns = {
          A = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf:password::"
          C = "arn:aws:ssm:eu-west-1:123456789012:parameter/hello/c"
        }
      }
    }
  }

  assert {
    condition = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].secrets == [
      { name = "A", valueFrom = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf:password::" },
      { name = "B", valueFrom = "arn:aws:ssm:eu-west-1:123456789012:parameter/hello/b" },
      { name = "C", valueFrom = "arn:aws:ssm:eu-west-1:123456789012:parameter/hello/c" },
    ]
    error_message = "Secrets of both kinds must be sorted by variable."
  }

  assert {
    condition = {
      for statement in jsondecode(aws_iam_role_policy.execution.policy).Statement : statement.Sid => statement.Resource if statement.Sid != "WriteLogs"
      } == {
      LogInToEcr     = ["*"]
      PullImages     = ["arn:aws:ecr:eu-central-1:210987654321:repository/shared/base", "arn:aws:ecr:eu-west-1:123456789012:repository/hello/web"]
      ReadParameters = ["arn:aws:ssm:eu-west-1:123456789012:parameter/hello/b", "arn:aws:ssm:eu-west-1:123456789012:parameter/hello/c"]
      ReadSecrets    = ["arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf"]
    }
    error_message = "The execution role must read exactly these."
  }

  assert {
    condition = { for key, attachment in aws_iam_role_policy_attachment.task : key => attachment.policy_arn } == {
      "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess" = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
      "aws_iam_policy.own.arn"                         = "arn:aws:iam::123456789012:policy/own"
    }
    error_message = "Policies must be attached by ARN, or by the name they are given."
  }
}

run "refuses_the_value_of_a_secret_that_is_referred_to" {
  command = plan

  variables {
    containers = {
      web = { image = "registry.example.com/web:1", secret_arns = { A = "s3cret" } }
    }
  }

  expect_failures = [var.containers]
}

run "routes_logs_with_firelens" {
  command = apply

  variables {
    log_router = {
      image       = "public.ecr.aws/aws-observability/aws-for-fluent-bit:3.4.16"
      options     = { Name = "kinesis_firehose", delivery_stream = "logs" }
      secrets     = { token = "ssm:/token" }
      config_file = "/extra.conf"
    }
  }

  # Every key that ECS answers with, and not one more: the second plan must be empty.
  assert {
    condition = jsondecode(aws_ecs_task_definition.this.container_definitions)[0] == {
      name                   = "log_router"
      image                  = "public.ecr.aws/aws-observability/aws-for-fluent-bit:3.4.16"
      essential              = true
      cpu                    = 0
      memoryReservation      = 50
      user                   = "0"
      environment            = []
      mountPoints            = []
      volumesFrom            = []
      systemControls         = []
      readonlyRootFilesystem = false
      portMappings           = []
      firelensConfiguration = {
        type    = "fluentbit"
        options = { config-file-type = "file", config-file-value = "/extra.conf" }
      }
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = "/ecs/hello/default/web"
          awslogs-region        = "eu-west-1"
          awslogs-stream-prefix = "ecs"
        }
      }
    }
    error_message = "The router must be as ECS returns it, with its own output in the log group."
  }

  assert {
    condition = (
      jsondecode(aws_ecs_task_definition.this.container_definitions)[1].logConfiguration == {
        logDriver     = "awsfirelens"
        options       = { Name = "kinesis_firehose", delivery_stream = "logs", region = "eu-west-1" }
        secretOptions = [{ name = "token", valueFrom = "arn:aws:ssm:eu-west-1:123456789012:parameter/token" }]
      }
      && jsondecode(aws_ecs_task_definition.this.container_definitions)[1].dependsOn == [{ containerName = "log_router", condition = "START" }]
    )
    error_message = "Every other container sends its output to the router, and starts after it."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.task[0].policy).Statement == [{
      Effect   = "Allow"
      Action   = ["firehose:PutRecordBatch"]
      Resource = ["arn:aws:firehose:eu-west-1:123456789012:deliverystream/logs"]
    }]
    error_message = "The task may write to that delivery stream and to nothing else."
  }

  assert {
    condition     = strcontains(aws_iam_role_policy.execution.policy, "arn:aws:ssm:eu-west-1:123456789012:parameter/token")
    error_message = "ECS may read the secret option."
  }
}

run "routes_logs_into_the_own_group" {
  command = apply

  variables {
    log_router = { image = "fluent-bit:1", options = { Name = "cloudwatch_logs" }, buffer_lines = 4096 }
  }

  assert {
    condition = jsondecode(aws_ecs_task_definition.this.container_definitions)[1].logConfiguration == {
      logDriver = "awsfirelens"
      options = {
        Name                    = "cloudwatch_logs"
        log_group_name          = "/ecs/hello/default/web"
        log_stream_prefix       = "ecs/"
        region                  = "eu-west-1"
        log-driver-buffer-limit = "4096"
      }
    }
    error_message = "What the output needs and is not given is the module's own."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.task[0].policy).Statement == [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = ["arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/hello/default/web:*"]
    }]
    error_message = "The task may write to its log group."
  }
}

run "routes_logs_by_the_older_plugin" {
  command = apply

  variables {
    log_router = { image = "fluent-bit:1", options = { Name = "cloudwatch" } }
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.task[0].policy).Statement[*].Action == [["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]]
    error_message = "This plugin looks for the stream before it makes one."
  }
}

run "routes_logs_into_a_bucket" {
  command = apply

  variables {
    log_router = { image = "fluent-bit:1", options = { Name = "s3", bucket = "logs-of-others" } }
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.task[0].policy).Statement == [{ Effect = "Allow", Action = ["s3:PutObject"], Resource = ["arn:aws:s3:::logs-of-others/*"] }]
    error_message = "The task may put objects into the bucket."
  }
}

run "allows_nothing_of_what_others_have" {
  command = apply

  variables {
    log_router = { image = "fluent-bit:1", options = { Name = "kinesis_streams", stream = "logs", region = "us-east-1" } }
  }

  assert {
    condition     = length(aws_iam_role_policy.task) == 0
    error_message = "A stream of another region is not known here."
  }
}

run "routes_logs_as_a_file_says" {
  command = apply

  variables {
    log_router = { image = "fluent-bit:1", config_file = "/extra.conf" }
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[1].logConfiguration == { logDriver = "awsfirelens" }
    error_message = "Without options there are none."
  }
}

run "refuses_a_router_without_a_destination" {
  command = plan

  variables {
    log_router = { image = "fluent-bit:1" }
  }

  expect_failures = [var.log_router]
}

run "refuses_a_value_instead_of_a_secret_option" {
  command = plan

  variables {
    log_router = { image = "fluent-bit:1", options = { Name = "http" }, secrets = { token = "hunter2" } }
  }

  expect_failures = [var.log_router]
}
