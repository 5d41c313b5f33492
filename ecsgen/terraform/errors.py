"""Errors of Terraform's commands, made from its JSON diagnostics: the main cause, what to do, all it said."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ecsgen.errors import TerraformError
from ecsgen.terraform.causes import KNOWN, Cause, Known

if TYPE_CHECKING:
    from ecsgen.terraform.events import Diagnostic

MOST_OTHER_LINES = 50
"""Lines shown of what Terraform printed besides JSON: the report of a crash."""

_HALTED = ("execution halted", "Cannot apply incomplete plan")
_SUBJECT = re.compile(r"((?:creat|updat|delet|modify|read|register|wait)\w* (?:\([^)\n]*\)|[^:(\n])+):")
"""How the provider begins: what it was doing to which resource, for example "creating IAM Role (web)"."""
_LOCK = re.compile(r"^\s*(ID|Path|Operation|Who|Created):[ \t]*(.*?)[ \t]*$", re.MULTILINE)


class CommandError(TerraformError):
    """A command of Terraform ended with an error. `diagnostics` are all its errors, `cause` that of the main one."""

    def __init__(
        self,
        what: str,
        *,
        why: str,
        hint: str = "",
        details: Sequence[str] = (),
        cause: Cause = Cause.OTHER,
        diagnostics: Sequence[Diagnostic] = (),
    ) -> None:
        super().__init__(what, why=why, hint=hint, details=details)
        self.cause = cause
        self.diagnostics = tuple(diagnostics)


class StoppedError(CommandError):
    """Terraform ended before it was done because ecsgen asked it to (the `stop` event), not the user."""


def failure(
    what: str,
    diagnostics: Sequence[Diagnostic],
    *,
    folder: str,
    program: str,
    other: Sequence[str] = (),
    kind: Callable[..., CommandError] = CommandError,
) -> CommandError:
    """The error for a command that failed: the main cause, what to do, and everything Terraform said as details.

    `program` is the command's name (terraform or tofu), `other` what it printed besides JSON.
    """
    errors = [item for item in dict.fromkeys(diagnostics) if item.is_error and item.summary not in _HALTED]
    errors = errors or [item for item in diagnostics if item.is_error]
    other = other[-MOST_OTHER_LINES:]
    texts = [item.text for item in errors] or ["\n".join(other)]
    # The list is in order of weight: a state that was not saved matters more than why the last request failed.
    found = min(
        ((order, text, match) for text in texts for order, known in enumerate(KNOWN) if (match := known.search(text))),
        key=lambda item: item[0],
        default=None,
    )
    details = [line for item in errors for line in item.lines()] or list(other)
    if found is None:
        first = errors[0].summary.strip().splitlines()[0] if errors and errors[0].summary.strip() else ""
        why = first or (other[-1] if other else "it gave no reason")
        return kind(what, why=why + _more(errors), details=details, diagnostics=errors)
    order, text, match = found
    known = KNOWN[order]
    values = _values(known, match, text) | {"folder": folder, "program": program}
    subject = _SUBJECT.match(text)
    return kind(
        what,
        why=(f"{subject[1]}: " if subject else "") + known.why.format_map(values) + _more(errors),
        hint=known.hint.format_map(values),
        details=details,
        cause=known.cause,
        diagnostics=errors,
    )


def _values(known: Known, match: re.Match[str], text: str) -> dict[str, str]:
    """What the formats of a known failure may name."""
    groups = {name: value for name, value in match.groupdict().items() if value}
    if known.cause is Cause.NO_BUCKET:
        groups["bucket"] = f" ({groups['bucket']})" if "bucket" in groups else ""
    lock = dict(_LOCK.findall(text))
    said = [
        f"by {lock['Who']}" if lock.get("Who") else "",
        f"for {lock['Operation'].removeprefix('OperationType').lower()}" if lock.get("Operation") else "",
        f"since {lock['Created'].split('.')[0]} UTC" if lock.get("Created") else "",
    ]
    return {
        "who": "whoever runs this",
        "id": lock.get("ID") or "LOCK_ID",
        "lock": "".join(f" {part}" for part in said if part),
    } | groups


def _more(errors: Sequence[Diagnostic]) -> str:
    count = len(errors) - 1
    return f" (and {count} more error{'s' if count > 1 else ''})" if count > 0 else ""
