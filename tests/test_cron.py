"""When something is due: crontab fields as AWS takes them, and for what AWS cannot say, what to write instead."""

from __future__ import annotations

import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsgen import cron

GOOD = {
    "0 8 * * MON-FRI": "cron(0 8 ? * MON-FRI *)",
    "0 8 * * mon": "cron(0 8 ? * MON *)",
    "  30   7  1,15 * ? ": "cron(30 7 1,15 * ? *)",
    "* * * * *": "cron(* * * * ? *)",
    "*/15 * * * *": "cron(0/15 * * * ? *)",
    "0 0 */2 * *": "cron(0 0 1/2 * ? *)",
    "0 9-17/4 * * *": "cron(0 9,13,17 * * ? *)",
    "0,1,2,30 0 * JAN-MAR,12 *": "cron(0-2,30 0 * 1-3,12 ? *)",
    # Weekdays: 0 and 7 are Sunday in a crontab, and 1 is in AWS.
    "0 0 * * 0": "cron(0 0 ? * SUN *)",
    "0 0 * * 7": "cron(0 0 ? * SUN *)",
    "0 0 * * 1": "cron(0 0 ? * MON *)",
    "0 0 * * 6,0": "cron(0 0 ? * SUN,SAT *)",
    "0 0 * * FRI-SUN": "cron(0 0 ? * SUN,FRI,SAT *)",
    "0 0 * * 0-7": "cron(0 0 * * ? *)",
    "0 0 * * */2": "cron(0 0 ? * SUN,TUE,THU,SAT *)",
    "0 0 1-31 * 1": "cron(0 0 ? * MON *)",
    "0 0 29 2 *": "cron(0 0 29 2 ? *)",
    "@daily": "cron(0 0 * * ? *)",
    "@Weekly": "cron(0 0 ? * SUN *)",
    "cron(0 8 ? * mon-fri *)": "cron(0 8 ? * MON-FRI *)",
    "cron(0/5 8 ? * 2#1 2026-2030)": "cron(0/5 8 ? * 2#1 2026-2030)",
    "cron(0 8 LW * ? *)": "cron(0 8 LW * ? *)",
    "at(2026-12-24T18:00:00)": "at(2026-12-24T18:00:00)",
    "at(2026-12-24 18:00)": "at(2026-12-24T18:00:00)",
    "rate(5 minutes)": "rate(5 minutes)",
    "rate(1 hours)": "rate(1 hour)",
}


@pytest.mark.parametrize("text", GOOD)
def test_what_people_write_as_aws_takes_it(text: str) -> None:
    assert cron.translate(text) == GOOD[text]
    assert cron.translate(GOOD[text]) == GOOD[text]


BAD = {
    "": "the schedule is empty; write five fields",
    "x" * 201: "the schedule is longer than 200 characters; write",
    "0 8 * *": '"0 8 * *" has 4 fields where a crontab has 5; write five fields',
    "daily": '"daily" has 1 field where',
    "0 8 ? * MON *": "; write cron(0 8 ? * MON *) if these are AWS's six fields",
    "60 * * * *": "60 is not a minute; write 0 to 59",
    "0 24 * * *": "24 is not an hour; write 0 to 23",
    "0 0 0 * *": "0 is not a day of the month; write 1 to 31",
    "0 0 * 13 *": "13 is not a month; write 1 to 12, or JAN to DEC",
    "0 0 * * 8": "8 is not a day of the week; write 0 to 7, or SUN to SAT",
    "0 0 * * FOO": '"FOO" is not a day of the week; write 0 to 7, or SUN to SAT',
    "a * * * *": '"A" is not a minute; write 0 to 59',
    "0, * * * *": '"" is not a minute',
    "0 22-2 * * *": '"22-2" ends before it begins; write 22-23,0-2',
    "0 23-0 * * *": '"23-0" ends before it begins; write 23,0',
    "0 0 * * FRI-MON": '"FRI-MON" ends before it begins; write FRI-SAT,SUN-MON',
    "5/15 * * * *": '"5/15" has a step without a range; write 5-59/15, or */15',
    "*/90 * * * *": 'a step of 90 has no place in "*/90"; write rate(90 minutes)',
    "0 */36 * * *": 'a step of 36 has no place in "*/36"; write rate(36 hours)',
    "*/0 * * * *": 'a step of 0 has no place in "*/0"; write a smaller step, of 1 at least',
    "0 0 1 * 1": "a crontab means either day where both",
    "0 0 L * *": "\"L\" is AWS's own way to name a day; write it in AWS's form",
    "0 0 * * FRI#2": '"FRI#2" is AWS\'s own way',
    "0 0 30 2 *": "there is no 30 in February; write a day that exists",
    "0 0 31 4,6 *": "there is no 31 in April, June; write",
    "@reboot": "@reboot is not possible here; write one of @hourly",
    "2026-12-24T18:00": "2026-12-24T18:00 is a moment and no repetition; write at(2026-12-24T18:00:00)",
    "cron(0 8 * * MON)": "cron(…) has 5 fields where AWS has 6; write the five fields without cron( )",
    "cron(0 8)": "cron(…) has 2 fields where AWS has 6; write MINUTE HOUR DAY MONTH WEEKDAY YEAR",
    "cron(0 8 * * * *)": "AWS wants ? for either",
    "cron(0 8 ? * ? *)": "AWS wants ? for either",
    "cron(0 8 ? * 0 *)": "0 is not a day of the week; write 1 to 7, or SUN to SAT",
    "cron(0 8 31 APR ? *)": "there is no 31 in April",
    "cron(0 8 1 1 ? 1066)": "1066 is not a year; write 1970 to 2199",
    "at(2026-02-30T00:00)": '"2026-02-30T00:00" is not a moment; write it like 2026-12-24T18:00',
    "at(2026-12-24)": '"2026-12-24" is not a moment; write it like 2026-12-24T18:00, in the time zone of timezone',
    "at(2026-12-24T18:00Z)": '"2026-12-24T18:00Z" is not a moment; leave the zone out and name it as timezone',
    "rate(5)": '"rate(5)" is not a rate; write a whole number and minutes, hours or days',
    "rate(0 hours)": '"rate(0 hours)" is not a rate',
}


