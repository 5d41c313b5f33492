"""Bounds of scaling that change with the clock: nights, weekends, one evening. Carried by the module `autoscaling`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from ecsgen import cron
from ecsgen.fields import Between, Fixed, Int, Pattern, Schedule, Section, TimeZone, invalid, read_text
from ecsgen.problems import Finding, Path, Severity

LIMIT = 200
"""Scheduled actions of one service (Application Auto Scaling quotas)."""

NAME = Pattern(
    r"[a-z](?:-?[a-z0-9]){0,39}",
    "a name for an action",
    "use at most 40 lower-case letters, digits and single hyphens, a letter first",
)


def _moment(value: Any) -> str:
    text = read_text(value)
    try:
        return f"at({cron.at(text)})"
    except ValueError as error:
        message, _, hint = str(error).partition("; ")
        raise invalid(message, hint, "EG104") from None


class Action(Section):
    """New bounds from a moment on, until another action changes them."""

    name: Annotated[Fixed, NAME]
    """Its name."""
    cron: Schedule | None = None
    """When, as in a crontab: `0 20 * * MON-FRI`; this, or `at`."""
    at: Annotated[str, BeforeValidator(_moment), WithJsonSchema({"type": "string"})] | None = None
    """Once, at this moment: `2026-11-27T06:00`."""
    timezone: TimeZone = "UTC"
    """The time zone that the clock of `cron` or `at` shows, like `Europe/Berlin`."""
    min: Annotated[Int, Between(0, 5000, "tasks")] | None = None
    """Fewest tasks from then on; without it they stay as they are."""
    max: Annotated[Int, Between(0, 5000, "tasks")] | None = None
    """Most tasks from then on; without it they stay as they are."""


class ScheduleKeys(Section):
    """Bounds that follow the clock."""

    schedule: list[Action] = []
    """Bounds at times: each action sets them, until the next one does."""


def owned(actions: Sequence[Action]) -> str:
    """The variant of the module in which the bounds that actions set are not Terraform's: "", or its ending."""
    low, high = any(item.min is not None for item in actions), any(item.max is not None for item in actions)
    return "_scheduled" if low and high else "_scheduled_min" if low else "_scheduled_max" if high else ""


def resolve(actions: Sequence[Action]) -> dict[str, dict[str, Any]]:
    """The actions as the module takes them, by name."""
    return {
        item.name: {
            "schedule": item.cron or item.at or "",
            "timezone": item.timezone,
            **({} if item.min is None else {"min_capacity": item.min}),
            **({} if item.max is None else {"max_capacity": item.max}),
        }
        for item in sorted(actions, key=lambda item: item.name)
    }


def check(actions: Sequence[Action], least: int, most: int, path: Path) -> Iterator[Finding]:
    """What AWS would refuse, or do without a word. `least` and `most` are the service's own bounds."""
    here = (*path, "schedule")
    if len(actions) > LIMIT:
        yield Finding(
            here, "EG547", f"{len(actions)} actions are more than the {LIMIT} that a service takes", "list fewer"
        )
    seen: set[str] = set()
    for index, item in enumerate(actions):
        if item.name in seen:
            yield Finding(
                (*here, index, "name"),
                "EG546",
                f'the name "{item.name}" is used twice',
                "give each action its own name",
            )
        seen.add(item.name)
        yield from _check_action(item, (*here, index))
    yield from _check_bounds(actions, least, most, path)
    yield from _check_ends(actions, {"min": least, "max": most}, here)
    for (first, one), (second, other) in combinations(enumerate(actions[:LIMIT]), 2):
        times = one.cron or one.at, other.cron or other.at
        if one.timezone == other.timezone and times[0] and times[1] and cron.coincide(times[0], times[1]):
            yield Finding(
                (*here, second),
                "EG572",
                f"{one.name} and {other.name} can be due in the same minute, and AWS does not say which one wins",
                "move one of them by some minutes",
                Severity.WARNING,
                reads=((*here, first), (*here, second)),
            )


def _check_action(item: Action, here: Path) -> Iterator[Finding]:
    if (item.cron is None) == (item.at is None):
        yield Finding(
            here,
            "EG571",
            f"{item.name} does not say when" if item.cron is None else f"{item.name} has both cron and at",
            'write cron: "0 20 * * MON-FRI", or at: 2026-11-27T06:00',
            reads=(here,),
        )
    if item.min is None and item.max is None:
        yield Finding(here, "EG570", f"{item.name} changes nothing", "write min, max or both", reads=(here,))
    if item.min is not None and item.max is not None and item.min > item.max:
        yield Finding(
            (*here, "min"),
            "EG570",
            f"min ({item.min}) is over max ({item.max})",
            f"write at most {item.max}",
            reads=((*here, "max"),),
        )


def _check_bounds(actions: Sequence[Action], least: int, most: int, path: Path) -> Iterator[Finding]:
    """An action with one bound only, which no state of the other allows: AWS would refuse it when it is due."""
    tops = [most, *(item.max for item in actions if item.max is not None)]
    bottoms = [least, *(item.min for item in actions if item.min is not None)]
    everything = ((*path, "schedule"), (*path, "min"), (*path, "max"))
    for index, item in enumerate(actions):
        if item.min is not None and item.max is None and item.min > max(tops):
            yield Finding(
                (*path, "schedule", index, "min"),
                "EG570",
                f"min ({item.min}) is over every max ({max(tops)}), so the action will fail",
                f"give {item.name} a max too",
                reads=everything,
            )
        if item.max is not None and item.min is None and item.max < min(bottoms):
            yield Finding(
                (*path, "schedule", index, "max"),
                "EG570",
                f"max ({item.max}) is under every min ({min(bottoms)}), so the action will fail",
                f"give {item.name} a min too",
                reads=everything,
            )


def _check_ends(actions: Sequence[Action], usual: Mapping[str, int], here: Path) -> Iterator[Finding]:
    """A bound that one action sets and none sets back to what is usual."""
    for key in ("min", "max"):
        setting = [(index, item) for index, item in enumerate(actions) if getattr(item, key) is not None]
        if len(setting) == 1 and getattr(setting[0][1], key) != usual[key]:
            index, item = setting[0]
            yield Finding(
                (*here, index, key),
                "EG573",
                f"nothing sets {key} back after {item.name}: it stays {getattr(item, key)} from the first time on",
                f"add an action that sets {key} to its usual value again",
                Severity.WARNING,
                reads=(here,),
            )
