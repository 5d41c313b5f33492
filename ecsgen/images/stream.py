"""Follows a stream of the Engine's API so that the one who waits can always be interrupted."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

from ecsgen.errors import InterruptedByUser

POLL_SECONDS = 0.2


class _End:
    """The stream has ended, by itself or with `error`."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error


def follow(open_stream: Callable[[], Iterator[Any]], cancel: threading.Event | None, what: str) -> Iterator[Any]:
    """Yield what the stream yields; a failure to open or to read it is raised here.

    A blocked read cannot be interrupted, so another thread does it. When `cancel` is set, InterruptedByUser is raised
    with `what` ("the push of web"); that thread ends, and with it the request, at the next piece of the stream or
    with the process.
    """
    pieces: queue.SimpleQueue[Any] = queue.SimpleQueue()
    stopped = threading.Event()

    def read() -> None:
        try:
            for piece in open_stream():
                pieces.put(piece)
                if stopped.is_set():
                    break
            pieces.put(_End(None))
        except Exception as error:  # whatever it is, it belongs to the one who waits
            pieces.put(_End(error))

    threading.Thread(target=read, name="ecsgen-stream", daemon=True).start()
    try:
        while True:
            if cancel is not None and cancel.is_set():
                raise InterruptedByUser(f"{what} was stopped")
            try:
                piece = pieces.get(timeout=POLL_SECONDS)
            except queue.Empty:
                continue
            if isinstance(piece, _End):
                if piece.error is not None:
                    raise piece.error
                return
            yield piece
    finally:
        stopped.set()
