# What the service runs, how it is deployed, and where it is reached.

## Service

variable "name" {
  description = "Name of the service."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,255}$", var.name))
    error_message = "A service's name has 1 to 255 letters, digits, hyphens and underscores."
  }
}

variable "cluster_arn" {
  description = "ARN of the cluster."
  type        = string
  nullable    = false
}

variable "task_definition_arn" {
  description = "ARN of the task definition, with its revision."
  type        = string
  nullable    = false
}

variable "desired_count" {
  description = "How many tasks run."
  type        = number
  nullable    = false
  default     = 1

  validation {
    condition     = var.desired_count >= 0 && floor(var.desired_count) == var.desired_count
    error_message = "The number of tasks is a whole number, 0 or more."
  }
}

variable "daemon" {
  description = "Run one task on each EC2 instance of the cluster, in place of `desired_count` and `capacity_provider_strategy`. A change replaces the service."
  type        = bool
  nullable    = false
  default     = false
}

variable "placement_strategies" {
  description = "How tasks are put onto EC2 instances, in this order: `spread` over a field's values, `binpack` by `cpu` or `memory`, or `random`. Without any ECS spreads them over the zones."
  type = list(object({
    type  = string
    field = optional(string)
  }))
  nullable = false
  default  = []

  validation {
    condition     = length(var.placement_strategies) <= 5 && alltrue([for item in var.placement_strategies : contains(["spread", "binpack", "random"], item.type) && (item.type == "random") == (item.field == null)])
    error_message = "There are 5 placement strategies at most: spread and binpack with a field, random without."
  }
}

variable "placement_constraints" {
  description = "Which EC2 instances tasks may be put onto: `distinctInstance`, or `memberOf` with an expression of the cluster query language."
  type = list(object({
    type       = string
    expression = optional(string)
  }))
  nullable = false
  default  = []

  validation {
    condition     = length(var.placement_constraints) <= 10 && alltrue([for item in var.placement_constraints : contains(["distinctInstance", "memberOf"], item.type) && (item.type == "memberOf") == (item.expression != null)])
    error_message = "There are 10 placement constraints at most: memberOf with an expression, distinctInstance without."
  }
}

variable "capacity_provider_strategy" {
  description = "Where tasks run: `FARGATE`, `FARGATE_SPOT` or both, or capacity providers of EC2 instances. The first `base` tasks go to one provider, the others are split by `weight`."
  type = list(object({
    capacity_provider = string
    weight            = optional(number, 1)
    base              = optional(number, 0)
  }))
  nullable = false
  default  = [{ capacity_provider = "FARGATE" }]

  validation {
    condition     = length(var.capacity_provider_strategy) >= 1 && anytrue([for item in var.capacity_provider_strategy : item.weight > 0])
    error_message = "At least one capacity provider has a weight over 0."
  }

  validation {
    condition     = length([for item in var.capacity_provider_strategy : item if item.base > 0]) <= 1
    error_message = "Only one capacity provider can have a base."
  }
}

variable "enable_execute_command" {
  description = "Let `aws ecs execute-command` open a shell in the tasks."
  type        = bool
  nullable    = false
  default     = false
}

variable "tags" {
  description = "Tags of the service, its tasks, security group, target group and listener rules."
  type        = map(string)
  nullable    = false
  default     = {}
}

variable "deployment_minimum_healthy_percent" {
  description = "How many of the desired tasks, in percent, stay healthy during a deployment."
  type        = number
  nullable    = false
  default     = 100

  validation {
    condition     = var.deployment_minimum_healthy_percent >= 0 && var.deployment_minimum_healthy_percent <= 100
    error_message = "The healthy share is 0 to 100 percent."
  }
}

variable "deployment_maximum_percent" {
  description = "How many tasks, in percent of the desired ones, may run during a deployment. Over 100, tasks are also spread anew over the zones when these drift apart."
  type        = number
  nullable    = false
  default     = 200

  validation {
    condition     = var.deployment_maximum_percent >= 100 && var.deployment_maximum_percent <= 200
    error_message = "The most that may run is 100 to 200 percent."
  }
}

variable "deployment_rollback" {
  description = "Go back to the last deployment that worked when one fails. `terraform apply` fails either way."
  type        = bool
  nullable    = false
  default     = true
}

