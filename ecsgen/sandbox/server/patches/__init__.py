"""The patches of MiniStack, one file a subject; `install` puts them in place, once, before the first request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ministack.services import alb, ecr, ecs, route53

from ecsgen.sandbox.server.engine import Engine
from ecsgen.sandbox.server.patches import (
    alarms,
    clusters,
    domain_names,
    file_systems,
    instances,
    listener_rules,
    load_balancer,
    load_balancer_vpc,
    network_balancers,
    registry,
    resource_arns,
    schedules,
    security_groups,
    services,
    sign_in,
    target_groups,
    tasks,
    vpc,
)
from ecsgen.sandbox.server.patching import need
from ecsgen.sandbox.server.scheduler import Scheduler

if TYPE_CHECKING:
    from ecsgen.sandbox.server.settings import Settings

STORES = (
    (ecs, ("_tasks", "_services", "_task_defs", "_tags")),
    (alb, ("_lbs", "_listeners", "_rules", "_tgs", "_tg_attrs")),
    (ecr, ("_repositories", "_images", "_manifest_blobs")),
    (route53, ("_records", "_caller_refs")),
)
"""MiniStack's records that are read and changed directly."""


def install(settings: Settings) -> Engine | None:
    """Patch everything and start what works in the background; the engine, when tasks are real.

    Raises SandboxPatchError where MiniStack is not as expected, EngineError when an engine is wanted and none answers.
    """
    for module, names in STORES:
        for name in names:
            need(module, name)
    engine = Engine(settings) if settings.engine else None
    if engine:
        engine.remove_all()
    board = load_balancer.install(simulated=engine is None)
    instances.install()
    load_balancer_vpc.install()
    network_balancers.install()
    listener_rules.install()
    target_groups.install()
    sign_in.install()
    domain_names.install()
    registry.install(settings.registry)
    security_groups.install()
    resource_arns.install()
    vpc.install()
    file_systems.install(engine)
    alarms.install()
    schedules.install()
    stop = tasks.install(engine)
    clusters.install()
    services.install(simulated=engine is None)
    Scheduler(board, stop, simulated=engine is None).begin()
    return engine
