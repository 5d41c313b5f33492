"""One task started by hand: followed to its end, its log read line by line, stopped when the user asks.

Source: RunTask, DescribeTasks and StopTask (Amazon ECS API Reference), GetLogEvents (CloudWatch Logs API Reference).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from ecsgen.aws.answers import read_task, read_task_definition
from ecsgen.aws.causes.cause import About
from ecsgen.aws.causes.exits import exit_cause
from ecsgen.aws.causes.startup import startup_cause
from ecsgen.aws.model import Container, Task, TaskDefinition
from ecsgen.aws.translation import code_of, is_throttled
from ecsgen.errors import AwsError, UnhealthyError, UsageError
from ecsgen.progress import clean

if TYPE_CHECKING:
    from ecsgen.aws.session import Aws

OVERRIDES_LIMIT = 8192
"""Characters of a run's overrides as JSON (RunTask, `overrides`)."""

STARTED_BY = "ecsgen run"
UNSEEN_SECONDS = 60.0
"""How long DescribeTasks may not know a task that RunTask has just started."""

Request = Mapping[str, Any]
"""The parameters of RunTask."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A task that ran to its end. `exit_code` is that of the container `name`; `cause` and `hint` say what it means."""

    task: str
    exit_code: int
    cause: str
    hint: str
    lines: tuple[str, ...]


def overrides(container: str, command: Sequence[str]) -> dict[str, Any]:
    """What a run changes of the definition: the command of one container. Raises UsageError when it is too long."""
    found = {"containerOverrides": [{"name": container, "command": list(command)}]}
    size = len(json.dumps(found, ensure_ascii=False, separators=(",", ":")))
    if size > OVERRIDES_LIMIT:
        raise UsageError(
            f"the command takes {size} characters, and ECS {OVERRIDES_LIMIT}",
            hint="put it into a script in the image, and run that",
        )
    return found


def request_of_service(aws: Aws, cluster: str, service: str) -> Request:
    """A request for one more task like those of a service: its definition, its place, its capacity. Raises AwsError."""
    with aws.calling(f"look at the service {service}"):
        answer = aws.ecs.describe_services(cluster=cluster, services=[service])
    found: Any = next((one for one in answer["services"] if one.get("status") == "ACTIVE"), None)
    if found is None:
        raise UsageError(f"the service {service} is not deployed", hint="run ecsgen apply first")
    placed = (
        {"capacityProviderStrategy": found["capacityProviderStrategy"]}
        if found.get("capacityProviderStrategy")
        else {"launchType": found.get("launchType", "FARGATE")}
    )
    network = found.get("networkConfiguration")
    return {
        "cluster": cluster,
        "taskDefinition": found["taskDefinition"],
        **placed,
        **({"networkConfiguration": network} if network else {}),
        "propagateTags": "TASK_DEFINITION",
        "enableECSManagedTags": True,
    }


def start(aws: Aws, request: Request, what: str) -> str:
    """Start one task; returns its ARN. Raises AwsError when ECS does not take it."""
    with aws.calling(f"start {what}"):
        answer: Any = aws.ecs.run_task(**{**request, "count": 1, "startedBy": STARTED_BY})
    if not answer.get("tasks"):
        failure: Any = next(iter(answer.get("failures", [])), {})
        raise AwsError(
            f"could not start {what}",
            why=clean(f"{failure.get('reason', 'ECS gives no reason')} {failure.get('detail', '')}"),
            hint="if it is about capacity, try again in a while, or use another `capacity`",
        )
    return str(answer["tasks"][0]["taskArn"])


def stop(aws: Aws, cluster: str, task: str, reason: str) -> None:
    """Ask ECS to stop a task; one that has stopped already is no error. Raises AwsError."""
    try:
        aws.ecs.stop_task(cluster=cluster, task=task, reason=reason)
    except (BotoCoreError, ClientError) as error:
        if code_of(error) != "InvalidParameterException":
            raise aws.translated(error, "stop the task") from error