variable "health_check_grace_period_seconds" {
  description = "Seconds after the start of a task during which the load balancer's health check does not count. Without a load balancer it means nothing."
  type        = number
  nullable    = false
  default     = 0

  validation {
    condition     = var.health_check_grace_period_seconds >= 0 && var.health_check_grace_period_seconds <= 2147483647
    error_message = "The grace period is 0 seconds or more."
  }
}

variable "timeout" {
  description = "How long to wait for a deployment, such as `20m`."
  type        = string
  nullable    = false
  default     = "20m"

  validation {
    condition     = can(regex("^([0-9]+(h|m|s))+$", var.timeout))
    error_message = "The timeout is a duration such as 20m, 90s or 1h30m."
  }
}

variable "redeployment" {
  description = "A new value, such as the time, starts the same task definition anew; null leaves everything as it is."
  type        = string
  default     = null
}

variable "network_mode" {
  description = "The task definition's network mode: `awsvpc`, or on EC2 `bridge` or `host`. A change replaces the service."
  type        = string
  nullable    = false
  default     = "awsvpc"

  validation {
    condition     = contains(["awsvpc", "bridge", "host"], var.network_mode)
    error_message = "The network mode is awsvpc, bridge or host."
  }
}

variable "subnet_ids" {
  description = "Subnets the tasks run in; in the network modes bridge and host their instances decide."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 1
    error_message = "Tasks need a subnet."
  }
}

variable "assign_public_ip" {
  description = "Give each task a public address. In a public subnet it needs one to reach anything outside of the VPC."
  type        = bool
  nullable    = false
  default     = false
}

variable "service_connect" {
  description = "The service's place in Service Connect; null for none. Without `server` it only calls others."
  type = object({
    namespace_arn = string

    server = optional(object({
      discovery_name = string # the service's name in the namespace
      port_name      = string # of a port mapping in the task definition
      dns_name       = string # what others call it by
      port           = number # where others call it
    }))

    # Options of the awslogs driver for the proxy's own log; null for no log.
    log_options = optional(map(string))

    # Services that this one calls. It waits for them: a task knows the names that there were when it started.
    after = optional(list(string), [])
  })
  default = null

  validation {
    condition     = var.service_connect == null || var.network_mode != "host"
    error_message = "Service Connect works in the network modes awsvpc and bridge."
  }

  validation {
    condition     = try(var.service_connect.server, null) == null || can(regex("^[a-z0-9_.][a-z0-9_.-]{0,126}$", var.service_connect.server.dns_name))
    error_message = "A name in Service Connect has 1 to 127 lower-case letters, digits, hyphens, underscores and points."
  }
}

## EBS volume

variable "ebs_volume" {
  description = "The disk that each task gets: the volume `name` of the task definition, which is configured at launch there. Null for none. `role_name` is the role with which ECS makes the disks, created here."
  type = object({
    name        = string
    role_name   = string
    size_gib    = optional(number) # needed without a snapshot
    type        = optional(string, "gp3")
    iops        = optional(number)
    throughput  = optional(number)                   # MiB a second, gp3 only
    kms_key     = optional(object({ arn = string })) # that there is one is known before it is made
    filesystem  = optional(string, "xfs")
    snapshot_id = optional(string)
  })
  default = null

  validation {
    condition     = var.ebs_volume == null || try(var.ebs_volume.size_gib != null || var.ebs_volume.snapshot_id != null, false)
    error_message = "A disk has a size, or a snapshot to begin with."
  }

  validation {
    condition     = var.ebs_volume == null || try(contains(["gp3", "gp2", "io1", "io2", "st1", "sc1"], var.ebs_volume.type) && contains(["xfs", "ext4", "ext3"], var.ebs_volume.filesystem), false)
    error_message = "On Fargate a disk is gp3, gp2, io1, io2, st1 or sc1, formatted as xfs, ext4 or ext3."
  }

  validation {
    condition     = var.ebs_volume == null || try(coalesce(var.ebs_volume.size_gib, 125) >= 1 && coalesce(var.ebs_volume.size_gib, 125) <= 16384, false)
    error_message = "A disk has 1 to 16384 GiB."
  }

  validation {
    condition     = var.ebs_volume == null || try(var.ebs_volume.iops != null || !contains(["io1", "io2"], var.ebs_volume.type), false)
    error_message = "A disk of type io1 or io2 needs iops."
  }
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the role with which ECS makes the disks; null for none."
  type        = string
  default     = null
}

## Security group of the tasks

variable "vpc_id" {
  description = "VPC of the security group and the target group."
  type        = string
  nullable    = false
}

