# What the task is made of, and what it may do.

## Task definition

variable "family" {
  description = "Name of the task definition; its revisions are numbered."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,255}$", var.family))
    error_message = "A family's name has 1 to 255 letters, digits, hyphens and underscores."
  }
}

variable "launch_type" {
  description = "Where the task runs: `FARGATE` or `EC2`."
  type        = string
  nullable    = false
  default     = "FARGATE"

  validation {
    condition     = contains(["FARGATE", "EC2"], var.launch_type)
    error_message = "The launch type is FARGATE or EC2."
  }
}

variable "network_mode" {
  description = "`awsvpc` (each task has an interface of its own); on EC2 also `bridge` (ports of the instance, chosen by Docker) or `host` (the instance's own ports)."
  type        = string
  nullable    = false
  default     = "awsvpc"

  validation {
    condition     = var.network_mode == "awsvpc" || (var.launch_type == "EC2" && contains(["bridge", "host"], var.network_mode))
    error_message = "The network mode is awsvpc; on EC2 bridge and host are possible too."
  }
}

variable "cpu" {
  description = "CPU units of the task; 1024 are one vCPU."
  type        = number
  nullable    = false
  default     = 256

  validation {
    condition     = var.launch_type == "FARGATE" ? contains([256, 512, 1024, 2048, 4096, 8192, 16384], var.cpu) : var.cpu >= 128 && var.cpu <= 196608
    error_message = "Fargate has tasks with 256, 512, 1024, 2048, 4096, 8192 or 16384 CPU units; on EC2 it is 128 to 196608."
  }
}

variable "memory" {
  description = "Memory of the task in MiB. Which amounts there are depends on `cpu`."
  type        = number
  nullable    = false
  default     = 512
}

variable "cpu_architecture" {
  description = "`X86_64` or `ARM64`; the images must be built for it."
  type        = string
  nullable    = false
  default     = "X86_64"

  validation {
    condition     = contains(["X86_64", "ARM64"], var.cpu_architecture)
    error_message = "The architecture is X86_64 or ARM64."
  }
}

variable "ephemeral_storage_gib" {
  description = "Disk of the task in GiB, 21 to 200; null for the 20 GiB that are free."
  type        = number
  default     = null

  validation {
    condition     = var.ephemeral_storage_gib == null || try(var.ephemeral_storage_gib >= 21 && var.ephemeral_storage_gib <= 200, false)
    error_message = "Fargate offers 21 to 200 GiB of storage beyond the free 20 GiB (null)."
  }

  validation {
    condition     = var.ephemeral_storage_gib == null || var.launch_type == "FARGATE"
    error_message = "On EC2 a task has the disk of its instance: ephemeral_storage_gib is for Fargate."
  }
}

