from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from decimal import Decimal
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Any

import pytest
from hcl_values import nfc, texts, values
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecsgen.hcl import Ref, identifier, text_problem, to_hcl


class Size(StrEnum):
    SMALL = "small"


class Port(IntEnum):
    HTTP = 80


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (-5, "-5"),
        (10**30, "1" + "0" * 30),
        (0.25, "0.25"),
        (-0.0, "0.0"),
        (1e16, "1e+16"),
        ("", '""'),
        ("plain", '"plain"'),
        ("größe 日本 😀", '"größe 日本 😀"'),
        ('say "hi"', r'"say \"hi\""'),
        ("C:\\new\n\r\t", r'"C:\\new\n\r\t"'),
        ("${a} %{b} $${c} $ % {", r'"$\u007ba} %\u007bb} $$\u007bc} $ % {"'),
        ("\x01\x7f\x85", r'"\u0001\u007f\u0085"'),
        ("a\u202eb\u200bc\ufeff\U000e0041", r'"a\u202eb\u200bc\ufeff\U000e0041"'),
        ("<<EOT\nx\nEOT", r'"<<EOT\nx\nEOT"'),
        (Size.SMALL, '"small"'),
        (Port.HTTP, "80"),
        (Ref("module.network.vpc_id"), "module.network.vpc_id"),
        ([], "[]"),
        ((), "[]"),
        ({}, "{}"),
        (["a", 1, None, Ref("var.x")], '["a", 1, null, var.x]'),
        (["a"] * 5, '[\n  "a",\n  "a",\n  "a",\n  "a",\n  "a",\n]'),
        (["a" * 68], f'["{"a" * 68}"]'),
        (["a" * 69], f'[\n  "{"a" * 69}",\n]'),
        ([[1, 2]], "[\n  [1, 2],\n]"),
        ([{}], "[\n  {},\n]"),
        ({"a": 1, "b-c": [1], "_d": {"e": "f"}}, '{\n  a = 1\n  b-c = [1]\n  _d = {\n    e = "f"\n  }\n}'),
        ({"a b": 1, "1a": 2, "": 3, "é": 4}, '{\n  "a b" = 1\n  "1a" = 2\n  "" = 3\n  "é" = 4\n}'),
        ({"null": 1, "for": 2, "true": 3}, '{\n  "null" = 1\n  "for" = 2\n  "true" = 3\n}'),
        ({"${a}": 1}, '{\n  "$\\u007ba}" = 1\n}'),
    ],
)
def test_literal(value: Any, expected: str) -> None:
    assert to_hcl(value) == expected


