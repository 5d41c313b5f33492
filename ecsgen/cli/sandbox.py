"""The verbs of the sandbox by itself: up, down, status, env."""

from __future__ import annotations

from typing import Annotated

import typer

from ecsgen.cli.options import (
    DEFAULT_FILE,
    EnvOption,
    FileOption,
    Group,
    JsonOption,
    OutOption,
    SandboxOption,
    VerboseOption,
)

RegionOption = Annotated[
    str, typer.Option("--region", help="The region that it answers for first; any other works too.")
]


def add_to(app: typer.Typer) -> None:
    """Register the group of verbs."""
    group = typer.Typer(name="sandbox", cls=Group, no_args_is_help=True, rich_markup_mode=None)
    group.command()(up)
    group.command()(down)
    group.command()(status)
    group.command(name="env")(env_)
    app.add_typer(group, name="sandbox", help="The embedded local AWS by itself.")


def up(
    region: RegionOption = "us-east-1",
    file: FileOption = DEFAULT_FILE,
    env: EnvOption = None,
    out: OutOption = None,
    sandbox: SandboxOption = True,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Start it, or say where it runs."""
    from ecsgen.cli.console import Console
    from ecsgen.sandbox import up as start

    console = Console(as_json=as_json, verbose=verbose)
    running = start(console.report, region)
    console.settle()
    if as_json:
        console.document({"running": True, "endpoint": running.endpoint, "tasks_are_real": running.tasks_are_real})
        return
    tasks = "tasks are real containers" if running.tasks_are_real else f"tasks are simulated: {running.tasks_reason}"
    console.say(f"the sandbox answers; {tasks}")
    console.data(running.endpoint)


def down(
    file: FileOption = DEFAULT_FILE,
    env: EnvOption = None,
    out: OutOption = None,
    sandbox: SandboxOption = True,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Stop it and remove everything that it made."""
    from ecsgen.cli.console import Console
    from ecsgen.sandbox import down as stop

    console = Console(as_json=as_json, verbose=verbose)
    removed = stop(console.report)
    console.settle()
    if as_json:
        console.document({"running": False, "removed": removed})
    else:
        console.say("the sandbox is gone" if removed else "there was no sandbox")


def status(
    file: FileOption = DEFAULT_FILE,
    env: EnvOption = None,
    out: OutOption = None,
    sandbox: SandboxOption = True,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Say whether it runs, where, and with what."""
    import dataclasses

    from ecsgen.cli.console import Console
    from ecsgen.sandbox import status as ask

    console = Console(as_json=as_json, verbose=verbose)
    found = ask()
    if as_json:
        console.document(dataclasses.asdict(found))
    elif not found.running:
        console.data(f"not running{f': {found.problem}' if found.problem else ''}")
    else:
        console.data(f"running at {found.endpoint} since {found.since}, tasks are {found.tasks}")
        if found.tasks_reason:
            console.data(f"  {found.tasks_reason}")
        console.data(f"  containers: {found.containers}")
        for workspace in found.workspaces:
            console.data(f"  has run: {workspace}")


def env_(
    region: RegionOption = "us-east-1",
    account: Annotated[
        str | None, typer.Option("--account", help="The account, 12 digits.", show_default=False)
    ] = None,
    file: FileOption = DEFAULT_FILE,
    env: EnvOption = None,
    out: OutOption = None,
    sandbox: SandboxOption = True,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Print exports for the aws CLI and terraform: eval "$(ecsgen sandbox env)"."""
    from ecsgen.cli.console import Console
    from ecsgen.errors import UsageError
    from ecsgen.sandbox import find

    console = Console(as_json=as_json, verbose=verbose)
    running = find()
    if running is None:
        raise UsageError("there is no sandbox", hint="start one with ecsgen sandbox up")
    if as_json:
        values = running.environment(region, account)
        console.document({name: value for name, value in sorted(values.items()) if name.startswith("AWS_")})
    else:
        console.data(running.exports(region, account).rstrip("\n"))
