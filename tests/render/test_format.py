from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from hcl_samples import files
from hcl_values import NASTY, keys, texts, values
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from terraform_fmt import terraform_fmt

from ecsgen.hcl import to_hcl
from ecsgen.render.format import format_hcl
from ecsgen.render.graphemes import clusters

ROOT = Path(__file__).resolve().parents[2]

CASES = {
    "nothing": ("", ""),
    "assignments": ("a=1\nlonger   =   2\n", "a      = 1\nlonger = 2\n"),
    "blank lines end an alignment": ("a=1\n  \n\nlonger=2\n", "a = 1\n\n\nlonger = 2\n"),
    "an opened bracket ends an alignment": (
        "a=1\nlonger={\nb=1\n}\nc=1\nlonger2=2\n",
        "a = 1\nlonger = {\n  b = 1\n}\nc       = 1\nlonger2 = 2\n",
    ),
    "nested indents": (
        'module "a"{\nx=[\n{\nb=1\n},\n]\n\ty {\n}\n}\n',
        'module "a" {\n  x = [\n    {\n      b = 1\n    },\n  ]\n  y {\n  }\n}\n',
    ),
    "two brackets of one line are one level": ("a = f({\nb = 1\n})\n", "a = f({\n  b = 1\n})\n"),
    "closed on two lines": ("a = f({\nb = 1\n}\n)\n", "a = f({\n  b = 1\n  }\n)\n"),
    "one-line braces": ("a={}\nb={x=1,y=2}\nc=[ 1,2 ]\n", "a = {}\nb = { x = 1, y = 2 }\nc = [1, 2]\n"),
    "operators": ("a=b+c*-d>=!e&&f?g:-h\n", "a = b + c * -d >= !e && f ? g : -h\n"),
    "calls": ("a=f (x... )\nb=provider::a::f( 1 )\n", "a = f(x...)\nb = provider::a::f(1)\n"),
    "for": ("a=[for x in[b]:x if x!=null]\n", "a = [for x in [b] : x if x != null]\n"),
    "traversals": ('a=b . c[ 0 ]["d"][ * ] . e\n', 'a = b.c[0]["d"][*].e\n'),
    "templates": (
        'a="x ${ b } ${b}${ c }%{ if d }e%{ endif }$${ f }"\n',
        'a = "x ${b} ${b}${c}%{if d}e%{endif}$${ f }"\n',
    ),
    "an interpolated object": ('a="x ${ {b=1}[c] } ${{}}"\n', 'a = "x ${ { b = 1 }[c]} ${ {} }"\n'),
    "heredoc": (
        "a=<<-EOT\n    x  ${ y }\n  EOT\nbb=1\n",
        "a  = <<-EOT\n    x  ${y}\n  EOT\nbb = 1\n",
    ),
    "a heredoc's text is not code": ('a=<<EOT\n{ # "\nEOTX\n  EOT\nbb=1\n', 'a  = <<EOT\n{ # "\nEOTX\n  EOT\nbb = 1\n'),
    "comments behind": (
        'a=1# x\nlonger="é" // y\nc={ # z\n} # end\n',
        'a      = 1   # x\nlonger = "é" // y\nc = {        # z\n}            # end\n',
    ),
    "comments alone": ("b {\n# x\n   /* y\n z */\na=1\n}\n", "b {\n  # x\n  /* y\n z */\n  a = 1\n}\n"),
    "columns are grapheme clusters": (
        'a = {\n"e\u0301"=1\n"👨‍👩‍👧"=2\n"🇬🇧x"=3\n"한"=4\n"abcd"=5\n}\n',
        'a = {\n  "e\u0301"    = 1\n  "👨‍👩‍👧"    = 2\n  "🇬🇧x"   = 3\n  "한"    = 4\n  "abcd" = 5\n}\n',
    ),
    "carriage returns stay": ("a=1\r\nbb=2 # x\r\n", "a  = 1\r\nbb = 2 # x\r\n"),
    "no newline at the end": ("a=1\nbb=2 # x", "a  = 1\nbb = 2 # x"),
    "interpolation only": ('a="${b}"\nc="${b}x"\nd=["${b}"]\n', 'a = b\nc = "${b}x"\nd = ["${b}"]\n'),
    "interpolation only, on several lines": ('a="${\nb ?\n c : d\n}"\n', "a = (b ?\nc : d)\n"),
    "types of before": (
        'variable "a" {\ntype="list"\n}\nvariable "b" {\ntype=map\n}\nx {\ntype="string"\n}\n',
        'variable "a" {\n  type = list(string)\n}\nvariable "b" {\n  type = map(any)\n}\nx {\n  type = "string"\n}\n',
    ),
    "labels": ('resource aws_x /* y */ "z"{}\n', 'resource "aws_x" "z" {}\n'),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_format(text: str, expected: str) -> None:
    assert format_hcl(text) == expected


@pytest.mark.terraform
def test_the_cases_are_what_terraform_does() -> None:
    assert terraform_fmt([text for text, _ in CASES.values()]) == [expected for _, expected in CASES.values()]


@pytest.mark.parametrize("text", ['a="', "a = <<EOT\n", "a = <<EOT\nx", "/* x\n", 'a = "${', 'a = "\n"\n', "a \r b\n"])
def test_what_cannot_be_read_comes_back_unchanged(text: str) -> None:
    assert format_hcl(f"b  =  1\n{text}") == f"b  =  1\n{text}"


@given(st.text(NASTY + '\n\n\n=={}[]()""${}<<E', max_size=40))
def test_no_text_is_too_odd(text: str) -> None:
    format_hcl(text)


def test_lines_are_told_apart_by_what_is_around_them() -> None:
    # The same lines, as code, within a heredoc and within a comment; each order, since lines are remembered.
    code, heredoc, comment = "x=1\n", "a=<<E\nx=1\nE\n", "/*\nx=1\n*/\n"
    formatted = {code: "x = 1\n", heredoc: "a = <<E\nx=1\nE\n", comment: "/*\nx=1\n*/\n"}
    for parts in ([code, heredoc, comment], [comment, code, heredoc], [heredoc, comment, code]):
        assert format_hcl("\n".join(parts)) == "\n".join(formatted[part] for part in parts)


@st.composite
def rendered(draw: st.DrawFn) -> str:
    """What templates print: module calls of literals, with comments."""
    out = []
    for _ in range(draw(st.integers(1, 3))):
        comment = draw(texts).split("\n")[0].replace("\r", "")
        arguments = draw(st.dictionaries(st.from_regex(r"[a-z_]{1,12}", fullmatch=True), values, max_size=5))
        environment = draw(st.dictionaries(keys, texts, max_size=4))
        block = [f"{name} = {to_hcl(value, 1)}" for name, value in arguments.items()]
        try:
            block.append(f"environment = {to_hcl(environment, 1)} # {comment}")
        except ValueError:  # keys that are one key to Terraform
            block.append(f"# {comment}")
        out.append('module "m" {\n' + "\n".join(draw(st.permutations(block))) + "\n}\n")
    return "\n".join(out)


@pytest.mark.terraform
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(rendered(), min_size=1, max_size=10))
def test_rendered_text_is_formatted_as_terraform_does(samples: list[str]) -> None:
    formatted = [format_hcl(text) for text in samples]
    assert formatted == terraform_fmt(samples)
    assert [format_hcl(text) for text in formatted] == formatted


