"""Every offline check of one environment: each room's own, then those that span rooms.

A check says what AWS would refuse only after minutes, and what to write instead. All findings come in one run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ecsgen import application, names
from ecsgen.components import (
    autoscaling,
    container,
    dependencies,
    health,
    http,
    image,
    linux,
    listener_rule,
    load_balancer,
    network,
    permissions,
    secrets,
    service,
    state,
    tags,
    task,
)
from ecsgen.description.collect import Collector, Place, place_of
from ecsgen.description.document import Document
from ecsgen.description.model import RESERVED_ENVIRONMENTS, Description, Service, containers
from ecsgen.description.normal_form import normalization
from ecsgen.description.overlay import for_environment
from ecsgen.description.typed import (
    DEFAULT,
    Typed,
    environment_findings,
    environment_names,
    read,
)
from ecsgen.problems import DescriptionError, Finding, Path, Problem, Severity

MOST_COMPARED = 1000
"""Services of which every two rules are compared: ten times what a load balancer takes."""


@dataclass(frozen=True)
class Examined:
    """A description file after all checks: what could be read of each environment, and every problem found."""

    document: Document
    environments: dict[str, Description]
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that stop everything else."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)

    def require(self) -> Examined:
        """Itself; raises DescriptionError when there are errors."""
        if self.errors:
            raise DescriptionError(self.problems)
        return self


def examine(document: Document, priorities: Mapping[str, Mapping[str, int]], only: str | None = None) -> Examined:
    """Run every check on every environment, or on one. `priorities`: environment -> rule key -> number, from the lock file.

    A problem of the base stands in every environment and is reported once.
    """
    found = Collector(document)
    descriptions: dict[str, Description] = {}
    names_of_all = environment_names(document)
    examined = names_of_all if only is None else [name for name in names_of_all if name == only]
    for finding in environment_findings(document):
        found.add(finding)
    for environment in examined:
        merged = for_environment(document, environment)
        typed = read(merged)
        for finding in _findings(merged, typed, environment, priorities.get(environment, {})):
            found.add(finding, merged, environment)
        if typed.description is not None:
            descriptions[environment] = typed.description
    for finding in _same_names(descriptions):
        found.add(finding)

    def of_base() -> Iterator[Place]:
        base = for_environment(document, "")
        for finding in _findings(base, read(base), DEFAULT, {}):
            yield place_of(base.to_problem(finding))

    problems = sorted((*document.problems, *found.problems(examined, of_base)))
    return Examined(document, descriptions, tuple(problems))


def _findings(document: Document, typed: Typed, environment: str, priorities: Mapping[str, int]) -> Iterator[Finding]:
    """Everything found in one environment's document."""
    yield from typed.findings
    yield from normalization(document.root)
    if typed.description is not None:
        yield from filter(typed.knows, check(typed.description, environment, priorities))


def _same_names(descriptions: Mapping[str, Description]) -> Iterator[Finding]:
    """Services of two environments whose names in AWS are the same: c-d in b, and d in b-c."""
    seen: dict[str, tuple[str, str, str | None]] = {}
    for environment, description in descriptions.items():
        for service_name in description.services:
            name = names.family(description.name, environment, service_name)
            other, theirs, account = seen.setdefault(name, (environment, service_name, description.account))
            if other != environment and (account is None or account == description.account):
                yield Finding(
                    ("environments", environment),
                    "EG207",
                    f"{service_name} in {environment} and {theirs} in {other} would both be {name} in AWS",
                    "rename one of the environments or services, or give each environment its account",
                    on_key=True,
                )


def check(description: Description, environment: str, priorities: Mapping[str, int]) -> Iterator[Finding]:
    """All findings of one environment. `priorities` are the lock file's, by rule key."""
    yield from _names(description, environment)
    yield from tags.check(description.tags, ("tags",), {})
    yield from state.check(description.state)
    yield from _network(description)
    yield from load_balancer.check(description.load_balancer, description.region, description.account)
    if description.load_balancer.allow:
        yield from network.check_overlaps(
            (("load_balancer", "allow", index), block) for index, block in enumerate(description.load_balancer.allow)
        )
    if not description.services:
        yield Finding(
            (),
            "EG109",
            "the description has no services",
            "write services: with at least one below it",
            reads=(("services",),),
        )
    for name, item in description.services.items():
        yield from _service(description, name, item)
    yield from _listener(description, priorities)


def _names(description: Description, environment: str) -> Iterator[Finding]:
    name = description.name
    if environment in RESERVED_ENVIRONMENTS:
        yield Finding(
            ("environments", environment),
            "EG201",
            f"{environment} is the name of a folder beside the environments'",
            "choose another name",
            on_key=True,
        )
    for prefix, what in (("internal-", "load balancers"), ("sg-", "security groups")):
        if names.stack(name, environment).startswith(prefix):
            yield Finding(
                ("name",),
                "EG202",
                f'"{name}": AWS refuses names of {what} that begin with {prefix}',
                "choose another name",
            )
    if description.region not in state.REGIONS:
        yield Finding(
            ("region",),
            "EG203",
            f"{description.region} is not a region known to this version of ecsgen",
            "check its spelling",
            Severity.WARNING,
        )
    if name.startswith("aws"):
        yield Finding(
            ("name",),
            "EG202",
            f'"{name}": ECR reserves names that begin with aws',
            "choose another name",
            Severity.WARNING,
        )


