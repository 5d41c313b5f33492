"""A task started by hand: the request, its log line by line, its exit code, and why it has never run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ecsgen.aws.run import OVERRIDES_LIMIT, Followed, overrides, request_of_service, start, stop
from ecsgen.errors import AwsError, UnhealthyError, UsageError

ARN = "arn:aws:ecs:eu-west-1:123456789012:task/hello-default/0123abcd"


def test_the_command_is_an_override_of_one_container() -> None:
    assert overrides("web", ["rake", "db:migrate"]) == {
        "containerOverrides": [{"name": "web", "command": ["rake", "db:migrate"]}]
    }


def test_overrides_have_a_limit() -> None:
    frame = len('{"containerOverrides":[{"name":"web","command":[""]}]}')
    assert overrides("web", ["é" * (OVERRIDES_LIMIT - frame)])
    with pytest.raises(UsageError, match="8193 characters"):
        overrides("web", ["é" * (OVERRIDES_LIMIT - frame + 1)])


def test_a_service_lends_its_definition_and_its_place(say: Any, answering: Any) -> None:
    network = {
        "awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": "ENABLED"}
    }
    strategy = [{"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 0}]
    service = say.service(say.deployment(), networkConfiguration=network, capacityProviderStrategy=strategy)
    aws = answering(lambda operation, asked: {"services": [service]})
    assert request_of_service(aws, "hello-default", "web") == {
        "cluster": "hello-default",
        "taskDefinition": say.revision(),
        "capacityProviderStrategy": strategy,
        "networkConfiguration": network,
        "propagateTags": "TASK_DEFINITION",
        "enableECSManagedTags": True,
    }


def test_a_service_that_is_gone_is_not_deployed(say: Any, answering: Any) -> None:
    aws = answering(lambda operation, asked: {"services": [say.service(status="INACTIVE")]})
    with pytest.raises(UsageError, match="web is not deployed"):
        request_of_service(aws, "hello-default", "web")


def test_what_ecs_does_not_place_is_an_error(answering: Any) -> None:
    refused = {"tasks": [], "failures": [{"reason": "Capacity is unavailable at this time."}]}
    with pytest.raises(AwsError, match="could not start report: Capacity is unavailable at this time"):
        start(answering(lambda operation, asked: refused), {"cluster": "c", "taskDefinition": "d:1"}, "report")


def test_a_task_that_has_stopped_can_be_stopped(answering: Any) -> None:
    stop(
        answering(lambda operation, asked: ("InvalidParameterException", "The referenced task was not found.")),
        "c",
        ARN,
        "",
    )
    with pytest.raises(AwsError, match="stop the task"):
        stop(answering(lambda operation, asked: ("AccessDeniedException", "no")), "c", ARN, "")


class Life:
    """A task's answers: its states one after the other, and pages of its log."""

    def __init__(self, say: Any, states: list[dict[str, Any]], pages: list[list[str]], **definition: Any) -> None:
        self.say, self.states, self.pages, self.definition = say, states, pages, definition
        self.read = 0

    def __call__(self, operation: str, asked: dict[str, Any]) -> Any:
        match operation:
            case "DescribeTasks":
                state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
                return {"tasks": [state] if state else []}
            case "DescribeTaskDefinition":
                return {"taskDefinition": self.say.definition(**self.definition)}
            case _:
                assert asked["logStreamName"] == "ecs/web/0123abcd"
                assert asked["startFromHead"]
                assert asked.get("nextToken", "0") == str(self.read)
                if not self.pages:
                    return (
                        {"events": [], "nextForwardToken": str(self.read)}
                        if self.read
                        else ("ResourceNotFoundException", "")
                    )
                self.read += 1
                return {"events": [{"message": line} for line in self.pages.pop(0)], "nextForwardToken": str(self.read)}


def follow(aws: Any, on_line: Callable[[str], None], now: list[float] | None = None) -> Followed:
    clock = now if now is not None else [0.0]

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    return Followed(aws, "hello-default", ARN, "web", on_line, settle=2, sleep=sleep, clock=lambda: clock[0])


def running(say: Any) -> dict[str, Any]:
    return dict(say.task("0123abcd", {"name": "web", "lastStatus": "RUNNING"}, lastStatus="RUNNING", stoppedReason=""))


def test_each_line_is_told_once_and_in_order(say: Any, answering: Any) -> None:
    stopped = say.task("0123abcd", say.container(exit_code=3))
    life = Life(say, [{}, running(say), running(say), stopped], [["one", "two\nthree"], [], ["", "late"]])
    lines: list[str] = []
    states: list[str] = []
    followed = follow(answering(life), lines.append)
    ended = followed.ended(followed.wait(states.append))
    assert lines == ["one", "two", "three", "", "late"]
    assert states[:2] == ["PROVISIONING", "RUNNING"]
    assert (ended.exit_code, ended.task) == (3, ARN)
    assert ended.cause == "web exits with code 3"
    assert ended.lines == ("one", "two", "three", "", "late")


def test_lines_that_arrive_after_the_end_are_waited_for(say: Any, answering: Any) -> None:
    stopped = say.task("0123abcd", say.container(exit_code=0))
    life = Life(say, [stopped], [])
    lines: list[str] = []
    followed = follow(answering(life), lines.append)

    def sleep(_: float) -> None:
        if not life.read:
            life.pages.append(["the last word"])

    followed.sleep = sleep
    ended = followed.ended(followed.wait(lambda status: None))
    assert lines == ["the last word"]
    assert (ended.exit_code, ended.cause, ended.hint) == (0, "web exits with code 0", "")


def test_a_log_that_goes_elsewhere_is_not_read(say: Any, answering: Any) -> None:
    stopped = say.task("0123abcd", say.container(exit_code=0))
    aws = answering(Life(say, [stopped], [], logConfiguration={"logDriver": "awsfirelens"}))
    followed = follow(aws, pytest.fail)
    assert followed.ended(followed.wait(lambda status: None)).exit_code == 0
    assert "GetLogEvents" not in aws.calls


def test_a_container_that_has_never_run_is_explained(say: Any, answering: Any) -> None:
    reason = 'CannotStartContainerError: exec: "nosuch": executable file not found in $PATH'
    stopped = say.task(
        "0123abcd", say.container(reason=reason), reason="Task failed to start", stopCode="TaskFailedToStart"
    )
    followed = follow(answering(Life(say, [stopped], [])), pytest.fail)
    with pytest.raises(UnhealthyError) as error:
        followed.ended(followed.wait(lambda status: None))
    assert error.value.exit_code == 7
    assert error.value.what == "web did not run"
    assert error.value.why == "web cannot start: there is no program nosuch in its image"
    assert reason in error.value.details


def test_a_task_that_ecs_never_shows_is_an_error_in_the_end(say: Any, answering: Any) -> None:
    followed = follow(answering(Life(say, [{}], [])), pytest.fail)
    with pytest.raises(AwsError, match="no longer knows the task 0123abcd"):
        followed.wait(lambda status: None)
