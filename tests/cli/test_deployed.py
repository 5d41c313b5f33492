"""What `apply` says at its end."""

from __future__ import annotations

import io
from contextlib import redirect_stderr
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ecsgen.aws.wait import Healthy
from ecsgen.cli import deploy
from ecsgen.cli.console import Console
from ecsgen.pipeline.deploy import Deployed
from ecsgen.pipeline.reached import Reached


@pytest.mark.parametrize(
    ("tasks", "said"),
    [
        (0, "web: no task is wanted now, and none runs"),
        (1, "web: 1 task runs and is healthy"),
        (2, "web: 2 tasks run and are healthy"),
    ],
)
def test_how_many_tasks_run(tasks: int, said: str) -> None:
    application = SimpleNamespace(domain=None, load_balancer=None, services=(), has_network_balancers=False)
    target = cast("Any", SimpleNamespace(sandbox=None, application=application))
    healthy = Healthy("web", tasks)
    deployed = Deployed(None, {healthy.key: healthy.tasks}, Reached({}, {}, {}))
    with redirect_stderr(io.StringIO()) as talk:
        deploy._deployed(Console(as_json=False, verbose=False), target, deployed, cast("Any", None), {})
    assert talk.getvalue().splitlines() == [said]
