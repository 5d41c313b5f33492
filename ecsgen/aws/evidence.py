"""Collects what AWS knows of a deployment that did not become healthy: tasks, targets, definitions, the end of a log.

A question that AWS does not answer leaves a gap with its reason; the rest is still collected.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from ecsgen.aws.answers import read_target_group, read_targets, read_task, read_task_definition
from ecsgen.aws.causes.cause import About
from ecsgen.aws.causes.exits import culprit
from ecsgen.aws.causes.health import unhealthy_container
from ecsgen.aws.track import is_routine
from ecsgen.aws.translation import code_of
from ecsgen.progress import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecsgen.aws.model import Deployment, ServiceEvent, Target, TargetGroup, Task, TaskDefinition
    from ecsgen.aws.session import Aws
    from ecsgen.aws.track import Seen

T = TypeVar("T")
P = ParamSpec("P")

LOG_LINES = 20
LOG_TASKS = 3
TASKS_A_CALL = 100

# The resource is gone, or never was: that is an answer.
ABSENT = {
    "ClusterNotFoundException",
    "ServiceNotFoundException",
    "ResourceNotFoundException",
    "TargetGroupNotFound",
    "TargetGroupNotFoundException",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that is known of one deployment. Tasks and events are in the order they happened.

    `targets` are those that are or were unhealthy. `log_of` is the container whose last lines `log` holds.
    """

    seen: Seen
    deployment: Deployment | None
    definition: TaskDefinition | None
    stopped: tuple[Task, ...]
    current: tuple[Task, ...]
    events: tuple[ServiceEvent, ...]
    targets: tuple[Target, ...]
    groups: tuple[TargetGroup, ...]
    log: tuple[str, ...]
    log_of: str
    gaps: tuple[str, ...]

    def about(self, task: Task | None = None) -> About:
        """The service's main container, for the causes."""
        key, service = self.seen.watched.key, self.seen.service
        capacity = task.capacity if task else next((one.capacity for one in (*self.current, *self.stopped)), "")
        return About(key, key, self.definition, service.public if service else None, capacity)


