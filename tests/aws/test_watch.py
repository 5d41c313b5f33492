"""Watching and waiting: against clients that answer from a script, and against a real server over HTTP."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from ecsgen.aws.model import Watched
from ecsgen.aws.services import describe
from ecsgen.aws.wait import Failed, Healthy, TimedOut, wait_healthy
from ecsgen.aws.watch import Rollout, Watch
from ecsgen.errors import AwsError
from ecsgen.progress import Event, Kind, silent

if TYPE_CHECKING:
    from ecsgen.aws.session import Aws
    from ecsgen.aws.track import Failure

WEB = Watched("web", "web")


class World:
    """A cluster that answers: each look at the services takes the next of `services` (the last one stays)."""

    def __init__(self, say: Any, *services: Any) -> None:
        self.say = say
        self.services = list(services)
        self.tasks: list[dict[str, Any]] = []
        self.targets: list[dict[str, Any]] = []

    def __call__(self, operation: str, parameters: dict[str, Any]) -> Any:
        if operation == "DescribeServices":
            answer = self.services.pop(0) if len(self.services) > 1 else self.services[0]
            if isinstance(answer, tuple):
                return answer
            found = [answer] if answer else []
            missing = [] if answer else [{"arn": "arn:aws:ecs:eu-west-1:1:service/web", "reason": "MISSING"}]
            return {"services": found, "failures": missing}
        if operation == "ListTasks":
            stopped = parameters["desiredStatus"] == "STOPPED"
            chosen = [task for task in self.tasks if (task["lastStatus"] in {"STOPPED", "STOPPING"}) == stopped]
            return {"taskArns": [task["taskArn"] for task in chosen]}
        if operation == "DescribeTasks":
            return {"tasks": [task for task in self.tasks if task["taskArn"] in parameters["tasks"]]}
        if operation == "DescribeTargetHealth":
            return {"TargetHealthDescriptions": self.targets}
        raise AssertionError(operation)


def texts(told: list[Event]) -> list[str]:
    return [event.text for event in told]


def test_from_no_cluster_to_a_complete_deployment(say: Any, answering: Any, told: list[Event]) -> None:
    world = World(
        say,
        ("ClusterNotFoundException", "Cluster not found."),
        None,
        say.service(say.deployment(1, pendingCount=1), events=("(service web) has started 1 tasks: (task 1a).",)),
        say.service(say.deployment(1, "COMPLETED", runningCount=1)),
    )
    watch = Watch(answering(world), "hello-default", [WEB], told.append)
    watch.poll()
    watch.poll()
    assert told == []
    world.targets = [say.target("initial", "Target registration is in progress")]
    watch.poll()
    world.targets = [say.target("healthy")]
    watch.poll()
    assert texts(told) == [
        "the deployment of hello-default-web:1 begins",
        "has started 1 tasks: (task 1a)",
        "0 of 1 running, 1 pending, 0 failed",
        "target 10.0.1.23:8080 is initial: Target registration is in progress",
        "the deployment of hello-default-web:1 is complete",
        "1 of 1 running, 0 pending, 0 failed",
        "target 10.0.1.23:8080 is healthy",
    ]
    assert {event.scope for event in told} == {"web"}
    assert watch.rollout().of("web").service is not None
    with pytest.raises(KeyError):
        watch.rollout().of("api")


def test_nothing_is_asked_of_services_in_which_nothing_moves(say: Any, answering: Any) -> None:
    aws = answering(World(say, say.service(say.deployment(1, "COMPLETED", runningCount=1))))
    watch = Watch(aws, "hello-default", [WEB], silent)
    watch.poll()
    watch.poll()
    assert set(aws.calls) == {"DescribeServices"}


def test_many_services_are_asked_for_in_tens_and_not_too_often(say: Any, answering: Any) -> None:
    asked: list[list[str]] = []

    def answer(operation: str, parameters: dict[str, Any]) -> Any:
        if operation != "DescribeServices":
            return {"taskArns": []} if operation == "ListTasks" else {"TargetHealthDescriptions": []}
        asked.append(parameters["services"])
        return {"services": [say.service(say.deployment(1), serviceName=name) for name in parameters["services"]]}

    services = [Watched(f"s{number}", f"s{number}") for number in range(25)]
    watch = Watch(answering(answer), "hello-default", services, silent, interval=1.0)
    watch.poll()
    assert [len(names) for names in asked] == [10, 10, 5]
    assert watch.pause() > 5  # 53 calls, ten a second


def test_throttling_is_waited_out_without_a_word(say: Any, answering: Any, told: list[Event]) -> None:
    throttled = ("ThrottlingException", "Rate exceeded")
    world = World(say, None, throttled, throttled, say.service(say.deployment(1, pendingCount=1)))
    watch = Watch(answering(world), "hello-default", [WEB], told.append, interval=1.0)
    watch.poll()
    assert watch.pause() == 1.0
    watch.poll()
    first = watch.pause()
    watch.poll()
    assert 1.0 < first < watch.pause()
    assert watch.error is not None
    assert told == []
    watch.poll()
    assert watch.error is None
    assert watch.pause() == 1.0
    assert "the deployment of hello-default-web:1 begins" in texts(told)


def test_other_errors_are_told_once_and_the_rest_goes_on(say: Any, answering: Any, told: list[Event]) -> None:
    world = World(say, None, say.service(say.deployment(1)))

    def answer(operation: str, parameters: dict[str, Any]) -> Any:
        if operation == "DescribeTargetHealth":
            return "AccessDenied", "User: me is not authorized to perform: elasticloadbalancing:DescribeTargetHealth"
        return world(operation, parameters)

    watch = Watch(answering(answer), "hello-default", [WEB], told.append)
    watch.poll()
    watch.poll()
    world.tasks = [say.task("1a2b3c4d", say.container(exit_code=1))]
    watch.poll()
    assert len([text for text in texts(told) if "elasticloadbalancing:DescribeTargetHealth" in text]) == 1
    assert any("task 1a2b3c4d stopped" in text for text in texts(told))


def test_a_failed_deployment_is_called_out_once(say: Any, answering: Any) -> None:
    failures: list[Failure] = []
    failed = say.service(say.deployment(1, "FAILED", rolloutStateReason="tasks failed to start."))
    world = World(say, None, say.service(say.deployment(1)), failed)
    world.tasks = [say.task("1a", say.container(exit_code=1))]
    watch = Watch(answering(world), "hello-default", [WEB], silent, on_failed=failures.append)
    for _ in range(5):
        watch.poll()
    assert [failure.reason for failure in failures] == ["tasks failed to start"]
    assert failures[0].service == WEB
    # AWS forgets stopped tasks; the watch does not.
    world.tasks = []
    watch.poll()
    assert [task.id for task in watch.rollout().of("web").stopped] == ["1a"]


def test_the_thread_watches_until_it_is_stopped(say: Any, answering: Any) -> None:
    done = threading.Event()
    world = World(say, None, say.service(say.deployment(1)), say.service(say.deployment(1, "FAILED")))
    watch = Watch(answering(world), "hello-default", [WEB], silent, on_failed=lambda _: done.set(), interval=0.01)
    with watch:
        assert done.wait(30)
        assert isinstance(watch.rollout(), Rollout)
    assert not [thread for thread in threading.enumerate() if thread.name == "watch-ecs"]


def test_a_defect_in_the_thread_is_not_lost(say: Any, answering: Any) -> None:
    reached = threading.Event()

    def broken(_: Event) -> None:
        reached.set()
        raise ZeroDivisionError

    watch = Watch(answering(World(say, None, say.service(say.deployment(1)))), "c", [WEB], broken, interval=0.01)
    watch.start()
    assert reached.wait(30)
    with pytest.raises(ZeroDivisionError):
        watch.stop()
    watch.stop()


def test_an_error_of_the_apply_goes_before_a_defect_of_the_watch(say: Any, answering: Any) -> None:
    reached = threading.Event()

    def broken(_: Event) -> None:
        reached.set()
        raise ZeroDivisionError

    watch = Watch(answering(World(say, None, say.service(say.deployment(1)))), "c", [WEB], broken, interval=0.01)
    with pytest.raises(AwsError, match="the apply failed"):  # noqa: PT012, SIM117
        with watch:
            assert reached.wait(30)
            raise AwsError("the apply failed")


class Clock:
    """Time that passes only while waiting."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def wait(aws: Aws, timeout: float = 60, **more: Any) -> Any:
    clock = Clock()
    watch = Watch(aws, "hello-default", [WEB], silent)
    (outcome,) = wait_healthy(watch, timeout=timeout, sleep=clock.sleep, clock=clock, **more)
    return outcome


