"""A description file examined: every environment typed and checked, and every problem reported once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ecsgen import application, names
from ecsgen.checks.environment import check
from ecsgen.components import domain
from ecsgen.description.collect import Collector, Place, place_of
from ecsgen.description.document import Document
from ecsgen.description.model import Description, tasks
from ecsgen.description.normal_form import normalization
from ecsgen.description.overlay import for_environment
from ecsgen.description.typed import (
    DEFAULT,
    Typed,
    environment_findings,
    environment_names,
    read,
)
from ecsgen.problems import DescriptionError, Finding, Problem, Severity, shorten


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
    for finding in (*_same_names(descriptions), *_same_hosts(descriptions), *_one_registry(descriptions)):
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
        yield from filter(typed.knows, map(typed.placed, check(typed.description, environment, priorities)))


def _same_names(descriptions: Mapping[str, Description]) -> Iterator[Finding]:
    """Services and jobs of two environments whose names in AWS are the same: c-d in b, and d in b-c."""
    seen: dict[str, tuple[str, str, str | None]] = {}
    for environment, description in descriptions.items():
        for (_, service_name), _ in tasks(description):
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


def _same_hosts(descriptions: Mapping[str, Description]) -> Iterator[Finding]:
    """Hosts of two environments in one zone, which has one record of each name. A zone of another account is another one."""
    seen: dict[tuple[str, str], tuple[str, str | None]] = {}
    for environment, description in descriptions.items():
        found = description.domain
        if found is None or found.zone is None:
            continue
        taken: dict[str, list[str]] = {}
        for host in domain.hosts_of(found, application.served(description)):
            other, account = seen.setdefault((found.zone, host), (environment, description.account))
            if other != environment and (None in (account, description.account) or account == description.account):
                taken.setdefault(other, []).append(host)
        for other, hosts in taken.items():
            yield Finding(
                ("environments", environment),
                "EG480",
                f"{', '.join(map(shorten, hosts[:3]))} would lead to {other} and to {environment}, and {found.zone} has one record of a name",
                f"give {environment} hosts or a zone of its own",
                Severity.WARNING,
                on_key=True,
            )


def _one_registry(descriptions: Mapping[str, Description]) -> Iterator[Finding]:
    """The repositories belong to all environments, and have one state: they cannot be in the account of each."""
    accounts: dict[str, str] = {}
    for environment, description in descriptions.items():
        kept = description.registry
        in_its_own = kept.account is None and kept.external is None
        if in_its_own and description.account is not None and application.builds(description):
            accounts.setdefault(description.account, environment)
    first, *others = accounts.values() or [""]
    for environment in others:
        yield Finding(
            ("environments", environment, "account"),
            "EG718",
            f"{first} and {environment} are in different accounts and share their images, and registry has no account",
            "name one account for the images: registry: {account: …, role: …}",
            Severity.WARNING,
        )
