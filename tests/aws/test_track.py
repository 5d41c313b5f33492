"""The bookkeeping of one service: what is told, what is kept, and when a deployment counts as failed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ecsgen.aws.answers import read_service, read_targets, read_task
from ecsgen.aws.model import Watched, same_revision
from ecsgen.aws.track import Track, tidy
from ecsgen.progress import Event, Kind


def texts(events: list[Event]) -> list[str]:
    return [event.text for event in events]


@pytest.fixture
def track() -> Track:
    return Track(Watched("web", "hello-default-web"))


def test_what_was_there_before_is_not_told(track: Track, say: Any) -> None:
    old = say.deployment(1, "COMPLETED", runningCount=1)
    assert (
        track.see_service(read_service(say.service(old, events=("(service web) has reached a steady state.",)))) == []
    )
    new = ("(service web) has reached a steady state.", "(service web) has started 1 tasks: (task 1a).")
    told = track.see_service(read_service(say.service(old, events=new)))
    assert told == [Event(Kind.LINE, "web", "has started 1 tasks: (task 1a)")]
    assert track.see_service(read_service(say.service(old, events=new))) == []


def test_everything_of_a_new_service_is_told_in_order(track: Track, say: Any) -> None:
    assert track.see_service(None) == []
    assert track.is_settled
    events = ("(service web) has started 1 tasks: (task 1a).", "(service web) registered 1 targets in (target-group x)")
    told = track.see_service(read_service(say.service(say.deployment(1, pendingCount=1), events=events)))
    assert texts(told) == [
        "the deployment of hello-default-web:1 begins",
        "has started 1 tasks: (task 1a)",
        "registered 1 targets in (target-group x)",
        "0 of 1 running, 1 pending, 0 failed",
    ]
    assert told[-1].kind is Kind.STATUS
    assert not track.is_settled
    told = track.see_service(read_service(say.service(say.deployment(1, "COMPLETED", runningCount=1), events=events)))
    assert texts(told) == ["the deployment of hello-default-web:1 is complete", "1 of 1 running, 0 pending, 0 failed"]
    assert track.is_settled
    assert track.failure is None


def test_a_deleted_service_of_the_same_name_is_not_the_service(track: Track, say: Any) -> None:
    track.see_service(read_service(say.service(say.deployment(1, "COMPLETED"), status="INACTIVE")))
    assert track.service is None


def test_a_rolling_update_shows_both_revisions(track: Track, say: Any) -> None:
    old = say.deployment(1, "COMPLETED", runningCount=2, desiredCount=2)
    track.see_service(read_service(say.service(old)))
    told = track.see_service(
        read_service(say.service(say.deployment(2, desiredCount=2, pendingCount=2), {**old, "status": "ACTIVE"}))
    )
    assert texts(told)[-1] == "0 of 2 running, 2 pending, 0 failed; 2 of the previous revision still running"


def test_a_first_deployment_that_fails(track: Track, say: Any) -> None:
    track.see_service(None)
    track.see_service(read_service(say.service(say.deployment(1, failedTasks=2))))
    assert track.failure is None
    reason = "ECS deployment circuit breaker: tasks failed to start"
    told = track.see_service(read_service(say.service(say.deployment(1, "FAILED", rolloutStateReason=f"{reason}."))))
    assert told[0] == Event(Kind.WARNING, "web", f"the deployment of hello-default-web:1 failed: {reason}")
    assert track.failure is not None
    assert track.failure.reason == reason
    assert track.failure.rolled_back_to == ""


def test_an_old_failure_is_not_this_run_s(track: Track, say: Any) -> None:
    track.see_service(read_service(say.service(say.deployment(1, "FAILED"))))
    track.see_service(read_service(say.service(say.deployment(1, "FAILED"))))
    assert track.failure is None


def test_a_rollback(track: Track, say: Any) -> None:
    old = say.deployment(1, "COMPLETED", runningCount=1)
    track.see_service(read_service(say.service(old)))
    track.see_service(read_service(say.service(say.deployment(2), {**old, "status": "ACTIVE"})))
    back = {**old, "rolloutState": "IN_PROGRESS", "rolloutStateReason": "rolling back to deploymentId ecs-svc/1."}
    failed = say.deployment(2, "FAILED", status="ACTIVE", rolloutStateReason="tasks failed to start.")
    told = track.see_service(read_service(say.service(failed, back)))
    assert "ECS goes back to hello-default-web:1: rolling back to deploymentId ecs-svc/1" in texts(told)
    assert track.failure is not None
    assert track.failure.deployment.id == "ecs-svc/2"
    assert track.failure.reason == "tasks failed to start"
    assert track.failure.rolled_back_to == "hello-default-web:1"


def test_a_rollback_seen_only_after_the_failed_deployment_is_gone(track: Track, say: Any) -> None:
    old = say.deployment(1, "COMPLETED", runningCount=1)
    track.see_service(read_service(say.service(old)))
    track.see_service(read_service(say.service(say.deployment(2), {**old, "status": "ACTIVE"})))
    track.see_service(read_service(say.service(old)))
    assert track.failure is not None
    assert track.failure.deployment.id == "ecs-svc/2"
    assert track.failure.rolled_back_to == "hello-default-web:1"


def test_a_rollback_as_a_deployment_of_its_own(track: Track, say: Any) -> None:
    track.see_service(read_service(say.service(say.deployment(1, "COMPLETED", runningCount=1))))
    track.see_service(read_service(say.service(say.deployment(2))))
    back = say.deployment(1, id="ecs-svc/3", rolloutStateReason="ECS deployment rollback in progress.")
    track.see_service(read_service(say.service(back)))
    assert track.failure is not None
    assert track.failure.deployment.id == "ecs-svc/2"
    assert track.failure.rolled_back_to == "hello-default-web:1"


def test_a_failure_that_only_an_event_tells(track: Track, say: Any) -> None:
    track.see_service(None)
    track.see_service(read_service(say.service(say.deployment(1))))
    event = "(service web) (deployment ecs-svc/1) deployment failed: tasks failed to start."
    track.see_service(read_service(say.service(say.deployment(1), events=(event,))))
    assert track.failure is not None
    assert track.failure.reason == "tasks failed to start"


def test_a_deployment_that_began_and_failed_between_two_looks(track: Track, say: Any) -> None:
    old = say.deployment(1, "COMPLETED", runningCount=1)
    earlier = "(service web) (deployment ecs-svc/0) deployment failed: tasks failed to start."
    event = "(service web) (deployment ecs-svc/2) deployment failed: tasks failed to start."
    track.see_service(read_service(say.service(old, events=(earlier,))))
    track.see_service(read_service(say.service(old, events=(earlier, event))))
    track.see_stopped([read_task(say.task("t1", number=1)), read_task(say.task("t2", number=2))])
    assert track.failure is not None
    assert (track.failure.deployment.id, track.failure.reason) == ("ecs-svc/2", "tasks failed to start")
    assert track.failure.deployment.task_definition == say.revision(2)
    assert track.failure.rolled_back_to == "hello-default-web:1"
    assert [task.id for task in track.seen().stopped] == ["t2"]


def test_stopped_tasks_are_told_once_when_they_are_final(track: Track, say: Any) -> None:
    track.see_service(None)
    track.see_service(read_service(say.service(say.deployment(1))))
    stopping = read_task(say.task("1a2b3c4d5e6f", say.container(), lastStatus="STOPPING"))
    assert track.see_stopped([stopping]) == []
    assert not track.knows("1a2b3c4d5e6f")
    stopped = read_task(say.task("1a2b3c4d5e6f", say.container(exit_code=1)))
    text = "task 1a2b3c4d stopped: Essential container in task exited (web: exit code 1)"
    assert track.see_stopped([stopped]) == [Event(Kind.WARNING, "web", text)]
    assert track.knows("1a2b3c4d5e6f")
    assert track.see_stopped([stopped]) == []
    assert track.seen().stopped == (stopped,)
    again = track.see_stopped([read_task(say.task("2b3c4d5e6f70", say.container(exit_code=1)))])
    assert texts(again) == ["task 2b3c4d5e stopped for the same reason"]


def test_tasks_of_other_deployments_are_not_this_run_s(track: Track, say: Any) -> None:
    track.see_service(read_service(say.service(say.deployment(1, "COMPLETED", runningCount=1))))
    track.see_service(read_service(say.service(say.deployment(2))))
    old = read_task(say.task("0a", say.container(exit_code=1), number=1))
    assert track.see_stopped([old]) == []
    assert track.knows("0a")
    assert track.seen().stopped == ()


def test_tasks_without_a_deployment_go_by_revision_and_time(track: Track, say: Any) -> None:
    track.see_service(None)
    track.see_service(read_service(say.service(say.deployment(1))))
    early = say.task("0a", say.container(exit_code=1), startedBy="", createdAt=say.now - timedelta(hours=1))
    other = say.task("0b", say.container(exit_code=1), startedBy="", number=7)
    mine = say.task("1a", say.container(exit_code=1), startedBy="")
    track.see_stopped(map(read_task, (early, other, mine)))
    assert [task.id for task in track.seen().stopped] == ["1a"]


def test_tasks_stopped_by_ecs_itself_are_kept_but_not_told(track: Track, say: Any) -> None:
    track.see_service(None)
    track.see_service(read_service(say.service(say.deployment(1))))
    reason = "Scaling activity initiated by (deployment ecs-svc/1)"
    assert track.see_stopped([read_task(say.task("1a", reason=reason))]) == []
    assert len(track.seen().stopped) == 1


def test_targets_are_told_when_they_change_and_the_last_bad_word_is_kept(track: Track, say: Any) -> None:
    def look(*targets: dict[str, Any]) -> list[str]:
        return texts(track.see_targets(read_targets(say.group, targets)))

    assert look(say.target("initial", "Target registration is in progress")) == [
        "target 10.0.1.23:8080 is initial: Target registration is in progress"
    ]
    assert look(say.target("initial", "Target registration is in progress")) == []
    codes = "Health checks failed with these codes: [500]"
    assert look(say.target("unhealthy", codes, "Target.ResponseCodeMismatch")) == [
        f"target 10.0.1.23:8080 is unhealthy: {codes}"
    ]
    assert look(say.target("draining")) == ["target 10.0.1.23:8080 is draining"]
    look()
    assert track.seen().targets == ()
    assert [target.description for target in track.seen().unhealthy] == [codes]


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("(service web) has reached a steady state.", "has reached a steady state"),
        ("(service web) is unable to consistently start tasks successfully. For more information, see the "
         "Troubleshooting section of the Amazon ECS Developer Guide.",
         "is unable to consistently start tasks successfully"),
        ("service web has reached a steady state.", "service web has reached a steady state"),
        ("service (web) operations are being throttled.", "operations are being throttled"),
        ("(service web, taskSet ecs-svc/1) has begun draining connections on 1 tasks.",
         "has begun draining connections on 1 tasks"),
        ("(service web) registered 2 targets in (target-group arn:aws:elasticloadbalancing:eu-central-1:000000000000:"
         "targetgroup/api-alb-http/4d2246e3635cc45b)", "registered 2 targets in (target-group api-alb-http)"),
    ],
)  # fmt: skip
def test_events_are_tidied(message: str, line: str) -> None:
    assert tidy(message) == line


def test_revisions_compare_by_family_and_number(say: Any) -> None:
    assert same_revision(say.revision(3), "hello-default-web:3")
    assert not same_revision(say.revision(3), say.revision(4))
