# One task definition for Fargate or EC2, with its two roles and the log group of its containers.

data "aws_region" "current" {}

data "aws_partition" "current" {}

data "aws_caller_identity" "current" {}

locals {
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.id
  account   = data.aws_caller_identity.current.account_id
}

## Task definition

resource "aws_ecs_task_definition" "this" {
  family                   = var.family
  requires_compatibilities = [var.launch_type]
  network_mode             = var.network_mode
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn
  container_definitions    = jsonencode(local.container_definitions)

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.cpu_architecture
  }

  dynamic "ephemeral_storage" {
    for_each = var.ephemeral_storage_gib == null ? [] : [var.ephemeral_storage_gib]

    content {
      size_in_gib = ephemeral_storage.value
    }
  }

  # By itself a volume is scratch space: empty when the task starts, gone when it ends.
  dynamic "volume" {
    for_each = var.volumes

    content {
      name                = volume.key
      configure_at_launch = volume.value.configure_at_launch

      dynamic "efs_volume_configuration" {
        for_each = volume.value.efs == null ? [] : [volume.value.efs]

        content {
          file_system_id     = efs_volume_configuration.value.file_system_id
          root_directory     = efs_volume_configuration.value.root_directory
          transit_encryption = "ENABLED"

          # Without either ECS answers with no such part at all.
          dynamic "authorization_config" {
            for_each = efs_volume_configuration.value.iam || efs_volume_configuration.value.access_point_id != null ? [efs_volume_configuration.value] : []

            content {
              access_point_id = authorization_config.value.access_point_id
              iam             = authorization_config.value.iam ? "ENABLED" : "DISABLED"
            }
          }
        }
      }
    }
  }

  # A rollback needs the revision before this one: replacing it must not deregister it.
  skip_destroy = true

  # The revision is the one that was registered here, not one that something else registered later.
  track_latest = false

  tags = var.tags

  # A task that starts before its roles may do what it needs fails the deployment.
  depends_on = [
    aws_iam_role_policy.execution,
    aws_iam_role_policy.task,
    aws_iam_role_policy_attachment.task,
  ]

  lifecycle {
    precondition {
      condition     = var.launch_type != "FARGATE" || contains(try(local.fargate_memory[var.cpu], []), var.memory)
      error_message = "Fargate has no task with ${var.cpu} CPU units and ${var.memory} MiB. With ${var.cpu} CPU units: ${join(", ", try(local.fargate_memory[var.cpu], []))} MiB."
    }

    precondition {
      condition     = sum([for container in var.containers : coalesce(container.cpu, 0)]) <= var.cpu
      error_message = "The containers ask for more CPU than the ${var.cpu} units of the task."
    }

    precondition {
      condition     = sum([for container in var.containers : coalesce(container.memory_reservation, container.memory, 0)]) + sum(concat([0], var.log_router[*].memory_reservation)) <= var.memory
      error_message = "The containers ask for more memory than the ${var.memory} MiB of the task."
    }

    precondition {
      condition     = alltrue([for container in var.containers : coalesce(container.memory, 0) <= var.memory])
      error_message = "A container may use more memory than the ${var.memory} MiB of the task."
    }

    precondition {
      condition     = length(jsonencode(local.container_definitions)) <= 65536
      error_message = "ECS takes 64 KiB of container definitions at most; put long values into a parameter, a secret or an environment file."
    }
  }
}

