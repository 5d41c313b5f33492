"""Which EC2 instances a service's tasks are put onto: daemons, strategies and constraints. Carried by the module `service`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from ecsgen import scalars
from ecsgen.fields import Bool, FixedWord, Section, one_of
from ecsgen.problems import Finding, Path

ZONE = "attribute:ecs.availability-zone"


class Strategy(Section):
    """One rule by which instances are preferred."""

    type: Annotated[Literal["spread", "binpack", "random"], one_of("spread", "binpack", "random")]
    """`spread` evenly over a field's values, `binpack` onto as few instances as possible, or `random`."""
    field: FixedWord | None = None
    """What to spread over (`attribute:ecs.availability-zone`, `instanceId`, any attribute), or to pack by (`cpu`, `memory`)."""


class Constraint(Section):
    """One condition that an instance must meet."""

    type: Annotated[Literal["distinctInstance", "memberOf"], one_of("distinctInstance", "memberOf")]
    """`distinctInstance`: no two tasks on one instance; `memberOf`: instances that an expression selects."""
    expression: FixedWord | None = None
    """An expression of the cluster query language, for `memberOf`."""


def _by_type(value: Any) -> Any:
    return {"type": value} if isinstance(value, str) and not scalars.is_null(value) else value


class TaskPlacement(Section):
    """How tasks are put onto EC2 instances."""

    strategies: list[Annotated[Strategy, BeforeValidator(_by_type)]] = []
    """Rules in the order in which they count; tasks are spread over the zones when there is none."""
    constraints: list[Annotated[Constraint, BeforeValidator(_by_type)]] = []
    """Conditions that all must be met."""


class PlacementKeys(Section):
    """What only a service on EC2 takes."""

    daemon: Bool = False
    """Run one task on each EC2 instance, instead of `count` tasks."""
    placement: TaskPlacement = TaskPlacement()
    """How tasks are put onto EC2 instances."""


def strategies(placement: TaskPlacement) -> tuple[dict[str, str], ...]:
    """The module's placement_strategies, as ECS returns them."""
    return tuple({"type": item.type, **({"field": item.field} if item.field else {})} for item in placement.strategies)


def constraints(placement: TaskPlacement) -> tuple[dict[str, str], ...]:
    """The module's placement_constraints, sorted: ECS keeps them as a set."""
    return tuple(
        {"type": kind, **({"expression": expression} if expression else {})}
        for kind, expression in sorted({(item.type, item.expression or "") for item in placement.constraints})
    )


def check(keys: PlacementKeys, on_ec2: bool, path: Path) -> Iterator[Finding]:
    """What ECS would refuse. `on_ec2`: whether the tasks run on EC2 instances."""
    here = (*path, "placement")
    given = keys.placement.strategies or keys.placement.constraints
    if given and not on_ec2:
        yield Finding(
            here,
            "EG530",
            "Fargate has no instances to choose from",
            "remove placement, or write capacity: ec2",
            on_key=True,
            reads=((*path, "capacity"), (*path, "daemon")),
        )
    for key, found, most in (
        ("strategies", keys.placement.strategies, 5),
        ("constraints", keys.placement.constraints, 10),
    ):
        if len(found) > most:
            yield Finding((*here, key), "EG530", f"{len(found)} are more than the {most} that ECS takes", "list fewer")
    for index, item in enumerate(keys.placement.strategies):
        place = (*here, "strategies", index)
        if item.type == "random" and item.field is not None:
            yield Finding((*place, "field"), "EG530", "random has no field", "remove it", on_key=True)
        elif item.type == "spread" and item.field is None:
            yield Finding(place, "EG530", "spread needs a field", f"write field: {ZONE}, or field: instanceId")
        elif item.type == "binpack" and item.field not in {"cpu", "memory"}:
            yield Finding(place, "EG530", "binpack packs by cpu or by memory", "write field: cpu, or field: memory")
    for index, rule in enumerate(keys.placement.constraints):
        place = (*here, "constraints", index)
        if rule.type == "memberOf" and rule.expression is None:
            yield Finding(
                place,
                "EG530",
                "memberOf needs an expression",
                "write one like expression: attribute:ecs.instance-type == m7g.large",
            )
        elif rule.type == "distinctInstance" and rule.expression is not None:
            yield Finding(
                (*place, "expression"), "EG530", "distinctInstance has no expression", "remove it", on_key=True
            )


def check_daemon(keys: PlacementKeys, refused: dict[Path, str], path: Path) -> Iterator[Finding]:
    """`refused`: place below the service -> what a daemon has to do with it, of keys that were given and do not fit."""
    if not keys.daemon:
        return
    for below, why in refused.items():
        yield Finding((*path, *below), "EG529", why, "remove it, or daemon", on_key=True, reads=((*path, "daemon"),))
    if keys.placement.strategies:
        yield Finding(
            (*path, "placement", "strategies"),
            "EG529",
            "a daemon runs on every instance, so there is nothing to choose",
            "remove strategies; constraints are possible",
            on_key=True,
            reads=((*path, "daemon"),),
        )
