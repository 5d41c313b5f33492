"""Several builds or pushes at once: the first failure, and a Ctrl-C, end the others in good order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from ecsgen.errors import InterruptedByUser

Item = TypeVar("Item")
Result = TypeVar("Result")


def run_side_by_side(
    items: Sequence[Item], worker: Callable[[Item, threading.Event], Result], limit: int = 4
) -> list[Result]:
    """Call `worker(item, cancel)` for every item, at most `limit` at a time; results stand in the items' order.

    When a worker fails, `cancel` is set, those not begun are dropped, those at work are waited for, and the first
    item's failure is raised. A KeyboardInterrupt does the same. A worker hands `cancel` on to what it calls,
    and reports from its own thread. A single item runs in the calling thread.
    """
    cancel = threading.Event()
    if len(items) == 1:
        return [worker(items[0], cancel)]
    with ThreadPoolExecutor(max_workers=max(1, min(limit, len(items))), thread_name_prefix="ecsgen-images") as pool:
        futures = [pool.submit(worker, item, cancel) for item in items]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        finally:
            # On the way out, `with` waits for the workers that this tells to stop.
            if not all(future.done() and not future.exception() for future in futures):
                cancel.set()
                for future in futures:
                    future.cancel()
    failures = [failure for future in futures if (failure := _failure(future)) is not None]
    if failures:
        # What was stopped because another failed is not the news.
        raise next((each for each in failures if not isinstance(each, InterruptedByUser)), failures[0])
    return [future.result() for future in futures]


def _failure(future: Future[Result]) -> BaseException | None:
    return None if future.cancelled() else future.exception()
