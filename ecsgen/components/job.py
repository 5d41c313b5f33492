"""A job: a task that runs to its end, by `ecsgen run` or at set times. Carried by the module `job`.

Its task definition is made like a service's; the module adds what a run needs: a security group and the request itself,
and with `schedule` what starts it and what watches it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator

from ecsgen import scalars
from ecsgen.fields import Between, Float, Int, OneOrMore, Schedule, Seconds, Section, TimeZone, distinct
from ecsgen.hcl import Ref, Reference
from ecsgen.problems import Finding, Path, Severity

RATE = re.compile(r"rate\(([0-9]+) (minute|hour|day)s?\)")
SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}
LONGEST = 30 * 86_400


def _retries(value: Any) -> Any:
    return {"attempts": value} if isinstance(value, str) and not scalars.is_null(value) else value


class Retries(Section):
    """When a scheduled run that fails is started anew."""

    attempts: Annotated[Int, Between(0, 185, "attempts")]
    """Attempts after the first one."""
    on: Annotated[list[Annotated[Int, Between(1, 255)]], OneOrMore()] = []
    """Exit codes of the main container that are worth another attempt, one or a list; without any, every failure."""
    delay: Annotated[Seconds, Between(1, 86_400, "seconds")] = 10
    """Seconds before the second attempt."""
    backoff: Annotated[Float, Between(1, 10)] = 2.0
    """How many times longer each delay is than the one before."""


class JobKeys(Section):
    """What makes a job of a task."""

    schedule: Schedule | None = None
    """When it runs by itself: five fields of a crontab (`30 7 * * MON-FRI`), or AWS's `cron(…)`, `rate(…)` or `at(…)`."""
    timezone: TimeZone = "UTC"
    """The schedule's time zone, by its IANA name; it follows daylight saving time."""
    retries: Annotated[Retries, BeforeValidator(_retries)] | None = None
    """Start a scheduled run that fails anew: how often, or a map."""
    timeout: Annotated[Seconds, Between(1, LONGEST, "seconds")] | None = None
    """Seconds after which a run is stopped, scheduled or by hand. It is not retried."""


@dataclass(frozen=True, slots=True)
class JobInputs:
    """Inputs of the module `job`. `schedule`, `retries` and `state_machine` are None where there is nothing of it."""

    name: str
    capacity_provider_strategy: tuple[dict[str, Any], ...]
    public: bool
    assign_public_ip: bool
    subnet_ids: tuple[str, ...] | Reference
    security_group_ids: tuple[str, ...] | Reference
    schedule: dict[str, Any] | None
    retries: dict[str, Any] | None
    timeout_seconds: int | None
    state_machine: dict[str, Any] | None
    permissions_boundary: str | None


@dataclass(frozen=True, slots=True)
class Names:
    """The names of what a schedule brings."""

    schedule: str
    schedule_role: str
    dead_letter_queue: str
    state_machine: str
    state_machine_role: str
    state_machine_log_group: str


def resolve(
    job: JobKeys,
    name: str,
    names: Names,
    *,
    strategy: tuple[dict[str, Any], ...],
    public: bool,
    assign_public_ip: bool,
    subnet_ids: Sequence[str] | Reference,
    security_group_ids: Sequence[str] | Reference,
    log_retention_days: Ref,
    log_kms_key_arn: str | None,
    permissions_boundary: str | None,
) -> JobInputs:
    """`strategy`, `public` and the ids say where its tasks run, as for a service.

    A state machine watches scheduled runs only where it has something to do: retries, or a timeout.
    """
    retries = job.retries if job.retries is not None and job.retries.attempts else None
    scheduled = job.schedule is not None
    supervised = scheduled and (retries is not None or job.timeout is not None)
    return JobInputs(
        name=name,
        capacity_provider_strategy=strategy,
        public=public,
        assign_public_ip=assign_public_ip,
        subnet_ids=distinct(subnet_ids),
        security_group_ids=distinct(security_group_ids),
        schedule={
            "name": names.schedule,
            "expression": job.schedule,
            "timezone": job.timezone,
            "role_name": names.schedule_role,
            "dead_letter_queue_name": names.dead_letter_queue,
        }
        if scheduled
        else None,
        retries={
            "attempts": retries.attempts,
            **({"exit_codes": sorted(set(retries.on))} if retries.on else {}),
            "delay_seconds": retries.delay,
            "backoff_rate": int(retries.backoff) if retries.backoff == int(retries.backoff) else retries.backoff,
        }
        if retries is not None and scheduled
        else None,
        timeout_seconds=job.timeout if scheduled else None,
        state_machine={
            "name": names.state_machine,
            "role_name": names.state_machine_role,
            "log_group_name": names.state_machine_log_group,
            "log_retention_days": log_retention_days,
            **({"log_kms_key_arn": log_kms_key_arn} if log_kms_key_arn else {}),
        }
        if supervised
        else None,
        permissions_boundary=permissions_boundary if scheduled else None,
    )


def check(job: JobKeys, path: Path) -> Iterator[Finding]:
    """Runs that would get in each other's way, and what only scheduled runs have."""
    for key in ("retries", "timezone"):
        if job.schedule is None and key in job.model_fields_set and getattr(job, key) is not None:
            yield Finding(
                (*path, key),
                "EG552",
                f"{key} is for scheduled runs, and this job has no schedule",
                f"write schedule, or remove {key}: a run by hand is started again by hand",
                Severity.WARNING,
                reads=((*path, "schedule"),),
            )
    rate = RATE.fullmatch(job.schedule or "")
    if rate and job.timeout is not None and job.timeout > (every := int(rate[1]) * SECONDS[rate[2]]):
        yield Finding(
            (*path, "timeout"),
            "EG551",
            f"a run may take {job.timeout} seconds, and the next one starts after {every}: they would overlap",
            f"write at most {every}, or a longer rate, if that is not meant",
            Severity.WARNING,
            reads=((*path, "schedule"),),
        )
