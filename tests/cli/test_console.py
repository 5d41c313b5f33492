"""What other programs say reaches a person without what would steer the terminal."""

from __future__ import annotations

import pytest

from ecsgen.cli.acting import print_summary
from ecsgen.cli.console import Console
from ecsgen.errors import EcsgenError
from ecsgen.progress import Event, Kind
from ecsgen.terraform import Summary

HOSTILE = "\x1b]0;title\x07\x1b[2Ja\x1b[31mb\x9b1mc\rd\u202ee\x08"


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.STATUS])
def test_an_event_cannot_steer_the_terminal(kind: Kind, capsys: pytest.CaptureFixture[str]) -> None:
    Console().report(Event(kind, "we\x1bb", HOSTILE))
    assert capsys.readouterr().err.split(": ")[-1] == "ab1mcde\n"


def test_a_state_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ecsgen.cli.console.STATUS_SECONDS", 0.0)
    Console().report(Event(Kind.STATUS, "web", f"{HOSTILE}\nf"))
    assert capsys.readouterr().err == "  web: ab1mcdef\n"


def test_an_error_cannot_steer_the_terminal_and_keeps_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    Console().error(EcsgenError(HOSTILE, why=HOSTILE, hint=f"{HOSTILE}\nagain", details=[HOSTILE]))
    assert capsys.readouterr().err == (
        "error: ab1mcde: ab1mcde\n  ab1mcde\nwhat to do: ab1mcde\nagain\n"
    )  # fmt: skip


def test_a_plan_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_summary(Console(), Summary((), (), (), {}, (f"{HOSTILE}\nf",), complete=True))
    assert "ab1mcdef" in capsys.readouterr().out
