"""Listener rules: what a host and a path mean, which rule hides which, and priorities that never move."""

from __future__ import annotations

import fnmatch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecsgen.components.listener_rule import (
    BAND,
    LARGEST,
    Rule,
    allocate,
    band,
    check,
    check_taken,
    claims,
    conditions,
    covers,
    inputs,
    shadows,
    specificity,
)


def rule(path: str | list[str] = "/", host: str | list[str] = (), sources: list[str] = ()) -> Rule:  # type: ignore[assignment]
    return conditions([host] if isinstance(host, str) else host, [path] if isinstance(path, str) else path, sources)


@pytest.mark.parametrize(
    ("written", "hosts", "paths"),
    [
        (rule("/"), (), ("/*",)),
        (rule("/*"), (), ("/*",)),
        (rule("*"), (), ("/*",)),
        (rule(["/api", "/"]), (), ("/*",)),
        (rule("/", "a.example.com"), ("a.example.com",), ()),
        (rule("/", ["B.example.com", "a.example.com", "b.example.com"]), ("a.example.com", "b.example.com"), ()),
        (rule("/api"), (), ("/api", "/api/*")),
        (rule("/api/"), (), ("/api/*",)),
        (rule("/api*"), (), ("/api*",)),
        (rule("/img/*.png"), (), ("/img/*.png",)),
        (rule(["/b", "/a", "/b"]), (), ("/a", "/a/*", "/b", "/b/*")),
        (rule("/", sources=["10.0.0.0/8"]), (), ()),
    ],
)
def test_conditions(written: Rule, hosts: tuple[str, ...], paths: tuple[str, ...]) -> None:
    assert (written.hosts, written.paths) == (hosts, paths)


def test_inputs_hold_no_empty_lists() -> None:
    assert inputs(rule("/"), 5) == {"priority": 5, "paths": ["/*"]}
    assert inputs(rule("/", "a.example.com", ["10.0.0.0/8"]), 5) == {
        "priority": 5,
        "hosts": ["a.example.com"],
        "source_cidrs": ["10.0.0.0/8"],
    }


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        (rule(["/a", "/b"], "a.example.com"), 0),
        (rule(["/a", "/b", "/c"]), 1),
        (rule(["/*a*b*"]), 0),
        (rule(["/*a*b*", "/???"]), 1),
        (rule([]), 1),
        (rule([], "a.example.com"), 0),
    ],
)
def test_limits_of_a_rule(written: Rule, codes: int) -> None:
    assert len(list(check(written, ("services", "web", "http")))) == codes


@pytest.mark.parametrize(
    ("first", "second", "hidden"),
    [
        (rule("/"), rule("/api"), True),
        (rule("/api"), rule("/"), False),
        (rule("/api"), rule("/api/v1"), True),
        (rule("/api"), rule("/apix"), False),
        (rule("/api*"), rule("/apix"), True),
        (rule("/"), rule("/", "a.example.com"), True),
        (rule("/", "a.example.com"), rule("/"), False),
        (rule("/", "*.example.com"), rule("/api", "a.example.com"), True),
        (rule("/api", "*.example.com"), rule("/", "a.example.com"), False),
        (rule("/", "a?.example.com"), rule("/", "ab.example.com"), True),
        (rule("/", "a?.example.com"), rule("/", "a*.example.com"), False),
        (rule(["/a", "/b"]), rule("/b/c"), True),
        (rule("/", sources=["10.0.0.0/8"]), rule("/"), False),
        (rule("/", sources=["10.0.0.0/8"]), rule("/", sources=["10.0.0.0/8"]), True),
        (rule("/"), rule("/", sources=["10.0.0.0/8"]), True),
    ],
)
def test_shadows(first: Rule, second: Rule, hidden: bool) -> None:
    assert shadows(first, second) is hidden


@given(st.text("ab*?", max_size=5), st.text("ab", max_size=6))
def test_a_pattern_covers_what_it_matches(pattern: str, text: str) -> None:
    assert covers(pattern, text) == fnmatch.fnmatchcase(text, pattern)


@given(st.text("ab*?", max_size=4), st.text("ab*?", max_size=4), st.text("ab", max_size=5))
@settings(max_examples=300)
def test_covering_is_never_claimed_falsely(pattern: str, other: str, text: str) -> None:
    if covers(pattern, other) and fnmatch.fnmatchcase(text, other):
        assert fnmatch.fnmatchcase(text, pattern)


def test_bands_go_from_exact_to_everything() -> None:
    ordered = [
        rule("/api/v1", "a.example.com"),
        rule("/api", "a.example.com"),
        rule("/", "a.example.com", ["10.0.0.0/8"]),
        rule("/", "a.example.com"),
        rule("/api", "*.example.com"),
        rule("/", "*.example.com"),
        rule("/api/v1"),
        rule("/api"),
        rule("*.png"),
        rule("/"),
    ]
    assert sorted(ordered, key=specificity) == ordered
    assert all(0 <= band(found) <= LARGEST - BAND for found in ordered)


