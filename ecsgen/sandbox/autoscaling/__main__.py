"""Start it: `python -m ecsgen.sandbox.autoscaling`, configured by GATEWAY_PORT and BIND_HOST."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

from werkzeug.serving import make_server

from ecsgen.sandbox.autoscaling.service import application


def _end(number: int, frame: FrameType | None) -> None:
    sys.exit(0)


def main() -> None:
    """Serve until SIGTERM. Raises ValueError for an address beyond loopback."""
    host = os.environ.get("BIND_HOST", "127.0.0.1")
    if not host.startswith("127."):
        raise ValueError(f"the sandbox listens on loopback only, not on {host}")
    signal.signal(signal.SIGTERM, _end)
    make_server(host, int(os.environ["GATEWAY_PORT"]), application(), threaded=True).serve_forever()


if __name__ == "__main__":
    main()
