"""Reads when something is due, as people write it in a crontab, and says it as AWS schedulers take it.

Application Auto Scaling and EventBridge Scheduler both take `cron(…)` with six fields, `at(…)` and `rate(…)`, and a
time zone. Every reader raises ValueError with a message of the form "what is wrong; what to write".
"""

from __future__ import annotations

import calendar
import difflib
import re
import zoneinfo
from dataclasses import dataclass
from datetime import datetime

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
LONGEST = 200
"""Characters of an expression; AWS takes 256 of its own form, which can be longer."""

_HINT = 'write five fields as in a crontab ("30 7 * * MON-FRI"), or AWS\'s own cron(…), at(…) or rate(…)'
_AWS = re.compile(r"(cron|at|rate)\((.*)\)", re.IGNORECASE)
_PART = re.compile(r"(?:(\*)|([0-9]+|[A-Z]{3})(?:-([0-9]+|[A-Z]{3}))?)(?:/([0-9]+))?")
_AT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2})(?::([0-9]{2}))?")
_RATE = re.compile(r"([0-9]{1,9}) +(minutes?|hours?|days?)")
_ZONE = re.compile(r"[A-Za-z]+(?:[/_+-][A-Za-z0-9]+)*")
_NOT_ZONES = {"localtime", "posixrules", "Factory"}
_SPECIAL = re.compile(r"L|LW|[0-9]{1,2}W|L-[0-9]{1,2}|(?:[1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(?:#[1-5]|L)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Field:
    """One field: its name, its smallest and largest number, and names for numbers from `first` on."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()
    first: int = 0

    @property
    def every(self) -> frozenset[int]:
        return frozenset(range(self.low, self.high + 1))


_MINUTE, _HOUR, _DAY = _Field("a minute", 0, 59), _Field("an hour", 0, 23), _Field("a day of the month", 1, 31)
_MONTH = _Field("a month", 1, 12, MONTHS, 1)
_WEEKDAY = _Field("a day of the week", 0, 7, DAYS)
_AWS_WEEKDAY = _Field("a day of the week", 1, 7, DAYS, 1)
_YEAR = _Field("a year", 1970, 2199)
_ANY_WEEKDAY = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class _Times:
    """What an expression matches; weekdays count from 0 for Sunday. A special day (L, W, #) matches any."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    years: frozenset[int]


def translate(text: str) -> str:
    """AWS's expression for five fields of a crontab, or for a macro (`@daily`); AWS's own forms are checked and stay."""
    text = " ".join(text.split())
    if not text:
        raise ValueError(f"the schedule is empty; {_HINT}")
    if len(text) > LONGEST:
        raise ValueError(f"the schedule is longer than {LONGEST} characters; write a shorter one, or several")
    if own := _AWS.fullmatch(text):
        kind, inside = own[1].lower(), own[2].strip()
        if kind == "cron":
            return _aws_cron(inside)
        return f"at({at(inside)})" if kind == "at" else _rate(inside)
    if text.startswith("@"):
        if text.lower() not in MACROS:
            raise ValueError(f"{text} is not possible here; write one of {', '.join(MACROS)}, or five fields")
        text = MACROS[text.lower()]
    if _AT.fullmatch(text):
        raise ValueError(f"{text} is a moment and no repetition; write at({at(text)})")
    fields = text.upper().split(" ")
    if len(fields) != 5:
        what = "1 field" if len(fields) == 1 else f"{len(fields)} fields"
        hint = f"write cron({text}) if these are AWS's six fields" if len(fields) == 6 else _HINT
        raise ValueError(f'"{text}" has {what} where a crontab has 5; {hint}')
    return _crontab(fields)


def at(text: str) -> str:
    """A moment (`2026-12-24T18:00`, a space or seconds are fine) as AWS writes it inside `at(…)`, without a time zone."""
    found = _AT.fullmatch(text.strip())
    try:
        if not found:
            raise ValueError
        return datetime.fromisoformat(f"{found[1]}T{found[2]}:{found[3] or '00'}").isoformat()
    except ValueError:
        zone = (
            "; leave the zone out and name it as timezone" if re.search(r":[0-9]{2}(Z|[+-][0-9:]{2,5})$", text) else ""
        )
        raise ValueError(
            f'"{text}" is not a moment{zone or "; write it like 2026-12-24T18:00, in the time zone of timezone"}'
        ) from None


def time_zone(text: str) -> str:
    """A time zone by its IANA name. Where the machine has no list of them, any name of the right form will do."""
    known = zoneinfo.available_timezones() - _NOT_ZONES
    if text in known or (not known and _ZONE.fullmatch(text)):
        return text
    cities = {name.rpartition("/")[2].lower(): name for name in sorted(known)} | {name.lower(): name for name in known}
    close = difflib.get_close_matches(text.lower().replace(" ", "_"), cities, n=1, cutoff=0.75)
    hint = f"did you mean {cities[close[0]]}?" if close else "write one like Europe/Berlin or UTC"
    raise ValueError(f'"{text if len(text) <= 40 else text[:39] + "…"}" is not a time zone; {hint}')


def coincide(first: str, second: str) -> bool:
    """Whether two expressions that `translate` returned can be due in the same minute, in one time zone.

    A rate has no fixed minute, so it never counts.
    """
    one, other = _times(first), _times(second)
    if one is None or other is None:
        return False
    return all(
        getattr(one, part) & getattr(other, part)
        for part in ("minutes", "hours", "days", "months", "weekdays", "years")
    )


def _crontab(fields: list[str]) -> str:
    """Five fields in capitals. AWS wants `?` in one of the two day fields, and counts weekdays otherwise: they get names."""
    fields = ["*" if index in (2, 4) and field == "?" else field for index, field in enumerate(fields)]
    minute, hour, day, month, weekday = fields
    for field in (day, weekday):
        if _SPECIAL.fullmatch(field) and field not in DAYS:
            raise ValueError(
                f"\"{field}\" is AWS's own way to name a day; write it in AWS's form: cron(MINUTE HOUR DAY MONTH WEEKDAY YEAR)"
            )
    weekdays = frozenset(number % 7 for number in _numbers(weekday, _WEEKDAY))
    every_day = _numbers(day, _DAY) == _DAY.every
    if not every_day and weekdays != _ANY_WEEKDAY:
        raise ValueError(
            "a crontab means either day where both a day of the month and a day of the week are given, which AWS cannot say; "
            "leave one of them *, and write the other apart"
        )
    _possible(_numbers(day, _DAY), _numbers(month, _MONTH))
    start = f"{_written(minute, _MINUTE)} {_written(hour, _HOUR)}"
    months = _written(month, _MONTH)
    if weekdays == _ANY_WEEKDAY:
        return f"cron({start} {_written(day, _DAY)} {months} ? *)"
    return f"cron({start} ? {months} {_runs(weekdays, DAYS)} *)"


def _numbers(text: str, field: _Field) -> frozenset[int]:
    """The numbers that one field matches. The text is in capitals."""
    found: set[int] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if not match:
            raise ValueError(f'"{part}" is not {field.name}; write {_example(field)}')
        star, start, end, step = match.groups()
        if step and start and not end:
            raise ValueError(f'"{part}" has a step without a range; write {start}-{field.high}/{step}, or */{step}')
        low = field.low if star else _number(start, field)
        high = field.high if star else _number(end, field) if end else low
        if end == "SUN" and field is _WEEKDAY:
            high = 7
        if low > high:
            raise ValueError(f'"{part}" ends before it begins; write {_turned(start, end, field)}')
        if star and field is _WEEKDAY:
            high = 6
        if step and not 1 <= int(step) <= high - low:
            raise ValueError(f'a step of {step} has no place in "{part}"; {_step_hint(int(step), field)}')
        found |= set(range(low, high + 1, int(step or 1)))
    return frozenset(found)


def _number(text: str, field: _Field) -> int:
    if text in field.names:
        return field.names.index(text) + field.first
    if not text.isdecimal():
        raise ValueError(f'"{text}" is not {field.name}; write {_example(field)}')
    if not field.low <= int(text) <= field.high:
        raise ValueError(f"{text} is not {field.name}; write {_example(field)}")
    return int(text)


def _example(field: _Field) -> str:
    named = f", or {field.names[0]} to {field.names[-1]}" if field.names else ""
    return f"{field.low} to {field.high}{named}"


def _turned(start: str, end: str, field: _Field) -> str:
    """A range over the end of the hour, day or week, in two."""
    last, first = (field.names[-1], field.names[0]) if start in field.names else (str(field.high), str(field.low))
    before = start if start == last else f"{start}-{last}"
    return f"{before},{first if end == first else f'{first}-{end}'}"


def _step_hint(step: int, field: _Field) -> str:
    unit = {_MINUTE: "minutes", _HOUR: "hours"}.get(field, "")
    return f"write rate({step} {unit})" if unit and step > field.high else "write a smaller step, of 1 at least"


def _written(text: str, field: _Field) -> str:
    """One field as AWS takes it: a step has a start, and a step within a range is a list."""
    found = _numbers(text, field)
    if found == field.every:
        return "*"
    if text.startswith("*/") and "," not in text:
        return f"{field.low}/{text[2:]}"
    return _runs(found, ())


def _runs(numbers: frozenset[int], names: tuple[str, ...]) -> str:
    """Numbers as a list in which three or more in a row are a range."""
    parts: list[list[int]] = []
    for number in sorted(numbers):
        if parts and parts[-1][-1] == number - 1:
            parts[-1].append(number)
        else:
            parts.append([number])

    named = [[names[number] if names else str(number) for number in part] for part in parts]
    return ",".join(f"{part[0]}-{part[-1]}" if len(part) > 2 else ",".join(part) for part in named)


def _possible(days: frozenset[int], months: frozenset[int]) -> None:
    """Raises where no month of those is long enough."""
    if min(days) > max(29 if month == 2 else calendar.monthrange(2023, month)[1] for month in months):
        named = ", ".join(calendar.month_name[month] for month in sorted(months))
        raise ValueError(f"there is no {min(days)} in {named}; write a day that exists")


def _aws_cron(inside: str) -> str:
    """AWS's six fields, checked and in capitals."""
    fields = inside.upper().split(" ")
    if len(fields) != 6:
        what = "1 field" if len(fields) == 1 else f"{len(fields)} fields"
        hint = (
            "write the five fields without cron( )" if len(fields) == 5 else "write MINUTE HOUR DAY MONTH WEEKDAY YEAR"
        )
        raise ValueError(f"cron(…) has {what} where AWS has 6; {hint}")
    if [fields[2], fields[4]].count("?") != 1:
        raise ValueError(
            "AWS wants ? for either the day of the month or the day of the week; write ? for the one that does not matter"
        )
    found = _aws_times(fields)
    _possible(found.days, found.months)
    return f"cron({' '.join(fields)})"


def _times(expression: str) -> _Times | None:
    """The times of AWS's `cron(…)` or `at(…)`; None for a rate."""
    kind, _, inside = expression.rstrip(")").partition("(")
    if kind == "rate":
        return None
    if kind == "at":
        moment = datetime.fromisoformat(inside)
        numbers = (moment.minute, moment.hour, moment.day, moment.month, moment.isoweekday() % 7, moment.year)
        return _Times(*(frozenset([number]) for number in numbers))
    return _aws_times(inside.split(" "))


def _aws_times(fields: list[str]) -> _Times:
    kinds = (_MINUTE, _HOUR, _DAY, _MONTH, _AWS_WEEKDAY, _YEAR)
    found = [_aws_numbers(text, kind) for text, kind in zip(fields, kinds, strict=True)]
    found[4] = frozenset(number - 1 for number in found[4])
    return _Times(*found)


def _aws_numbers(text: str, field: _Field) -> frozenset[int]:
    """As `_numbers`, but `5/15` counts from 5 on, and the day fields know `?`, L, W and #."""
    found: set[int] = set()
    for part in text.split(","):
        special = field in (_DAY, _AWS_WEEKDAY) and (part == "?" or (_SPECIAL.fullmatch(part) and part not in DAYS))
        started = re.fullmatch(r"([0-9]+|[A-Z]{3})/([0-9]+)", part)
        if special:
            found |= field.every
        elif started:
            found |= _numbers(f"{started[1]}-{field.high}/{started[2]}", field)
        else:
            found |= _numbers(part, field)
    return frozenset(found)


def _rate(inside: str) -> str:
    found = _RATE.fullmatch(inside.lower())
    if not found or int(found[1]) == 0:
        raise ValueError(
            f'"rate({inside})" is not a rate; write a whole number and minutes, hours or days: rate(5 minutes)'
        )
    number, unit = int(found[1]), found[2].removesuffix("s")
    return f"rate({number} {unit if number == 1 else unit + 's'})"
