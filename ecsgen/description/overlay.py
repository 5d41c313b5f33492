"""Lays an environment over the base: maps merge deep, lists replace, null removes, a changed choice starts anew.

A choice is a place where a map is one of several things (a network that is new or an existing one, a service
that is built or taken from a registry). Where the environment chooses another one, what belonged to the
first is dropped and not merged. A short form (`build: ./web`) merges as the map that it stands for. Every part keeps
the place where it was written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ecsgen.components import efs, queue
from ecsgen.components.firelens import FirelensKeys
from ecsgen.description.document import Document, Map, Mark, Node
from ecsgen.description.model import BASE_ONLY
from ecsgen.problems import Finding, Path, Severity

ANY = "*"
"""Any key, in the path of a choice."""


@dataclass(frozen=True)
class Choice:
    """A map that is one of several things.

    `decide` names the one that a map chooses, None when it does not say; `default` is the one of a base that
    does not say. `owned` are the keys that belong to each; None: all keys of the map do.
    """

    path: tuple[str, ...]
    decide: Callable[[Mapping[str, Node]], str | None]
    default: str | None = None
    owned: Mapping[str, frozenset[str]] | None = None

    def left(self, base: Map, chosen: str) -> Map:
        """What is left of the base when the environment chooses this."""
        before = self.decide(base) or self.default
        if before is None or before == chosen:
            return base
        rest = Map(base.mark)
        if self.owned is not None:
            dropped = self.owned.get(before, frozenset())
            for key, value in base.items():
                if key not in dropped:
                    rest.put(key, value, base.marks[key])
        return rest


def either(path: tuple[str, ...], *groups: tuple[str, ...], default: str | None = None) -> Choice:
    """Groups of keys that exclude each other; the first key of a group is the one that chooses it, and names it."""

    def decide(node: Mapping[str, Node]) -> str | None:
        return next((group[0] for group in groups if node.get(group[0]) is not None), None)

    return Choice(path, decide, default, owned={group[0]: frozenset(group) for group in groups})


def existing(path: tuple[str, ...]) -> Choice:
    """A thing that ecsgen makes, unless `existing` names one that is there."""
    return Choice(path, lambda node: "existing" if node.get("existing") is not None else None, default="new")


def _vpc(node: Mapping[str, Node]) -> str | None:
    """One VPC or another: subnets belong to one of them."""
    vpc = node.get("vpc")
    if isinstance(vpc, Map):
        return "tags"
    return str(vpc) if isinstance(vpc, str) else None


def _capacity(node: Mapping[str, Node]) -> str | None:
    """The instances, or Fargate in either form: ECS mixes them in no service."""
    kinds = (("ec2", "ec2"), ("fargate", "fargate"), ("spot", "fargate"))
    return next((kind for key, kind in kinds if node.get(key) is not None), None)


def _driver(node: Mapping[str, Node]) -> str | None:
    driver = node.get("driver")
    return str(driver) if isinstance(driver, str) else None


_CONTAINERS = (("services", ANY), ("services", ANY, "sidecars", ANY), ("jobs", ANY), ("jobs", ANY, "sidecars", ANY))

CHOICES: tuple[Choice, ...] = (
    Choice(("network",), _vpc, default="new"),
    existing(("cluster",)),
    existing(("load_balancer",)),
    either(("state",), ("s3",), ("cloud",)),
    *(either(path, ("build",), ("image", "credentials")) for path in _CONTAINERS),
    *(either((*path, "volumes", ANY), ("efs",), ("ebs",)) for path in _CONTAINERS),
    *(
        either(
            (*path, "volumes", ANY, "efs"),
            ("file_system", *efs.OF_THEIRS),
            ("share",),
            ("create", *efs.OF_OURS),
            default="create",
        )
        for path in _CONTAINERS
    ),
    either(("services", ANY, "scaling", "queue"), ("arn",), ("name",), ("", *queue.MADE), default=""),
    *(
        choice
        for kind in ("services", "jobs")
        for choice in (
            Choice(
                (kind, ANY, "capacity"),
                _capacity,
                owned={"ec2": frozenset({"ec2"}), "fargate": frozenset({"fargate", "spot"})},
            ),
            Choice(
                (kind, ANY, "logs"),
                _driver,
                default="awslogs",
                owned={"firelens": frozenset({*FirelensKeys.model_fields, "secret_options"})},
            ),
        )
    ),
    either(("services", ANY), ("count",), ("scaling",)),
)


@dataclass(frozen=True)
class Shorthand:
    """A text that stands for a map: `expand` gives its keys, None when this text stands for none.

    Only texts that a map meets in the other layer are expanded, so that messages show what was written.
    """

    path: tuple[str, ...]
    expand: Callable[[str], dict[str, str | None] | None]
    reference: str = ""
    """The key of the map under which a reference stands that is written in its place."""
    alone: bool = False
    """An environment's text means these keys and no others: `capacity: fargate` is no Spot, and a path no file system, whatever the base says."""

    def map(self, text: str, mark: Mark) -> Map | None:
        """The map, every part of it at the place of the text."""
        keys = self.expand(text)
        if keys is None:
            return None
        expanded = Map(mark)
        for key, value in keys.items():
            expanded.put(key, Map(mark) if value is None else value, (mark, mark))
        return expanded


