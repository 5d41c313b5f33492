"""What the verbs that act on an account have in common: the target they act on, and how a plan is shown."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ecsgen.progress import clean

if TYPE_CHECKING:
    from ecsgen.cli.console import Console
    from ecsgen.pipeline.target import Target
    from ecsgen.terraform import Summary


def open_target(
    console: Console,
    file: Path,
    out: Path | None,
    env: str | None,
    *,
    sandbox: bool,
    terraform: str | None,
    plugin_dir: Path | None,
) -> Target:
    """Open the project, write its Terraform where the run takes place, and find the means to reach it."""
    from ecsgen.pipeline.project import open_project, write_files
    from ecsgen.pipeline.target import prepare

    project = open_project(file, out, env)
    console.problems(project.examined.problems, sys.stderr)
    project.one()
    target = prepare(project, sandbox=sandbox, terraform=terraform, plugin_dir=plugin_dir, report=console.report)
    console.warn(write_files(target.project, target.out).farewell())
    return target


def is_interactive() -> bool:
    """Whether a question can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


STYLES = {"title": "1", "danger": "31", "warning": "33", "change": "36", "add": "32", "dim": "2"}


def summary_lines(console: Console, summary: Summary, stream: Any) -> list[str]:
    """A summary's lines for a stream, in colour where it shows colours."""
    texts = [("  " * line.indent, clean(line.text), line.style) for line in summary.lines()]
    return [
        indent + (console.style(text, STYLES[style], stream) if style in STYLES else text)
        for indent, text, style in texts
    ]


def print_summary(console: Console, summary: Summary) -> None:
    """Print a summary as the data of a command."""
    for line in summary_lines(console, summary, sys.stdout):
        console.data(line)
