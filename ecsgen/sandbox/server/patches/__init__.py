"""The patches of MiniStack, one file a subject; `install` puts them in place, once, before the first request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecsgen.sandbox.server.engine import Engine
from ecsgen.sandbox.server.patches import listener_rules, load_balancer, registry, security_groups, services, tasks
from ecsgen.sandbox.server.scheduler import Scheduler

if TYPE_CHECKING:
    from ecsgen.sandbox.server.settings import Settings


def install(settings: Settings) -> Engine | None:
    """Patch everything and start what works in the background; the engine, when tasks are real.

    Raises SandboxPatchError where MiniStack is not as expected, EngineError when an engine is wanted and none answers.
    """
    engine = Engine(settings) if settings.engine else None
    if engine:
        engine.remove_all()
    board = load_balancer.install(simulated=engine is None)
    listener_rules.install()
    registry.install(settings.registry)
    security_groups.install()
    stop = tasks.install(engine)
    services.install(simulated=engine is None)
    Scheduler(board, stop, simulated=engine is None).begin()
    return engine
