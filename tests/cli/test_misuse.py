"""A command line that cannot be read: exit 2, what is wrong and where the help is; never a crash."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "ecsgen", *words], capture_output=True, text=True)


@pytest.mark.parametrize(
    ("words", "what", "help_of"),
    [
        (("validate", "--bogus"), "No such option: --bogus", "ecsgen validate --help"),
        (("bogus",), "No such command 'bogus'", "ecsgen --help"),
        (("render", "--file"), "Option '--file' requires an argument", "ecsgen --help"),
        (
            ("validate", "--format", "x"),
            "'x' is not one of 'text', 'json', 'github', 'sarif'",
            "ecsgen validate --help",
        ),
        (("sandbox", "-x"), "No such option: -x", "ecsgen sandbox --help"),
    ],
)
def test_says_what_is_wrong(words: tuple[str, ...], what: str, help_of: str) -> None:
    done = run(*words)
    assert done.returncode == 2
    assert what in done.stderr
    assert help_of in done.stderr
    assert done.stdout == ""


def test_as_json() -> None:
    done = run("validate", "--bogus", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["kind"] == "usage"


@pytest.mark.parametrize("words", [(), ("sandbox",)])
def test_without_a_verb_the_help_is_shown(words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.returncode == 2
    assert done.stderr.startswith("Usage: ")


def test_needs_no_click() -> None:
    """Typer brings its own; the one that other packages install is another."""
    imported = "import sys; sys.modules['click'] = None; from ecsgen.cli.main import run; sys.exit(run(['--version']))"
    done = subprocess.run([sys.executable, "-c", imported], capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stdout.startswith("ecsgen ")
