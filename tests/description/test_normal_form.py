"""Texts that Terraform's normalizer breaks: found offline, and only those; Terraform itself is asked."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from ecsgen.description.normal_form import COMPOSED, joins_wrongly
from ecsgen.hcl import to_hcl

WRONG = [
    "\U000e0041\u0308",  # a tag character looked up as "A"
    "\U00010061\u0323\u0308",
    "\U00010061\u0308\u0323",  # the same in another order
    "\u1099\U000110ba",
]
RIGHT = [
    "",
    "A\u0308",
    "\U000e0041 \u0308",
    "\U000e0042\u0041\u0308",
    "\U0001f600\u0308",
    "\U00011099\U000110ba",
    "\U000e0041\u0334\u0334",
    "\U0001f468\u200d\U0001f469",
]


def test_the_blocks_hold_every_composed_character() -> None:
    blocks = {chr(code) for block in COMPOSED for code in block}
    for character in map(chr, range(sys.maxunicode + 1)):
        parts = unicodedata.decomposition(character).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            composed = unicodedata.normalize("NFC", character)
            assert composed != character or character in blocks, hex(ord(character))


@pytest.mark.parametrize("text", WRONG)
def test_found(text: str) -> None:
    assert joins_wrongly(f"before {text} after")


@pytest.mark.parametrize("text", RIGHT)
def test_left_alone(text: str) -> None:
    assert not joins_wrongly(f"before {text} after")


@pytest.mark.terraform
def test_as_terraform_does(tmp_path: Path, terraform_env: dict[str, str]) -> None:
    """The first list must fail once Terraform mends its normalizer: then the check can go."""
    (tmp_path / "main.tf").write_text(f'output "texts" {{\n  value = {to_hcl([*WRONG, *RIGHT])}\n}}\n', "utf-8")
    for arguments in (["apply", "-auto-approve"], ["output", "-json", "texts"]):
        done = subprocess.run(
            ["terraform", *arguments], cwd=tmp_path, env=terraform_env, capture_output=True, check=True
        )
    read = json.loads(done.stdout)
    kept = [found == unicodedata.normalize("NFC", text) for found, text in zip(read, [*WRONG, *RIGHT], strict=True)]
    assert kept == [False] * len(WRONG) + [True] * len(RIGHT)
