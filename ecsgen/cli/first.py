"""The first description of a project: asked for on a terminal, or put together from flags and a Dockerfile."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

import typer

from ecsgen.errors import UsageError

DEFAULT_REGION = "eu-west-1"
DEFAULT_PORT = 8080


@dataclass(frozen=True)
class Answers:
    """What the user said; None where nothing was said."""

    name: str | None
    region: str | None
    service: str | None
    port: int | None
    image: str | None
    http: bool | None


@dataclass(frozen=True)
class Dockerfile:
    """What a Dockerfile tells: its first EXPOSEd port and its command, as comments for the reader."""

    port: int | None = None
    command: str | None = None


def read_dockerfile(path: Path) -> Dockerfile | None:
    """EXPOSE and CMD of a Dockerfile's last stage; None when there is none to read."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    port: int | None = None
    command: str | None = None
    for line in re.sub(r"\\[ \t]*\r?\n", " ", text).splitlines():
        word, _, rest = line.strip().partition(" ")
        match word.upper():
            case "FROM":
                port, command = None, None
            case "EXPOSE" if port is None and (number := re.match(r"\s*(\d{1,5})(?:/tcp)?(?:\s|$)", rest)):
                port = int(number[1]) if 0 < int(number[1]) < 65536 else None
            case "CMD":
                command = rest.strip()
            case _:
                pass
    return Dockerfile(port, command)


def label(text: str, fallback: str) -> str:
    """The nearest name that is possible for an application or a service."""
    name = (
        re.sub(r"-+", "-", re.sub(r"[^a-z0-9]+", "-", text.lower())).strip("-").lstrip("0123456789-")[:24].rstrip("-")
    )
    return name or fallback


def ask(answers: Answers, folder: Path, found: Dockerfile | None) -> Answers:
    """Ask on the terminal for what was not said."""
    name = answers.name or typer.prompt(
        "Name of the application", default=label(folder.resolve().name, "app"), err=True
    )
    region = answers.region or typer.prompt("AWS region", default=_region(), err=True)
    service = answers.service or typer.prompt("Name of its first service", default="web", err=True)
    image = answers.image
    if image is None and found is None:
        image = (
            typer.prompt("Image to run (empty: build one from a Dockerfile)", default="", show_default=False, err=True)
            or None
        )
    http = answers.http if answers.http is not None else typer.confirm("Does it serve HTTP?", default=True, err=True)
    port = answers.port
    if port is None and http:
        port = typer.prompt(
            "Port that it listens on", default=(found and found.port) or DEFAULT_PORT, type=int, err=True
        )
    return replace(answers, name=name, region=region, service=service, image=image, http=http, port=port)


def write(file: Path, answers: Answers, found: Dockerfile | None, *, force: bool) -> str:
    """Write the description and return its text. Raises UsageError when that would overwrite one, or give a bad one."""
    from ecsgen.checks import examine
    from ecsgen.description.load import parse

    if file.exists() and not force:
        raise UsageError(f"{file} exists already", hint="edit it, or run ecsgen init --force to write it anew")
    text = compose(answers, file.parent, found)
    examine(parse(text, str(file)), {}).require()
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{file} cannot be written", why=error.strerror or str(error), hint=f"create the folder {file.parent} first"
        ) from error
    return text


def compose(answers: Answers, folder: Path, found: Dockerfile | None) -> str:
    """The description's text. Values that YAML could misread are quoted."""
    http = answers.http if answers.http is not None else True
    chosen = answers.port if answers.port is not None else found.port if found else None
    port = chosen if chosen is not None else DEFAULT_PORT if http else None
    lines = [
        f"name: {_scalar(answers.name or label(folder.resolve().name, 'app'))}",
        f"region: {_scalar(answers.region or _region())}",
        "services:",
        f"  {_scalar(answers.service or 'web')}:",
        f"    image: {_scalar(answers.image)}" if answers.image else "    build: .",
    ]
    if port is not None:
        lines.append(f"    port: {port}")
    if http:
        lines.append("    http: {}")
    return "\n".join(lines) + "\n"


def _scalar(text: str) -> str:
    return (
        text
        if re.fullmatch(r"[a-z][a-z0-9./:@_-]*[a-z0-9]|[a-z]", text) and text not in {"null", "true", "false"}
        else json.dumps(text)
    )


def _region() -> str:
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or DEFAULT_REGION