def collect(aws: Aws, cluster: str, seen: Seen) -> Evidence:
    """Ask AWS for what the diagnosis of one service needs. Never raises for an answer that AWS does not give."""
    gaps: list[str] = []

    def ask(doing: str, nothing: T, question: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
        try:
            return question(*args, **options)
        except (BotoCoreError, ClientError) as error:
            if code_of(error) not in ABSENT:
                gaps.append(str(aws.translated(error, doing)))
            return nothing

    deployment = examined(seen)
    name = seen.watched.name
    service = seen.service
    tasks = {task.id: task for task in seen.stopped}
    definition: TaskDefinition | None = None
    groups: tuple[TargetGroup, ...] = ()
    targets = {target.address: target for target in seen.unhealthy}
    if service is not None:
        fresh: tuple[Task, ...] = ask("read the tasks", (), _tasks, aws, cluster, name)
        tasks |= {task.id: task for task in fresh}
    if deployment is not None and deployment.task_definition:
        definition = ask("read the task definition", None, _definition, aws, deployment.task_definition)
    if service is not None and service.target_groups:
        groups = ask("read the target groups", (), _groups, aws, service.target_groups)
        now: tuple[Target, ...] = ask("read the targets' health", (), _targets, aws, service.target_groups)
        targets |= {target.address: target for target in now if target.state == "unhealthy"}
    mine = sorted(
        (task for task in tasks.values() if deployment and _belongs(task, deployment)),
        key=lambda task: (str(task.ended or task.created or ""), task.id),
    )
    stopped = tuple(task for task in mine if task.is_ending)
    current = tuple(task for task in mine if not task.is_ending)
    about = About(seen.watched.key, seen.watched.key, definition)
    log_of, log = "", tuple[str, ...]()
    for task, log_of in _log_sources(stopped, current, about):
        log = ask("read the container's log", (), _log, aws, task, log_of, definition)
        if log:
            break
    return Evidence(
        seen=seen,
        deployment=deployment,
        definition=definition,
        stopped=stopped,
        current=current,
        events=_events(seen, deployment),
        targets=tuple(targets.values()),
        groups=groups,
        log=log,
        log_of=log_of if log else "",
        gaps=tuple(dict.fromkeys(gaps)),
    )


def examined(seen: Seen) -> Deployment | None:
    """The deployment to ask about: the one that failed, else the newest of this run, else the service's own."""
    if seen.failure:
        return seen.failure.deployment
    if seen.deployments:
        return seen.deployments[-1]
    return seen.service.primary if seen.service else None


def _belongs(task: Task, deployment: Deployment) -> bool:
    """Whether a deployment started the task; by revision and time where ECS does not say."""
    if task.deployment:
        return task.deployment == deployment.id
    late = not (deployment.created and task.created and task.created < deployment.created)
    return task.task_definition == deployment.task_definition and late


def _events(seen: Seen, deployment: Deployment | None) -> tuple[ServiceEvent, ...]:
    """The service's events since the deployment began; those of this run where ECS gives no times."""
    if seen.service and deployment and deployment.created:
        since = deployment.created
        if events := tuple(event for event in seen.service.events if event.at and event.at >= since):
            return events
    return seen.events


def _tasks(aws: Aws, cluster: str, service: str) -> tuple[Task, ...]:
    arns: list[str] = []
    paginator = aws.ecs.get_paginator("list_tasks")
    for page in paginator.paginate(cluster=cluster, serviceName=service, desiredStatus="RUNNING"):
        arns += page["taskArns"]
    for page in paginator.paginate(cluster=cluster, serviceName=service, desiredStatus="STOPPED"):
        arns += page["taskArns"]
    tasks: list[Task] = []
    for start in range(0, len(arns), TASKS_A_CALL):
        answer = aws.ecs.describe_tasks(cluster=cluster, tasks=arns[start : start + TASKS_A_CALL])
        tasks += map(read_task, answer["tasks"])
    return tuple(tasks)


def _definition(aws: Aws, arn: str) -> TaskDefinition | None:
    return read_task_definition(aws.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"])


def _groups(aws: Aws, arns: Sequence[str]) -> tuple[TargetGroup, ...]:
    return tuple(map(read_target_group, aws.elbv2.describe_target_groups(TargetGroupArns=list(arns))["TargetGroups"]))


def _targets(aws: Aws, arns: Sequence[str]) -> tuple[Target, ...]:
    return tuple(
        target
        for arn in arns
        for target in read_targets(
            arn, aws.elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        )
    )


def _log_sources(stopped: Sequence[Task], current: Sequence[Task], about: About) -> list[tuple[Task, str]]:
    """The tasks and containers whose log may tell most, best first: those that failed last, else those that run."""
    sources = []
    for task in [task for task in reversed(stopped) if not is_routine(task)] or list(reversed(current)):
        sick = unhealthy_container([task])
        ended = culprit(task, about)
        sources.append((task, sick or (ended.name if ended else about.key)))
    return sources[:LOG_TASKS]


def _log(aws: Aws, task: Task, container: str, definition: TaskDefinition | None) -> tuple[str, ...]:
    """The last lines of a container's log (GetLogEvents); the stream's name is PREFIX/CONTAINER/TASK."""
    containers = definition.containers if definition else ()
    defined = next((one for one in containers if one.name == container), None)
    if defined is None or not (defined.log_group and defined.log_prefix):
        return ()
    answer = aws.logs.get_log_events(
        logGroupName=defined.log_group,
        logStreamName=f"{defined.log_prefix}/{container}/{task.id}",
        limit=LOG_LINES,
        startFromHead=False,
    )
    lines = [clean(line) for event in answer["events"] for line in event.get("message", "").splitlines()]
    return tuple(lines[-LOG_LINES:])
