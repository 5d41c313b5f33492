"""Reads single values as a person writes them: numbers, sizes, durations, true and false.

YAML text without quotes arrives as `Plain`, exactly as written; what it means is decided by the field it stands
in, after the core schema of YAML 1.2. Every reader takes text (quoted or not) and raises ValueError with a
message of the form "what is wrong; what to write".
"""

from __future__ import annotations

import re
from fractions import Fraction


class Plain(str):
    """A YAML scalar written without quotes, as it stands in the file."""

    __slots__ = ()


NULLS = frozenset({"", "~", "null", "Null", "NULL"})
DIGITS = 18
"""More digits than any size, port or count needs; int() itself refuses thousands of them with other words."""

VCPU_UNITS = 1024
LARGEST_FARGATE_VCPUS = 16

_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_AMOUNT = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)[ \t]*([a-zA-Z]*)")
_DURATION = re.compile(r"(?:([0-9]+)[ \t]*h)?[ \t]*(?:([0-9]+)[ \t]*m)?[ \t]*(?:([0-9]+)[ \t]*s)?", re.IGNORECASE)

_MIB = {"m": 1, "mb": 1, "mi": 1, "mib": 1, "g": 1024, "gb": 1024, "gi": 1024, "gib": 1024}
_GIB = {"g": 1, "gb": 1, "gi": 1, "gib": 1, "t": 1024, "tb": 1024, "ti": 1024, "tib": 1024}

_CPU_HINT = 'write CPU units (256) or vCPUs (0.25, "1 vCPU")'
_MEMORY_HINT = 'write MiB (512) or a unit ("512 MB", "1 GB")'
_STORAGE_HINT = 'write GiB (50) or a unit ("50 GB")'
_DURATION_HINT = "write seconds (30) or a unit (30s, 5m, 1h, 1m30s)"


def is_null(value: object) -> bool:
    """Whether this is YAML's null: None, or `null`, `~` or nothing at all without quotes."""
    return value is None or (isinstance(value, Plain) and value in NULLS)


def parse_bool(text: str) -> bool:
    """`true` or `false`; `yes`, `on` and their like are text in YAML 1.2."""
    if text in {"true", "True", "TRUE"}:
        return True
    if text in {"false", "False", "FALSE"}:
        return False
    meant = {
        "yes": "true",
        "y": "true",
        "on": "true",
        "1": "true",
        "no": "false",
        "n": "false",
        "off": "false",
        "0": "false",
    }
    raise ValueError(f"{_shown(text)} is not true or false; write {meant.get(text.lower(), 'true or false')}")


def parse_int(text: str) -> int:
    """A whole number: decimal (`010` is ten), `0x1f` or `0o17`."""
    if not _INT.fullmatch(text):
        hint = "write a number like 8080"
        if _FLOAT.fullmatch(text) and len(text) <= DIGITS:
            number = Fraction(text) if _small_exponent(text) else None
            if number is not None and number.denominator == 1 and abs(number) < 10**DIGITS:
                hint = f"write {number.numerator}"
        elif re.fullmatch(r"[0-9]{1,3}([_,][0-9]{3})+", text):
            hint = f"write {re.sub('[_,]', '', text)}"
        raise ValueError(f"{_shown(text)} is not a whole number; {hint}")
    if len(text) > DIGITS:
        raise ValueError(f"{_shown(text)} is too large; write a number with at most {DIGITS - 1} digits")
    if text.startswith(("0o", "0x")):
        return int(text, 0)
    return int(text)


def parse_float(text: str) -> float:
    """A finite decimal number."""
    if text.lower().lstrip("+-") in {".inf", ".nan"}:
        raise ValueError(f"{_shown(text)} is not possible here; write a finite number like 0.5")
    if not _FLOAT.fullmatch(text):
        raise ValueError(f"{_shown(text)} is not a number; write one like 0.5")
    if len(text) > 2 * DIGITS or not _small_exponent(text):
        raise ValueError(f"{_shown(text)} has too many digits; write a number like 0.5")
    return float(text)