variable "containers" {
  description = "The containers of the task, by name."
  type = map(object({
    image     = string
    essential = optional(bool, true) # the task ends when this container does

    command           = optional(list(string), []) # empty: the image's own
    entry_point       = optional(list(string), []) # empty: the image's own
    working_directory = optional(string)
    user              = optional(string)
    stop_timeout      = optional(number) # seconds from SIGTERM to SIGKILL; ECS waits 30 by default

    cpu                = optional(number) # CPU units set aside for this container
    memory             = optional(number) # MiB; it is killed beyond
    memory_reservation = optional(number) # MiB set aside for it

    # The first one is the main one.
    ports = optional(list(object({
      container_port = number
      protocol       = optional(string, "tcp")
      name           = optional(string)
      app_protocol   = optional(string) # http, http2 or grpc, for Service Connect
    })), [])

    environment       = optional(map(string), {})
    environment_files = optional(list(string), []) # ARNs of .env files in S3

    # Variable => ssm:/path, secretsmanager:name, secretsmanager:name:json-key, or the ARN of either.
    secrets = optional(map(string), {})

    # Variable => the ARN of a parameter or secret that may be known after the apply only.
    secret_arns = optional(map(string), {})

    repository_credentials_arn = optional(string) # secret with the user name and password of a private registry

    health_check = optional(object({
      command      = list(string) # beginning with CMD or CMD-SHELL
      interval     = optional(number, 30)
      timeout      = optional(number, 5)
      retries      = optional(number, 3)
      start_period = optional(number) # seconds in which failures do not count
    }))

    # Where the container finds volumes of the task (see `volumes`).
    mount_points = optional(list(object({
      volume    = string
      path      = string
      read_only = optional(bool, false)
    })), [])

    # Container => START, HEALTHY, COMPLETE or SUCCESS: what to wait for.
    depends_on = optional(map(string), {})

    init_process_enabled     = optional(bool, false) # reaps zombies and hands signals on
    readonly_root_filesystem = optional(bool, false)
    add_capabilities         = optional(list(string), []) # Linux capabilities; Fargate gives SYS_PTRACE only
    drop_capabilities        = optional(list(string), []) # Linux capabilities, such as ALL

    # Resource => limits, -1 for none; Fargate knows nofile only.
    ulimits = optional(map(object({
      soft = number
      hard = number
    })), {})

    # On EC2 only.
    privileged         = optional(bool, false) # the container is root on the instance
    gpu_count          = optional(number)
    shared_memory_size = optional(number) # MiB of /dev/shm
    tmpfs = optional(list(object({
      container_path = string
      size           = number # MiB
      mount_options  = optional(list(string), [])
    })), [])
    devices = optional(list(object({
      host_path      = string
      container_path = string
      permissions    = optional(list(string), ["mknod", "read", "write"])
    })), [])
  }))
  nullable = false

  validation {
    condition     = length(var.containers) >= 1 && length(var.containers) <= 10
    error_message = "A task has 1 to 10 containers."
  }

  validation {
    condition     = anytrue([for container in var.containers : container.essential])
    error_message = "At least one container is essential."
  }

  validation {
    condition     = alltrue([for name in keys(var.containers) : can(regex("^[a-zA-Z0-9_-]{1,255}$", name))])
    error_message = "A container's name has 1 to 255 letters, digits, hyphens and underscores."
  }

  # Containers of one task share a network, and with it the ports; in bridge mode each has its own.
  validation {
    condition = alltrue([
      for uses in values({
        for port in flatten([
          for name, container in var.containers : [
            for port in container.ports : merge(port, { container = var.network_mode == "bridge" ? name : "" })
          ]
        ]) : "${port.container}/${port.container_port}/${port.protocol}" => port...
      }) : length(uses) == 1
    ])
    error_message = "No two ports of a task are the same, nor in bridge mode of a container."
  }

  validation {
    condition = alltrue(flatten([
      for container in var.containers : [
        for port in container.ports : port.container_port >= 1 && port.container_port <= 65535 && contains(["tcp", "udp"], port.protocol)
      ]
    ]))
    error_message = "A port is 1 to 65535, and its protocol tcp or udp."
  }

  validation {
    condition     = alltrue([for container in var.containers : length(setintersection(keys(container.environment), concat(keys(container.secrets), keys(container.secret_arns)))) == 0])
    error_message = "A variable comes from environment or from secrets, not from both."
  }

  validation {
    condition = alltrue(flatten([
      for container in var.containers : [
        for reference in values(container.secrets) : can(regex("^(ssm:[a-zA-Z0-9_./-]+|secretsmanager:[a-zA-Z0-9/_+=.@-]+(:[^:]+)?|arn:[a-z-]+:(ssm|secretsmanager):.+)$", reference))
      ]
    ]))
    error_message = "A secret is ssm:/path, secretsmanager:name, secretsmanager:name:json-key, or the ARN of a parameter or secret; never the value itself."
  }

  validation {
    condition = alltrue(flatten([
      for container in var.containers : [
        for arn in values(container.secret_arns) : can(regex("^arn:[a-z-]+:(ssm|secretsmanager):.+$", arn))
      ]
    ]))
    error_message = "A secret that is referred to is the ARN of a parameter or secret; never the value itself."
  }

  validation {
    condition = alltrue(flatten([
      for container in var.containers : [
        for arn in container.environment_files : can(regex("^arn:[a-z-]+:s3:::[^/]+/.+[.]env$", arn))
      ]
    ]))
    error_message = "An environment file is the ARN of an S3 object that ends in .env."
  }

  validation {
    condition = alltrue([
      for container in var.containers : container.health_check == null ? true : (
        container.health_check.interval >= 5 && container.health_check.interval <= 300 &&
        container.health_check.timeout >= 2 && container.health_check.timeout <= 60 &&
        container.health_check.retries >= 1 && container.health_check.retries <= 10 &&
        coalesce(container.health_check.start_period, 0) >= 0 && coalesce(container.health_check.start_period, 0) <= 300
      )
    ])
    error_message = "A health check has an interval of 5 to 300 seconds, a timeout of 2 to 60, 1 to 10 retries and a start period of 0 to 300."
  }

  validation {
    condition = alltrue(flatten([
      for container in var.containers : [
        for other, condition in container.depends_on : contains(keys(var.containers), other) && contains(["START", "HEALTHY", "COMPLETE", "SUCCESS"], condition)
      ]
    ]))
    error_message = "A container depends on other containers of the task, each with START, HEALTHY, COMPLETE or SUCCESS."
  }

  validation {
    condition = alltrue(flatten([
      for container in var.containers : [
        for other, condition in container.depends_on : (
          condition == "HEALTHY" ? var.containers[other].health_check != null :
          contains(["COMPLETE", "SUCCESS"], condition) ? !var.containers[other].essential : true
        ) if contains(keys(var.containers), other)
      ]
    ]))
    error_message = "Only a container with a health_check is ever HEALTHY, and one that is essential must not end: COMPLETE and SUCCESS are for others."
  }

  validation {
    condition = alltrue([
      for container in var.containers : container.memory_reservation == null || coalesce(container.memory, 1e9) >= coalesce(container.memory_reservation, 0)
    ])
    error_message = "A container's memory_reservation is not over its memory."
  }

  validation {
    condition     = alltrue([for container in var.containers : coalesce(container.stop_timeout, 30) >= 0 && (coalesce(container.stop_timeout, 30) <= 120 || var.launch_type == "EC2")])
    error_message = "Fargate waits 120 seconds at most before it kills a container."
  }

  validation {
    condition = alltrue(flatten([
      for container in var.containers : [for name, limit in container.ulimits :
        (name == "nofile" || var.launch_type == "EC2") && (limit.hard == -1 || (limit.soft != -1 && limit.soft <= limit.hard))
      ]
    ]))
    error_message = "Fargate knows the ulimit nofile only, and the soft limit is not over the hard one."
  }

  validation {
    condition = var.launch_type == "EC2" || alltrue([
      for container in var.containers : !container.privileged && container.gpu_count == null && container.shared_memory_size == null && length(container.tmpfs) + length(container.devices) == 0
    ])
    error_message = "Fargate has no privileged containers, GPUs, shared memory size, tmpfs or devices."
  }

  validation {
    condition = alltrue(flatten([
      for container in var.containers : [for mount in container.mount_points : can(regex("^/[^:]+$", mount.path))]
    ]))
    error_message = "A volume is mounted at an absolute path, and not at the root."
  }

  validation {
    condition = alltrue([
      for container in var.containers : length(distinct(container.mount_points[*].path)) == length(container.mount_points)
    ])
    error_message = "A container mounts each volume at a path of its own."
  }
}