def _network(description: Description) -> Iterator[Finding]:
    yield from network.check(description.network)
    if description.network.nat != "none":
        return
    for name, item in description.services.items():
        if not application.is_public(description, item) and not item.network.subnets:
            parts = [
                network.Part(
                    part,
                    (*("services", name), *below),
                    None if settings.build is not None else settings.image,
                    tuple(secret.source for secret in settings.secrets.values()),
                    any(secret.kms_key for secret in settings.secrets.values()),
                    bool(settings.env_files),
                )
                for part, below, settings in containers(name, item)
            ]
            yield from network.check_reach(description.network, name, parts, item.exec, ("services", name))


def _service(description: Description, name: str, item: Service) -> Iterator[Finding]:
    path: Path = ("services", name)
    parts = {part: ((*path, *below), settings) for part, below, settings in containers(name, item)}
    if name in item.sidecars:
        yield Finding(
            (*path, "sidecars", name),
            "EG309",
            f"the main container is called {name} too",
            "rename the sidecar",
            on_key=True,
        )
    essential = {part: settings.essential for part, (_, settings) in parts.items()}
    yield from task.check(item, path)
    yield from task.check_containers(essential, path)
    yield from task.check_shares(
        item,
        {
            part: task.Shares(here, settings.limits.cpu, settings.limits.memory, settings.limits.memory_reservation)
            for part, (here, settings) in parts.items()
        },
        path,
    )
    for here, settings in parts.values():
        yield from image.check(settings, here)
        yield from container.check(settings, here)
        yield from linux.check(settings, here)
        yield from secrets.check(settings.secrets, settings.env, here)
        if settings.health is not None:
            yield from health.check(settings.health, (*here, "health"))
        if item.exec and settings.readonly_root:
            yield Finding(
                (*here, "readonly_root"),
                "EG506",
                "ECS Exec writes to the root file system, which is read-only here",
                "remove exec, or readonly_root",
            )
    yield from container.check_task_ports(parts)
    yield from dependencies.check(
        {part: (here, dict(settings.depends_on)) for part, (here, settings) in parts.items()},
        essential,
        {part for part, (_, settings) in parts.items() if settings.health is not None},
        (*path, "sidecars"),
    )
    yield from permissions.check(item.permissions, (*path, "permissions"))
    yield from secrets.check_policy([settings.secrets for _, settings in parts.values()], (*path, "secrets"))
    yield from tags.check(item.tags, (*path, "tags"), description.tags)
    if item.scaling is not None:
        yield from autoscaling.check(item.scaling, item.http is not None, "count" in item.model_fields_set, path)
        least, place = max(item.scaling.min, 1), (*path, "scaling", "min")
    else:
        least, place = item.count, (*path, "count")
    yield from service.check(item, least, place, path)
    if item.http is not None:
        yield from http.check(
            item.http,
            {
                part: (container.first_port(settings), settings.health.start_period if settings.health else 0)
                for part, (_, settings) in parts.items()
            },
            name,
            path,
        )
        if target := parts.get(item.http.container or name):
            yield from container.check_balanced(target[1], target[0])
        yield from listener_rule.check(application.rule_of(item.http), (*path, "http"))
        yield from network.check_overlaps(
            ((*path, "http", "sources", index), block) for index, block in enumerate(item.http.sources)
        )
    yield from _definition(item, path)
    if (
        application.is_public(description, item)
        and item.network.public is None
        and description.load_balancer.scheme == "internal"
        and item.http
    ):
        yield Finding(
            path,
            "EG422",
            f"tasks of {name} have public addresses although its load balancer is internal",
            "set network.nat: single, or network.public: true to say that it is meant",
            Severity.WARNING,
            on_key=True,
            reads=((*path, "network"), *network.REACH, ("load_balancer", "scheme")),
        )


def _definition(item: Service, path: Path) -> Iterator[Finding]:
    """The size of the registered task definition, near enough: what the description puts into it."""
    content = [
        [
            [{"name": key, "value": value} for key, value in settings.env.items()],
            [{"name": key, "valueFrom": secret.source} for key, secret in settings.secrets.items()],
            settings.command,
            settings.entrypoint,
            settings.health.command if settings.health else None,
        ]
        for _, _, settings in containers("main", item)
    ]
    yield from task.check_size(content, path)


def _listener(description: Description, kept: Mapping[str, int]) -> Iterator[Finding]:
    served = {name: item.http for name, item in description.services.items() if item.http is not None}
    yield from load_balancer.check_served(list(served))
    if len(served) > MOST_COMPARED:
        return
    numbers = application.priorities(description, kept)
    yield from listener_rule.check_all(
        {
            name: (("services", name, "http"), application.rule_of(settings), numbers[application.rule_key(name)])
            for name, settings in served.items()
        },
        {name for name, settings in served.items() if settings.priority is not None},
    )
    for name, settings in served.items():
        if settings.priority is not None:
            key = application.rule_key(name)
            yield from listener_rule.check_taken(("services", name, "http"), key, settings.priority, kept)
