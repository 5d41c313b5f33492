"""The applications whose roles are tried: one of each kind that a role is rendered for."""

from __future__ import annotations

DESCRIPTION = """\
name: shop
region: eu-west-1
network: {{flow_logs: true}}

services:
  web:
    build: .
    env_files: ["arn:aws:s3:::team-config/web.env"]
    secrets:
      TOKEN: ssm:/shop/token
      PASSWORD: {{from: secretsmanager:shop/password, kms_key: "{key}"}}
    permissions:
      statements:
        - actions: [dynamodb:GetItem]
          resources: ["arn:aws:dynamodb:eu-west-1:111122223333:table/orders"]
    exec: true
  quiet:
    image: nginx:1.27

  worker:
    image: registry.example.com/worker:1
    credentials: {{from: "{registry}", kms_key: "{key}"}}
    scaling: {{max: 3, queue: {{backlog: 10, kms_key: "{key}"}}}}
  letters:
    image: busybox:1.36
    scaling: {{max: 3, queue: {{backlog: 10, arn: "arn:aws:sqs:eu-west-1:111122223333:letters"}}}}
  bills:
    image: busybox:1.36
    scaling: {{max: 3, queue: {{backlog: 10, name: bills}}}}

  uploads:
    image: busybox:1.36
    volumes: {{files: {{path: /files, efs: {{create: true}}}}}}
  pictures:
    image: busybox:1.36
    volumes: {{files: {{path: /files, read_only: true, efs: {{share: uploads}}}}}}
  archive:
    image: busybox:1.36
    volumes:
      old: {{path: /old, efs: {{file_system: fs-0123456789abcdef0, iam: true}}}}
  search:
    image: busybox:1.36
    volumes: {{index: {{path: /index, ebs: {{size: 10, kms_key: "{key}"}}}}}}

  tracking:
    image: busybox:1.36
    logs: {{driver: firelens, options: {{Name: kinesis_firehose, delivery_stream: tracking}}}}
  clicks:
    image: busybox:1.36
    logs: {{driver: firelens, options: {{Name: kinesis_streams, stream: clicks}}}}
  parcels:
    image: busybox:1.36
    logs: {{driver: firelens, options: {{Name: s3, bucket: parcels-logs}}, secret_options: {{Header: ssm:/shop/token}}}}
  labels:
    image: busybox:1.36
    logs: {{driver: firelens, options: {{Name: cloudwatch_logs}}}}
  stamps:
    image: busybox:1.36
    logs: {{driver: firelens, options: {{Name: cloudwatch}}}}

jobs:
  report:
    image: busybox:1.36
    schedule: 30 7 * * MON-FRI
    retries: {{attempts: 2}}
    timeout: 1h
  clean:
    image: busybox:1.36
    schedule: rate(6 hours)
"""

TASKS = (
    *("web", "quiet", "worker", "letters", "bills", "uploads", "pictures", "archive"),
    *("tracking", "clicks", "parcels", "labels", "stamps"),
)

TARGETS = (
    *(f"module.{name}_task" for name in TASKS),
    "module.report_job",
    "module.clean_job",
    "module.network.aws_flow_log.this",
    "module.search_service.aws_iam_role_policy.volumes_key",
    "module.search_service.aws_iam_role_policy_attachment.volumes",
)
"""What has the roles; the rest of the environment is not needed for them."""

IMAGES = "444455556666"
"""The account that the images of the second application are kept in."""
DEPOT = """\
name: depot
region: eu-west-1
account: "111122223333"
registry: {account: "444455556666"}
cluster:
  ec2: {instance_types: [m7g.large], min: 0, max: 1, spot: true}
services:
  pulled: {build: .}
"""
DEPOT_TARGETS = ("module.pulled_task", "module.ec2_capacity.aws_iam_role_policy.instance")
