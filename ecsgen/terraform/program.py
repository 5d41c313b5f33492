"""Which Terraform: found, asked for its version, and given a clean environment to run in."""

from __future__ import annotations

import json
import os
import re
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ecsgen import process
from ecsgen.errors import TerraformError

MINIMUM = (1, 10)
VERSION_SECONDS = 30.0
"""How long a program may take to say its version. Terraform takes 0.1 s."""
VERSION_LINES = 1000

_ACCEPTED = "Terraform 1.10 or newer, or OpenTofu 1.10 or newer"
_INSTALL = (
    f"install {_ACCEPTED} (https://developer.hashicorp.com/terraform/install or "
    "https://opentofu.org/docs/intro/install), or name the program with --terraform or ECSGEN_TERRAFORM"
)
_SETTINGS = {"TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1"}


@dataclass(frozen=True, slots=True)
class Program:
    """A Terraform or OpenTofu that can be used: its absolute path and its version ("1.11.4")."""

    path: str
    version: str
    is_opentofu: bool

    @property
    def name(self) -> str:
        """What to call it in a sentence."""
        return "OpenTofu" if self.is_opentofu else "Terraform"


def locate(program: str | None, env: Mapping[str, str]) -> Program:
    """The program named, else ECSGEN_TERRAFORM, else `terraform`, else `tofu` on PATH, if it is new enough.

    Raises TerraformError when there is none, it cannot be executed, it is too old, or it is something else.
    """
    path = _path(program, env)
    version, is_opentofu = _version(path, env)
    found = Program(path, version, is_opentofu)
    numbers = tuple(int(part) for part in version.split("-")[0].split(".")[:2])
    if numbers < MINIMUM:
        raise TerraformError(
            f"{found.name} {version} is too old",
            why=f"{path} was found, and ecsgen needs {_ACCEPTED}",
            hint=_INSTALL,
        )
    return found


def child_environment(env: Mapping[str, str]) -> dict[str, str]:
    """The environment for Terraform: `env`, without what would change its output or ask questions.

    TF_CLI_ARGS and TF_CLI_ARGS_<command> are left out: they are appended to every command, and one -no-color or
    -var too many breaks the JSON or the saved plan. TF_CLI_CONFIG_FILE is left out when that file does not exist.
    The rest stays as the user set it, also the plugin cache, TF_DATA_DIR, TF_WORKSPACE and TF_VAR_*.
    (Terraform's documentation, "Environment Variables" and "Running Terraform in automation".)
    """
    child = {name: value for name, value in env.items() if not name.startswith("TF_CLI_ARGS")}
    config = child.get("TF_CLI_CONFIG_FILE")
    if config is not None and not Path(config).is_file():
        del child["TF_CLI_CONFIG_FILE"]
    return child | _SETTINGS


def _path(program: str | None, env: Mapping[str, str]) -> str:
    named, source = (program, "--terraform") if program else (env.get("ECSGEN_TERRAFORM"), "ECSGEN_TERRAFORM")
    search = env.get("PATH", os.defpath)
    for name in [named] if named else ["terraform", "tofu"]:
        found = shutil.which(name, path=search)
        if found:
            return str(Path(found).absolute())
    if not named:
        raise TerraformError("Terraform was not found", why="neither terraform nor tofu is on PATH", hint=_INSTALL)
    if os.sep in named and Path(named).exists():
        why = "it is a folder" if Path(named).is_dir() else "it may not be executed"
        raise TerraformError(
            f"{named} cannot be run as Terraform", why=f"{why} ({source})", hint="name the program itself"
        )
    why = "no such file" if os.sep in named else "it is not on PATH"
    raise TerraformError(f"Terraform was not found as {named}", why=f"{why} ({source})", hint=_INSTALL)


def _version(path: str, env: Mapping[str, str]) -> tuple[str, bool]:
    """What `version -json` says. OpenTofu keeps Terraform's key for its version, and has no `terraform_outdated`."""
    lines: list[str] = []

    def keep(line: str) -> None:
        lines.append(line)
        if len(lines) > VERSION_LINES:
            late.set()

    late = threading.Event()
    timer = threading.Timer(VERSION_SECONDS, late.set)
    timer.daemon = True
    timer.start()
    try:
        done = process.run(
            [path, "version", "-json"],
            cwd=Path(os.sep),
            env=child_environment(env),
            on_line=keep,
            cancel=late,
            keep_stderr_apart=True,
            grace_seconds=1,
        )
    finally:
        timer.cancel()
    try:
        parsed = json.loads("\n".join(lines)) if not done.cancelled else None
    except ValueError:
        parsed = None
    answer = parsed if isinstance(parsed, dict) else {}
    version = answer.get("terraform_version")
    if isinstance(version, str) and re.match(r"\d+\.\d+\.\d+", version):
        return version, "terraform_outdated" not in answer
    if done.cancelled and len(lines) <= VERSION_LINES:
        why = f"`version -json` did not end within {VERSION_SECONDS:.0f} seconds"
    else:
        why = f"`version -json` gave no version and ended with code {done.code}"
    raise TerraformError(
        f"{path} is not Terraform or OpenTofu", why=why, hint=_INSTALL, details=[*done.errors, *lines][:10]
    )
