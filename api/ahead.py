"""What the first page after a run needs, read before anybody asks, and while nobody does."""

from __future__ import annotations

import logging
from collections.abc import Hashable
from datetime import UTC, datetime
from threading import Event, Thread

from starlette.datastructures import State

from api.quiet import Quiet
from api.store import Connect
from api.v1.asked import Findings
from api.web import place_sums
from gis import recorded_law
from gis.errors import LandwatchError, UsageError
from gis.store import runs
from gis.store.cluster import faults
from gis.store.database import Connection
from gis.store.kept_arrays import OF_LISTS, OF_TILES
from gis.store.lists import Lists
from gis.store.runs import Run
from gis.tiles.layers import LAYERS
from gis.tiles.maker import Tiles

_LOG = logging.getLogger(__name__)
# So often it is looked whether a run was done.
LOOKS_SECONDS = 2.0
# So long after a run it is left to the worker to prepare what both would read.
WORKER_SECONDS = 180.0


class Ahead:
    """Looks for the newest run and reads what its pages are made of, until it is closed.

    `state`: of the application, which keeps what was read. `looks_seconds`: how long it rests
    between two looks. A store that is away is looked for again. `worker_seconds`: for how long
    after a run it waits for what a worker prepares.
    """

    def __init__(
        self,
        state: State,
        connect: Connect,
        looks_seconds: float = LOOKS_SECONDS,
        worker_seconds: float = WORKER_SECONDS,
    ) -> None:
        self._state, self._worker_seconds = state, worker_seconds
        self._connect, self._looks_seconds = connect, looks_seconds
        self._read: tuple[Hashable, ...] | None = None
        self._is_closed = Event()
        self._thread = Thread(target=self._look_on, name="ahead", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more; what is being read is read to its end."""
        self._is_closed.set()

    def _look_on(self) -> None:
        while not self._is_closed.is_set():
            try:
                with faults.explained():
                    self._look()
            except LandwatchError as fault:
                # Whoever asks is told the same; here nobody waits.
                _LOG.info("%s", fault)
            self._is_closed.wait(self._looks_seconds)

    def _look(self) -> None:
        with self._connect() as connection:
            try:
                run = runs.chosen(connection, None, None)
            except UsageError:
                return
            mark = _mark(run)
            if mark == self._read or self._is_being_prepared(connection, run):
                return
            # The map first, by what all maps of all land are drawn of: of other land less is left.
            tiles: Tiles = self._state.tiles
            for tell in (tiles.whole, tiles.bounds):
                tell(connection, run, LAYERS["findings"], run.as_of, None)
        # What takes the store seconds gives way to whoever asks.
        quiet: Quiet = self._state.quiet
        for read in (self._triaged, self._listed, self._placed, self._of_firms):
            quiet.wait(self._is_closed)
            if self._is_closed.is_set():
                return
            with self._connect() as connection:
                read(connection, run)
        self._read = mark

    def _is_being_prepared(self, connection: Connection, run: Run) -> bool:
        if run.finished_at is None:
            return False
        # A clock that was set back is no reason to wait for ever.
        seconds = abs((datetime.now(UTC) - run.finished_at).total_seconds())
        if seconds > self._worker_seconds:
            return False
        return not all(shelf.is_there(connection, run) for shelf in (OF_LISTS, OF_TILES))

    # Findings stand behind nearly every page; whoever asks for leads waits once.
    def _triaged(self, connection: Connection, run: Run) -> None:
        lists: Lists = self._state.lists
        lists.triaged_ahead(connection, run, "finding", Findings.columns())

    def _listed(self, connection: Connection, run: Run) -> None:
        lists: Lists = self._state.lists
        lists.read_ahead(connection, run, "finding", Findings.columns(), Findings.SEARCHED)

    def _placed(self, connection: Connection, run: Run) -> None:
        place_sums.of(self._state.place_sums, connection, run, None)

    def _of_firms(self, connection: Connection, run: Run) -> None:
        self._state.firms.of(connection, run, recorded_law.of(connection, run), None, None)


def _mark(run: Run) -> tuple[Hashable, ...]:
    return (run.id, run.finished_at, run.input_digest, run.code_digest)
