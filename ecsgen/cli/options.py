"""Options that every verb takes, before or after it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

FileOption = Annotated[Path, typer.Option("--file", "-f", help="The description.", show_default=True)]
EnvOption = Annotated[str | None, typer.Option("--env", "-e", help="The environment.", show_default=False)]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", "-o", help="Where the Terraform is written: by default infra, beside the description."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Say more, and show tracebacks.")]
SandboxOption = Annotated[bool, typer.Option("--sandbox", help="Use the embedded local AWS instead of an account.")]
TerraformOption = Annotated[
    str | None,
    typer.Option("--terraform", help="The Terraform or OpenTofu program; also ECSGEN_TERRAFORM.", show_default=False),
]
PluginDirOption = Annotated[
    Path | None,
    typer.Option(
        "--plugin-dir",
        help="A local mirror of providers, for closed networks; also ECSGEN_PLUGIN_DIR.",
        show_default=False,
    ),
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before changing anything.")]

DEFAULT_FILE = Path("ecsgen.yaml")

_VALUED = {"--file", "-f", "--env", "-e", "--out", "-o", "--terraform", "--plugin-dir"}
_FLAGS = {"--json", "--verbose", "-v", "--sandbox"}


class Group(TyperGroup):
    """Lets the common options stand before the verb too: they are moved behind it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Called by click with the arguments of the whole command line."""
        return super().parse_args(ctx, behind_the_verb(args))


def behind_the_verb(args: Sequence[str]) -> list[str]:
    """`-f x.yaml validate --json` as `validate --json -f x.yaml`; what follows `--` stays last."""
    rest = list(args)
    moved: list[str] = []
    while rest:
        word = rest[0]
        name = word.partition("=")[0]
        if (
            word in _FLAGS
            or (name in _VALUED and "=" in word)
            or (len(word) > 2 and word[:2] in _VALUED and word[1] != "-")
        ):
            moved.append(rest.pop(0))
        elif word in _VALUED and len(rest) > 1:
            moved += [rest.pop(0), rest.pop(0)]
        else:
            break
    if not rest or rest[0].startswith("-"):
        return rest  # no verb: the help, the version, or an option that is refused by name
    end = rest.index("--") if "--" in rest else len(rest)
    return rest[:end] + moved + rest[end:]
