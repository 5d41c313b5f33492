"""Turns the findings of all environments into problems: each once, however many environments it stands in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

from ecsgen.description.document import Document, Map, Node, Seq
from ecsgen.problems import Finding, Path, Problem

Place: TypeAlias = tuple[int, int, str]
"""Line, column and code of a problem."""


def place_of(problem: Problem) -> Place:
    """Where a problem is, and of which kind."""
    return problem.line, problem.column, problem.code


class Collector:
    """Takes findings with the environment they were made in; `document` is the whole file."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._found: dict[Place, dict[str, tuple[Problem, list[str]]]] = {}
        self._of_one: set[int] = set()
        """Problems, by identity, whose place says already which environment they belong to."""

    def add(self, finding: Finding, merged: Document | None = None, environment: str = "") -> None:
        """A finding of an environment, whose document is `merged`; or of the file itself."""
        own = finding.path[:1] == ("environments",)
        problem = (self._document if own or merged is None else merged).to_problem(finding)
        if own or merged is None or self._written_in(environment, finding, merged):
            self._of_one.add(id(problem))
        _, environments = self._found.setdefault(place_of(problem), {}).setdefault(problem.message, (problem, []))
        environments.append(environment)

    def _written_in(self, environment: str, finding: Finding, merged: Document) -> bool:
        """Whether the place that the problem names stands in the environment's own part of the file."""
        path = ("environments", environment, *finding.path)
        place = merged.place(finding.path, on_key=finding.on_key)
        return _written(self._document.root, path) and self._document.place(path, on_key=finding.on_key) == place

    def problems(self, environments: Sequence[str], base: Callable[[], Iterable[Place]]) -> tuple[Problem, ...]:
        """All problems, sorted. `environments` are those that were examined; `base` gives the problems of the base alone.

        What the base does wrong by itself is reported once, even where it reads differently in each environment.
        """
        if any(len(messages) > 1 for messages in self._found.values()):
            of_base = frozenset(base()) if len(environments) > 1 else frozenset()
        else:
            of_base = frozenset()
        result: list[Problem] = []
        for place, messages in self._found.items():
            entries = list(messages.values())
            if place in of_base:
                first = entries[0][1][0]
                entries = [entry for entry in entries if entry[1][0] == first]
            for problem, found_in in entries:
                everywhere = set(found_in) >= set(environments) or place in of_base
                if everywhere or id(problem) in self._of_one:
                    result.append(problem)
                else:
                    named = ", ".join(dict.fromkeys(found_in))
                    result.append(replace(problem, message=f"{problem.message} (in {named})"))
        return tuple(sorted(result))


def _written(node: Node, path: Path) -> bool:
    """Whether a path stands in a document."""
    for step in path:
        if isinstance(node, Map) and step in node:
            node = node[str(step)]
        elif isinstance(node, Seq) and isinstance(step, int) and step < len(node):
            node = node[step]
        else:
            return False
    return True
