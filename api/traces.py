"""The traces of subjects, told once and kept: what a run knew of a subject never changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from gis.errors import LandwatchError
from gis.store import runs
from gis.store.database import Connection

Content = Mapping[str, Any]
Why = Callable[[Connection, runs.Run, str], Content]
WhyMany = Callable[[Connection, runs.Run, Sequence[str]], Mapping[str, Content]]

_KEPT = 1_000
_AT_ONCE = 64


class Traces:
    """Traces by run and subject; one request works at a time, for all that wait with it.

    Judging a hundred subjects costs little more than judging one, so whoever comes to work takes
    the whole queue along, and the others find theirs done.
    """

    def __init__(self, why: Why, why_many: WhyMany | None = None) -> None:
        """`why` gives the trace of a subject; `why_many` those it can tell together."""
        self._why = why
        self._why_many = why_many
        self._told: OrderedDict[tuple[int, str], Future[Content]] = OrderedDict()
        self._waiting: OrderedDict[tuple[int, str], Future[Content]] = OrderedDict()
        self._keeping = threading.Lock()
        self._working = threading.Lock()

    def of(self, connection: Connection, run: runs.Run, subject: str) -> Content:
        """Return the trace of a subject in a run; UsageError when there is no such subject."""
        key = (run.id, subject)
        with self._keeping:
            told = self._told.get(key) or self._waiting.get(key)
            if told is None:
                told = self._waiting[key] = Future()
        if not told.done():
            with self._working:
                if not told.done():
                    self._work(connection, run, key)
        return told.result()

    def of_many(
        self, connection: Connection, run: runs.Run, subjects: Sequence[str]
    ) -> Mapping[str, Content]:
        """Return the traces of subjects, those not yet told worked out together."""
        with self._keeping:
            known = {one: self._told[key].result() for one in subjects
                     if (key := (run.id, one)) in self._told}  # fmt: skip
        rest = [one for one in subjects if one not in known]
        if rest and self._why_many is not None:
            with self._working:
                told = self._why_many(connection, run, rest)
            with self._keeping:
                for one, content in told.items():
                    self._told[run.id, one] = done = Future[Content]()
                    done.set_result(content)
                while len(self._told) > _KEPT:
                    self._told.popitem(last=False)
            known |= told
        return known | {one: self.of(connection, run, one) for one in rest if one not in known}

    def _work(self, connection: Connection, run: runs.Run, own: tuple[int, str]) -> None:
        """Tell what waits of a run, one's own first."""
        with self._keeping:
            others = [key for key in self._waiting if key[0] == run.id and key != own]
            keys = [own, *others[: _AT_ONCE - 1]]
        together: Mapping[str, Content] = {}
        if self._why_many is not None and len(keys) > 1:
            try:
                together = self._why_many(connection, run, [subject for _, subject in keys])
            except (LandwatchError, LookupError, TypeError, ValueError, AssertionError):
                together = {}  # each is told alone then, with its own fault
        for key in keys if together else [own]:
            if key[1] in together:
                self._keep(key, content=together[key[1]])
            elif key == own:
                self._alone(connection, run, key)

    def _alone(self, connection: Connection, run: runs.Run, key: tuple[int, str]) -> None:
        try:
            self._keep(key, content=self._why(connection, run, key[1]))
        except BaseException as fault:
            with self._keeping:
                told = self._waiting.pop(key)
            told.set_exception(fault)
            raise

    def _keep(self, key: tuple[int, str], content: Content) -> None:
        with self._keeping:
            told = self._told[key] = self._waiting.pop(key)
            if len(self._told) > _KEPT:
                self._told.popitem(last=False)
        told.set_result(content)