variable "security_group_name" {
  description = "What the name of the security group begins with; null for the name of the service."
  type        = string
  default     = null
}

variable "instance_security_group_id" {
  description = "Security group of the EC2 instances, through which tasks are reached in the network modes bridge and host."
  type        = string
  default     = null

  validation {
    condition     = var.network_mode == "awsvpc" || var.instance_security_group_id != null
    error_message = "In the network modes bridge and host the instances' security group is needed."
  }
}

variable "security_group_ids" {
  description = "More security groups for the tasks, beside their own."
  type        = list(string)
  nullable    = false
  default     = []

  validation {
    condition     = length(var.security_group_ids) <= 4
    error_message = "A task has five security groups at most, and one of them is its own."
  }
}

variable "allow_from" {
  description = "Who may connect to the tasks, beside the load balancer: sources by a name of one's own. Each is one of `security_group_id`, `cidr_block`, `source` (either of these, which one may be known after the apply only) and `self` (the tasks themselves)."
  type = map(object({
    security_group_id = optional(string)
    cidr_block        = optional(string) # IPv4 or IPv6
    source            = optional(string)
    self              = optional(bool, false)
  }))
  nullable = false
  default  = {}
}

variable "allowed_ports" {
  description = "The ports that `allow_from` opens."
  type = list(object({
    port     = number
    protocol = optional(string, "tcp")
  }))
  nullable = false
  default  = []

  validation {
    condition     = alltrue([for item in var.allowed_ports : item.port >= 1 && item.port <= 65535 && contains(["tcp", "udp"], item.protocol)])
    error_message = "A port is 1 to 65535, its protocol tcp or udp."
  }
}

## Load balancer

variable "load_balancer" {
  description = "The service's place behind an application load balancer; null for none. `target_group_name` must change with what replaces a target group (the VPC, `protocol_version`, and `network_mode` between awsvpc and the others), such as by a hash of it."
  type = object({
    container_name    = string
    container_port    = number
    listener_arn      = string
    target_group_name = string
    protocol_version  = optional(string, "HTTP1") # or HTTP2 or GRPC, which need an HTTPS listener

    # Of the load balancer: one that gets a rule to let requests out to the tasks, or several that stay as they are.
    security_group_id         = optional(string)
    source_security_group_ids = optional(list(string), [])

    # More of the latter by a name of one's own: those that are known after the apply only.
    named_source_security_group_ids = optional(map(string), {})

    # By a name of one's own. All that a rule lists must match, each by one of its values.
    rules = map(object({
      priority     = number
      hosts        = optional(list(string), [])
      paths        = optional(list(string), [])
      source_cidrs = optional(list(string), [])

      # Signs clients in first; needs an HTTPS listener, and a load balancer that reaches Cognito.
      authenticate_cognito = optional(object({
        user_pool_arn              = string
        user_pool_client_id        = string
        user_pool_domain           = string # the prefix, or a domain of one's own
        scope                      = optional(string, "openid")
        session_timeout            = optional(number, 604800) # seconds
        on_unauthenticated_request = optional(string, "authenticate")
      }))
    }))

    health_check = optional(object({
      path                = optional(string, "/")
      matcher             = optional(string, "200-399") # with GRPC its own codes, 0-99
      interval            = optional(number, 30)
      timeout             = optional(number, 5)
      healthy_threshold   = optional(number, 2)
      unhealthy_threshold = optional(number, 3)
    }), {})

    deregistration_delay = optional(number, 30) # seconds that a task gets to finish its requests
    stickiness_seconds   = optional(number)     # how long a client stays with one task; null: it does not
  })
  default = null

  validation {
    condition     = var.load_balancer == null || can(regex("^[a-zA-Z0-9]([a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?$", var.load_balancer.target_group_name))
    error_message = "A target group's name has 1 to 32 letters, digits and hyphens, and no hyphen at an end."
  }

  validation {
    condition     = var.load_balancer == null || try(length(var.load_balancer.source_security_group_ids) + length(var.load_balancer.named_source_security_group_ids) > 0, false) || try(var.load_balancer.security_group_id != null, false)
    error_message = "Name the load balancer's security group."
  }

  validation {
    condition     = var.load_balancer == null || try(contains(["HTTP1", "HTTP2", "GRPC"], var.load_balancer.protocol_version), false)
    error_message = "The protocol version is HTTP1, HTTP2 or GRPC."
  }

  validation {
    condition = var.load_balancer == null || try(
      alltrue([
        for rule in var.load_balancer.rules : rule.authenticate_cognito == null ? true : (
          contains(["authenticate", "deny", "allow"], rule.authenticate_cognito.on_unauthenticated_request) &&
          rule.authenticate_cognito.session_timeout >= 1 && rule.authenticate_cognito.session_timeout <= 604800
        )
      ]),
      false,
    )
    error_message = "on_unauthenticated_request is authenticate, deny or allow, and a session lasts 1 second to 7 days (604800)."
  }

  validation {
    condition = var.load_balancer == null || try(
      length(var.load_balancer.rules) >= 1 && alltrue([
        for rule in var.load_balancer.rules : rule.priority >= 1 && rule.priority <= 50000
      ]),
      false,
    )
    error_message = "There is at least one rule, and each has a priority of 1 to 50000."
  }

  validation {
    condition = var.load_balancer == null || try(
      alltrue([
        for rule in var.load_balancer.rules : contains(range(1, 6), length(rule.hosts) + length(rule.paths) + length(rule.source_cidrs))
      ]),
      false,
    )
    error_message = "A rule has one to five values: hosts, paths and source_cidrs together."
  }

  validation {
    condition = var.load_balancer == null || try(
      var.load_balancer.health_check.interval >= 5 && var.load_balancer.health_check.interval <= 300 &&
      var.load_balancer.health_check.timeout >= 2 && var.load_balancer.health_check.timeout <= 120 &&
      var.load_balancer.health_check.timeout < var.load_balancer.health_check.interval,
      false,
    )
    error_message = "The health check's interval is 5 to 300 seconds, its timeout 2 to 120 and below the interval."
  }

  validation {
    condition = var.load_balancer == null || try(
      alltrue([
        for count in [var.load_balancer.health_check.healthy_threshold, var.load_balancer.health_check.unhealthy_threshold] : count >= 2 && count <= 10
      ]),
      false,
    )
    error_message = "The health check's thresholds are 2 to 10."
  }

  validation {
    condition     = var.load_balancer == null || try(var.load_balancer.deregistration_delay >= 0 && var.load_balancer.deregistration_delay <= 3600, false)
    error_message = "The deregistration delay is 0 to 3600 seconds."
  }

  validation {
    condition     = try(var.load_balancer.stickiness_seconds, null) == null || try(var.load_balancer.stickiness_seconds >= 1 && var.load_balancer.stickiness_seconds <= 604800, false)
    error_message = "Stickiness lasts 1 second to 7 days (604800)."
  }
}

