"""Single values: every spelling that a field takes, and for the others what to write instead."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ecsgen import scalars
from ecsgen.scalars import Plain

HUGE = "9" * 5000


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL"])
def test_null_is_null_only_without_quotes(text: str) -> None:
    assert scalars.is_null(Plain(text))
    assert not scalars.is_null(text)


def test_null_other_values() -> None:
    assert scalars.is_null(None)
    for value in (Plain("nULL"), Plain("none"), 0, False, {}, []):
        assert not scalars.is_null(value)


GOOD: list[tuple[Callable[[str], object], str, object]] = [
    (scalars.parse_bool, "true", True),
    (scalars.parse_bool, "TRUE", True),
    (scalars.parse_bool, "False", False),
    (scalars.parse_int, "8080", 8080),
    (scalars.parse_int, "+5", 5),
    (scalars.parse_int, "-5", -5),
    (scalars.parse_int, "010", 10),
    (scalars.parse_int, "0o10", 8),
    (scalars.parse_int, "0x1F", 31),
    (scalars.parse_int, "0", 0),
    (scalars.parse_float, "0.5", 0.5),
    (scalars.parse_float, ".5", 0.5),
    (scalars.parse_float, "75", 75.0),
    (scalars.parse_float, "1e3", 1000.0),
    (scalars.parse_float, "-1.5E-2", -0.015),
    (scalars.parse_cpu, "256", 256),
    (scalars.parse_cpu, "0.25", 256),
    (scalars.parse_cpu, ".5", 512),
    (scalars.parse_cpu, "1.0", 1024),
    (scalars.parse_cpu, "1 vCPU", 1024),
    (scalars.parse_cpu, "1vcpu", 1024),
    (scalars.parse_cpu, "2 VCPU", 2048),
    (scalars.parse_cpu, "0.25 vCPUs", 256),
    (scalars.parse_cpu, "10 units", 10),
    (scalars.parse_cpu, "1 unit", 1),
    (scalars.parse_cpu, "17", 17),
    (scalars.parse_memory, "512", 512),
    (scalars.parse_memory, "512 MB", 512),
    (scalars.parse_memory, "512MiB", 512),
    (scalars.parse_memory, "512m", 512),
    (scalars.parse_memory, "1 GB", 1024),
    (scalars.parse_memory, "1gib", 1024),
    (scalars.parse_memory, "0.5 GB", 512),
    (scalars.parse_memory, "1.5G", 1536),
    (scalars.parse_storage, "50", 50),
    (scalars.parse_storage, "50 GB", 50),
    (scalars.parse_storage, "0.5 TB", 512),
    (scalars.parse_duration, "0", 0),
    (scalars.parse_duration, "30", 30),
    (scalars.parse_duration, "30s", 30),
    (scalars.parse_duration, "5m", 300),
    (scalars.parse_duration, "5 M", 300),
    (scalars.parse_duration, "1h", 3600),
    (scalars.parse_duration, "1h30m", 5400),
    (scalars.parse_duration, "1m30s", 90),
]


@pytest.mark.parametrize(("parse", "text", "expected"), GOOD)
@pytest.mark.parametrize("kind", [str, Plain])
def test_read(parse: Callable[[str], object], text: str, expected: object, kind: type[str]) -> None:
    value = parse(kind(text))
    assert value == expected
    assert type(value) is type(expected)


BAD: list[tuple[Callable[[str], object], str, str, str]] = [
    (scalars.parse_bool, "yes", '"yes" is not true or false', "write true"),
    (scalars.parse_bool, "On", '"On" is not true or false', "write true"),
    (scalars.parse_bool, "off", '"off" is not true or false', "write false"),
    (scalars.parse_bool, "maybe", '"maybe" is not true or false', "write true or false"),
    (scalars.parse_bool, "tRUE", '"tRUE" is not true or false', "write true or false"),
    (scalars.parse_int, "1.0", '"1.0" is not a whole number', "write 1"),
    (scalars.parse_int, "1e3", '"1e3" is not a whole number', "write 1000"),
    (scalars.parse_int, "1e999999999", '"1e999999999" is not a whole number', "write a number like 8080"),
    (scalars.parse_int, "1.5", '"1.5" is not a whole number', "write a number like 8080"),
    (scalars.parse_int, "1_000", '"1_000" is not a whole number', "write 1000"),
    (scalars.parse_int, "1,000", '"1,000" is not a whole number', "write 1000"),
    (scalars.parse_int, "12:30", '"12:30" is not a whole number', "write a number like 8080"),
    (scalars.parse_int, "0b11", '"0b11" is not a whole number', "write a number like 8080"),
    (scalars.parse_int, "٣", '"٣" is not a whole number', "write a number like 8080"),
    (scalars.parse_int, "３", '"３" is not a whole number', "write a number like 8080"),
    (scalars.parse_int, "²", '"²" is not a whole number', "write a number like 8080"),
    (scalars.parse_int, " 5", '" 5" is not a whole number', "write a number like 8080"),
    (scalars.parse_int, "5\n", '"5 " is not a whole number', "write a number like 8080"),
    (scalars.parse_int, "", '"" is not a whole number', "write a number like 8080"),
    (scalars.parse_int, HUGE, "is too large", "write a number with at most 17 digits"),
    (scalars.parse_int, f"0x{'f' * 5000}", "is too large", "write a number with at most 17 digits"),
    (scalars.parse_float, ".inf", '".inf" is not possible here', "write a finite number like 0.5"),
    (scalars.parse_float, "-.Inf", '"-.Inf" is not possible here', "write a finite number like 0.5"),
    (scalars.parse_float, ".NaN", '".NaN" is not possible here', "write a finite number like 0.5"),
    (scalars.parse_float, "nan", '"nan" is not a number', "write one like 0.5"),
    (scalars.parse_float, "inf", '"inf" is not a number', "write one like 0.5"),
    (scalars.parse_float, "1e999", "has too many digits", "write a number like 0.5"),
    (scalars.parse_float, "1_0.5", '"1_0.5" is not a number', "write one like 0.5"),
    (scalars.parse_float, "0,5", '"0,5" is not a number', "write one like 0.5"),
    (scalars.parse_float, HUGE, "has too many digits", "write a number like 0.5"),
    (
        scalars.parse_cpu,
        "1",
        "1 could be vCPUs or CPU units",
        'write 1024 or "1 vCPU" for vCPUs, "1 unit" for 1/1024 of them',
    ),
    (
        scalars.parse_cpu,
        "16",
        "16 could be vCPUs or CPU units",
        'write 16384 or "16 vCPU" for vCPUs, "16 units" for 1/1024 of them',
    ),
    (scalars.parse_cpu, "0", '"0" is nothing', "write a size above 0"),
    (scalars.parse_cpu, "0.0", '"0.0" is nothing', "write a size above 0"),
    (scalars.parse_cpu, "-256", '"-256" is less than nothing', 'write CPU units (256) or vCPUs (0.25, "1 vCPU")'),
    (scalars.parse_cpu, "0.1", '"0.1" is 102.4 CPU units, not a whole number', "write 102 or 103 CPU units"),
    (scalars.parse_cpu, "0.0001", "not a whole number", "write 1 CPU unit"),
    (
        scalars.parse_cpu,
        "1 GB",
        '"1 GB" has a unit that CPUs do not have',
        'write CPU units (256) or vCPUs (0.25, "1 vCPU")',
    ),
    (scalars.parse_cpu, "500m", "has a unit that CPUs do not have", 'write CPU units (256) or vCPUs (0.25, "1 vCPU")'),
    (scalars.parse_cpu, "1e3", '"1e3" is not a size', 'write CPU units (256) or vCPUs (0.25, "1 vCPU")'),
    (scalars.parse_cpu, "0x100", '"0x100" is not a size', 'write CPU units (256) or vCPUs (0.25, "1 vCPU")'),
    (scalars.parse_cpu, "1_024", '"1_024" is not a size', 'write CPU units (256) or vCPUs (0.25, "1 vCPU")'),
    (scalars.parse_cpu, "٢٥٦", "is not a size", 'write CPU units (256) or vCPUs (0.25, "1 vCPU")'),
    (scalars.parse_cpu, HUGE, "is not a size", 'write CPU units (256) or vCPUs (0.25, "1 vCPU")'),
    (scalars.parse_cpu, "nan", '"nan" is not a size', 'write CPU units (256) or vCPUs (0.25, "1 vCPU")'),
    (scalars.parse_memory, "0.5", '"0.5" has no unit', 'write "0.5 GB", or a whole number of MiB'),
    (scalars.parse_memory, "0.3 GB", '"0.3 GB" is 307.2 MiB, not a whole number', "write 307 or 308 MiB"),
    (scalars.parse_memory, "512 KB", '"512 KB" has an unknown unit', 'write MiB (512) or a unit ("512 MB", "1 GB")'),
    (scalars.parse_memory, "0", '"0" is nothing', "write a size above 0"),
    (scalars.parse_memory, "-1 GB", '"-1 GB" is less than nothing', 'write MiB (512) or a unit ("512 MB", "1 GB")'),
    (scalars.parse_memory, "lots", '"lots" is not a size', 'write MiB (512) or a unit ("512 MB", "1 GB")'),
    (scalars.parse_memory, "1 GB!", '"1 GB!" is not a size', 'write MiB (512) or a unit ("512 MB", "1 GB")'),
    (scalars.parse_storage, "0.5 GB", '"0.5 GB" is 0.5 GiB, not a whole number', "write 1 GiB"),
    (scalars.parse_storage, "512 MB", '"512 MB" has an unknown unit', 'write GiB (50) or a unit ("50 GB")'),
    (scalars.parse_duration, "-5", '"-5" is less than nothing', "write seconds (30) or a unit (30s, 5m, 1h, 1m30s)"),
    (scalars.parse_duration, "-5m", '"-5m" is less than nothing', "write seconds (30) or a unit (30s, 5m, 1h, 1m30s)"),
    (scalars.parse_duration, "1:30", '"1:30" is not a duration', "write 1m30s or 1h30m"),
    (scalars.parse_duration, "500ms", "is not a duration", "write seconds (30) or a unit (30s, 5m, 1h, 1m30s)"),
    (scalars.parse_duration, "1.5m", "is not a duration", "write seconds (30) or a unit (30s, 5m, 1h, 1m30s)"),
    (scalars.parse_duration, "1d", "is not a duration", "write seconds (30) or a unit (30s, 5m, 1h, 1m30s)"),
    (scalars.parse_duration, "m", "is not a duration", "write seconds (30) or a unit (30s, 5m, 1h, 1m30s)"),
    (scalars.parse_duration, "30s5m", "is not a duration", "write seconds (30) or a unit (30s, 5m, 1h, 1m30s)"),
    (scalars.parse_duration, HUGE, "is not a duration", "write seconds (30) or a unit (30s, 5m, 1h, 1m30s)"),
    (scalars.parse_duration, f"{HUGE}s", "is not a duration", "write seconds (30) or a unit (30s, 5m, 1h, 1m30s)"),
]


@pytest.mark.parametrize(("parse", "text", "what", "hint"), BAD)
def test_refuse(parse: Callable[[str], object], text: str, what: str, hint: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse(Plain(text))
    said, _, advice = str(caught.value).partition("; ")
    assert what in said
    assert advice == hint
    assert len(said) < 120


@pytest.mark.parametrize(
    "parse", [parse for parse in vars(scalars).values() if getattr(parse, "__name__", "").startswith("parse_")]
)
@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\0",
        "\n",
        "-",
        "+",
        ".",
        "e",
        "1e",
        "1e+",
        "..",
        "--1",
        "0x",
        "0o8",
        "1 1",
        "ÿ",
        "\ud800",
        "½",
        "1" * 100_000,
    ],
)
def test_nothing_but_value_errors(parse: Callable[[str], object], text: str) -> None:
    with pytest.raises(ValueError, match="; "):
        parse(text)