@pytest.mark.parametrize("text", BAD)
def test_what_cannot_be_says_what_to_write(text: str) -> None:
    with pytest.raises(ValueError) as error:
        cron.translate(text)
    assert BAD[text] in str(error.value)
    assert str(error.value).count("; ") == 1


def matched(text: str, low: int, high: int, names: tuple[str, ...] = (), first: int = 0) -> set[int]:
    """What one field of a crontab matches, written down a second time and more simply."""
    for index, name in enumerate(names):
        text = text.replace(name, str(index + first))
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        start, _, end = (f"{low}-{high}" if span == "*" else span).partition("-")
        found |= set(range(int(start), int(end or start) + 1, int(step or 1)))
    return found


def field(low: int, high: int) -> st.SearchStrategy[str]:
    ranges = st.tuples(st.integers(low, high), st.integers(low, high)).filter(lambda pair: pair[0] < pair[1])
    part = st.one_of(
        st.integers(low, high).map(str),
        ranges.map(lambda pair: f"{pair[0]}-{pair[1]}"),
        ranges.flatmap(lambda pair: st.integers(1, pair[1] - pair[0]).map(lambda step: f"{pair[0]}-{pair[1]}/{step}")),
    )
    steps = st.integers(1, (high - low) // 2).map(lambda step: f"*/{step}")
    return st.one_of(st.just("*"), steps, st.lists(part, min_size=1, max_size=4).map(",".join))


@given(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6), st.booleans())
def test_the_translation_is_due_when_the_crontab_is(
    minute: str, hour: str, day: str, month: str, weekday: str, by_weekday: bool
) -> None:
    day, weekday = ("*", weekday) if by_weekday else (day, "*")
    inside = cron.translate(f"{minute} {hour} {day} {month} {weekday}")[5:-1].split(" ")
    assert inside[5] == "*"
    assert inside.count("?") == 1
    bounds = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)]
    names: list[tuple[tuple[str, ...], int]] = [((), 0)] * 3 + [(cron.MONTHS, 1), (cron.DAYS, 0)]
    for text, given_text, (low, high), (known, first) in zip(
        inside, (minute, hour, day, month, weekday), bounds, names, strict=False
    ):
        # AWS counts a step from its start on.
        text = f"{text.partition('/')[0]}-{high}/{text.partition('/')[2]}" if "/" in text else text
        written = {*range(low, high + 1)} if text == "?" else matched(text, low, high, known, first)
        assert written == matched(given_text, low, high)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("0 8 * * MON-FRI", "0 8 * * 5", True),
        ("0 8 * * MON-FRI", "0 8 * * SAT", False),
        ("0 8 * * MON-FRI", "1 8 * * MON-FRI", False),
        ("*/15 * * * *", "30 7 * * *", True),
        ("0 8 1 * *", "0 8 * * MON", True),
        ("0 8 1 1 *", "0 8 1 2 *", False),
        ("at(2026-12-24T18:00)", "0 18 * * THU", True),
        ("at(2026-12-24T18:00)", "0 18 * * FRI", False),
        ("at(2026-12-24T18:00)", "cron(0 18 24 12 ? 2027)", False),
        ("cron(5/10 8 ? * 2 *)", "15 8 * * MON", True),
        ("rate(5 minutes)", "* * * * *", False),
    ],
)
def test_whether_two_are_due_at_once(first: str, second: str, expected: bool) -> None:
    one, other = cron.translate(first), cron.translate(second)
    assert cron.coincide(one, other) is cron.coincide(other, one) is expected


def test_time_zones() -> None:
    assert cron.time_zone("Europe/Berlin") == "Europe/Berlin"
    assert cron.time_zone("UTC") == "UTC"
    for text, hint in {
        "Europe/Berln": "did you mean Europe/Berlin?",
        "Berlin": "did you mean Europe/Berlin?",
        "new york": "did you mean America/New_York?",
        "europe/berlin": "did you mean Europe/Berlin?",
        "": "write one like Europe/Berlin or UTC",
        "localtime": "write one like",
        "+02:00": "write one like",
    }.items():
        with pytest.raises(ValueError, match="is not a time zone") as error:
            cron.time_zone(text)
        assert str(error.value).endswith(hint) or hint in str(error.value)


def test_without_a_list_of_time_zones_their_form_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoneinfo, "available_timezones", set)
    assert cron.time_zone("Europe/Berlin") == "Europe/Berlin"
    with pytest.raises(ValueError, match="is not a time zone; write one like"):
        cron.time_zone("Europe Berlin")
