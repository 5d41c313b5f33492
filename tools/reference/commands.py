"""The reference of the command line, walked from the app itself, and of its exit codes."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from enum import Enum
from typing import Any

import typer

import ecsgen.problems
from ecsgen.cli.main import app
from ecsgen.errors import EcsgenError
from reference.markdown import join, table

INTRODUCTION = """\
# The command line

Every verb and option, generated from the program. `ecsgen VERB --help` prints the same.

Data goes to stdout, talk to stderr: `url=$(ecsgen apply --yes)` holds the URL and nothing else. With `--json`, stdout
holds one [JSON document](../json.md). What each exit code means stands in [Exit codes](exit-codes.md).
"""

COMMON = """\
## Options of every verb {#common}

They may stand before the verb or after it.
"""

EXIT_CODES = """\
# Exit codes

Every error ends in one of these. With `--json`, the document's `error.kind` and `error.exit_code` say the same.
[Troubleshooting](../troubleshooting.md) goes through the errors behind them.
"""

PLACES = {"--out": "FOLDER", "--plugin-dir": "FOLDER", "--terraform": "PROGRAM"}
"""What an option takes, where its name does not say it."""

DONE = ["`0`", "", "Done."]


def page() -> str:
    """The page of the verbs."""
    return join(_lines())


def _lines() -> Iterator[str]:
    root = typer.main.get_command(app)
    verbs = dict(_verbs(root, "ecsgen"))
    shared = _shared(verbs)
    yield from INTRODUCTION.splitlines()
    yield ""
    yield from COMMON.splitlines()
    yield ""
    yield from table(("option", "meaning", "default"), (_row(option) for option in shared.values()))
    yield from ("", "## The program itself", "")
    yield from table(("option", "meaning", "default"), (_row(option) for option in root.params if option.opts))
    for name, verb in verbs.items():
        yield from ("", f"## {name} {{#{name.removeprefix('ecsgen ').replace(' ', '-')}}}", "", _help(verb), "")
        own = [option for option in verb.params if tuple(option.opts) not in shared]
        if own:
            yield from table(("option", "meaning", "default"), map(_row, own))
        missing = [option for key, option in shared.items() if key not in {tuple(other.opts) for other in verb.params}]
        assert not missing, missing
        yield from (
            "",
            "And the [options of every verb](#common)." if own else "Only the [options of every verb](#common).",
        )


def _verbs(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The commands that do something, by their whole name, in the order in which `--help` lists them."""
    for word, child in command.commands.items():
        if hasattr(child, "commands"):
            yield from _verbs(child, f"{name} {word}")
        else:
            yield f"{name} {word}", child


def _shared(verbs: dict[str, Any]) -> dict[tuple[str, ...], Any]:
    """The options that every verb has, by their names."""
    first, *others = ({tuple(option.opts): option for option in verb.params} for verb in verbs.values())
    return {key: option for key, option in first.items() if all(key in other for other in others)}


def _help(command: Any) -> str:
    return " ".join(inspect.cleandoc(command.help or "").split())


def _row(option: Any) -> list[str]:
    if option.param_type_name == "argument":
        return [f"`{option.metavar}`", option.help or "", ""]
    metavar = "" if option.is_flag else f" {_metavar(option)}"
    if option.secondary_opts:
        names = f"`{option.opts[0]}`, `{option.secondary_opts[0]}`"
    else:
        names = ", ".join(f"`{name}{metavar}`" for name in option.opts)
    return [names, option.help or "", _default(option)]


def _metavar(option: Any) -> str:
    if option.metavar:
        return str(option.metavar)
    if option.opts[0] in PLACES:
        return PLACES[option.opts[0]]
    if isinstance(option.default, Enum):
        return "|".join(str(item.value) for item in type(option.default))
    return str(option.opts[0]).lstrip("-").upper().replace("-", "_")


def _default(option: Any) -> str:
    value = option.default.value if isinstance(option.default, Enum) else option.default
    if value is None or value is False or option.is_flag:
        return ""
    return f"`{value if isinstance(value, str) else json.dumps(value, default=str).strip(chr(34))}`"


def exit_codes_page() -> str:
    """The page of the exit codes, from the classes of errors."""
    kinds: dict[int, list[type[EcsgenError]]] = {}
    for kind in _classes(EcsgenError):
        if kind.__module__ in {EcsgenError.__module__, ecsgen.problems.__name__}:
            kinds.setdefault(kind.exit_code, []).append(kind)
    rows = [DONE]
    for exit_code, classes in sorted(kinds.items()):
        names = ", ".join(f"`{kind.kind}`" for kind in classes)
        rows.append([f"`{exit_code}`", names, " ".join(_meaning(kind) for kind in classes)])
    return join([*EXIT_CODES.splitlines(), "", *table(("code", "kind", "meaning"), rows)])


def _classes(kind: type[EcsgenError]) -> Iterator[type[EcsgenError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _classes(child)


def _meaning(kind: type[EcsgenError]) -> str:
    if kind is EcsgenError:
        return "A defect of ecsgen: it names a log file with the traceback. Please report it."
    first, _, _ = inspect.cleandoc(kind.__doc__ or "").partition("\n\n")
    sentence, point, _ = " ".join(first.split()).partition(". ")
    return sentence + ("." if point else "")
