"""What the function of a kind is given: arguments, land, folder; how it tells how far it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from gis.config import Config
from gis.errors import LandwatchError, StoreError
from gis.jobs import taking
from gis.jobs.job import Job
from gis.jobs.settings import JOBS
from gis.store import listening
from gis.store.database import Connection
from gis.store.results import Scope


class CancelledError(LandwatchError):
    """Somebody wants the job to end; nothing of its step in hand is kept."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("任务已取消，没有做完的一步不保存。 The job was cancelled.")


class PutOffError(LandwatchError):
    """Another job waits, and this one can: nothing of it is kept, and it is done later."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("让其他任务先做。 Other jobs are done first.")


class Work:
    """One job while it is done.

    `connection` holds the job: what is written through it is there only if the job was still this
    worker's. `folder` is empty; the files that lie in it at the end (no folders) are handed out.
    """

    def __init__(
        self,
        job: Job,
        settings: Config,
        connection: Connection,
        folder: Path,
        telling: Connection,
        patient: Sequence[str] = (),
    ) -> None:
        """`telling`: a connection of its own, through which it is told how far the job is.

        `patient`: the kinds of job that let others be done first, see `PutOffError`.
        """
        self.job, self.settings, self._patient = job, settings, patient
        self.connection, self.folder = connection, folder
        self._telling, self._turn = telling, threading.Lock()
        self._told_at = -JOBS.progress_every_seconds
        self._is_cancelled, self._is_put_off = threading.Event(), threading.Event()
        self._is_over = threading.Event()
        self._stops: list[Callable[[], None]] = []

    @property
    def number(self) -> int:
        """Return the number of the job."""
        return self.job.id

    @property
    def arguments(self) -> Mapping[str, Any]:
        """Return what is asked."""
        return self.job.arguments

    @property
    def scope(self) -> Scope | None:
        """Return the land of who asked, None for all."""
        return self.job.scope

    @property
    def owner(self) -> str:
        """Return who asked."""
        return self.job.owner

    def progress(self, done: int | None, total: int | None, zh: str, en: str) -> None:
        """Tell how far the job is; CancelledError, PutOffError where it is to end.

        May be called as often as one likes: it is written now and then, the last of all at once.
        """
        now = time.monotonic()
        is_due = now - self._told_at >= JOBS.progress_every_seconds
        if is_due or (total is not None and done == total):
            self._told_at = now
            with self._turn:
                taking.note_progress(self._telling, self.job, done, total, zh, en)
        self.raise_if_cancelled()

    def say(self, zh: str, en: str) -> None:
        """Write a line into the log of the job."""
        with self._turn:
            taking.say(self._telling, self.number, zh, en)

    def raise_if_cancelled(self) -> None:
        """Raise CancelledError where somebody wants the job to end, PutOffError where it waits."""
        if self._is_cancelled.is_set():
            raise CancelledError
        if self._is_put_off.is_set():
            raise PutOffError

    @property
    def is_cancelled(self) -> bool:
        """Return whether somebody wants the job to end."""
        return self._is_cancelled.is_set()

    @contextmanager
    def stopping(self, stop: Callable[[], None]) -> Iterator[None]:
        """Run a block in which a cancelled job is stopped by `stop`: a process ended, say."""
        self._stops.append(stop)
        try:
            yield
        finally:
            self._stops.remove(stop)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Run a block while it is looked whether the job is to be cancelled.

        A statement that runs then is ended, and whatever `stopping` names; a step of our own ends
        when it next tells how far it is. What a block that was to be cancelled raises is
        CancelledError.
        """
        watching = threading.Thread(target=self._watch, daemon=True)
        watching.start()
        try:
            yield
        except Exception as fault:
            if self.is_cancelled:
                raise CancelledError from fault
            if self._is_put_off.is_set():
                raise PutOffError from fault
            raise
        finally:
            self._is_over.set()
            watching.join()

    def _watch(self) -> None:
        # Without the store the work itself cannot go on either, and says why.
        with suppress(StoreError):
            while not self._is_over.wait(JOBS.cancel_looked_at_seconds):
                with self._turn:
                    wanted = taking.is_to_be_cancelled(self._telling, self.job)
                    is_in_the_way = self.job.kind in self._patient and taking.do_others_wait(
                        self._telling, self._patient
                    )
                if wanted or is_in_the_way:
                    (self._is_cancelled if wanted else self._is_put_off).set()
                    for stop in [self._end_statement, *self._stops]:
                        stop()
                    return

    def _end_statement(self) -> None:
        listening.end_statement(self.connection)


def halves_of(step: str) -> tuple[int | None, int | None, str, str]:
    """Return how far a step is that ends in `done/total`, and its words in both languages.

    >>> halves_of("判定 judging 3/7")
    (3, 7, '判定', 'judging')
    >>> halves_of("保存 storing")
    (None, None, '保存', 'storing')
    """
    words, _, last = step.rpartition(" ")
    done, mark, total = last.partition("/")
    if mark and done.isdecimal() and total.isdecimal():
        return int(done), int(total), *taking.halves(words)
    return None, None, *taking.halves(step)
