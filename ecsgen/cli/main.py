"""The command line: the app with its verbs, and the one place where an error becomes a message and an exit code."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from ecsgen import __version__
from ecsgen.cli import deploy, describe, destroy, sandbox
from ecsgen.cli import run as run_verb
from ecsgen.cli.options import Group
from ecsgen.errors import EcsgenError, InterruptedByUser, UsageError

PROGRAM = "ecsgen"

app = typer.Typer(
    name=PROGRAM,
    cls=Group,
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
describe.add_to(app)
deploy.add_to(app)
destroy.add_to(app)
run_verb.add_to(app)
sandbox.add_to(app)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"ecsgen {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """From ten lines of YAML to a running service on AWS ECS, by way of plain Terraform."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code. Every error ends here, as a message a person can act on."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    _prepare_streams()
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends in good order, as Ctrl-C does
    try:
        result: Any = app(words, prog_name=PROGRAM, standalone_mode=False)
    except typer.TyperException as error:
        return _refused(error, words)
    except EcsgenError as error:
        return _known(error, words)
    except (typer.Abort, KeyboardInterrupt):
        result = InterruptedByUser.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        return 141
    except Exception as error:
        return _unknown(error, words)
    if result == InterruptedByUser.exit_code:  # Typer turns Ctrl-C into this code, and says nothing
        typer.echo("interrupted", err=True)
    return result if isinstance(result, int) else 0


def _prepare_streams() -> None:
    """Streams that take any text: a locale without a character shows its escape, a closed stream takes all in."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - kept for the whole run
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _refused(error: typer.TyperException, words: Sequence[str]) -> int:
    """A command line that Typer cannot read: what is wrong with it, or the help where no verb was given."""
    text = error.format_message().replace("Value error, ", "")
    if text.startswith("Usage:"):
        typer.echo(text, err=True)
        return UsageError.exit_code
    context: Any = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "ecsgen"
    return _known(UsageError(text.rstrip("."), hint=f"{command} --help lists what it takes"), words)


def _known(error: EcsgenError, words: Sequence[str]) -> int:
    from ecsgen.cli.console import Console
    from ecsgen.cli.documents import error_document
    from ecsgen.problems import DescriptionError

    console = Console(as_json="--json" in words)
    if console.as_json:
        console.document(error_document(error))
    elif isinstance(error, DescriptionError):
        console.problems(error.problems, sys.stderr)
    if not isinstance(error, DescriptionError) or console.as_json:
        console.error(error)
    if "-v" in words or "--verbose" in words:
        import traceback

        traceback.print_exception(error)
    return error.exit_code


def _unknown(error: Exception, words: Sequence[str]) -> int:
    from ecsgen.cli.console import Console
    from ecsgen.cli.crash import write_log
    from ecsgen.cli.documents import error_document

    log = write_log(error)
    known = EcsgenError(
        "ecsgen failed in a way it does not know",
        why=f"{type(error).__name__}: {error}",
        hint=f"please report it with the file {log}" if log else "run it again with -v and report what it prints",
    )
    console = Console(as_json="--json" in words)
    if console.as_json:
        console.document(error_document(known))
    console.error(known)
    if "-v" in words or "--verbose" in words:
        import traceback

        traceback.print_exception(error)
    return known.exit_code
