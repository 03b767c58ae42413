"""One subject: its findings, what is known of it, when that changed, and why."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import pandas as pd
from fastapi import APIRouter, Depends, Query, Request, Response

from api import store
from api.identity import requires
from api.traces import Traces
from api.v1 import pages
from api.v1.outside import nobody, trace_within, without_neighbours
from gis import identifiers
from gis.accounts.caller import Caller
from gis.result_tables import TABLES
from gis.store import results, runs
from gis.store.database import Connection
from gis.store.results import Asked, Scope
from gis.store.runs import Run

router = APIRouter(tags=["subjects 监测对象"])

OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]
RunNumber = Annotated[int | None, Query(ge=1, le=2**31 - 1, description="运行编号 number of a run")]
_TOLD = ("finding", "holding", "timeline", "land_timeline", "unsupplied", "balance")


@router.get("/subjects/{subject:path}", summary="监测对象 one subject")
def subject(
    subject: str,
    request: Request,
    connection: OneConnection,
    caller: Reader,
    run: RunNumber = None,
    as_of: date | None = None,
) -> Response:
    """All a run says of a supply, a piece or an approval, by its number."""
    found = runs.chosen(connection, run, as_of)
    rows = {}
    for name, frames in told_of(connection, found, subject, caller.scope).items():
        told = pages.rows_of(frames, [one for one in TABLES[name].names if one in frames])
        rows[name] = without_neighbours(connection, found, caller.scope, told)
    return pages.answer(
        {"run": found.id, "as_of": found.as_of, "subject": subject, **rows},
        pages.etag(request, caller, found),
    )


def told_of(
    connection: Connection, run: Run, subject: str, scope: Scope | None
) -> dict[str, pd.DataFrame]:
    """Return the rows of each result that tells of a subject; UsageError where none does."""
    names = [subject, identifiers.key(subject)]
    found = {
        name: results.read(connection, run, name, Asked(where={column: names}, within=scope))
        for name in _TOLD
        for column in ["approval" if name in {"balance", "land_timeline"} else "subject"]
    }
    if all(rows.empty for rows in found.values()):
        raise nobody(subject)
    return found


@router.get("/why/{subject:path}", summary="依据 why a subject is judged so")
def why(
    subject: str,
    request: Request,
    connection: OneConnection,
    caller: Reader,
    run: RunNumber = None,
    as_of: date | None = None,
) -> Response:
    """The trace of one subject: days, evidence, articles, what would change the answer."""
    found = runs.chosen(connection, run, as_of)
    tag = pages.etag(request, caller, found)
    traces: Traces = request.app.state.traces
    if caller.scope is not None:
        return pages.answer(trace_within(connection, found, caller.scope, subject, traces), tag)
    return pages.answer(traces.of(connection, found, subject), tag)