variable "volumes" {
  description = "Volumes of the task, by name. By itself a volume is scratch space that the containers of a task share; it lives as long as the task."
  type = map(object({
    configure_at_launch = optional(bool, false) # the service says what it is: a disk on EBS

    efs = optional(object({
      file_system_id  = string
      access_point_id = optional(string)
      root_directory  = optional(string, "/") # an access point has its own
      iam             = optional(bool, true)  # mount with the rights of the task role
    }))
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for name in keys(var.volumes) : can(regex("^[a-zA-Z0-9_-]{1,255}$", name))])
    error_message = "A volume's name has 1 to 255 letters, digits, hyphens and underscores."
  }

  validation {
    condition = alltrue(flatten([
      for container in var.containers : [for mount in container.mount_points : contains(keys(var.volumes), mount.volume)]
    ]))
    error_message = "A container mounts volumes of the task: each must be in volumes."
  }

  validation {
    condition     = length([for volume in var.volumes : volume if volume.configure_at_launch]) <= 1
    error_message = "ECS attaches one disk to a task."
  }

  validation {
    condition     = alltrue([for volume in var.volumes : !volume.configure_at_launch || volume.efs == null])
    error_message = "A volume is on EFS or configured at launch, not both."
  }

  validation {
    condition     = alltrue([for volume in var.volumes : try(volume.efs.access_point_id, null) == null || try(volume.efs.root_directory, "/") == "/"])
    error_message = "An access point has a root directory of its own."
  }
}

variable "tags" {
  description = "Tags of the task definition, its roles and its log group."
  type        = map(string)
  nullable    = false
  default     = {}
}

## Secrets

variable "secret_kms_key_arns" {
  description = "KMS keys that encrypt the secrets, parameters and environment files, where it is not the one AWS manages."
  type        = list(string)
  nullable    = false
  default     = []
}

## Logs

variable "log_group_name" {
  description = "Log group of all containers, created here. Streams are `ecs/CONTAINER/TASK_ID`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_./#-]{1,512}$", var.log_group_name))
    error_message = "A log group's name has 1 to 512 letters, digits and _ - / # ."
  }
}

