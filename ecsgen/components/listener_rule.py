"""Rules of the load balancer's listener: their conditions, their priorities, and which of them shadow each other.

Carried by the module `service`. Priorities are given once, in bands by how specific a rule is, and kept in the lock file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ecsgen.problems import Finding, Path

VALUES_LIMIT = 5
"""Values of one listener rule, all its conditions together; and wildcards likewise."""


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
        if path == "/":
            patterns = ["/*"]
            break
        wild = "*" in path or "?" in path
        patterns += [path] if wild else [f"{path}*"] if path.endswith("/") else [path, f"{path}/*"]
    if patterns == ["/*"] and (hosts or sources):
        patterns = []
    return Rule(tuple(sorted({host.lower() for host in hosts})), tuple(sorted(set(patterns))), tuple(sorted(set(sources))))


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
            "list fewer hosts and paths; /api counts twice, as /api and /api/*",
            on_key=True,
        )
    wildcards = sum(value.count("*") + value.count("?") for value in (*rule.hosts, *rule.paths))
    if wildcards > VALUES_LIMIT:
        yield Finding(
            path, "EG414", f"the rule has {wildcards} wildcards, and a listener rule takes {VALUES_LIMIT}", "use fewer", on_key=True
        )


BAND = 1000
GAP = 10


def band(rule: Rule) -> int:
    """The first priority of the band for rules this specific: hosts first, then longer paths, `everything` last."""
    if not rule.hosts:
        host = 2
    else:
        host = 1 if any("*" in name or "?" in name for name in rule.hosts) else 0
    depths = [
        min(path.rstrip("*").rstrip("/").count("/") * 2 + ("*" not in path), 14)
        for path in rule.paths
        if path != "/*"
    ]
    depth = min(depths, default=0)
    return (host * 16 + (15 - depth)) * BAND + (0 if rule.sources else BAND // 2)


def specificity(rule: Rule) -> tuple[int, int, tuple[str, ...], tuple[str, ...]]:
    """The order of rules: more specific ones come first, and no two different rules compare equal."""
    literal = min((len(path.replace("*", "").replace("?", "")) for path in rule.paths), default=0)
    return (band(rule), -literal, rule.hosts, rule.paths)


def allocate(rules: dict[str, Rule], fixed: dict[str, int], kept: dict[str, int]) -> dict[str, int]:
    """Priorities for rules by key: `fixed` ones as the description says, `kept` ones as the lock file says, others new.

    A new rule goes between its neighbours of the same band, so it renumbers nothing. A kept number that another rule
    holds, or that lies outside the rule's band because its conditions changed, is given anew.
    """
    result = {key: fixed[key] for key in rules if key in fixed}
    used = set(result.values())
    for key in sorted(rules):
        number = kept.get(key)
        if key not in fixed and number is not None and number not in used:
            start = band(rules[key])
            if start < number < start + BAND // 2:
                result[key] = number
                used.add(number)
    for key in sorted(rules, key=lambda key: (specificity(rules[key]), key)):
        if key in result:
            continue
        order, start = specificity(rules[key]), band(rules[key])
        same = [other for other in result if other not in fixed and band(rules[other]) == start]
        low = max((result[other] for other in same if specificity(rules[other]) < order), default=start)
        high = min(
            (result[other] for other in same if specificity(rules[other]) > order and result[other] > low),
            default=start + BAND // 2,
        )
        step = GAP if high == start + BAND // 2 else max((high - low) // 2, 1)
        number = low + step if low + step < high else low + 1
        while number in used:
            number += 1
        result[key] = number
        used.add(number)
    return result



def covers(pattern: str, other: str) -> bool:
    """Whether everything that `other` matches is matched by `pattern` too (`*` any text, `?` any one character)."""
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

    paths = () if "/*" in first.paths or "*" in first.paths else first.paths
    inner_paths = second.paths or ("/*",)
    sources = not first.sources or (bool(second.sources) and set(second.sources) <= set(first.sources))
    return within(first.hosts, second.hosts) and within(paths, inner_paths) and sources


def check_all(rules: dict[str, tuple[Path, Rule, int]], explicit: set[str]) -> Iterator[Finding]:
    """Two services with one rule, rules that nothing reaches, and priorities given twice."""
    ordered = sorted(rules.items(), key=lambda item: (item[1][2], item[0]))
    holders: dict[int, str] = {}
    for index, (name, (path, rule, priority)) in enumerate(ordered):
        if priority in holders:
            yield Finding(
                (*path, "priority"),
                "EG417",
                f"priority {priority} is given to {holders[priority]} too",
                "choose another, or remove it",
            )
        holders.setdefault(priority, name)
        for other, (_, earlier, _) in ordered[:index]:
            if earlier == rule:
                where = ", ".join((*rule.hosts, *rule.paths)) or "every request"
                yield Finding(
                    path,
                    "EG415",
                    f"services {other} and {name} both want {where}",
                    "give one of them another host or path",
                    on_key=True,
                )
                break
            if shadows(earlier, rule):
                hint = "change its priority" if {name, other} & explicit else "make its host or path more specific"
                yield Finding(
                    path,
                    "EG416",
                    f"no request reaches {name}: the rule of {other} comes first and takes them all",
                    hint,
                    on_key=True,
                )
                break