RULES = st.builds(
    rule,
    path=st.sampled_from(["/", "/a", "/b", "/a/b", "/a*", "/*x", "/a/b/c", "/*/c"]),
    host=st.sampled_from([[], ["a.example.com"], ["b.example.com"], ["*.example.com"], ["*.b.example.com"], ["*"]]),
    sources=st.sampled_from([[], ["10.0.0.0/8"]]),
)
SETS = st.dictionaries(st.from_regex(r"[a-z]{1,3}/main", fullmatch=True), RULES, max_size=12)


def distinct(rules: dict[str, Rule]) -> dict[str, Rule]:
    return {key: found for key, found in rules.items() if list(rules.values()).index(found) == list(rules).index(key)}


@given(SETS, st.randoms())
def test_new_rules_are_ordered_by_how_specific_they_are(rules: dict[str, Rule], random: object) -> None:
    rules = distinct(rules)
    numbers = allocate(rules, {}, {})
    assert sorted(rules, key=lambda key: numbers[key]) == sorted(rules, key=lambda key: specificity(rules[key]))
    assert len(set(numbers.values())) == len(numbers)
    for first in rules:
        for second in rules:
            if numbers[first] < numbers[second]:
                assert not shadows(rules[first], rules[second])
    shuffled = list(rules)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert allocate({key: rules[key] for key in shuffled}, {}, {}) == numbers


@given(SETS, SETS)
def test_adding_rules_renumbers_none(rules: dict[str, Rule], more: dict[str, Rule]) -> None:
    both = distinct({**rules, **{key: found for key, found in more.items() if key not in rules}})
    before = {key: found for key, found in both.items() if key in rules}
    kept = allocate(before, {}, {})
    after = allocate(both, {}, kept)
    assert {key: after[key] for key in kept} == kept
    for first in both:
        for second in both:
            if after[first] < after[second]:
                assert not shadows(both[first], both[second])
    assert allocate(both, {}, after) == after


@given(SETS, SETS)
def test_removing_rules_renumbers_none_and_frees_nothing_at_once(rules: dict[str, Rule], more: dict[str, Rule]) -> None:
    kept = allocate(distinct(rules), {}, {})
    after = allocate(distinct(more), {}, kept)
    for key, number in after.items():
        holder = next((other for other, theirs in kept.items() if theirs == number), key)
        assert holder == key, "AWS refuses a number that another rule still has"


@given(SETS, st.integers(1, LARGEST))
def test_a_fixed_priority_moves_only_the_rule_that_had_it(rules: dict[str, Rule], number: int) -> None:
    rules = distinct(rules)
    if not rules:
        return
    kept = allocate(rules, {}, {})
    chosen = sorted(rules)[0]
    for wanted in {number, *kept.values()}:
        after = allocate(rules, {chosen: wanted}, kept)
        assert after[chosen] == wanted
        assert len(set(after.values())) == len(after)
        moved = {key for key in after if key != chosen and after[key] != kept[key]}
        assert moved <= {key for key, theirs in kept.items() if theirs == wanted}


def test_a_hundred_rules_alike_stay_in_their_band() -> None:
    rules = {f"s{n:03}/main": rule(f"/s{n:03}") for n in range(100)}
    numbers = allocate(rules, {}, {})
    start = band(rules["s000/main"])
    assert all(start < number < start + BAND for number in numbers.values())
    assert allocate(rules, {}, numbers) == numbers
    between = {**rules, **{f"t{n}/main": rule(f"/s050{n}") for n in range(9)}}
    after = allocate(between, {}, numbers)
    assert {key: after[key] for key in numbers} == numbers
    assert allocate(between, {}, after) == after


def test_more_rules_than_any_load_balancer_takes() -> None:
    numbers = allocate({f"s{n}/main": rule(f"/s{n}") for n in range(1500)}, {}, {})
    assert len(set(numbers.values())) == 1500
    assert all(1 <= number <= LARGEST for number in numbers.values())


def test_a_rule_that_changes_its_kind_gets_a_new_number() -> None:
    kept = allocate({"a/main": rule("/a"), "b/main": rule("/b")}, {}, {})
    after = allocate({"a/main": rule("/"), "b/main": rule("/b")}, {}, kept)
    assert after["b/main"] == kept["b/main"]
    assert after["a/main"] > band(rule("/"))


def test_a_kept_number_that_would_hide_another_rule_is_given_anew() -> None:
    first = {"a/main": rule("/", "x*.a.example.com"), "b/main": rule("/", "*.c.example.com")}
    kept = allocate(first, {}, {})
    assert kept["a/main"] < kept["b/main"]
    after = allocate({**first, "a/main": rule("/", "*.example.com")}, {}, kept)
    assert after["b/main"] == kept["b/main"]
    assert after["a/main"] > after["b/main"]


def test_claims_name_each_kind_of_request() -> None:
    assert claims(rule("/a", ["x.com", "y.com"])) == {
        ("x.com", "/a", ""),
        ("x.com", "/a/*", ""),
        ("y.com", "/a", ""),
        ("y.com", "/a/*", ""),
    }
    assert claims(rule("/")) == {("", "/*", "")}


def test_a_priority_of_another_rule() -> None:
    (found,) = check_taken(("services", "a", "http"), "a/main", 5, {"a/main": 1, "b/main": 5})
    assert found.code == "EG419"
    assert "that of b" in found.message
    assert not list(check_taken(("services", "a", "http"), "a/main", 5, {"a/main": 5, "b/main": 6}))