def parse_cpu(text: str) -> int:
    """CPU units: a whole number as it is; a number with a point or the unit vCPU times 1024."""
    number, unit = _amount(text, _CPU_HINT)
    if unit in {"unit", "units"}:
        return _whole(text, number, "CPU unit", "CPU units")
    if unit not in {"", "vcpu", "vcpus"}:
        raise ValueError(f"{_shown(text)} has a unit that CPUs do not have; {_CPU_HINT}")
    if unit or "." in text:
        return _whole(text, number * VCPU_UNITS, "CPU unit", "CPU units")
    if number <= LARGEST_FARGATE_VCPUS and number > 0:
        units = int(number * VCPU_UNITS)
        raise ValueError(
            f'{text} could be vCPUs or CPU units; write {units} or "{text} vCPU" for vCPUs, '
            f'"{text} {"unit" if number == 1 else "units"}" for 1/1024 of them'
        )
    return _whole(text, number, "CPU unit", "CPU units")


def parse_memory(text: str) -> int:
    """MiB. With a unit: MB and MiB are the same here, as they are for ECS; 1 GB is 1024 MiB."""
    return _size(text, _MIB, "MiB", _MEMORY_HINT)


def parse_storage(text: str) -> int:
    """GiB. With a unit: GB and GiB are the same here, as they are for ECS."""
    return _size(text, _GIB, "GiB", _STORAGE_HINT)


def parse_duration(text: str) -> int:
    """Seconds."""
    if len(text) <= 3 * DIGITS:
        if re.fullmatch(r"[0-9]+", text) and len(text) <= DIGITS:
            return int(text)
        match = _DURATION.fullmatch(text)
        if match and any(match.groups()) and all(len(part or "") <= DIGITS for part in match.groups()):
            hours, minutes, seconds = (int(part or 0) for part in match.groups())
            return hours * 3600 + minutes * 60 + seconds
    if clock := re.fullmatch(r"([0-9]{1,4}):([0-9]{2})", text):
        first, second = int(clock[1]), int(clock[2])
        raise ValueError(f"{_shown(text)} is not a duration; write {first}m{second}s or {first}h{second}m")
    if re.fullmatch(r"-[0-9]+[smhSMH]?", text):
        raise ValueError(f"{_shown(text)} is less than nothing; {_DURATION_HINT}")
    raise ValueError(f"{_shown(text)} is not a duration in whole seconds; {_DURATION_HINT}")


def _size(text: str, units: dict[str, int], base: str, hint: str) -> int:
    number, unit = _amount(text, hint)
    if not unit:
        if number.denominator != 1:
            raise ValueError(f'{_shown(text)} has no unit; write "{text} GB", or a whole number of {base}')
        return _whole(text, number, base, base)
    if unit not in units:
        raise ValueError(f"{_shown(text)} has an unknown unit; {hint}")
    return _whole(text, number * units[unit], base, base)


def _amount(text: str, hint: str) -> tuple[Fraction, str]:
    match = _AMOUNT.fullmatch(text.strip(" \t")) if len(text) <= 2 * DIGITS else None
    if not match or len(match[1]) > DIGITS:
        if re.fullmatch(r"-[0-9.]+[ \t]*[a-zA-Z]*", text):
            raise ValueError(f"{_shown(text)} is less than nothing; {hint}")
        raise ValueError(f"{_shown(text)} is not a size; {hint}")
    return Fraction(match[1]), match[2].lower()


def _whole(text: str, number: Fraction, one: str, many: str) -> int:
    if number <= 0:
        raise ValueError(f"{_shown(text)} is nothing; write a size above 0")
    if number.denominator != 1:
        low = int(number)
        near = f"{low} or {low + 1}" if low else "1"
        unit = one if near == "1" else many
        raise ValueError(f"{_shown(text)} is {float(number):.6g} {many}, not a whole number; write {near} {unit}")
    return number.numerator


def _small_exponent(text: str) -> bool:
    """Whether a number's exponent is small enough to compute with: 1e999999999 would fill the memory."""
    _, _, exponent = text.lower().partition("e")
    return not exponent or (len(exponent) <= 4 and abs(int(exponent)) <= 300)


def _shown(text: str) -> str:
    line = "".join(character if character.isprintable() else " " for character in text)
    return f'"{line if len(line) <= 40 else line[:39] + "…"}"'