def test_healthy(say: Any, answering: Any) -> None:
    world = World(
        say,
        say.service(say.deployment(1)),
        say.service(say.deployment(1, runningCount=1)),
        say.service(say.deployment(1, "COMPLETED", runningCount=1)),
    )
    world.targets = [say.target("draining", address="10.0.9.9"), say.target("healthy")]
    assert wait(answering(world), expected={"web": say.revision(1)}) == Healthy("web", 1)


def test_targets_are_waited_for_also_where_nothing_moves(say: Any, answering: Any) -> None:
    world = World(say, say.service(say.deployment(1, "COMPLETED", runningCount=1)))
    world.targets = [say.target("unhealthy", "Request timed out")]
    assert wait(answering(world)) == TimedOut("web", "0 of 1 targets healthy (Request timed out)")


def test_too_few_tasks(say: Any, answering: Any) -> None:
    world = World(say, say.service(say.deployment(1, pendingCount=1)))
    assert wait(answering(world)) == TimedOut("web", "0 of 1 tasks running, 1 pending")


def test_a_service_that_never_comes(say: Any, answering: Any) -> None:
    assert wait(answering(World(say, None))) == TimedOut("web", "the service does not exist yet")


def test_another_revision_is_not_healthy(say: Any, answering: Any) -> None:
    world = World(say, say.service(say.deployment(1, "COMPLETED", runningCount=1)))
    world.targets = [say.target("healthy")]
    outcome = wait(answering(world), expected={"web": say.revision(2)})
    assert outcome == Failed("web", "it runs hello-default-web:1 and not hello-default-web:2")


