"""A listener that others share, looked at before anything is planned: whose priorities are taken, whose requests."""

from __future__ import annotations

from collections.abc import Collection

from ecsgen import application, names
from ecsgen.components import existing_listener, listener_rule
from ecsgen.errors import UsageError
from ecsgen.pipeline.target import Target
from ecsgen.problems import Path
from ecsgen.progress import Event, Kind


def check_listener(target: Target) -> None:
    """Raise UsageError where another's rule has one of our priorities; warn where rules take each other's requests."""
    from ecsgen.aws.listeners import Found, rules_of

    balancer = target.application.load_balancer
    if not isinstance(balancer, existing_listener.ListenerInputs):
        return
    description = target.project.environments[target.environment]
    kept = target.project.lock.priorities.get(target.environment, {})
    numbers = application.priorities(description, target.environment, kept)
    groups = {
        _stem(service.http.target_group_name) for service in target.application.services if service.http is not None
    }

    def is_ours(rule: Found) -> bool:
        return any(_stem(group) in groups for group in rule.target_groups)

    others = [rule for rule in rules_of(target.aws, balancer.listener_arn) if not is_ours(rule)]
    taken = {rule.priority: rule for rule in others}
    conflicts = [key for key, number in sorted(numbers.items()) if number in taken]
    if conflicts:
        key = conflicts[0]
        free = _free(numbers[key], {*taken, *numbers.values()})
        raise UsageError(
            f"priority {numbers[key]} of {_service(key)} is taken on the shared listener",
            why=f"{taken[numbers[key]]} has it, and is not of this application",
            hint=f"write priority: {free} in {_place(target, key)}",
            details=[
                f"{_service(other)}: {taken[numbers[other]]}; write priority: {_free(numbers[other], {*taken, *numbers.values()})} in {_place(target, other)}"
                for other in conflicts[1:]
            ],
        )
    for key, rule in sorted(application.rules(description).items()):
        for other in others:
            theirs = listener_rule.Rule(other.hosts, other.paths, other.sources)
            earlier = other.priority < numbers[key]
            if earlier and not other.others and listener_rule.shadows(theirs, rule):
                text = f"no request reaches {_service(key)}: {other} of the shared listener comes first"
            elif not earlier and listener_rule.shadows(rule, theirs):
                text = f"{_service(key)} takes every request from {other} of the shared listener"
            else:
                continue
            target.report(Event(Kind.WARNING, _service(key), text))


def _service(key: str) -> str:
    return key.partition("/")[0]


def _stem(target_group: str) -> str:
    """A target group's name without the hash of what replaces it."""
    return target_group[: -names.HASH - 1]


def _free(number: int, used: Collection[int]) -> int:
    """The next number that nobody has."""
    return next(
        (free for free in (*range(number, listener_rule.LARGEST + 1), *range(number, 0, -1)) if free not in used),
        number,
    )


def _place(target: Target, key: str) -> str:
    """Where a rule's service is described: "services.web.http (ecsgen.yaml:12)"."""
    from ecsgen.description.overlay import for_environment

    path: Path = ("services", _service(key), "http")
    document = for_environment(target.project.document, target.environment)
    return f"{'.'.join(map(str, path))} ({document.name}:{document.place(path).line})"
