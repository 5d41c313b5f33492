"""The verb that runs a job, or a one-off task of a service."""

from __future__ import annotations

from typing import Annotated

import typer

from ecsgen.cli.options import (
    DEFAULT_FILE,
    EnvOption,
    FileOption,
    JsonOption,
    OutOption,
    PluginDirOption,
    SandboxOption,
    TerraformOption,
    VerboseOption,
)


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command()(run)


def run(
    name: Annotated[str, typer.Argument(metavar="JOB", help="A job, or a service with --command.", show_default=False)],
    command: Annotated[
        str | None,
        typer.Option(
            "--command", metavar="WORDS", help="Run this in place of the job's own command; no shell reads it."
        ),
    ] = None,
    file: FileOption = DEFAULT_FILE,
    env: EnvOption = None,
    out: OutOption = None,
    sandbox: SandboxOption = False,
    terraform: TerraformOption = None,
    plugin_dir: PluginDirOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Run a job as it is deployed, or a one-off task of a service: stream its log, and exit with its exit code."""
    from ecsgen.cli.console import Console
    from ecsgen.pipeline import run as stage
    from ecsgen.pipeline.project import open_project
    from ecsgen.pipeline.target import prepare

    console = Console(as_json=as_json, verbose=verbose)
    words = _words(command)
    project = open_project(file, out, env)
    stage.require(project, name, words)
    target = prepare(project, sandbox=sandbox, terraform=terraform, plugin_dir=plugin_dir, report=console.report)
    asked = stage.request(target, name, words)
    ended = stage.run(target, name, asked, console.say if as_json else console.data)
    console.settle()
    if as_json:
        console.document(
            {
                "environment": target.environment,
                "sandbox": sandbox,
                "name": name,
                "task": ended.task,
                "command": words,
                "exit_code": ended.exit_code,
            }
        )
    if ended.exit_code:
        console.say(f"{ended.cause}; {ended.hint}" if ended.hint else ended.cause)
        raise typer.Exit(ended.exit_code)


def _words(command: str | None) -> list[str] | None:
    """The command split at spaces, quotes respected. Raises UsageError."""
    import shlex

    from ecsgen.errors import UsageError

    if command is None:
        return None
    try:
        words = shlex.split(command)
    except ValueError:
        raise UsageError("a quote in --command is opened and never closed", hint="close it") from None
    if not words:
        raise UsageError("--command is empty", hint="name what to run, or leave the option out")
    return words
