"""Everything that a role of the application may do, and why; who may take it. A permission more, or a role more, is a failure."""

from __future__ import annotations

from typing import Any

from strict import ACCOUNT, REGION

LOG = {
    "logs:CreateLogStream": "a container's output begins a stream",
    "logs:PutLogEvents": "and goes into it",
}
IMAGE = {
    "ecr:GetAuthorizationToken": "logs in to the registry",
    "ecr:BatchCheckLayerAvailability": "pulls the image",
    "ecr:BatchGetImage": "pulls the image",
    "ecr:GetDownloadUrlForLayer": "pulls the image",
}
SSM_SECRET = {"ssm:GetParameters": "ECS reads the parameters that are named"}
SECRET = {
    "secretsmanager:GetSecretValue": "ECS reads the secrets that are named, a private registry's credentials among them"
}
QUEUE = {
    "sqs:ReceiveMessage": "a worker takes messages",
    "sqs:DeleteMessage": "and is done with them",
    "sqs:ChangeMessageVisibility": "or needs longer, or gives them back",
    "sqs:GetQueueAttributes": "SDKs and pollers look how many there are",
    "sqs:GetQueueUrl": "and find the queue by its name",
}
RUN_TASK = {
    "ecs:RunTask": "starts the task",
    "iam:PassRole": "hands it its two roles",
    "ecs:TagResource": "gives it the task definition's tags while it starts",
}

