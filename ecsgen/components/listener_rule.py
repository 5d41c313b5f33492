"""Rules of the load balancer's listener: their conditions, their priorities, and which of them shadow each other.

Carried by the module `service`. Priorities are given once, in bands by how specific a rule is, and kept in the lock file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from ecsgen.hcl import Reference
from ecsgen.problems import Finding, Path, Severity, shorten

_WILDCARD = re.compile(r"[*?]")

VALUES_LIMIT = 5
"""Values of one listener rule, all its conditions together; and wildcards likewise."""
PATH_LIMIT = 128
"""Characters of a path."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The conditions of one listener rule: patterns as the load balancer matches them. No paths: every path."""

    hosts: tuple[str, ...]
    paths: tuple[str, ...]
    sources: tuple[str, ...]


def conditions(hosts: Sequence[str], paths: Sequence[str], sources: Sequence[str]) -> Rule:
    """The rule that these settings ask for. A rule needs a condition, so "everything" is the path /*."""
    patterns: list[str] = []
    for path in paths:
        if path in {"/", "/*", "*"}:
            patterns = ["/*"]
            break
        wild = "*" in path or "?" in path
        patterns += [path] if wild else [f"{path}*"] if path.endswith("/") else [path, f"{path}/*"]
    if patterns == ["/*"] and (hosts or sources):
        patterns = []
    return Rule(
        tuple(sorted({host if isinstance(host, Reference) else host.lower() for host in hosts})),
        tuple(sorted(set(patterns))),
        tuple(sorted(set(sources))),
    )


def inputs(rule: Rule, priority: int) -> dict[str, Any]:
    """The rule as the module takes it."""
    return {
        "priority": priority,
        **({"hosts": list(rule.hosts)} if rule.hosts else {}),
        **({"paths": list(rule.paths)} if rule.paths else {}),
        **({"source_cidrs": list(rule.sources)} if rule.sources else {}),
    }


def check(rule: Rule, path: Path) -> Iterator[Finding]:
    """What the load balancer would refuse about one rule. `path` is that of the service's http."""
    values = (*rule.hosts, *rule.paths, *rule.sources)
    if not values:
        yield Finding((*path, "path"), "EG414", "no path is listed", "write /, or remove path")
    if len(values) > VALUES_LIMIT:
        yield Finding(
            path,
            "EG414",
            f"the rule has {len(values)} values ({', '.join(values)}), and a listener rule takes {VALUES_LIMIT}",
            "list fewer, or part them into http.rules; /api counts twice, as /api and /api/*",
            on_key=True,
        )
    if long := next((value for value in rule.paths if len(value) > PATH_LIMIT), ""):
        yield Finding(
            (*path, "path"),
            "EG104",
            f"the path {shorten(long)} has {len(long)} characters, and a listener rule takes {PATH_LIMIT}",
            "shorten it; /api stands for /api/* too, which is 2 longer",
        )
    wildcards = sum(value.count("*") + value.count("?") for value in (*rule.hosts, *rule.paths))
    if wildcards > VALUES_LIMIT:
        yield Finding(
            path,
            "EG414",
            f"the rule has {wildcards} wildcards, and a listener rule takes {VALUES_LIMIT}",
            "use fewer",
            on_key=True,
        )


BAND = 500
GAP = 10
"""Between two new rules, so that later ones find a place between them."""
LARGEST = 50_000


def band(rule: Rule) -> int:
    """The first priority of the band for rules this specific: hosts first, then longer paths, `everything` last."""
    host = 2 if not rule.hosts else int(any("*" in name or "?" in name for name in rule.hosts))
    depths = [
        min(path.rstrip("*").rstrip("/").count("/") * 2 + ("*" not in path), 14) for path in rule.paths if path != "/*"
    ]
    depth = min(depths, default=0)
    return ((host * 16 + (15 - depth)) * 2 + (not rule.sources)) * BAND


def specificity(rule: Rule) -> tuple[Any, ...]:
    """The order of rules: more specific ones come first, and no two different rules compare equal."""
    host, path = (
        min((len(value.replace("*", "").replace("?", "")) for value in values), default=0)
        for values in (rule.hosts, rule.paths)
    )
    return (band(rule), -host, -path, rule.hosts, rule.paths, rule.sources)


