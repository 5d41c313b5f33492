"""EFS: MiniStack keeps the records and the API; a volume in the engine stands for the files, and goes with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ministack.services import efs

from ecsgen.sandbox.server.patching import need, replace

if TYPE_CHECKING:
    from ecsgen.sandbox.server.engine import Engine


def install(engine: Engine | None) -> None:
    """Delete the files with their file system, where there are any."""
    if engine:
        replace(efs, "_delete_file_system", delete(need(efs, "_delete_file_system"), engine))


def delete(original: Callable[[str], Any], engine: Engine) -> Callable[[str], Any]:
    """DeleteFileSystem."""

    def handler(identity: str) -> Any:
        answer = original(identity)
        if answer[0] == 204:
            engine.remove_volumes(f"{engine.prefix}-{identity}-")
        return answer

    return handler
