"""From a document to typed descriptions, one for each environment, with every problem in one run.

A value that cannot be read is taken out, of a list its whole item, and the rest is read again, so it hides no other problem; the checks of
the rooms then run on what is left, and say nothing about a value that was taken out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ValidationError

from ecsgen.description import remainder
from ecsgen.description.document import Document, Map, Node, Seq
from ecsgen.description.model import BASE_ONLY, ENVIRONMENT_NAME, Description
from ecsgen.description.overlay import idle_removals
from ecsgen.fields import nearest
from ecsgen.problems import Finding, Path, shorten
from ecsgen.reading import REFUSED

MAX_FINDINGS = 1000
"""Values that cannot be read, reported in one run: a file with more is of another kind."""
ROUNDS = 20
"""Each round takes out at least one broken value; a description with more nesting than this is not possible."""

_ADDRESS = (
    "an Elastic IP cannot sit on a Fargate task: write tcp: {port: …, static_ips: true} in a service, "
    "or load_balancer: {static_ips: true} at the top level for http"
)
_HTTPS = "HTTPS, and the redirect to it, come with domain: {zone: …} at the top level"
_BALANCER = "write tcp: {port: …} in a service, with protocol: tls or udp if it is not tcp"
ELSEWHERE = {
    **dict.fromkeys(("static_ips", "static_ip", "elastic_ip", "elastic_ips", "eip"), _ADDRESS),
    **dict.fromkeys(("https", "tls", "ssl", "redirect"), _HTTPS),
    **dict.fromkeys(("nlb", "udp"), _BALANCER),
    "domain": "a service's names are http: {host: …}, and domain stands at the top level",
    "internal": "write scheme: internal",
    "private": "tasks are private with network: {nat: single} or {endpoints: auto} at the top level",
}
"""Keys that are looked for where they cannot be: what to write instead."""

PLACEHOLDERS: dict[str, Node] = {"name": "name", "region": "eu-west-1"}
"""Stand for required keys that could not be read, so that the rest is checked all the same."""


@dataclass(frozen=True)
class Typed:
    """What could be read of one environment's description, what was wrong, and what was taken out for it."""

    description: Description | None
    findings: tuple[Finding, ...]
    removed: frozenset[Path]

    def placed(self, finding: Finding) -> Finding:
        """A check's finding with the paths that its values have in the document."""
        if not self.removed:
            return finding
        reads = tuple(remainder.as_written(path, self.removed) for path in finding.reads)
        return replace(finding, path=remainder.as_written(finding.path, self.removed), reads=reads)

    def knows(self, finding: Finding) -> bool:
        """Whether a check's finding, as `placed`, rests on values that were read."""
        place = finding.path
        if place in self._shortened or any(place[:depth] in self.removed for depth in range(len(place) + 1)):
            return False
        return not any(
            read in self._around or any(read[:depth] in self.removed for depth in range(len(read)))
            for read in finding.reads
        )

    @cached_property
    def _shortened(self) -> frozenset[Path]:
        """Lists of which an item was taken out: what is said of them as a whole could be wrong."""
        return frozenset(path[:-1] for path in self.removed if path and isinstance(path[-1], int))

    @cached_property
    def _around(self) -> frozenset[Path]:
        """What was taken out, and everything that it was a part of."""
        return frozenset(path[:depth] for path in self.removed for depth in range(len(path) + 1))


def read(document: Document) -> Typed:
    """Read one environment's description from a document without `environments`."""
    written = root = document.root
    findings: dict[tuple[Path, str], Finding] = {}
    removed: set[Path] = set()
    for finding in _nothing_written(written, ()):
        findings[finding.path, finding.message] = finding
        removed.add(remainder.taken(written, finding.path))
    cut = set(removed)
    for _ in range(ROUNDS):
        root = remainder.without(written, cut)
        try:
            return Typed(Description.model_validate(root), tuple(findings.values()), frozenset(removed))
        except ValidationError as error:
            broken: set[Path] = set()
            for item in error.errors(include_url=False):
                path = remainder.as_written(tuple(item["loc"]), cut)
                missing = item["type"] == "missing"
                if not (missing and path in removed):
                    if len(findings) < MAX_FINDINGS:
                        finding = _finding(item, path)
                        findings.setdefault((finding.path, finding.message), finding)
                    path = path if missing or path[-1:] != ("[key]",) else path[:-1]
                if missing and path[0] in PLACEHOLDERS and len(path) == 1:
                    removed.add(path)
                    cut.discard(path)
                    written = written.copy()
                    written[str(path[0])] = PLACEHOLDERS[str(path[0])]
                else:
                    broken.add(remainder.taken(written, path[:-1] if missing else path))
        if () in broken:
            break
        removed |= broken
        cut |= broken
    return Typed(None, tuple(findings.values()), frozenset(removed))


def _nothing_written(node: Node, path: Path) -> Iterator[Finding]:
    """Keys without a value: `http:` alone would otherwise silently mean no HTTP."""
    if isinstance(node, Map):
        for key, value in node.items():
            if value is None:
                hint = (
                    f"write {key}: {{}} for its defaults, or a value"
                    if key in {"http", "connect", "build"}
                    else "write a value, or remove the key"
                )
                yield Finding((*path, key), "EG102", f"{shorten(key)} has no value", hint, on_key=True)
            else:
                yield from _nothing_written(value, (*path, key))
    elif isinstance(node, Seq):
        for index, item in enumerate(node):
            if item is None:
                yield Finding((*path, index), "EG102", "the list's item has no value", "write a value, or remove it")
            else:
                yield from _nothing_written(item, (*path, index))


