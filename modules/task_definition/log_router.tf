# FireLens: the container that routes the output of the others, and what it may do at their destination.

## Containers

locals {
  awslogs = {
    logDriver = "awslogs"
    options = {
      awslogs-group         = aws_cloudwatch_log_group.this.name
      awslogs-region        = local.region
      awslogs-stream-prefix = "ecs"
    }
  }

  log_output = try(var.log_router.options["Name"], "")

  log_options = var.log_router == null ? {} : merge(
    contains(["cloudwatch", "cloudwatch_logs", "firehose", "kinesis", "kinesis_firehose", "kinesis_streams", "s3"], local.log_output) ? { region = local.region } : {},
    contains(["cloudwatch", "cloudwatch_logs"], local.log_output) ? { log_group_name = aws_cloudwatch_log_group.this.name } : {},
    contains(["cloudwatch", "cloudwatch_logs"], local.log_output) && !contains(local.log_destination_keys, "log_stream_name") ? { log_stream_prefix = "ecs/" } : {},
    var.log_router.options,
    var.log_router.buffer_lines == null ? {} : { log-driver-buffer-limit = tostring(var.log_router.buffer_lines) },
  )

  log_secrets = var.log_router == null ? {} : merge(
    { for key, reference in var.log_router.secrets : key => local.secret_value_from[reference] },
    var.log_router.secret_arns,
  )

  # Of every container but the router.
  log_configuration = {
    for key, value in {
      logDriver     = var.log_router == null ? local.awslogs.logDriver : "awsfirelens"
      options       = var.log_router == null ? local.awslogs.options : length(local.log_options) == 0 ? null : local.log_options
      secretOptions = length(local.log_secrets) == 0 ? null : [for key, from in local.log_secrets : { name = key, valueFrom = from }]
    } : key => value if value != null
  }

  log_router_dependency = var.log_router == null ? {} : { log_router = "START" }

  log_router_definition = {
    for router in var.log_router[*] : "log_router" => {
      for key, value in {
        name              = "log_router"
        image             = router.image
        essential         = true
        cpu               = 0
        memoryReservation = router.memory_reservation

        # ECS sets it, and refuses any other.
        user = "0"

        firelensConfiguration = merge(
          { type = "fluentbit" },
          router.config_file == null ? {} : { options = { config-file-type = "file", config-file-value = router.config_file } },
        )

        portMappings           = []
        environment            = []
        mountPoints            = []
        volumesFrom            = []
        systemControls         = []
        readonlyRootFilesystem = false

        logConfiguration = local.awslogs
      } : key => value if value != null
    }
  }
}

## Task role

locals {
  # Decided by which options are given and not by their values, which may be known after the apply only.
  log_destination      = var.log_router == null ? {} : var.log_router.options
  log_destination_keys = keys(local.log_destination) # can() does not know whether there is a value that is not known yet
  in_own_region        = !contains(local.log_destination_keys, "region")

  # What an output may do, and on what, where its options name something of this account and region.
  log_permissions = {
    cloudwatch_logs = {
      # The plugin "cloudwatch" looks first whether the stream is there.
      actions  = concat(["logs:CreateLogStream"], local.log_output == "cloudwatch" ? ["logs:DescribeLogStreams"] : [], ["logs:PutLogEvents"])
      resource = "logs:${local.region}:${local.account}:log-group:${var.log_group_name}:*"
      named    = local.in_own_region && !contains(local.log_destination_keys, "log_group_name")
    }
    kinesis_firehose = {
      actions  = ["firehose:PutRecordBatch"]
      resource = "firehose:${local.region}:${local.account}:deliverystream/${try(local.log_destination["delivery_stream"], "")}"
      named    = local.in_own_region && contains(local.log_destination_keys, "delivery_stream")
    }
    kinesis_streams = {
      actions  = ["kinesis:PutRecords"]
      resource = "kinesis:${local.region}:${local.account}:stream/${try(local.log_destination["stream"], "")}"
      named    = local.in_own_region && contains(local.log_destination_keys, "stream")
    }
    s3 = {
      actions  = ["s3:PutObject"]
      resource = "s3:::${try(local.log_destination["bucket"], "")}/*"
      named    = contains(local.log_destination_keys, "bucket")
    }
  }

  # The outputs of Fluent Bit itself and those of AWS's plugins, which are called otherwise.
  log_permission = lookup({ cloudwatch = "cloudwatch_logs", firehose = "kinesis_firehose", kinesis = "kinesis_streams" }, local.log_output, local.log_output)

  log_router_statements = [
    for output, permission in local.log_permissions : {
      Effect   = "Allow"
      Action   = permission.actions
      Resource = ["arn:${local.partition}:${permission.resource}"]
    } if output == local.log_permission && permission.named
  ]
}
