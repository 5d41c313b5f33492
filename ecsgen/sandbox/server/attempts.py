"""A call that an SDK sends again because its answer was lost on the way gets that answer, and is not made a second time.

Every attempt of one call has the same `amz-sdk-invocation-id`. On a busy machine a connection now and then breaks
between the work and its answer; a second CreateRole would then find the role of the first one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

Asgi = Callable[[Any, Any, Any], Awaitable[None]]

KEPT = 512
"""Answers that are remembered."""
MOST_BYTES = 64 * 1024
"""A larger answer is not: what changes something answers with less."""
CHANGING = {"POST", "PUT", "DELETE", "PATCH"}


def answered_once(inner: Asgi) -> Asgi:
    """`inner`, but for calls that it answered already with success."""
    answers: OrderedDict[bytes, list[dict[str, Any]]] = OrderedDict()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        call = _call(scope)
        if call is None:
            await inner(scope, receive, send)
            return
        if call in answers:
            while (await receive()).get("more_body"):
                pass  # what is not read to its end would break this connection too
            for message in answers[call]:
                await send(message)
            return
        said: list[dict[str, Any]] = []

        async def note(message: dict[str, Any]) -> None:
            said.append(message)
            if _is_whole(said) and _is_success(said):
                answers[call] = said
                while len(answers) > KEPT:
                    answers.popitem(last=False)
            await send(message)

        await inner(scope, receive, note)

    return app


def _call(scope: Any) -> bytes | None:
    """The id of a call that changes something; None when there is none."""
    if scope["type"] != "http" or scope["method"] not in CHANGING:
        return None
    return next((value for name, value in scope["headers"] if name == b"amz-sdk-invocation-id"), None)


def _is_whole(said: list[dict[str, Any]]) -> bool:
    return said[-1]["type"] == "http.response.body" and not said[-1].get("more_body")


def _is_success(said: list[dict[str, Any]]) -> bool:
    """A refusal is not kept: an SDK that is told to slow down asks again, and means it."""
    size = sum(len(message.get("body", b"")) for message in said)
    return said[0].get("status", 500) < 300 and size <= MOST_BYTES