@dataclass
class Followed:
    """A task that is on its way. `on_line` gets each line of the container's log, once and in order."""

    aws: Aws
    cluster: str
    task: str
    container: str
    on_line: Callable[[str], None]
    interval: float = 3.0
    settle: float = 6.0
    sleep: Callable[[float], object] = time.sleep
    clock: Callable[[], float] = time.monotonic
    seen: Task | None = None
    tail: list[str] = field(default_factory=list)
    _definition: TaskDefinition | None = None
    _token: str = ""

    @property
    def id(self) -> str:
        """The last part of the task's ARN."""
        return self.task.rpartition("/")[2]

    def wait(self, on_status: Callable[[str], None], timeout: float | None = None) -> Task:
        """Follow the task until it has stopped and its log is read.

        Raises TimeoutError when it has not after `timeout` seconds, AwsError when AWS does not answer.
        """
        began = self.clock()
        while True:
            self._look(began)
            self._read()
            if self.seen is not None and self.seen.is_stopped:
                self._drain()
                return self.seen
            if timeout is not None and self.clock() - began >= timeout:
                raise TimeoutError
            on_status(self.seen.status if self.seen else "PROVISIONING")
            self.sleep(self.interval)

    def ended(self, task: Task) -> Ended:
        """How the stopped task ended. Raises UnhealthyError when its container has never run."""
        container = next((one for one in task.containers if one.name == self.container), None)
        if container is None or container.exit_code is None:
            raise self._never_ran(task, container)
        cause = exit_cause(container, self._about(task), tuple(self.tail))
        return Ended(
            self.task,
            container.exit_code,
            cause.headline if container.exit_code else f"{self.container} exits with code 0",
            cause.hint if container.exit_code else "",
            tuple(map(clean, self.tail)),
        )

    def _never_ran(self, task: Task, container: Container | None) -> UnhealthyError:
        said = [one.reason for one in (container, *task.containers) if one is not None and one.reason] + [task.reason]
        told = list(dict.fromkeys(filter(None, said)))
        cause = next((found for text in told if (found := startup_cause(text, self._about(task)))), None)
        return UnhealthyError(
            f"{self.container} did not run",
            why=cause.headline if cause else (told[0] if told else "ECS gives no reason"),
            hint=cause.hint if cause else "",
            details=told if cause else told[1:],
        )

    def _about(self, task: Task) -> About:
        return About(self.container, self.container, self._definition, capacity=task.capacity)

    def _look(self, began: float) -> None:
        try:
            answer = self.aws.ecs.describe_tasks(cluster=self.cluster, tasks=[self.task])
            if self._definition is None and answer["tasks"]:
                arn = answer["tasks"][0]["taskDefinitionArn"]
                told = self.aws.ecs.describe_task_definition(taskDefinition=arn)
                self._definition = read_task_definition(told["taskDefinition"])
        except (BotoCoreError, ClientError) as error:
            if is_throttled(error):
                return
            raise self.aws.translated(error, "look at the task") from error
        if answer["tasks"]:
            self.seen = read_task(answer["tasks"][0])
        elif self.seen is not None or self.clock() - began > UNSEEN_SECONDS:
            raise AwsError(f"ECS no longer knows the task {self.id}", hint="see its log in CloudWatch Logs")

    def _read(self) -> bool:
        """Read what is new in the log; whether there was anything."""
        defined = next(
            (one for one in (self._definition.containers if self._definition else ()) if one.name == self.container),
            None,
        )
        if defined is None or not (defined.log_group and defined.log_prefix):
            return False
        found = False
        while True:
            token: Any = {"nextToken": self._token} if self._token else {}
            try:
                answer: Any = self.aws.logs.get_log_events(
                    logGroupName=defined.log_group,
                    logStreamName=f"{defined.log_prefix}/{self.container}/{self.id}",
                    startFromHead=True,
                    **token,
                )
            except (BotoCoreError, ClientError) as error:
                if is_throttled(error) or code_of(error) == "ResourceNotFoundException":
                    return found  # the stream is there once the container has written
                raise self.aws.translated(error, "read the log") from error
            for event in answer["events"]:
                found = True
                self._tell(event.get("message", ""))
            last, self._token = self._token, answer.get("nextForwardToken", "")
            if self._token == last or not self._token:
                return found

    def _tell(self, message: str) -> None:
        for line in message.splitlines() or [""]:
            self.on_line(line)
            self.tail = [*self.tail[-19:], line]

    def _drain(self) -> None:
        """Lines arrive some seconds after the container has ended: wait until none does."""
        quiet = 0.0
        while quiet < self.settle:
            pause = min(1.0, self.settle)
            self.sleep(pause)
            quiet = 0.0 if self._read() else quiet + pause
