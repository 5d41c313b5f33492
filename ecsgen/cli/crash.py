"""The log file of an unexpected error: a traceback without the values of variables, which could be secret."""

from __future__ import annotations

import os
import platform
import tempfile
import traceback
from pathlib import Path

from ecsgen import __version__


def write_log(error: Exception) -> Path | None:
    """Write the traceback to a file that only its owner can read; None when that is not possible either."""
    text = f"ecsgen {__version__}, Python {platform.python_version()}, {platform.platform()}\n\n"
    text += "".join(traceback.format_exception(error))
    try:
        handle, name = tempfile.mkstemp(prefix="ecsgen-", suffix=".log")
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
    except OSError:
        return None
    return Path(name)
