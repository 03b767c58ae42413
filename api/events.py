"""Who waits for news of jobs: one connection hears for all of them.

What is told while nobody hears is lost, so whoever waits looks at the job itself first, and again
whenever anything may have been missed.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

from gis.errors import StoreError
from gis.jobs.queue import CHANNEL
from gis.store import listening
from gis.store.cluster import faults
from gis.store.database import Connection

_LOG = logging.getLogger(__name__)
# So often it is looked whether anybody still waits, and tried again to reach a store that is away.
_LOOKS_SECONDS = 1.0


class News:
    """Wakes whoever waits for a job of which something is told."""

    def __init__(self, lend: Callable[[], AbstractContextManager[Connection]]) -> None:
        """`lend` lends a connection, which is kept as long as anybody waits."""
        self._lend = lend
        self._waiting: dict[asyncio.Event, tuple[asyncio.AbstractEventLoop, int]] = {}
        self._turn = threading.Lock()
        self._is_heard = False

    @contextmanager
    def of(self, number: int) -> Iterator[asyncio.Event]:
        """Give an event that is set whenever something is told of a job, or may have been."""
        event = asyncio.Event()
        with self._turn:
            self._waiting[event] = (asyncio.get_running_loop(), number)
            if not self._is_heard:
                self._is_heard = True
                threading.Thread(target=self._hear, daemon=True).start()
        try:
            yield event
        finally:
            with self._turn:
                del self._waiting[event]

    @property
    def waiting_count(self) -> int:
        """Return how many wait."""
        return len(self._waiting)

    def _hear(self) -> None:
        while self._is_wanted():
            try:
                with faults.explained(), self._lend() as connection:
                    self._hear_on(connection)
            except StoreError as fault:
                _LOG.warning("%s", fault)
                time.sleep(_LOOKS_SECONDS)

    def _hear_on(self, connection: Connection) -> None:
        listening.listen(connection, CHANNEL)
        self._wake(None)
        while self._is_wanted():
            told = listening.heard(connection, _LOOKS_SECONDS)
            if told:
                self._wake({int(one) for one in told})
        listening.hear_no_more(connection)

    def _is_wanted(self) -> bool:
        with self._turn:
            self._is_heard = bool(self._waiting)
            return self._is_heard

    def _wake(self, numbers: set[int] | None) -> None:
        """Wake who waits for one of the jobs, or everybody."""
        with self._turn:
            waiting = [*self._waiting.items()]
        for event, (loop, number) in waiting:
            if numbers is None or number in numbers:
                # A server that ends takes its loop along.
                with suppress(RuntimeError):
                    loop.call_soon_threadsafe(event.set)
