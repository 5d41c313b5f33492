"""The verbs that work offline: init, validate, render, schema."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ecsgen.cli.options import DEFAULT_FILE, EnvOption, FileOption, JsonOption, OutOption, VerboseOption


class Format(StrEnum):
    """How `validate` prints problems."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    app.command()(init)
    app.command()(validate)
    app.command()(render)
    app.command()(schema)


def init(
    file: FileOption = DEFAULT_FILE,
    name: Annotated[str | None, typer.Option("--name", help="The application's name; by default the folder's.")] = None,
    region: Annotated[
        str | None, typer.Option("--region", help="The AWS region; by default AWS_REGION, else eu-west-1.")
    ] = None,
    service: Annotated[str | None, typer.Option("--service", help="The service's name.")] = None,
    port: Annotated[
        int | None, typer.Option("--port", help="The port that it listens on; by default the Dockerfile's EXPOSE.")
    ] = None,
    image: Annotated[str | None, typer.Option("--image", help="An image to run, instead of building one.")] = None,
    http: Annotated[
        bool | None, typer.Option("--http/--no-http", help="Serve HTTP behind a load balancer.", show_default=False)
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    env: EnvOption = None,
    out: OutOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Write a first description; asks on a terminal, takes flags elsewhere."""
    from ecsgen.cli.console import Console
    from ecsgen.cli.first import Answers, ask, read_dockerfile, write

    console = Console(as_json=as_json, verbose=verbose)
    answers = Answers(name=name, region=region, service=service, port=port, image=image, http=http)
    found = read_dockerfile(file.parent / "Dockerfile")
    if sys.stdin.isatty() and sys.stderr.isatty() and not as_json:
        answers = ask(answers, file.parent, found)
    text = write(file, answers, found, force=force)
    if as_json:
        console.document({"file": str(file), "description": text})
        return
    console.say(f"wrote {file}")
    console.say("next: ecsgen validate, ecsgen render, and ecsgen apply --sandbox to see it run on this machine")


def validate(
    file: FileOption = DEFAULT_FILE,
    env: EnvOption = None,
    format_: Annotated[Format, typer.Option("--format", help="How problems are printed.")] = Format.TEXT,
    out: OutOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> int:
    """Check the description offline: every problem at once, each with its place."""
    from ecsgen.cli import documents
    from ecsgen.cli.console import Console
    from ecsgen.pipeline.examine import examine_file
    from ecsgen.problems import DescriptionError

    chosen = Format.JSON if as_json else format_
    console = Console(as_json=chosen is Format.JSON, verbose=verbose)
    try:
        examined = examine_file(file, out, env)
        problems, environments = examined.problems, list(examined.environments)
        failed = bool(examined.errors)
    except DescriptionError as error:
        problems, environments, failed = error.problems, [], True
    match chosen:
        case Format.JSON:
            console.document(documents.problems_document(problems, environments))
        case Format.SARIF:
            console.document(documents.sarif(problems))
        case Format.GITHUB:
            for problem in problems:
                console.data(documents.github(problem))
        case Format.TEXT:
            console.problems(problems, sys.stdout)
            console.say(_verdict(len(problems), failed, file, environments))
    return DescriptionError.exit_code if failed else 0


def _verdict(count: int, failed: bool, file: Path, environments: list[str]) -> str:
    if count:
        return f"{count} {'problem' if count == 1 else 'problems'}{'' if failed else ', none of them an error'}"
    named = "" if environments == ["default"] else f" in {', '.join(environments)}"
    return f"{file}: no problems{named}"


def render(
    file: FileOption = DEFAULT_FILE,
    env: EnvOption = None,
    out: OutOption = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 3 when the files on disk differ.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing; print what would change.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that a person edited.")] = False,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> int:
    """Write the Terraform."""
    from ecsgen.cli.console import Console
    from ecsgen.errors import FilesDifferError
    from ecsgen.pipeline.project import open_project, plan_files, write_files

    console = Console(as_json=as_json, verbose=verbose)
    project = open_project(file, out, env)
    console.problems(project.examined.problems, sys.stderr)
    if check or diff:
        files = plan_files(project, force=force)
        differs = files.differing
        if diff and not as_json:
            console.data(files.diff().rstrip("\n")) if differs else None
        if as_json:
            console.document({"differs": bool(differs), "files": differs, **({"diff": files.diff()} if diff else {})})
            return FilesDifferError.exit_code if check and differs else 0
        if check and differs:
            for path in differs:
                console.say(f"differs: {path}")
            raise FilesDifferError(
                f"{len(differs)} {'file differs' if len(differs) == 1 else 'files differ'} from what the description asks for",
                hint="run ecsgen render and commit the result",
            )
        return 0
    written = write_files(project, force=force)
    if as_json:
        console.document({"out": str(project.out), **written.document()})
    else:
        console.say(written.summary(project.out))
    console.warn(written.farewell())
    return 0


def schema(
    file: FileOption = DEFAULT_FILE,
    env: EnvOption = None,
    out: OutOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Print the JSON Schema of the description, for editors."""
    from ecsgen.cli.console import Console
    from ecsgen.description.schema import json_schema

    Console(as_json=True).document(json_schema())
