"""The verb that takes an environment down."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ecsgen.cli.acting import is_interactive, open_target, summary_lines
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
    YesOption,
)
from ecsgen.errors import InterruptedByUser


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command()(destroy)


def destroy(
    file: FileOption = DEFAULT_FILE,
    env: EnvOption = None,
    out: OutOption = None,
    registry: Annotated[bool, typer.Option("--registry", help="The repositories and images too.")] = False,
    yes: YesOption = False,
    sandbox: SandboxOption = False,
    terraform: TerraformOption = None,
    plugin_dir: PluginDirOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Take the environment down and leave nothing of it behind."""
    from ecsgen.cli.console import Console
    from ecsgen.pipeline import destroy as stage
    from ecsgen.pipeline.target import require_terminal_or_yes
    from ecsgen.terraform import summarize

    console = Console(as_json=as_json, verbose=verbose)
    require_terminal_or_yes(yes, is_interactive())
    target = open_target(console, file, out, env, sandbox=sandbox, terraform=terraform, plugin_dir=plugin_dir)
    if registry:
        stage.require_last(target)
    with target.private_folder() as folder:
        plan_file = folder / "destroy.tfplan"
        planned = stage.plan_destroy(target, plan_file)
        summary = summarize(planned)
        console.settle()
        if planned.changes or registry:
            for line in summary_lines(console, summary, sys.stderr):
                console.styled(line)
            images = registry and target.project.registry.registry.repositories
            what = f"Destroy {target.environment}{' and the repositories with all images' if images else ''}?"
            if not yes and not typer.confirm(what, err=True):
                raise InterruptedByUser("not destroyed", why=f"{target.environment} stays as it is")
        stage.destroy_environment(target, plan_file)
    repositories = stage.destroy_registry(target) if registry else 0
    console.settle()
    if as_json:
        console.document(
            {"environment": target.environment, "destroyed": len(planned.changes), "repositories": repositories}
        )
    else:
        kept = any(not item.external for item in target.application.builds) and not registry
        console.say(_farewell(target.environment, kept=kept, there=bool(planned.changes), repositories=repositories))


def _farewell(environment: str, *, kept: bool, there: bool, repositories: int) -> str:
    """`kept`: images may stay. `there`: something was destroyed. `repositories`: how many went with their images."""
    said = f"{environment} is gone" if there else f"there was nothing of {environment}"
    if repositories:
        which = "the repository is" if repositories == 1 else f"{repositories} repositories are"
        return f"{said}; {which} gone, with all images"
    return f"{said}; its images stay in the registry (--registry removes them)" if kept else said