def _names(key: str) -> Callable[[str], dict[str, str | None] | None]:
    return lambda text: {key: text}


SHORTHANDS: tuple[Shorthand, ...] = (
    *(Shorthand((*path, "build"), _names("context")) for path in _CONTAINERS),
    *(Shorthand((*path, "volumes", ANY), _names("path"), alone=True) for path in _CONTAINERS),
    *(
        Shorthand((*path, *key), _names("from"), reference="from")
        for path in _CONTAINERS
        for key in (("credentials",), ("secrets", ANY))
    ),
    *(
        Shorthand((kind, ANY, "logs", "secret_options", ANY), _names("from"), reference="from")
        for kind in ("services", "jobs")
    ),
    *(
        Shorthand(("services", ANY, key), lambda text: {} if text in {"true", "True", "TRUE"} else None)
        for key in ("http", "connect")
    ),
    *(
        Shorthand(
            (kind, ANY, "capacity"), lambda text: {text: None} if text in {"fargate", "spot"} else None, alone=True
        )
        for kind in ("services", "jobs")
    ),
    Shorthand(("jobs", ANY, "retries"), _names("attempts")),
)


def for_environment(document: Document, name: str) -> Document:
    """The document as environment `name` sees it: without `environments`, and with that one's keys laid over."""
    environments = document.root.get("environments")
    root = _without(document.root, ("environments",))
    chosen = environments.get(name) if isinstance(environments, Map) else None
    return document.with_root(overlay(root, _without(chosen, BASE_ONLY)) if isinstance(chosen, Map) else root)


def _without(node: Map, keys: Iterable[str]) -> Map:
    rest = node.copy()
    for key in keys:
        rest.pop(key, None)
        rest.marks.pop(key, None)
    return rest


def overlay(
    base: Map,
    environment: Map,
    choices: tuple[Choice, ...] = CHOICES,
    shorthands: tuple[Shorthand, ...] = SHORTHANDS,
) -> Map:
    """The base with an environment's keys over it; neither is changed.

    Null removes what the base has, and is gone itself; `idle_removals` finds the nulls that removed nothing.
    """
    return _merge(base, environment, choices, shorthands)


def _merge(base: Map, environment: Map, choices: tuple[Choice, ...], shorthands: tuple[Shorthand, ...]) -> Map:
    """`choices` and `shorthands` have the path from here on: an empty path is a choice of this very map."""
    for choice in choices:
        if not choice.path and (chosen := choice.decide(environment)):
            base = choice.left(base, chosen)
    merged = base.copy()
    for key, value in environment.items():
        below = tuple(replace(item, path=item.path[1:]) for item in choices if item.path[:1] in ((key,), (ANY,)))
        short = tuple(replace(item, path=item.path[1:]) for item in shorthands if item.path[:1] in ((key,), (ANY,)))
        before = base.get(key)
        before, value = _long_form(before, short), _long_form(value, short)
        if isinstance(value, Map) and isinstance(before, str):
            before = _expanded(before, base.marks[key][1], short)
        elif isinstance(before, Map) and isinstance(value, str):
            value = _expanded(value, environment.marks[key][1], short)
            if isinstance(value, Map) and any(item.alone for item in short if not item.path):
                before = _picked(before, value)
        if value is None:
            merged.pop(key, None)
            merged.marks.pop(key, None)
        elif isinstance(value, Map):
            under = before if isinstance(before, Map) else Map(value.mark)
            marks = base.marks[key] if isinstance(before, Map) else environment.marks[key]
            merged.put(key, _merge(under, value, below, short), marks)
        else:
            merged.put(key, value, environment.marks[key])
    return merged


def _picked(node: Map, keys: Iterable[str]) -> Map:
    return _without(node, set(node) - set(keys))


def _long_form(node: Node, shorthands: Iterable[Shorthand]) -> Node:
    """A reference in place of a map as the map that it stands for; anything else as it is."""
    if isinstance(node, Map) and set(node) == {"ref"}:
        for shorthand in shorthands:
            if not shorthand.path and shorthand.reference:
                expanded = Map(node.mark)
                expanded.put(shorthand.reference, node, (node.mark, node.mark))
                return expanded
    return node


def _expanded(text: str, mark: Mark, shorthands: Iterable[Shorthand]) -> Map | str:
    """The map that a text stands for here, or the text itself."""
    for shorthand in shorthands:
        if not shorthand.path and (expanded := shorthand.map(text, mark)) is not None:
            return expanded
    return text


def idle_removals(base: Map, environment: Map, name: str) -> Iterator[Finding]:
    """Nulls of an environment that remove nothing: a key that is misspelt, or not there any more."""

    def walk(before: Node, over: Map, path: Path) -> Iterator[Finding]:
        for key, value in over.items():
            there = before.get(key) if isinstance(before, Map) else None
            if isinstance(value, Map):
                yield from walk(there, value, (*path, key))
            elif value is None and there is None and (path[2:] or key not in BASE_ONLY):
                yield Finding(
                    (*path, key),
                    "EG012",
                    f"there is no {key} to remove: the description has none here",
                    "remove this line, or correct the key",
                    Severity.WARNING,
                    on_key=True,
                )

    yield from walk(base, environment, ("environments", name))
