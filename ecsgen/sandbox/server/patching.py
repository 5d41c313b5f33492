"""How MiniStack is patched: by name, and only where what is replaced is really there."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from ecsgen.errors import EcsgenError

MINISTACK = "1.5.33"
"""The version the patches were written for; pyproject.toml pins it."""


class SandboxPatchError(EcsgenError):
    """MiniStack is not the one the patches were written for."""

    kind = "sandbox"


def check_version(found: str | None = None) -> None:
    """Refuse any other version: a patch that half fits gives wrong answers instead of none."""
    found = found or version("ministack")
    if found != MINISTACK:
        raise SandboxPatchError(
            f"the sandbox needs MiniStack {MINISTACK}",
            why=f"{found} is installed, and the gaps it closes are those of {MINISTACK}",
            hint="install the extra again: pip install 'ecsgen[sandbox]'",
        )


def need(module: Any, name: str) -> Any:
    """What `module` has under `name`. Raises SandboxPatchError when it has nothing there."""
    if not hasattr(module, name):
        raise SandboxPatchError(
            f"MiniStack has no {module.__name__}.{name}",
            why=f"the sandbox's patches are for MiniStack {MINISTACK}",
            hint="install the extra again: pip install 'ecsgen[sandbox]'",
        )
    return getattr(module, name)


def replace(module: Any, name: str, new: Callable[..., Any]) -> Any:
    """Put `new` in the place of a function of MiniStack, in its module and its table of actions; back comes the old."""
    old = need(module, name)
    if not callable(old):
        raise SandboxPatchError(f"{module.__name__}.{name} is not a function in this MiniStack")
    setattr(module, name, new)
    actions = getattr(module, "_ACTION_MAP", {})
    for action, function in list(actions.items()):
        if function is old:
            actions[action] = new
    return old