def test_indent_is_the_level_of_the_last_line() -> None:
    assert to_hcl({"a": [{"b": 1}]}, 2) == "{\n      a = [\n        {\n          b = 1\n        },\n      ]\n    }"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("a\0b", "text that cannot be written as HCL: it holds a NUL character"),
        ("a\ud800b", "text that cannot be written as HCL: it holds half of a surrogate pair"),
        ({"\0": 1}, "text that cannot be written as HCL: it holds a NUL character"),
        (float("nan"), "nan is not a number in HCL"),
        (float("-inf"), "-inf is not a number in HCL"),
        (2**512, "a number of more than 512 bits"),
        ({"é": 1, "e\u0301": 2}, "two keys that Terraform reads as the same: 'é' and 'e\u0301'"),
    ],
)
def test_what_hcl_cannot_hold(value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        to_hcl(value)


@pytest.mark.parametrize("value", [object(), {1, 2}, b"x", {1: "x"}, {Ref("a"): 1}, iter([])])
def test_other_types_are_refused(value: Any) -> None:
    with pytest.raises(TypeError, match=r"^cannot write .+ as .*HCL$"):
        to_hcl(value)


def test_text_problem_says_why() -> None:
    assert text_problem("fine ${x} \n") == ""
    assert text_problem("\0") == "it holds a NUL character"
    assert text_problem("\udc80") == "it holds half of a surrogate pair"


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "module.web_task.arn",
        'var.images["web/sidecar"]',
        'module.a.b["c"].d[0].e',
        "aws_db_instance.main[*].address",
        "data.aws_iam-x.y-z_1",
        'a[0]["k"]',
    ],
)
def test_reference(text: str) -> None:
    assert str(Ref(text)) == text
    assert to_hcl(Ref(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "a.",
        ".a",
        "a..b",
        "a b",
        " a",
        "a\n",
        "a.b\nresource",
        "a\r",
        "a\u2028b",
        "1a",
        "a.0",
        "a.1b",
        "-a",
        '"a"',
        "${a}",
        "a.${b}",
        "%{if}",
        "a + b",
        "f(x)",
        "a.b()",
        'a["',
        'a["b',
        'a[""]',
        'a["b"c"]',
        'a["${b}"]',
        'a["%{b}"]',
        'a["b\\"]',
        'a["b\n"]',
        "a['b']",
        "a[b]",
        "a[-1]",
        "a[1.5]",
        "a[0",
        "a]",
        "[0]",
        "a[0]b",
        "a.*",
        "a # b",
        "a//b",
        "a/*b*/",
        "a=b",
        "a;b",
        "a,b",
        "é.b",
        "\u0430.b",  # a Cyrillic a
        "a\uff0eb",  # a full-width dot
        "a\u037eb",  # a Greek question mark
        "a.\uff22",  # a full-width B
        "a[\u0661]",  # an Arabic digit
        'a["\u0661"]',
        "a\u200b.b",
        "a\0",
        "\ufeffa",
    ],
)
def test_anything_else_is_not_a_reference(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not a reference: "):
        Ref(text)


def test_references_are_frozen_values() -> None:
    assert Ref("a.b") == Ref("a.b")
    assert len({Ref("a.b"), Ref("a.b")}) == 1
    with pytest.raises(AttributeError):
        Ref("a.b").text = "x"  # type: ignore[misc]


def test_identifier_is_one_name() -> None:
    assert str(identifier("web_task-1")) == "web_task-1"
    for text in ("a.b", 'a["b"]', "", "1", "a b", "a\n", "é"):
        with pytest.raises(ValueError, match=r"^not a name in HCL: "):
            identifier(text)


@given(st.text())
def test_only_safe_text_becomes_a_reference(text: str) -> None:
    try:
        found = str(Ref(text))
    except ValueError:
        return
    assert re.fullmatch(r'[A-Za-z0-9_.\-\[\]":/@*]+', found)


def _read_back(literal: str) -> str:
    """A quoted HCL string as HCL's specification reads it; JSON's escapes are the same but for the long form."""
    plain = re.sub(r"\\(?:U([0-9a-f]{8})|(.))", lambda m: chr(int(m[1], 16)) if m[1] else m.group(), literal)
    return str(json.loads(plain))


@given(texts)
def test_any_text_is_one_quoted_string(text: str) -> None:
    literal = to_hcl(text)
    assert not re.search(r"[$%]\{|[\n\r\x00-\x1f\x7f]", literal)
    assert _read_back(literal) == text


@given(st.lists(st.text(max_size=20), min_size=6, max_size=12), st.integers(0, 5))
def test_one_item_more_is_one_line_more(items: list[str], where: int) -> None:
    items = [re.sub("[\0\ud800-\udfff]", "", item) for item in items]
    before = to_hcl(items[:where] + items[where + 1 :]).splitlines()
    after = to_hcl(items).splitlines()
    assert after[: where + 1] + after[where + 2 :] == before


@given(values)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_python_hcl2_parses_every_literal(value: Any) -> None:
    import hcl2

    assert list(hcl2.loads(f"x = {to_hcl(value)}\n")) == ["x"]


@pytest.mark.terraform
@given(st.lists(values, min_size=1, max_size=25))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_terraform_reads_back_every_value(tmp_path_factory: pytest.TempPathFactory, samples: list[Any]) -> None:
    folder = tmp_path_factory.mktemp("read")
    # Within a list: a null alone would be no output at all.
    outputs = [f'output "o{number}" {{\n  value = [{to_hcl(value)}]\n}}\n' for number, value in enumerate(samples)]
    (folder / "main.tf").write_bytes("".join(outputs).encode())
    _terraform(folder, "apply", "-auto-approve", "-no-color")
    found = _exact(_terraform(folder, "output", "-json"))
    assert [found[f"o{number}"]["value"][0] for number in range(len(samples))] == _exact(json.dumps(nfc(samples)))
    shutil.rmtree(folder)


def _exact(text: str) -> Any:
    return json.loads(text, parse_int=Decimal, parse_float=Decimal)


def _terraform(folder: Path, *arguments: str) -> str:
    program = os.environ.get("ECSGEN_TERRAFORM") or shutil.which("terraform") or shutil.which("tofu") or "terraform"
    env = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    done = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