def _finding(error: Any, path: Path) -> Finding:
    """One of pydantic's errors in our words. `path` is where its value is written."""
    on_key = False
    if path and path[-1] == "[key]":
        path, on_key = path[:-1], True
    kind, context = error["type"], error.get("ctx", {})
    if kind == "ecsgen":
        return Finding(path, context["code"], context["message"], context["hint"], on_key=on_key)
    if kind == "extra_forbidden":
        return unknown_key(path)
    if kind == "missing":
        return Finding(
            path[:-1], "EG109", f"{_owner(path[:-1])} has no {path[-1]}", f"write {path[-1]}: …", on_key=True
        )
    if kind in {"model_type", "dict_type", "model_attributes_type"}:
        return Finding(
            path, "EG102", f"{_owner(path)} takes a map{_keys_of(path)}", "write its keys below it, indented"
        )
    if kind == "list_type":
        return Finding(
            path, "EG102", f"{_owner(path)} takes a list", "write [first, second], or one item a line after a hyphen"
        )
    return Finding(path, "EG102", f"{_owner(path)}: {error['msg']}", "`ecsgen schema` says what it takes")


def _owner(path: Path) -> str:
    """What a message calls the thing at a path: its key, or its place in a list, counted from 1."""
    if not path:
        return "the description"
    last = path[-1]
    return f"item {last + 1} of {_owner(path[:-1])}" if isinstance(last, int) else shorten(last)


def _keys_of(path: Path) -> str:
    model = model_at(path)
    return f" with the keys {', '.join(keys(model))}" if model is not None and len(keys(model)) <= 8 else ""


def unknown_key(path: Path) -> Finding:
    """An unknown key, with the nearest known one."""
    if path[-1:] == ("ref",):
        message, hint, code = REFUSED
        return Finding(path, code, message, hint, on_key=True)
    model = model_at(path[:-1])
    known = keys(model) if model is not None else []
    if len(path) == 1:
        known = [*known, "environments"]  # taken off before the rest is read
    hint = ELSEWHERE.get(str(path[-1])) or nearest(str(path[-1]), known) or "remove it"
    where = f" in {_owner(path[:-1])}" if len(path) > 1 else ""
    return Finding(path, "EG101", f'"{shorten(str(path[-1]))}" is not a known key{where}', hint, on_key=True)


def keys(model: type[BaseModel]) -> list[str]:
    """The keys of a section as a user writes them."""
    return [field.alias or name for name, field in model.model_fields.items()]


def model_at(path: Path, root: type[BaseModel] = Description) -> type[BaseModel] | None:
    """The section that a path leads to, or None when the path leads elsewhere."""
    annotation: Any = root
    for step in path:
        section = _section_in(annotation)
        if section is not None:
            field = next((field for name, field in section.model_fields.items() if step in {name, field.alias}), None)
            if field is None:
                return None
            annotation = field.annotation
            continue
        values = _values_in(annotation)
        if values is None:
            return None
        annotation = values
    return _section_in(annotation)


def _parts(annotation: Any) -> Sequence[Any]:
    return getattr(annotation, "__args__", ())


def _section_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if getattr(annotation, "__origin__", None) in {dict, list}:
        return None
    return next((found for part in _parts(annotation) if (found := _section_in(part)) is not None), None)


def _values_in(annotation: Any) -> Any:
    if getattr(annotation, "__origin__", None) in {dict, list}:
        return _parts(annotation)[-1]
    return next((found for part in _parts(annotation) if (found := _values_in(part)) is not None), None)


DEFAULT = "default"
"""The one environment of a description without `environments`."""


def environment_names(document: Document) -> list[str]:
    """The environments in the order in which they are written."""
    environments = document.root.get("environments")
    return list(environments) if isinstance(environments, Map) and environments else [DEFAULT]


def environment_findings(document: Document) -> Iterator[Finding]:
    """What is wrong with `environments` itself: its names, its form, keys that an environment cannot have."""
    root = document.root
    if "environments" not in root:
        return
    environments = root["environments"]
    if not isinstance(environments, Map) or not environments:
        yield Finding(
            ("environments",),
            "EG102",
            "environments takes a map of at least one environment",
            "write environments: {prod: {}}",
            on_key=True,
        )
        return
    for name, overlay in environments.items():
        path: Path = ("environments", name)
        if not re.fullmatch(ENVIRONMENT_NAME.regex, name):
            yield Finding(
                path, "EG104", f'"{shorten(name)}" is not {ENVIRONMENT_NAME.what}', ENVIRONMENT_NAME.hint, on_key=True
            )
        if isinstance(overlay, Map):
            for key in overlay:
                if key in BASE_ONLY:
                    yield Finding(
                        (*path, key),
                        "EG110",
                        f"an environment cannot have its own {key}: it belongs to all of them",
                        f"write {key} at the top level",
                        on_key=True,
                    )
            yield from idle_removals(root, overlay, name)
        elif overlay is None:
            yield Finding(
                path, "EG102", f"{name} has no value", f"write {name}: {{}} for the base as it is", on_key=True
            )
        else:
            yield Finding(path, "EG102", f"{name} takes a map", "write keys of the description below it, indented")
