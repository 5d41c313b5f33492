"""Several builds or pushes at once: the first failure, and a Ctrl-C, end the others in good order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from ecsgen.errors import InterruptedByUser
from ecsgen.process import Interrupts

POLL_SECONDS = 0.1
"""The longest time until an interrupt is handed on."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def run_side_by_side(
    items: Sequence[Item], worker: Callable[[Item, threading.Event], Result], limit: int = 4
) -> list[Result]:
    """Call `worker(item, cancel)` for every item, at most `limit` at a time; results stand in the items' order.

    When a worker fails, `cancel` is set, those not begun are dropped, those at work are waited for, and the first
    item's failure is raised. Ctrl-C or SIGTERM in the main thread do the same and end in KeyboardInterrupt. A worker
    hands `cancel` on to what it calls, and reports from its own thread. A single item runs in the calling thread.
    """
    cancel = threading.Event()
    if len(items) == 1:
        return [worker(items[0], cancel)]
    if not items:
        return []
    with (
        Interrupts() as interrupts,
        ThreadPoolExecutor(max_workers=min(limit, len(items)), thread_name_prefix="ecsgen-images") as pool,
    ):
        futures = [pool.submit(worker, item, cancel) for item in items]
        waiting: set[Future[Result]] = set(futures)
        while waiting:
            ended, waiting = wait(waiting, timeout=POLL_SECONDS, return_when=FIRST_EXCEPTION)
            if interrupts.count or any(_failure(future) for future in ended):
                cancel.set()
                for future in waiting:
                    future.cancel()
    if interrupts.count:
        raise KeyboardInterrupt
    failures = [failure for future in futures if (failure := _failure(future)) is not None]
    if failures:
        # What was stopped because another failed is not the news.
        raise next((each for each in failures if not isinstance(each, InterruptedByUser)), failures[0])
    return [future.result() for future in futures]


def _failure(future: Future[Result]) -> BaseException | None:
    return None if future.cancelled() else future.exception()
