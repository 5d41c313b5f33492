"""Finds a Docker CLI that can build with BuildKit, by asking each for its version; nothing is built to find out."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ecsgen import process


class Means(StrEnum):
    """How a CLI builds."""

    BUILDX = "buildx"  # the plugin: `docker buildx build`
    BUILT_IN = "built-in"  # BuildKit inside the CLI, from 18.09 to 22: `DOCKER_BUILDKIT=1 docker build`


@dataclass(frozen=True, slots=True)
class Builder:
    """A CLI that can build with BuildKit; `version` is buildx's or the CLI's own (major, minor)."""

    program: Path
    means: Means
    version: tuple[int, int]

    def command(self) -> list[str]:
        """The words before the arguments that both kinds share."""
        if self.means is Means.BUILT_IN:
            return [str(self.program), "build"]
        # A plain manifest, no index with attestations around it: its digest is the image's, and ECS runs it as it is.
        attestations = ["--provenance=false", "--sbom=false"] if self.version >= (0, 10) else []
        return [str(self.program), "buildx", "build", "--load", *attestations]

    def environment(self, env: Mapping[str, str]) -> dict[str, str]:
        """`env` with what makes the CLI use BuildKit and keep to its plain output."""
        return {**env, "DOCKER_BUILDKIT": "1", "DOCKER_CLI_HINTS": "false"}


def find_builder(env: Mapping[str, str]) -> Builder | None:
    """The best on `env`'s PATH: any with buildx, else one with BuildKit built in; None when there is neither.

    All of PATH is searched: the first `docker` is often the one that has no BuildKit.
    """
    built_in = None
    for program in _programs(env.get("PATH", os.defpath)):
        if version := _version(_ask([str(program), "buildx", "version"], env), r"buildx (?:v|)(\d+)\.(\d+)"):
            return Builder(program, Means.BUILDX, version)
        version = _version(_ask([str(program), "--version"], env), r"^Docker version (\d+)\.(\d+)")
        if built_in is None and version is not None and (18, 9) <= version < (23, 0):
            built_in = Builder(program, Means.BUILT_IN, version)
    return built_in


def _programs(path: str) -> list[Path]:
    """Every `docker` on the PATH, each file once (/bin is often /usr/bin)."""
    found: dict[Path, Path] = {}
    for folder in path.split(os.pathsep):
        program = Path(folder or ".").absolute() / "docker"
        if program.is_file() and os.access(program, os.X_OK):
            found.setdefault(program.resolve(), program)
    return list(found.values())


def _ask(argv: Sequence[str], env: Mapping[str, str]) -> str:
    completed = process.run(argv, env=env)
    return completed.text if completed.code == 0 else ""


def _version(text: str, pattern: str) -> tuple[int, int] | None:
    match = re.search(pattern, text, re.MULTILINE)
    return (int(match[1]), int(match[2])) if match else None