variable "log_retention_days" {
  description = "Days the logs are kept; 0 for ever."
  type        = number
  nullable    = false
  default     = 30

  validation {
    condition     = contains([0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "CloudWatch Logs keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days, or for ever (0)."
  }
}

variable "log_kms_key_arn" {
  description = "KMS key that encrypts the logs; null for the one AWS owns. Its policy must let CloudWatch Logs use it."
  type        = string
  default     = null
}

variable "log_router" {
  description = "FireLens: Fluent Bit in a container `log_router`, which takes the output of all others to where `options` or its own configuration say; null for the log group. `region`, and of outputs to CloudWatch Logs `log_group_name` and `log_stream_prefix`, have this module's values where they are not given. Without `region` the task may write to the `delivery_stream`, `stream` or log group, and always to the `bucket`."
  type = object({
    image              = string
    memory_reservation = optional(number, 50)      # MiB set aside for it
    options            = optional(map(string), {}) # Fluent Bit's output: its Name, and its settings
    config_file        = optional(string)          # a file of the image that its configuration includes
    buffer_lines       = optional(number)          # lines of a container that wait in memory; ECS keeps 1048576

    # Option => ssm:/path, secretsmanager:name, secretsmanager:name:json-key, or the ARN of either.
    secrets = optional(map(string), {})

    # Option => the ARN of a parameter or secret that may be known after the apply only.
    secret_arns = optional(map(string), {})
  })
  default = null

  validation {
    condition     = var.log_router == null || try(contains(keys(var.log_router.options), "Name") || (length(var.log_router.options) == 0 && var.log_router.config_file != null), false)
    error_message = "The options have the Name of an output of Fluent Bit; without any there is a config_file."
  }

  validation {
    condition     = var.log_router == null || try(startswith(coalesce(var.log_router.config_file, "/none"), "/"), false)
    error_message = "The config_file is an absolute path."
  }

  validation {
    condition     = var.log_router == null || try(length(setintersection(keys(var.log_router.options), concat(keys(var.log_router.secrets), keys(var.log_router.secret_arns)))) == 0, false)
    error_message = "An option comes from options or from secrets, not from both."
  }

  validation {
    condition     = var.log_router == null || (!contains(keys(var.containers), "log_router") && length(var.containers) <= 9)
    error_message = "Beside the log router a task has 9 containers at most, and none of them is called log_router."
  }

  validation {
    condition = var.log_router == null || alltrue([
      for reference in try(values(var.log_router.secrets), []) : can(regex("^(ssm:.+|secretsmanager:[^:]+(:[^:]+)?|arn:[a-z-]+:(ssm|secretsmanager):.+)$", reference))
    ])
    error_message = "A secret is ssm:/path, secretsmanager:name, secretsmanager:name:json-key or an ARN; never the value itself."
  }
}

## Execution role

variable "execution_role_name" {
  description = "Name of the role that ECS uses to start the tasks."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_+=,.@-]{1,64}$", var.execution_role_name))
    error_message = "A role's name has 1 to 64 letters, digits and _ + = , . @ -"
  }
}

variable "ecr_repositories" {
  description = "ECR repositories the images are pulled from: names in this account and region, or ARNs."
  type        = list(string)
  nullable    = false
  default     = []
}

variable "ecr_images" {
  description = "Images of which it is not known yet whether they are in ECR: where one is, the role may pull it."
  type        = list(string)
  nullable    = false
  default     = []
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of both roles; null for none."
  type        = string
  default     = null
}

## Task role

variable "task_role_name" {
  description = "Name of the role that the containers use."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_+=,.@-]{1,64}$", var.task_role_name))
    error_message = "A role's name has 1 to 64 letters, digits and _ + = , . @ -"
  }
}

variable "task_policy_arns" {
  description = "ARNs of managed policies for the task role."
  type        = list(string)
  nullable    = false
  default     = []

  validation {
    condition     = length(var.task_policy_arns) <= 10
    error_message = "A role has 10 managed policies at most."
  }
}

variable "named_task_policy_arns" {
  description = "ARNs of more managed policies, by a name of one's own: those that are known after the apply only."
  type        = map(string)
  nullable    = false
  default     = {}
}

variable "task_policy_statements" {
  description = "Statements of the task role's own policy, as IAM knows them; `conditions` is operator => key => values."
  type = list(object({
    effect     = optional(string, "Allow")
    actions    = list(string)
    resources  = list(string)
    conditions = optional(map(map(list(string))), {})
  }))
  nullable = false
  default  = []

  validation {
    condition     = alltrue([for statement in var.task_policy_statements : contains(["Allow", "Deny"], statement.effect)])
    error_message = "A statement's effect is Allow or Deny."
  }

  validation {
    condition     = alltrue([for statement in var.task_policy_statements : length(statement.actions) > 0 && length(statement.resources) > 0])
    error_message = "A statement has actions and resources."
  }
}

variable "enable_execute_command" {
  description = "Allow the task role what ECS Exec needs."
  type        = bool
  nullable    = false
  default     = false
}