@pytest.mark.terraform
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(files, min_size=1, max_size=8))
def test_hand_written_text_is_formatted_as_terraform_does(samples: list[str]) -> None:
    for text, expected in zip(samples, terraform_fmt(samples), strict=True):
        if expected is not None:
            assert format_hcl(text) == expected


@pytest.mark.terraform
def test_every_module_is_formatted_as_terraform_does() -> None:
    samples = [path.read_text() for path in sorted(ROOT.glob("modules/**/*.tf"))]
    assert samples
    messy = [dedent(text.replace("  ", " ").replace(" = ", "=")) for text in samples]
    assert [format_hcl(text) for text in samples + messy] == terraform_fmt(samples + messy)


@pytest.mark.terraform
def test_columns_are_counted_as_terraform_counts_them() -> None:
    """Every character that could be special, by itself and among others, against Terraform's own alignment."""
    probes = _characters() + _sequences()
    width = 40
    chunks = [probes[start : start + 3000] for start in range(0, len(probes), 3000)]
    texts = ["".join(f'"{probe}"=1\n' for probe in chunk) for chunk in chunks]
    formatted = terraform_fmt([f'x = {{\n{text}"{"x" * width}"=1\n}}\n' for text in texts])
    for chunk, text in zip(chunks, formatted, strict=True):
        assert text is not None
        for probe, line in zip(chunk, text.split("\n")[1:], strict=False):
            blanks = len(line) - len(f'  "{probe}"= 1')
            assert clusters(probe) == width + 1 - blanks, ascii(probe)


def _characters() -> list[str]:
    special = [*range(0x300, 0x3400), *range(0xA000, 0xAC10), *range(0xD7A0, 0xD800), *range(0xF900, 0x12000)]
    special += [*range(0x13400, 0x13500), *range(0x16000, 0x17000), *range(0x1B000, 0x1FF00), *range(0xE0000, 0xE0200)]
    return [f"a{chr(code)}\u200d\u00a9{chr(code)}b" for code in special]


def _sequences() -> list[str]:
    import random

    kinds = "a\u200d\u00a9\u0903\u0301\u1100\u1161\u11a8\uac00\uac01\U0001f1e6\u0600\u0007\ufffd\U0001f468\U0001f3fb"
    generator = random.Random(1)
    return ["".join(generator.choices(kinds, k=generator.randint(1, 12))) for _ in range(6000)]
