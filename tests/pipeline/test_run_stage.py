"""A run on a sandbox without an engine says that nothing has run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from ecsgen.pipeline import run as stage
from ecsgen.progress import Event, Kind

if TYPE_CHECKING:
    from ecsgen.pipeline.target import Target


@pytest.mark.parametrize(("tasks_are_real", "warned"), [(True, False), (False, True)])
def test_a_simulated_task_is_no_proof(monkeypatch: pytest.MonkeyPatch, tasks_are_real: bool, warned: bool) -> None:
    events: list[Event] = []
    followed = SimpleNamespace(wait=lambda on_status, limit: {}, ended=lambda stopped: "ended")
    monkeypatch.setattr(stage.task_run, "start", lambda aws, asked, name: "arn:aws:ecs:eu-west-1:0:task/shop/1")
    monkeypatch.setattr(stage.task_run, "Followed", lambda *args, **kwargs: followed)
    target = SimpleNamespace(
        sandbox=SimpleNamespace(tasks_are_real=tasks_are_real),
        project=SimpleNamespace(environments={"default": SimpleNamespace(jobs={})}),
        environment="default",
        aws=None,
        report=events.append,
    )
    asked: dict[str, Any] = {"cluster": "shop"}
    assert cast("Any", stage.run(cast("Target", target), "report", asked, lambda line: None)) == "ended"
    assert [event.text for event in events if event.kind is Kind.WARNING] == (
        ["tasks are simulated: this one was started, and no program ran in it"] if warned else []
    )