locals {
  # MiB of memory that Fargate offers for each number of CPU units.
  fargate_memory = {
    256   = [512, 1024, 2048]
    512   = range(1024, 4096 + 1, 1024)
    1024  = range(2048, 8192 + 1, 1024)
    2048  = range(4096, 16384 + 1, 1024)
    4096  = range(8192, 30720 + 1, 1024)
    8192  = range(16384, 61440 + 1, 4096)
    16384 = range(32768, 122880 + 1, 8192)
  }

  has_linux_parameters = {
    for name, container in var.containers : name => (
      container.init_process_enabled || container.shared_memory_size != null ||
      length(concat(container.add_capabilities, container.drop_capabilities)) + length(container.tmpfs) + length(container.devices) > 0
    )
  }

  # As ECS returns them: with its defaults, and without what was not given. Anything else would look
  # like a change in every plan, and each change of a task definition is a deployment.
  container_definitions = values(merge(local.log_router_definition, {
    for name, container in var.containers : name => {
      for key, value in {
        name      = name
        image     = container.image
        essential = container.essential

        cpu               = coalesce(container.cpu, 0)
        memory            = container.memory
        memoryReservation = container.memory_reservation

        command          = length(container.command) == 0 ? null : container.command
        entryPoint       = length(container.entry_point) == 0 ? null : container.entry_point
        workingDirectory = container.working_directory
        user             = container.user
        stopTimeout      = container.stop_timeout

        portMappings = [
          for port in container.ports : merge(
            # Behind Docker's bridge the instance's port is any free one.
            { containerPort = port.container_port, hostPort = var.network_mode == "bridge" ? 0 : port.container_port, protocol = port.protocol },
            port.name == null ? {} : { name = port.name },
            port.app_protocol == null ? {} : { appProtocol = port.app_protocol },
          )
        ]

        environment      = [for key, value in container.environment : { name = key, value = value }]
        environmentFiles = length(container.environment_files) == 0 ? null : [for arn in container.environment_files : { type = "s3", value = arn }]
        secrets = length(container.secrets) + length(container.secret_arns) == 0 ? null : [
          for key, from in merge({ for key, reference in container.secrets : key => local.secret_value_from[reference] }, container.secret_arns) : { name = key, valueFrom = from }
        ]

        repositoryCredentials = container.repository_credentials_arn == null ? null : { credentialsParameter = container.repository_credentials_arn }

        healthCheck = container.health_check == null ? null : {
          for key, value in {
            command     = container.health_check.command
            interval    = container.health_check.interval
            timeout     = container.health_check.timeout
            retries     = container.health_check.retries
            startPeriod = container.health_check.start_period
          } : key => value if value != null
        }

        dependsOn = length(container.depends_on) == 0 && var.log_router == null ? null : [
          for other, condition in merge(container.depends_on, local.log_router_dependency) : { containerName = other, condition = condition }
        ]

        readonlyRootFilesystem = container.readonly_root_filesystem
        privileged             = container.privileged ? true : null

        linuxParameters = !local.has_linux_parameters[name] ? null : merge(
          { initProcessEnabled = container.init_process_enabled },
          length(concat(container.add_capabilities, container.drop_capabilities)) == 0 ? {} : {
            capabilities = { add = container.add_capabilities, drop = container.drop_capabilities }
          },
          container.shared_memory_size == null ? {} : { sharedMemorySize = container.shared_memory_size },
          length(container.tmpfs) == 0 ? {} : {
            tmpfs = [for mount in container.tmpfs : { containerPath = mount.container_path, size = mount.size, mountOptions = mount.mount_options }]
          },
          length(container.devices) == 0 ? {} : {
            devices = [for device in container.devices : { hostPath = device.host_path, containerPath = device.container_path, permissions = device.permissions }]
          },
        )

        resourceRequirements = container.gpu_count == null ? null : [{ type = "GPU", value = tostring(container.gpu_count) }]

        ulimits = length(container.ulimits) == 0 ? null : [
          for key, limit in container.ulimits : { name = key, softLimit = limit.soft, hardLimit = limit.hard }
        ]

        mountPoints = [
          for mount in container.mount_points : { sourceVolume = mount.volume, containerPath = mount.path, readOnly = mount.read_only }
        ]
        volumesFrom    = []
        systemControls = []

        logConfiguration = local.log_configuration
      } : key => value if value != null
    }
  }))
}

## Secrets

# The metadata only: the value of a secret is never read, and never in the state.
data "aws_secretsmanager_secret" "this" {
  for_each = toset([
    for reference in local.secret_references : split(":", reference)[1] if startswith(reference, "secretsmanager:")
  ])

  name = each.key
}

locals {
  secret_references = toset(flatten([for container in concat(values(var.containers), var.log_router[*]) : values(container.secrets)]))

  # Reference => what ECS reads. A JSON key stands behind the ARN, followed by no stage and no version.
  secret_value_from = {
    for reference in local.secret_references : reference => (
      startswith(reference, "ssm:") ? "arn:${local.partition}:ssm:${local.region}:${local.account}:parameter/${trimprefix(trimprefix(reference, "ssm:"), "/")}" :
      !startswith(reference, "secretsmanager:") ? reference :
      length(split(":", reference)) == 2 ? data.aws_secretsmanager_secret.this[split(":", reference)[1]].arn :
      "${data.aws_secretsmanager_secret.this[split(":", reference)[1]].arn}:${split(":", reference)[2]}::"
    )
  }

  # What the role must be allowed to read: the same without JSON key, stage and version.
  secret_arns = distinct(concat(
    [for value in concat(values(local.secret_value_from), flatten([for container in concat(values(var.containers), var.log_router[*]) : values(container.secret_arns)])) : join(":", slice(split(":", value), 0, min(7, length(split(":", value)))))],
    [for container in var.containers : container.repository_credentials_arn if container.repository_credentials_arn != null],
  ))
}

## Logs

resource "aws_cloudwatch_log_group" "this" {
  name              = var.log_group_name
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_kms_key_arn

  tags = var.tags
}
