"""Batches handed from the thread that reads and checks to the one that sends them to the store."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

_AHEAD = 2  # batches on their way: reading does not run away from the store


@contextmanager
def in_background(take: Callable[..., None]) -> Iterator[Callable[..., None]]:
    """Give a function that lets `take` do its work in a thread of its own, in the order called.

    All of it is done when the block ends. What `take` raises is raised at a later call or at the
    end; when the block itself raises, what waits is let go, and `take` is no longer running.
    """
    pending: deque[Future[None]] = deque()
    worker = ThreadPoolExecutor(1, thread_name_prefix="store")

    def hand_on(*batch: Any) -> None:
        while len(pending) >= _AHEAD:
            pending.popleft().result()
        pending.append(worker.submit(take, *batch))

    try:
        yield hand_on
        for future in pending:
            future.result()
    finally:
        worker.shutdown(wait=True, cancel_futures=True)
