"""Clusters: MiniStack forgets the namespace that CreateCluster is given, so the second plan would set it again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.services import ecs

from ecsgen.sandbox.server.patching import need, replace
from ecsgen.sandbox.server.records import Record

KEPT = "serviceConnectDefaults"


def install() -> None:
    """Keep what CreateCluster says about Service Connect."""
    replace(ecs, "_put_cluster", put(need(ecs, "_put_cluster")))


def put(original: Callable[[Record], Any]) -> Callable[[Record], Any]:
    """The stored cluster, with the default namespace of its services."""

    def handler(data: Record) -> Any:
        cluster = original(data)
        if data.get(KEPT):
            cluster[KEPT] = data[KEPT]
        return cluster

    return handler
