"""The SQS queue that a service works off: made here or given, and how many messages a task may have waiting.

Carried by the module `queue` where ecsgen makes it; the module `autoscaling` scales by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from ecsgen.aws_values import KmsKeyArn
from ecsgen.fields import Between, Fixed, Float, Int, Pattern, Seconds, Section, Text, Variable
from ecsgen.hcl import Ref, Reference
from ecsgen.problems import Finding, Path

ARN = Pattern(
    r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,80}(?:\.fifo)?",
    "the ARN of an SQS queue",
    "write it like arn:aws:sqs:eu-west-1:123456789012:orders",
)
NAME = Pattern(
    r"[A-Za-z0-9_-]{1,80}|[A-Za-z0-9_-]{1,75}\.fifo",
    "the name of an SQS queue",
    "use at most 80 letters, digits, hyphens and underscores",
)
MADE = ("visibility", "retention", "receives")
"""Keys of a queue that ecsgen makes."""
ACTIONS = (
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ReceiveMessage",
)


class Queue(Section):
    """A queue to work off. Without `arn` and `name` ecsgen makes one, with a dead-letter queue."""

    backlog: Annotated[Float, Between(1, 1_000_000, "messages")]
    """Messages waiting for each running task to keep to."""
    arn: Annotated[Text, ARN] | None = None
    """A queue that is there already, by its ARN; in the same account and region, where its metrics are."""
    name: Annotated[Fixed, NAME] | None = None
    """A queue that is there already, by its name."""
    env: Variable = "QUEUE_URL"
    """The main container's environment variable that holds the queue's URL."""
    visibility: Annotated[Seconds, Between(0, 43_200, "seconds")] = 300
    """Seconds that a message which was received stays hidden: longer than a task works on it."""
    retention: Annotated[Seconds, Between(60, 1_209_600, "seconds")] = 345_600
    """Seconds that a message waits at most before it is lost."""
    receives: Annotated[Int, Between(1, 1000)] = 5
    """Times that a message is received before it goes to the dead-letter queue."""
    kms_key: KmsKeyArn | None = None
    """The KMS key that encrypts the messages; by default SQS's own key does."""


class QueueKeys(Section):
    """Scaling by the backlog of a queue."""

    queue: Queue | None = None
    """The SQS queue that the service works off: the number of tasks follows its backlog."""


@dataclass(frozen=True, slots=True)
class QueueInputs:
    """Inputs of the module `queue`, and what others read of the queue.

    `looked_up`: the name of one that is there, `looked_up_arn`: what its ARN will be known by.
    """

    made: bool
    looked_up: str | None
    looked_up_arn: Reference | None
    name: str
    visibility_timeout_seconds: int
    message_retention_seconds: int
    max_receive_count: int
    kms_key_arn: str | None
    backlog: float | int
    metric_name: Ref | str
    arn: Ref | str
    url: Ref | str
    env: str


def is_made(queue: Queue) -> bool:
    """Whether ecsgen makes the queue."""
    return queue.arn is None and queue.name is None


def resolve(queue: Queue, name: str, label: str) -> QueueInputs:
    """`name`: what a queue is called that ecsgen makes; `label` begins the service's labels."""
    arn, by_name = queue.arn, queue.name
    known = None if isinstance(arn, Reference) else arn
    where = f"module.{label}_queue" if is_made(queue) else f"data.aws_sqs_queue.{label}"
    return QueueInputs(
        made=is_made(queue),
        looked_up=by_name,
        looked_up_arn=arn if isinstance(arn, Reference) else None,
        name=name,
        visibility_timeout_seconds=queue.visibility,
        message_retention_seconds=queue.retention,
        max_receive_count=queue.receives,
        kms_key_arn=queue.kms_key,
        backlog=int(queue.backlog) if queue.backlog == int(queue.backlog) else queue.backlog,
        metric_name=known.rpartition(":")[2] if known else by_name or Ref(f"{where}.name"),
        arn=arn or Ref(f"{where}.arn"),
        url=_url(known) if known else Ref(f"{where}.url"),
        env=queue.env,
    )


def _url(arn: str) -> str:
    """A queue's URL by its ARN (Amazon SQS: queue and message identifiers)."""
    _, partition, _, region, account, name = arn.split(":")
    return f"https://sqs.{region}.amazonaws.com{'.cn' if partition == 'aws-cn' else ''}/{account}/{name}"


def statements(queue: QueueInputs) -> list[dict[str, Any]]:
    """What a task may do to work it off, as the module `task_definition` takes it."""
    found: list[dict[str, Any]] = [{"effect": "Allow", "actions": list(ACTIONS), "resources": [queue.arn]}]
    if queue.kms_key_arn:
        found.append({"effect": "Allow", "actions": ["kms:Decrypt"], "resources": [queue.kms_key_arn]})
    return found


def check(
    queue: Queue, taken: Mapping[str, Path], insights: str | None, region: str, account: str | None, path: Path
) -> Iterator[Finding]:
    """What AWS would refuse, or what would never scale. `taken`: the container's variables; `insights`: the cluster's own."""
    given = "arn" if queue.arn is not None else "name"
    if queue.arn is not None and queue.name is not None:
        yield Finding((*path, "name"), "EG540", "the queue has both arn and name", "remove one of them", on_key=True)
    if queue.arn is not None or queue.name is not None:
        for key in MADE:
            if key in queue.model_fields_set:
                yield Finding(
                    (*path, key),
                    "EG540",
                    f"{key} is a setting of a queue that is there already, which ecsgen does not change",
                    f"remove it, or {given}",
                    on_key=True,
                    reads=((*path, given),),
                )
    if queue.arn is not None and not isinstance(queue.arn, Reference):
        _, _, _, theirs, owner, _ = queue.arn.split(":")
        if theirs != region or (account is not None and owner != account):
            where = f"region {theirs}" if theirs != region else f"account {owner}"
            yield Finding(
                (*path, "arn"),
                "EG540",
                f"the queue is in {where}, and its metrics are there alone, so nothing here can scale by them",
                "name a queue of the service's own account and region",
                reads=(("region",), ("account",)),
            )
    if insights == "disabled":
        yield Finding(
            path,
            "EG541",
            "backlog for each task needs the number of running tasks, which Container Insights count, and they are disabled",
            "write cluster: {insights: enabled}",
            on_key=True,
            reads=(("cluster", "insights"),),
        )
    if queue.env in taken:
        yield Finding(
            taken[queue.env],
            "EG542",
            f"{queue.env} is the variable that holds the queue's URL",
            f"rename it, or give queue.env another name than {queue.env}",
            on_key=True,
            reads=((*path, "env"),),
        )
