"""The embedded AWS: existing emulators on loopback ports, started and stopped as one sandbox.

`up` starts it, `find` and `status` look for it, `down` removes it with everything it made. A `Sandbox` gives the
environment that makes unchanged Terraform and the aws CLI talk to it. The emulators are an optional extra and run
in processes of their own, so nothing here imports them; names are loaded when they are used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ecsgen.sandbox.coverage import Proof, proved
    from ecsgen.sandbox.handle import Sandbox
    from ecsgen.sandbox.lifecycle import Status, down, find, status, up
    from ecsgen.sandbox.web import Answer, fetch

__all__ = ["Answer", "Proof", "Sandbox", "Status", "down", "fetch", "find", "proved", "status", "up"]

_HOMES = {
    "Answer": "web",
    "Proof": "coverage",
    "Sandbox": "handle",
    "Status": "lifecycle",
    "down": "lifecycle",
    "fetch": "web",
    "find": "lifecycle",
    "proved": "coverage",
    "status": "lifecycle",
    "up": "lifecycle",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