@dataclass(frozen=True, slots=True)
class Places:
    """Where an application's numbers lie on a listener: for a rule the number before the first one, and how many."""

    start: Callable[[Rule], int]
    room: int


OWN_LISTENER = Places(band, BAND)
"""The whole of each band."""


def allocate(
    rules: Mapping[str, Rule], fixed: Mapping[str, int], kept: Mapping[str, int], places: Places = OWN_LISTENER
) -> dict[str, int]:
    """Priorities for rules by key: `fixed` ones as the description says, `kept` ones as the lock file says, others new.

    A new rule goes between its neighbours of the same band, so it renumbers nothing. A kept number is given anew when
    the description fixes it for another rule, when it lies outside the rule's band, or when it hides another rule.
    No new rule takes a number of the lock file: the rule that had it may still hold it in AWS.
    """
    result = {key: fixed[key] for key in sorted(rules) if key in fixed}
    settled = _still_good(
        rules, {key: kept[key] for key in sorted(rules) if key in kept and key not in fixed}, result, places
    )
    result |= settled
    used = {*result.values(), *kept.values()}
    slots: dict[tuple[int, int, int], list[str]] = {}
    for key in sorted(rules.keys() - result.keys(), key=lambda key: (specificity(rules[key]), key)):
        order, start = specificity(rules[key]), places.start(rules[key])
        near = [
            (specificity(rules[other]), number)
            for other, number in settled.items()
            if places.start(rules[other]) == start
        ]
        low = max((number for other, number in near if other < order), default=start)
        high = min((number for other, number in near if other > order and number > low), default=start + places.room)
        slots.setdefault((start, low, high), []).append(key)
    for (start, low, high), keys in slots.items():
        step = (high - low) // (len(keys) + 1)
        if high == start + places.room:
            step = min(step, GAP)
        for place, key in enumerate(keys, 1):
            result[key] = _free(
                max(low + step * place, low + 1), low, high, range(start + 1, start + places.room), used
            )
            used.add(result[key])
    return result


def _still_good(
    rules: Mapping[str, Rule], kept: Mapping[str, int], fixed: Mapping[str, int], places: Places
) -> dict[str, int]:
    """The kept numbers that can stay."""
    good: dict[str, int] = {}
    used = set(fixed.values())
    for key, number in kept.items():
        if number not in used and 0 < number - places.start(rules[key]) < places.room:
            good[key] = number
            used.add(number)
    # Where a rule changed, one of the two may now hide the other although the allocation would not order them so.
    for key, number in list(good.items()):
        order = specificity(rules[key])
        for other, later in good.items():
            if (
                number < later < number + places.room
                and specificity(rules[other]) < order
                and shadows(rules[key], rules[other])
            ):
                del good[key]
                break
    return good


def _free(wanted: int, low: int, high: int, stretch: range, used: set[int]) -> int:
    """The wanted number, or else the nearest one that is free: in its slot, in its band, anywhere."""
    for numbers in (range(wanted, high), range(low + 1, wanted), stretch, range(LARGEST, 0, -1)):
        for number in numbers:
            if number not in used:
                return number
    raise ValueError(f"all {LARGEST} priorities are in use")


def covers(pattern: str, other: str) -> bool:
    """Whether everything that `other` matches is matched by `pattern` too (`*` any text, `?` any one character)."""
    if isinstance(pattern, Reference) or isinstance(other, Reference):
        return pattern == other  # what it stands for is not known here
    if not other.startswith(_WILDCARD.split(pattern, maxsplit=1)[0]):
        return False  # there are many pairs of patterns, and most differ early
    reachable = {0}
    for character in [*other, ""]:
        closure = set(reachable)
        for state in sorted(reachable):
            while state < len(pattern) and pattern[state] == "*":
                state += 1
                closure.add(state)
        if character == "":
            return len(pattern) in closure
        following: set[int] = set()
        for state in closure:
            if state == len(pattern):
                continue
            if pattern[state] == "*":
                following.add(state)
            elif pattern[state] == character or (pattern[state] == "?" and character != "*"):
                following.add(state + 1)
        reachable = following
    return False