variable "network_load_balancer" {
  description = "The service's place behind a network load balancer, beside or instead of the other one; null for none. Target groups are named by the listener that leads to them; the `name` of each must change with what replaces a target group (the VPC, `protocol`)."
  type = object({
    security_group_id = string # of the load balancer

    target_groups = map(object({
      name           = string
      protocol       = optional(string, "TCP") # or UDP
      container_name = string
      container_port = number

      health_check = optional(object({
        port                = optional(number) # a TCP port; null: the container's own
        path                = optional(string) # null: a connection is enough
        interval            = optional(number, 30)
        timeout             = optional(number, 10)
        healthy_threshold   = optional(number, 2)
        unhealthy_threshold = optional(number, 3)
      }), {})

      deregistration_delay = optional(number, 30)
      preserve_client_ip   = optional(bool, false) # UDP takes true only
    }))
  })
  default = null

  validation {
    condition     = try(alltrue([for group in var.network_load_balancer.target_groups : contains(["TCP", "UDP"], group.protocol)]), true)
    error_message = "The protocol is TCP or UDP."
  }

  validation {
    condition     = try(alltrue([for group in var.network_load_balancer.target_groups : group.protocol == "TCP" || group.preserve_client_ip]), true)
    error_message = "UDP keeps the clients' addresses."
  }

  validation {
    condition     = var.network_load_balancer == null || var.network_mode == "awsvpc"
    error_message = "The target groups of a network load balancer take tasks with an address of their own: network_mode is awsvpc."
  }

  validation {
    condition     = try(length(var.network_load_balancer.target_groups) + (var.load_balancer == null ? 0 : 1) <= 5, true)
    error_message = "A service takes five target groups."
  }
}

variable "network_listener_arns" {
  description = "The listeners that lead to the target groups of `network_load_balancer`: the service waits for them."
  type        = list(string)
  nullable    = false
  default     = []
}
