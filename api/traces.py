"""The traces of subjects, told once and kept: what a run knew of a subject never changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

from gis.store import runs
from gis.store.database import Connection

Why = Callable[[Connection, runs.Run, str], Mapping[str, Any]]
Content = Mapping[str, Any]

_KEPT = 5_000
# While one waits for the store another judges; more would only take turns at one interpreter.
_AT_WORK = 2


class Traces:
    """Traces by run and subject; who asks for one that is being told waits for it."""

    def __init__(self, why: Why) -> None:
        self._why = why
        self._told: OrderedDict[tuple[int, str], Future[Content]] = OrderedDict()
        self._keeping = threading.Lock()
        self._working = threading.BoundedSemaphore(_AT_WORK)

    def of(self, connection: Connection, run: runs.Run, subject: str) -> Content:
        """Return the trace of a subject in a run; UsageError when there is no such subject."""
        key = (run.id, subject)
        with self._keeping:
            told = self._told.get(key)
            is_mine = told is None
            if told is None:
                told = self._told[key] = Future()
                if len(self._told) > _KEPT:
                    self._told.popitem(last=False)
        if is_mine:
            try:
                with self._working:
                    told.set_result(self._why(connection, run, subject))
            except BaseException as fault:
                with self._keeping:
                    self._told.pop(key, None)
                told.set_exception(fault)
                raise
        return told.result()