def shadows(first: Rule, second: Rule) -> bool:
    """Whether no request ever reaches `second` because `first` is looked at before it."""

    def within(outer: tuple[str, ...], inner: tuple[str, ...]) -> bool:
        return not outer or (bool(inner) and all(any(covers(pattern, value) for pattern in outer) for value in inner))

    paths = () if "/*" in first.paths else first.paths
    inner_paths = second.paths or ("/*",)
    sources = not first.sources or (bool(second.sources) and set(second.sources) <= set(first.sources))
    return within(first.hosts, second.hosts) and within(paths, inner_paths) and sources


def claims(rule: Rule) -> set[tuple[str, str, str]]:
    """Host, path and source of each kind of request that the rule names; "" for any."""
    return set(product(rule.hosts or ("",), rule.paths or ("/*",), rule.sources or ("",)))


def _shown(claim: tuple[str, str, str]) -> str:
    host, path, source = claim
    what = f"{host}{path}" if host or path != "/*" else "every request"
    return f"{what} from {source}" if source else what


def _reads(*paths: Path) -> tuple[Path, ...]:
    # Whether http itself is a rule depends on whether it has `rules`.
    return tuple((*path, key) for path in paths for key in ("host", "path", "sources", "priority", "rules"))


def check_all(rules: Mapping[str, tuple[Path, Rule, int]], explicit: set[str]) -> Iterator[Finding]:
    """Services that want the same requests, rules that nothing reaches, and priorities given twice.

    `rules`: key ("web/main") -> where the rule is written, what it says, its priority; `explicit`: keys of rules whose
    priority is written. There its author has said who comes first, and only a rule that nothing reaches is a problem.
    """
    ordered = sorted(rules.items(), key=lambda item: (item[1][2], item[0]))
    wanted = {key: claims(rule) for key, (_, rule, _) in rules.items()}
    holders: dict[int, str] = {}
    for index, (key, (path, rule, priority)) in enumerate(ordered):
        name = _service(key)
        if priority in holders:
            holder = _service(holders[priority])
            yield Finding(
                (*path, "priority"),
                "EG417",
                f"priority {priority} is given to {holder if holder != name else f'another rule of {name}'} too",
                "choose another, or remove it",
            )
        holders.setdefault(priority, key)
        for other_key, (other_path, earlier, _) in ordered[:index]:
            other = _service(other_key)
            by_hand = bool({key, other_key} & explicit)
            shared = wanted[key] & wanted[other_key]
            if other == name and not shadows(earlier, rule):
                continue  # both lead to the same tasks
            if earlier == rule or (shared and not by_hand):
                yield Finding(
                    path,
                    "EG415",
                    f"{_both(other, name)} want {', '.join(map(_shown, sorted(shared)))}",
                    "give one of them another host or path" if other != name else "remove one of them",
                    on_key=isinstance(path[-1], str),
                    reads=_reads(path, other_path),
                )
                break
            if shadows(earlier, rule):
                hint = "change its priority" if by_hand else "make its host or path more specific"
                what = f"{name}: the rule of {other}" if other != name else f"this rule: another one of {name}"
                yield Finding(
                    path,
                    "EG416",
                    f"no request reaches {what} comes first and takes them all",
                    hint,
                    on_key=isinstance(path[-1], str),
                    reads=_reads(path, other_path),
                )
                break


def _service(key: str) -> str:
    return key.partition("/")[0]


def _both(first: str, second: str) -> str:
    return f"services {first} and {second} both" if first != second else f"two rules of {first}"


def check_taken(path: Path, key: str, number: int, kept: Mapping[str, int]) -> Iterator[Finding]:
    """A priority in the description that another rule had when the Terraform was last rendered."""
    for other, theirs in sorted(kept.items()):
        if theirs == number and other != key:
            yield Finding(
                (*path, "priority"),
                "EG419",
                f"priority {number} was that of {_service(other)}: AWS refuses it while that rule still has it",
                "choose a number that was never used, or apply without this rule first",
                Severity.WARNING,
            )
