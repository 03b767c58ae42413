"""What is tried in a transaction that is taken back: it stands in nobody's way.

A trial writes as a load and a run do, for minutes, and every row of it goes again. It has numbers
of its own, so it stands in no line with loads and runs; what it sees is one state of the store. Who
must wait for it all the same - for a record it changed, say - is let through: the session of the
trial is ended, which takes everything back at once, and it is tried anew.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from functools import partial
from typing import Any, TypeVar

import psycopg

from gis.config import Config
from gis.errors import LandwatchError, StoreError, UsageError
from gis.store import database
from gis.store.database import Connection
from gis.store.statements import LOADS, RUNS

Done = TypeVar("Done")
Stop = Callable[[], None]
Stopping = Callable[[Stop], AbstractContextManager[None]]

# The numbers of a session's trials: above all real ones, below `tables.OPEN_END`, no other's.
_FIRST_NUMBER, _NUMBERS_EACH = 2**30, 2**7
_LOOKS_SECONDS = 1.0
_MOST_ATTEMPTS = 6
# One state of the store, whatever comes in meanwhile; and it waits for nobody's records for long.
_FIRST = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SET LOCAL lock_timeout TO '5s'"
# Changed by another meanwhile; each waits for the other; waited too long; the number is taken.
_IN_THE_WAY = frozenset({"40001", "40P01", "55P03", "23505"})
# Whether a load or a run is at work.
_AT_WORK = (
    "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database"
    " WHERE locktype = 'advisory' AND datname = current_database() AND granted AND classid = 0"
    " AND objid = ANY (%s::oid[]) AND objsubid = 1"
)
_WAITING = (
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> %s"
    " AND %s = ANY (pg_blocking_pids(pid))"
)


def next_number(connection: Connection, last: int) -> int:
    """Return the number of what a trial makes next, after the last that the store shows it.

    `last` + 1 is what a load or a run takes meanwhile, which would wait until the trial ends.
    """
    own = _FIRST_NUMBER + connection.info.backend_pid % 2**22 * _NUMBERS_EACH
    return max(last + 1, own)


def taken_back(
    settings: Config,
    do: Callable[[Connection], Done],
    again: Callable[[int], None],
    stopping: Stopping = lambda _: nullcontext(),
) -> Done:
    """Return what `do` makes of a session of its own, and take back all it wrote.

    Also where this process is killed: the store does it by itself. `again` hears before each
    attempt which it is, from 1, and every second it waits for one; it may raise. `stopping` runs a
    block in which the function it is given ends the trial. UsageError where others were in the way
    every time.
    """
    for attempt in range(1, _MOST_ATTEMPTS + 1):
        again(attempt)
        if attempt > 1:
            _wait_for_others(settings, partial(again, attempt))
        with closing(database.connect(settings, starts=False)) as connection:
            end = _Ending(settings, connection.info.backend_pid)
            try:
                with (
                    stopping(end),
                    _letting_others_through(settings, end),
                    connection.transaction(force_rollback=True),
                ):
                    connection.execute(_FIRST)
                    return do(connection)
            except (psycopg.Error, StoreError) as fault:
                if not end.is_wanted and not _is_in_the_way(fault):
                    raise
    raise UsageError(
        f"试了 {_MOST_ATTEMPTS} 次，都有装载或判定在改同样的记录，已让开。 Each time a load or a "
        "run changed the same records, and was let through.",
        "等它们做完再试 let them end, then try again",
    )


class _Ending:
    """Ends the session of a trial, once."""

    def __init__(self, settings: Config, pid: int) -> None:
        self._settings, self.pid = settings, pid
        self.is_wanted = False

    def __call__(self) -> None:
        self.is_wanted = True
        with closing(database.connect(self._settings, starts=False)) as beside:
            self.through(beside)

    def through(self, beside: Connection) -> None:
        self.is_wanted = True
        beside.execute("SELECT pg_terminate_backend(%s)", (self.pid,))


@contextmanager
def _letting_others_through(settings: Config, end: _Ending) -> Iterator[None]:
    """Run a block whose session is ended where anybody waits for what it holds."""
    is_over = threading.Event()

    def look() -> None:
        # Without the store the trial cannot go on either, and says why.
        with (
            suppress(LandwatchError, psycopg.Error),
            closing(database.connect(settings, starts=False)) as beside,
        ):
            while not is_over.wait(_LOOKS_SECONDS):
                row: Any = beside.execute(_WAITING, (end.pid, end.pid)).fetchone()
                if row[0]:
                    end.through(beside)
                    return

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield
    finally:
        is_over.set()
        looking.join()


def _wait_for_others(settings: Config, tell: Callable[[], None]) -> None:
    """Wait until no load and no run is at work; `tell` hears every second that it still waits."""
    with closing(database.connect(settings, starts=False)) as beside:
        while True:
            time.sleep(_LOOKS_SECONDS)
            tell()
            row: Any = beside.execute(_AT_WORK, ([LOADS, RUNS],)).fetchone()
            if not row[0]:
                return


def _is_in_the_way(fault: BaseException) -> bool:
    met: BaseException | None = fault
    while met is not None:
        if isinstance(met, psycopg.Error) and met.sqlstate in _IN_THE_WAY:
            return True
        met = met.__cause__ or met.__context__
    return False