ALLOWED: dict[str, dict[str, str]] = {
    "web-execution": {
        **LOG,
        **SSM_SECRET,
        **SECRET,
        **IMAGE,
        "kms:Decrypt": "the secret has a key of its own",
        "s3:GetObject": "reads the environment file",
        "s3:GetBucketLocation": "finds the environment file",
    },
    "web-task": {
        "dynamodb:GetItem": "written under permissions",
        "ssmmessages:CreateControlChannel": "ECS Exec",
        "ssmmessages:CreateDataChannel": "ECS Exec",
        "ssmmessages:OpenControlChannel": "ECS Exec",
        "ssmmessages:OpenDataChannel": "ECS Exec",
    },
    "quiet-execution": LOG,
    "quiet-task": {},
    "worker-execution": LOG | SECRET | {"kms:Decrypt": "the registry's credentials have a key of their own"},
    "worker-task": QUEUE | {"kms:Decrypt": "the messages are encrypted with a key of one's own"},
    "letters-execution": LOG,
    "letters-task": QUEUE,
    "bills-execution": LOG,
    "bills-task": QUEUE,
    "uploads-execution": LOG,
    "uploads-task": {
        "elasticfilesystem:ClientMount": "mounts the file system",
        "elasticfilesystem:ClientWrite": "writes to it",
    },
    "pictures-execution": LOG,
    "pictures-task": {"elasticfilesystem:ClientMount": "mounts the file system, to read"},
    "archive-execution": LOG,
    "archive-task": {
        "elasticfilesystem:ClientMount": "mounts the file system",
        "elasticfilesystem:ClientWrite": "writes to it",
    },
    "search-volumes": {
        "ec2:CreateVolume": "AWS's policy: a disk for a task",
        "ec2:CreateTags": "AWS's policy: marks the disk as ECS's",
        "ec2:DescribeVolumes": "AWS's policy: waits for the disk",
        "ec2:DescribeAvailabilityZones": "AWS's policy: places the disk",
        "ec2:DescribeInstances": "AWS's policy: finds where to attach it",
        "ec2:AttachVolume": "AWS's policy: attaches it",
        "ec2:DetachVolume": "AWS's policy: detaches it",
        "ec2:DeleteVolume": "AWS's policy: deletes it with the task",
        "kms:DescribeKey": "finds the key of the disk",
        "kms:CreateGrant": "lets EC2 use the key for this disk",
        "kms:Decrypt": "EC2 encrypts the disk on behalf of the role",
        "kms:GenerateDataKeyWithoutPlaintext": "EC2 encrypts the disk on behalf of the role",
        "kms:ReEncryptFrom": "EC2 encrypts a snapshot's copy on behalf of the role",
        "kms:ReEncryptTo": "EC2 encrypts a snapshot's copy on behalf of the role",
    },
    "tracking-execution": LOG,
    "tracking-task": {"firehose:PutRecordBatch": "Fluent Bit writes to the delivery stream"},
    "clicks-execution": LOG,
    "clicks-task": {"kinesis:PutRecords": "Fluent Bit writes to the stream"},
    "parcels-execution": LOG | SSM_SECRET,
    "parcels-task": {"s3:PutObject": "Fluent Bit writes to the bucket"},
    "labels-execution": LOG,
    "labels-task": LOG,
    "stamps-execution": LOG,
    "stamps-task": LOG | {"logs:DescribeLogStreams": "the plugin cloudwatch looks whether its stream is there"},
    "report-execution": LOG,
    "report-task": {},
    "report-schedule": {
        "states:StartExecution": "starts a run",
        "sqs:SendMessage": "keeps what could not be delivered",
    },
    "report-runs": {
        **RUN_TASK,
        "ecs:DescribeTasks": "sees how the task ended",
        "ecs:ListTasks": "finds the task of a run that took too long",
        "ecs:StopTask": "ends it",
        "events:PutRule": "Step Functions hears of stopped tasks by a rule of its own",
        "events:PutTargets": "which it aims at itself",
        "events:DescribeRule": "and finds again",
        "logs:CreateLogDelivery": "logging of the state machine",
        "logs:GetLogDelivery": "logging of the state machine",
        "logs:UpdateLogDelivery": "logging of the state machine",
        "logs:DeleteLogDelivery": "logging of the state machine",
        "logs:ListLogDeliveries": "logging of the state machine",
        "logs:PutResourcePolicy": "logging of the state machine",
        "logs:DescribeResourcePolicies": "logging of the state machine",
        "logs:DescribeLogGroups": "logging of the state machine",
    },
    "clean-execution": LOG,
    "clean-task": {},
    "clean-schedule": RUN_TASK | {"sqs:SendMessage": "keeps what could not be delivered"},
    "flow-logs": LOG
    | {
        "logs:DescribeLogGroups": "flow logs look for their group",
        "logs:DescribeLogStreams": "and for the stream of an interface",
    },
    "pulled-execution": LOG | IMAGE,
    "pulled-task": {},
    "ec2-instance": {
        "ecs:DiscoverPollEndpoint": "the agent asks where ECS is",
        "ecs:RegisterContainerInstance": "joins the cluster",
        "ecs:DeregisterContainerInstance": "leaves it",
        "ecs:Poll": "takes tasks",
        "ecs:StartTelemetrySession": "reports CPU and memory",
        "ecs:SubmitAttachmentStateChanges": "reports interfaces",
        "ecs:SubmitContainerStateChange": "reports containers",
        "ecs:SubmitTaskStateChange": "reports tasks",
        "ecs:UpdateContainerInstancesState": "drains itself when Spot takes the instance back",
    },
}

OURS = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


OF_DEPOT = ("pulled-execution", "pulled-task", "ec2-instance")


def role(kind: str) -> str:
    """A role's name."""
    return f"{'depot' if kind in OF_DEPOT else 'shop'}-default-{kind}"


def of(kind: str) -> tuple[str, dict[str, Any] | None]:
    """The one service that may take a role, and under which condition: what AWS documents as the call's source."""
    if kind.endswith(("-execution", "-task")):
        return "ecs-tasks.amazonaws.com", OURS
    if kind.endswith("-schedule"):
        group = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule-group/default"
        return "scheduler.amazonaws.com", {**OURS, "ArnEquals": {"aws:SourceArn": group}}
    return {
        "report-runs": (
            "states.amazonaws.com",
            {
                **OURS,
                "ArnEquals": {"aws:SourceArn": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:shop-default-report"},
            },
        ),
        "flow-logs": (
            "vpc-flow-logs.amazonaws.com",
            {**OURS, "ArnLike": {"aws:SourceArn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc-flow-log/*"}},
        ),
        # AWS names no source for these two.
        "search-volumes": ("ecs.amazonaws.com", None),
        "ec2-instance": ("ec2.amazonaws.com", None),
    }[kind]
