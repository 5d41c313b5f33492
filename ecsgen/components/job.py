"""A job: a task that runs to its end, by `ecsgen run` or at set times. Carried by the module `job`.

Its task definition is made like a service's; the module adds what a run needs: a security group and the request itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ecsgen.fields import Section, distinct
from ecsgen.hcl import Reference


class JobKeys(Section):
    """What makes a job of a task."""


@dataclass(frozen=True, slots=True)
class JobInputs:
    """Inputs of the module `job`."""

    name: str
    capacity_provider_strategy: tuple[dict[str, Any], ...]
    public: bool
    assign_public_ip: bool
    subnet_ids: tuple[str, ...] | Reference
    security_group_ids: tuple[str, ...] | Reference


def resolve(
    job: JobKeys,
    name: str,
    *,
    strategy: tuple[dict[str, Any], ...],
    public: bool,
    assign_public_ip: bool,
    subnet_ids: Sequence[str] | Reference,
    security_group_ids: Sequence[str] | Reference,
) -> JobInputs:
    """`strategy`, `public` and the ids say where its tasks run, as for a service."""
    return JobInputs(
        name=name,
        capacity_provider_strategy=strategy,
        public=public,
        assign_public_ip=assign_public_ip,
        subnet_ids=distinct(subnet_ids),
        security_group_ids=distinct(security_group_ids),
    )
