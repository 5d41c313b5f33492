"""The one listener: MiniStack's application with the sandbox's own paths beside it, from start to a clean stop."""

from __future__ import annotations

import asyncio
import json
import signal
from typing import TYPE_CHECKING, Any

from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config
from ministack import app as ministack_app

from ecsgen.sandbox.server.attempts import Asgi, answered_once
from ecsgen.sandbox.server.coverage import as_json
from ecsgen.sandbox.server.patches import install
from ecsgen.sandbox.server.patches.domain_names import as_request_to_balancer
from ecsgen.sandbox.server.records import LOCK

if TYPE_CHECKING:
    from ecsgen.sandbox.server.engine import Engine
    from ecsgen.sandbox.server.settings import Settings


def with_own_paths(inner: Asgi, engine: bool) -> Asgi:
    """Answer `/_ecsgen/coverage`; everything else, and everything that a load balancer's host is asked, goes inside."""

    answer = answered_once(inner)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope = as_request_to_balancer(scope)
        if scope["type"] != "http" or scope["path"] != "/_ecsgen/coverage" or _for_load_balancer(scope):
            await answer(scope, receive, send)
            return
        body = json.dumps(as_json(engine)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def _for_load_balancer(scope: Any) -> bool:
    host = next((value for name, value in scope["headers"] if name == b"host"), b"")
    return bool(host.split(b":")[0].endswith(b".alb.localhost"))


def serve(settings: Settings) -> None:
    """Serve until a signal, then take down what the sandbox made."""
    engine = install(settings)
    config = Config()
    config.bind = [f"{settings.host}:{settings.port}"]
    # A client that sends on a connection which is just being closed does not know whether it was heard.
    config.keep_alive_timeout = 3600
    config.keep_alive_max_requests = 1_000_000
    config.graceful_timeout = 1
    config.loglevel = "WARNING"
    try:
        asyncio.run(_serve(settings, config))
    finally:
        take_down(engine)


def take_down(engine: Engine | None) -> None:
    """Remove everything the sandbox made. Twice: a task that was just starting may have added to it."""
    if engine:
        with LOCK:  # no task gets further than it is now
            engine.remove_all()
            engine.remove_all()


async def _serve(settings: Settings, config: Config) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    async def stopped() -> None:
        await stop.wait()

    await hypercorn_serve(with_own_paths(ministack_app.app, settings.engine), config, shutdown_trigger=stopped)
