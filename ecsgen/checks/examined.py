"""A description file examined: every environment typed and checked, and every problem reported once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ecsgen.checks.environment import check
from ecsgen.checks.together import check_together
from ecsgen.description.collect import Collector, Place, place_of
from ecsgen.description.document import Document
from ecsgen.description.model import Description
from ecsgen.description.normal_form import normalization
from ecsgen.description.overlay import for_environment
from ecsgen.description.typed import (
    DEFAULT,
    Typed,
    environment_findings,
    environment_names,
    read,
)
from ecsgen.problems import DescriptionError, Finding, Problem, Severity


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
    for finding in check_together(descriptions):
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
