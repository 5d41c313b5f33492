"""Checks that what a description refers to is declared: beside the generated files, or in one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from ecsgen.checks import Examined
from ecsgen.description.model import Description
from ecsgen.description.overlay import for_environment
from ecsgen.description.references import references
from ecsgen.fields import nearest
from ecsgen.problems import Finding, Severity


def refers(examined: Examined) -> bool:
    """Whether a description has any reference."""
    return any(next(references(found), None) is not None for found in examined.environments.values())


def with_undeclared(examined: Examined, out: Path, rendered: Mapping[str, str], beside: Mapping[str, str]) -> Examined:
    """The same with a problem for each reference to what no file declares.

    `rendered` and `beside` are the generated files and those of others in the same folders, by path below `out`. A
    folder in which nobody has written anything yet gives warnings: the files may follow.
    """
    found = dict.fromkeys(examined.problems)
    for environment, description in examined.environments.items():
        merged = for_environment(examined.document, environment)
        for finding in _undeclared(environment, description, out, rendered, beside):
            found[merged.to_problem(finding)] = None
    return replace(examined, problems=tuple(sorted(found)))


def _undeclared(
    environment: str, description: Description, out: Path, rendered: Mapping[str, str], beside: Mapping[str, str]
) -> Iterator[Finding]:
    from ecsgen.render.verify import declared

    own = {path: text for path, text in beside.items() if path.startswith(f"{environment}/")}
    generated = {path: text for path, text in rendered.items() if path.startswith(f"{environment}/")}
    known = declared({**generated, **own})
    if known is None:
        return
    folder = f"{out}/{environment}"
    for path, reference in references(description):
        address = reference.address
        if address in known:
            continue
        if own:
            hint = nearest(address, sorted(declared(own) or ()))
            severity = Severity.ERROR
        else:
            hint, severity = f"declare it in a .tf file of your own in {folder}", Severity.WARNING
        yield Finding(path, "EG122", f"nothing in {folder} declares {address}", hint, severity)
