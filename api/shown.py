"""What an address shows: a run, or a day by the papers of a run, to whoever asks; told once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import Depends, Query, Request, Response

from api import store
from api.identity import requires
from api.v1 import pages
from gis.accounts.caller import Caller
from gis.store import runs
from gis.store.database import Connection
from gis.store.results import Scope
from gis.store.runs import Run

OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]
OfRun = Annotated[int | None, Query(ge=1, le=2**31 - 1, description="运行编号 number of a run")]

OfDay = Annotated[date | None, Query(description="判定日 the run that judged this day")]
OnDay = Annotated[
    date | None,
    Query(description="哪一天，按判定结果或沿革 the day: as it was judged, or by the timelines"),
]


@dataclass(frozen=True)
class Shown:
    """A run and the day it is asked of, with the connection it is read by, and for whom."""

    request: Request
    connection: Connection
    caller: Caller
    run: Run
    day: date

    @property
    def scope(self) -> Scope | None:
        """The land that may be seen, None for all of it."""
        return self.caller.scope

    def once(self, made: Callable[[], Response]) -> Response:
        """Return the answer that is made, with its ETag; to who has it already, only that."""
        return pages.once(self.request, self.caller, self.run, made)


def _judged(
    request: Request,
    connection: OneConnection,
    caller: Reader,
    run: OfRun = None,
    as_of: OfDay = None,
) -> Shown:
    found = runs.chosen(connection, run, as_of)
    return Shown(request, connection, caller, found, found.as_of)


def _told(
    request: Request,
    connection: OneConnection,
    caller: Reader,
    run: OfRun = None,
    as_of: OnDay = None,
) -> Shown:
    found, day = runs.telling(connection, run, as_of)
    return Shown(request, connection, caller, found, day)


def _named(caller: Reader, run: OfRun = None, as_of: OfDay = None) -> None:
    """Take the parameters of a run where nothing of a run is told."""


AnyRun = Depends(_named)
# A run as it judged, and any day of the papers of a run.
JudgedRun = Annotated[Shown, Depends(_judged)]
ToldDay = Annotated[Shown, Depends(_told)]
