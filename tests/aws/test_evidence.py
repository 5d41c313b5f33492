"""Collecting evidence: what is asked, what belongs to the deployment, and what happens when AWS does not answer."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ecsgen.aws.answers import read_service, read_targets, read_task
from ecsgen.aws.diagnose import diagnose
from ecsgen.aws.evidence import LOG_LINES, collect, examined
from ecsgen.aws.model import Watched
from ecsgen.aws.track import Failure, Seen
from ecsgen.aws.watch import Watch
from ecsgen.progress import silent

if TYPE_CHECKING:
    from ecsgen.aws.session import Aws

WEB = Watched("web", "web")


def seen(say: Any, service: dict[str, Any] | None, stopped: Any = (), unhealthy: Any = (), failed: bool = True) -> Seen:
    read = read_service(service) if service else None
    deployments = read.deployments if read else ()
    failure = Failure(WEB, deployments[0], "tasks failed to start", "") if failed and deployments else None
    bad = read_targets(say.group, unhealthy)
    return Seen(WEB, read, deployments, read.events if read else (), tuple(map(read_task, stopped)), (), bad, failure)


class Account:
    """Answers from lists; what is in `broken` answers with an error."""

    def __init__(self, say: Any) -> None:
        self.say = say
        self.running: list[dict[str, Any]] = []
        self.stopped: list[dict[str, Any]] = []
        self.targets: list[dict[str, Any]] = []
        self.definition = say.definition()
        self.logs: dict[str, list[str]] = {}
        self.asked_logs: list[dict[str, Any]] = []
        self.broken: dict[str, tuple[str, str]] = {}

    def __call__(self, operation: str, parameters: dict[str, Any]) -> Any:
        if operation in self.broken:
            return self.broken[operation]
        tasks = [*self.running, *self.stopped]
        match operation:
            case "ListTasks":
                chosen = self.stopped if parameters["desiredStatus"] == "STOPPED" else self.running
                return {"taskArns": [task["taskArn"] for task in chosen]}
            case "DescribeTasks":
                return {"tasks": [task for task in tasks if task["taskArn"] in parameters["tasks"]]}
            case "DescribeTaskDefinition":
                return {"taskDefinition": self.definition}
            case "DescribeTargetGroups":
                return {"TargetGroups": [self.say.target_group()]}
            case "DescribeTargetHealth":
                return {"TargetHealthDescriptions": self.targets}
            case "GetLogEvents":
                self.asked_logs.append(parameters)
                lines = self.logs.get(parameters["logStreamName"])
                if lines is None:
                    return "ResourceNotFoundException", "The specified log stream does not exist."
                return {"events": [{"timestamp": 1, "message": line, "ingestionTime": 1} for line in lines]}
        raise AssertionError(operation)


def test_a_crash_is_collected_whole(say: Any, answering: Any) -> None:
    account = Account(say)
    account.stopped = [say.task("1a", say.container(exit_code=1)), say.task("0a", say.container(exit_code=9), number=7)]
    account.logs["ecs/web/1a"] = ["starting\n", "\x1b[31mno database\x1b[0m\ntraceback"]
    found = collect(answering(account), "hello-default", seen(say, say.service(say.deployment(1, "FAILED"))))
    assert [task.id for task in found.stopped] == ["1a"]
    assert found.log == ("starting", "no database", "traceback")
    assert found.log_of == "web"
    assert found.definition is not None
    assert found.groups[0].path == "/health"
    assert found.gaps == ()
    assert account.asked_logs[0]["limit"] == LOG_LINES
    assert account.asked_logs[0]["logGroupName"] == "/ecs/hello/default/web"
    result = diagnose(found)
    assert result.headline == "web exits with code 1"
    assert result.log_lines == found.log


def test_tasks_that_aws_forgot_are_still_there(say: Any, answering: Any) -> None:
    kept = [say.task("1a", say.container(exit_code=1))]
    found = collect(answering(Account(say)), "c", seen(say, say.service(say.deployment(1, "FAILED")), stopped=kept))
    assert [task.id for task in found.stopped] == ["1a"]


def test_targets_that_are_gone_are_still_there(say: Any, answering: Any) -> None:
    bad = [say.target("unhealthy", "Request timed out")]
    account = Account(say)
    account.targets = [say.target("healthy"), say.target("unhealthy", "Health checks failed", address="10.0.1.9")]
    found = collect(answering(account), "c", seen(say, say.service(say.deployment(1)), unhealthy=bad))
    assert {target.description for target in found.targets} == {"Request timed out", "Health checks failed"}


def test_the_log_of_the_container_that_failed(say: Any, answering: Any) -> None:
    account = Account(say)
    web = account.definition["containerDefinitions"][0]
    account.definition["containerDefinitions"].append({**web, "name": "proxy"})
    account.stopped = [say.task("1a", say.container(exit_code=143), say.container("proxy", exit_code=1))]
    account.logs = {"ecs/proxy/1a": ["bad configuration"], "ecs/web/1a": ["fine"]}
    found = collect(answering(account), "c", seen(say, say.service(say.deployment(1, "FAILED"))))
    assert found.log_of == "proxy"
    assert found.log == ("bad configuration",)


def test_a_task_without_a_log_gives_way_to_an_older_one(say: Any, answering: Any) -> None:
    account = Account(say)
    later = say.now + timedelta(minutes=5)
    account.stopped = [
        say.task("1a", say.container(exit_code=1)),
        say.task("2a", say.container(exit_code=1), stoppedAt=later),
    ]
    account.logs["ecs/web/1a"] = ["older"]
    found = collect(answering(account), "c", seen(say, say.service(say.deployment(1, "FAILED"))))
    assert found.log == ("older",)
    assert [parameters["logStreamName"] for parameters in account.asked_logs] == ["ecs/web/2a", "ecs/web/1a"]
    assert found.gaps == ()


def test_running_tasks_tell_when_none_has_stopped(say: Any, answering: Any) -> None:
    account = Account(say)
    web = say.container(lastStatus="RUNNING")
    account.running = [say.task("1a", web, lastStatus="RUNNING", stopCode="", stoppedReason="")]
    account.targets = [say.target("unhealthy", "Health checks failed with these codes: [500]")]
    account.logs["ecs/web/1a"] = ["GET / 500"]
    found = collect(answering(account), "c", seen(say, say.service(say.deployment(1)), failed=False))
    assert [task.id for task in found.current] == ["1a"]
    assert found.log == ("GET / 500",)
    assert "answered with 500" in diagnose(found).headline


def test_tasks_that_are_still_stopping_have_their_reason(say: Any, answering: Any) -> None:
    account = Account(say)
    stopping = say.task("1a", reason="Task failed container health checks", lastStatus="STOPPING")
    account.stopped = [stopping]
    found = collect(answering(account), "c", seen(say, say.service(say.deployment(1))))
    assert [task.id for task in found.stopped] == ["1a"]
    assert found.current == ()


def test_what_aws_does_not_tell_is_a_gap(say: Any, answering: Any) -> None:
    account = Account(say)
    account.stopped = [say.task("1a", say.container(exit_code=1))]
    denied = "AccessDeniedException", "User: me is not authorized to perform: logs:GetLogEvents on resource: x"
    account.broken = {"GetLogEvents": denied, "DescribeTargetHealth": ("TargetGroupNotFound", "gone")}
    found = collect(answering(account), "c", seen(say, say.service(say.deployment(1, "FAILED"))))
    assert found.log == ()
    assert found.log_of == ""
    assert len(found.gaps) == 1
    assert "could not read the container's log: me may not logs:GetLogEvents" in found.gaps[0]
    assert diagnose(found).facts[-1] == found.gaps[0]


def test_nothing_answers(say: Any, answering: Any) -> None:
    account = Account(say)
    expired = ("ExpiredTokenException", "expired")
    names = "ListTasks DescribeTaskDefinition DescribeTargetGroups DescribeTargetHealth GetLogEvents"
    account.broken = dict.fromkeys(names.split(), expired)
    found = collect(answering(account), "c", seen(say, say.service(say.deployment(1, "FAILED"))))
    assert len(found.gaps) == 4
    assert diagnose(found).headline == "tasks failed to start"


def test_a_service_that_was_never_made_asks_nothing(say: Any, answering: Any) -> None:
    aws = answering(Account(say))
    assert diagnose(collect(aws, "c", seen(say, None))).headline == "the service does not exist"
    assert aws.calls == []


def test_which_deployment_is_examined(say: Any) -> None:
    service = say.service(say.deployment(2), say.deployment(1, "COMPLETED", status="ACTIVE"))
    assert getattr(examined(seen(say, service)), "id", "") == "ecs-svc/2"
    alone = Seen(WEB, read_service(service), (), (), (), (), (), None)
    assert getattr(examined(alone), "id", "") == "ecs-svc/2"
    assert examined(Seen(WEB, None, (), (), (), (), (), None)) is None


def test_events_before_the_deployment_do_not_count(say: Any, answering: Any) -> None:
    late = say.deployment(1, createdAt=say.now + timedelta(seconds=1))
    events = ("(service web) was unable to place a task. Reason: old trouble.", "(service web) has started 1 tasks.")
    found = collect(answering(Account(say)), "c", seen(say, say.service(late, events=events)))
    assert [event.message for event in found.events] == ["(service web) has started 1 tasks."]


def test_a_real_server(server: Aws) -> None:
    """A simulated task and its log, over HTTP."""
    server.ecs.create_cluster(clusterName="evident")
    server.logs.create_log_group(logGroupName="/ecs/evident")
    options = {"awslogs-group": "/ecs/evident", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "ecs"}
    revision = server.ecs.register_task_definition(
        family="evident-web",
        containerDefinitions=[
            {
                "name": "web",
                "image": "x",
                "memory": 64,
                "logConfiguration": {"logDriver": "awslogs", "options": options},
            }
        ],
    )["taskDefinition"]["taskDefinitionArn"]
    watch = Watch(server, "evident", [Watched("web", "evident-web")], silent)
    watch.poll()
    server.ecs.create_service(cluster="evident", serviceName="evident-web", taskDefinition=revision, desiredCount=1)
    watch.poll()
    (arn,) = server.ecs.list_tasks(cluster="evident", serviceName="evident-web")["taskArns"]
    stream = f"ecs/web/{arn.rsplit('/', 1)[-1]}"
    names = {stream: True} | {
        one["logStreamName"]: False
        for one in server.logs.describe_log_streams(logGroupName="/ecs/evident")["logStreams"]
    }
    if names[stream]:
        server.logs.create_log_stream(logGroupName="/ecs/evident", logStreamName=stream)
    now = int(time.time() * 1000)
    lines = [{"timestamp": now + number, "message": f"line {number}"} for number in range(30)]
    server.logs.put_log_events(logGroupName="/ecs/evident", logStreamName=stream, logEvents=lines)  # type: ignore[arg-type]
    found = collect(server, "evident", watch.rollout().of("web"))
    assert found.definition is not None
    assert found.definition.arn == revision
    assert [task.id for task in found.current] == [arn.rsplit("/", 1)[-1]]
    assert found.log == tuple(f"line {number}" for number in range(10, 30))
    assert found.gaps == ()