def test_a_failed_deployment_ends_the_waiting(say: Any, answering: Any) -> None:
    world = World(say, say.service(say.deployment(1, "FAILED", rolloutStateReason="tasks failed to start.")))
    assert wait(answering(world), timeout=10_000) == Failed("web", "tasks failed to start")


def test_a_rollback_ends_the_waiting(say: Any, answering: Any) -> None:
    old = say.deployment(1, "COMPLETED", runningCount=1)
    failed = say.deployment(2, "FAILED", status="ACTIVE", rolloutStateReason="tasks failed to start.")
    world = World(say, say.service(old), say.service(say.deployment(2)), say.service(failed, old))
    world.tasks = [say.task("2a", say.container(exit_code=1), number=2)]
    clock = Clock()
    watch = Watch(answering(world), "hello-default", [WEB], silent)
    watch.poll()
    expected = {"web": say.revision(2)}
    (outcome,) = wait_healthy(watch, timeout=10_000, expected=expected, sleep=clock.sleep, clock=clock)
    assert outcome == Failed("web", "tasks failed to start; ECS went back to hello-default-web:1")
    assert clock.now < 60


def test_no_answer_at_all_is_an_error(say: Any, answering: Any) -> None:
    world = World(say, ("ExpiredTokenException", "The security token included in the request is expired"))
    with pytest.raises(AwsError, match="expired"):
        wait(answering(world), timeout=10_000)


def test_throttling_does_not_end_the_waiting(say: Any, answering: Any) -> None:
    throttled = ("ThrottlingException", "Rate exceeded")
    world = World(say, *[throttled] * 12, say.service(say.deployment(1, "COMPLETED", runningCount=1)))
    world.targets = [say.target("healthy")]
    assert wait(answering(world), timeout=10_000) == Healthy("web", 1)


def test_describe(say: Any, answering: Any) -> None:
    gone = say.service(say.deployment(1), serviceName="gone", status="INACTIVE")
    aws = answering(lambda *_: {"services": [say.service(say.deployment(1)), gone]})
    assert list(describe(aws, "hello-default", ["web", "gone"])) == ["web"]
    assert describe(answering(lambda *_: ("ClusterNotFoundException", "")), "c", ["web"]) == {}
    with pytest.raises(AwsError, match="services of c"):
        describe(answering(lambda *_: ("AccessDeniedException", "no")), "c", ["web"])


def test_a_real_server(server: Aws, told: list[Event]) -> None:
    """The whole way over HTTP: no cluster, a service, an update, healthy. The tasks are simulated."""
    watch = Watch(server, "watched", [Watched("web", "watched-web")], told.append, interval=0.1)
    watch.start()
    try:
        server.ecs.create_cluster(clusterName="watched")
        for _ in range(2):
            revision = server.ecs.register_task_definition(
                family="watched-web", containerDefinitions=[{"name": "web", "image": "x", "memory": 64}]
            )["taskDefinition"]["taskDefinitionArn"]
        server.ecs.create_service(cluster="watched", serviceName="watched-web", taskDefinition=revision, desiredCount=1)
    finally:
        watch.stop()
    outcome = wait_healthy(watch, timeout=60, expected={"web": revision})
    assert outcome == (Healthy("web", 1),)
    assert any(text.endswith(("begins", "is complete")) for text in texts(told))
    assert not [event for event in told if event.kind is Kind.WARNING]
