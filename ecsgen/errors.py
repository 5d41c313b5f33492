"""Errors a user can act on: what happened, why, what to do, and the exit code that says it to a script.

Raise the class that owns the exit code; the command line prints it once, in one place (`cli/main.py`).
Anything that is not an EcsgenError is a defect of ecsgen: exit 1, with its traceback in a log file.
"""

from __future__ import annotations

from collections.abc import Sequence


class EcsgenError(Exception):
    """What happened (one sentence, no full stop needed), why, and what to do next.

    `details` are lines from elsewhere (a program's last output, an API's message), shown verbatim
    and indented; they must not hold secrets.
    """

    exit_code = 1
    kind = "unexpected"

    def __init__(self, what: str, *, why: str = "", hint: str = "", details: Sequence[str] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.hint = hint
        self.details = tuple(details)

    def __str__(self) -> str:
        text = f"{self.what}: {self.why}" if self.why else self.what
        return f"{text}; {self.hint}" if self.hint else text


class UsageError(EcsgenError):
    """A command was called in a way that cannot work."""

    exit_code = 2
    kind = "usage"


class FilesDifferError(EcsgenError):
    """`render --check` found files on disk that differ from what would be rendered."""

    exit_code = 3
    kind = "differs"


class ImageError(EcsgenError):
    """An image could not be built, pushed or found, or there is no Docker Engine to do it with."""

    exit_code = 4
    kind = "image"


class TerraformError(EcsgenError):
    """Terraform is missing or too old, or one of its commands failed."""

    exit_code = 5
    kind = "terraform"


class AwsError(EcsgenError):
    """AWS refused a call, or there are no usable credentials."""

    exit_code = 6
    kind = "aws"


class UnhealthyError(EcsgenError):
    """The deployment did not become healthy."""

    exit_code = 7
    kind = "unhealthy"


class InterruptedByUser(EcsgenError):
    """The user pressed Ctrl-C, and what was running has stopped in good order."""

    exit_code = 130
    kind = "interrupted"
