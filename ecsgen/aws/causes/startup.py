"""Tasks that never start: the cause that a stopped reason, a container's reason or a service event names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ecsgen.aws.causes.cause import About, Cause
from ecsgen.aws.causes.rules import DENIED, FAMILIES, INIT, UNREACHABLE, Rule
from ecsgen.aws.causes.secrets import secret_cause

if TYPE_CHECKING:
    from ecsgen.problems import Path

CAPACITY = {"FARGATE": "Fargate", "FARGATE_SPOT": "Fargate Spot"}


def startup_cause(text: str, about: About) -> Cause | None:
    """The cause a stopped reason, a container's reason or a service event speaks of; None when it names none."""
    if re.search(INIT.prefix, text) and (cause := secret_cause(text, about, UNREACHABLE, DENIED, route(about))):
        return cause
    for family in FAMILIES:
        if not re.search(family.prefix, text):
            continue
        for rule in family.rules:
            if match := re.search(rule.pattern, text):
                return _cause(rule, match, about)
    return None


def route(about: About) -> str:
    """What a task needs to reach the world, by what it has."""
    if about.public:
        return (
            "the tasks have public addresses: their subnets need a route to an internet gateway, and their security "
            "groups must let HTTPS out"
        )
    return (
        "tasks without a public address need a way out: `nat: single`, or `endpoints` for ecr.api, ecr.dkr, s3, logs "
        "and what the secrets need"
    )


def _cause(rule: Rule, match: re.Match[str], about: About) -> Cause:
    definition = about.definition
    words = {name: value or "" for name, value in match.groupdict().items()}
    words |= {
        "container": about.container or about.key,
        "image": about.image,
        "capacity": CAPACITY.get(about.capacity, about.capacity or "compute"),
        "arch": definition.arch if definition else "the task's",
        "route": route(about),
    }
    words = {"what": "", "other": "", "platform": "", **words}
    places: dict[str, tuple[Path, ...]] = {
        "top": (rule.where, about.in_service("network")),
        "service": (about.in_service(*rule.where),),
        "container": (about.in_container(*rule.where),),
    }
    return Cause(" ".join(rule.headline.format(**words).split()), places[rule.scope], rule.hint.format(**words))
