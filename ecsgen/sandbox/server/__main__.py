"""Start the sandbox's server: `python -m ecsgen.sandbox.server`, configured by environment variables only."""

from __future__ import annotations

import logging
import os
import sys

from ecsgen.errors import EcsgenError
from ecsgen.sandbox.server.patching import check_version
from ecsgen.sandbox.server.settings import from_environment, tell_ministack


def main() -> int:
    """Serve until SIGTERM or SIGINT; the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    try:
        settings = from_environment(os.environ)
        check_version()
        tell_ministack(settings)
        # MiniStack reads its environment while it is imported, so everything that imports it comes after.
        from ecsgen.sandbox.server.serving import serve

        serve(settings)
    except EcsgenError as error:
        print(error, file=sys.stderr)  # noqa: T201 - this process's stderr is the sandbox's log
        return error.exit_code
    return 0


if __name__ == "__main__":
    code = main()
    logging.shutdown()
    sys.stderr.flush()
    # Threads may still wait for the answer of a container that is gone, and the interpreter would wait for them.
    os._exit(code)
