"""Entries of many requests at once: whoever comes to write takes along all that wait."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager

from gis.accounts import audit
from gis.accounts.audit import Told
from gis.store.database import Connection

_AT_ONCE = 200


class Line:
    """The line before the audit of one server.

    An entry is on disk before its request is answered. One transaction of several milliseconds for
    each would keep fifty people waiting for one another; together they wait for one.
    """

    def __init__(self, lend: Callable[[], AbstractContextManager[Connection]]) -> None:
        """`lend` lends a connection that writes."""
        self._lend = lend
        self._waiting: list[tuple[Told, Future[int]]] = []
        self._is_writing = False
        self._turn = threading.Condition()

    def record(self, told: Told) -> int:
        """Write an entry and return its number, when it is on disk; StoreError where it cannot."""
        written: Future[int] = Future()
        with self._turn:
            self._waiting.append((told, written))
        while True:
            with self._turn:
                self._turn.wait_for(lambda: written.done() or not self._is_writing)
                if written.done():
                    return written.result()
                self._is_writing = True
                taken, self._waiting = self._waiting[:_AT_ONCE], self._waiting[_AT_ONCE:]
            self._write(taken)

    def _write(self, taken: list[tuple[Told, Future[int]]]) -> None:
        try:
            with self._lend() as connection:
                numbers = audit.record_all(connection, [told for told, _ in taken])
            for number, (_, written) in zip(numbers, taken, strict=True):
                written.set_result(number)
        except BaseException as fault:
            for _, written in taken:
                written.set_exception(fault)
            raise
        finally:
            with self._turn:
                self._is_writing = False
                self._turn.notify_all()
