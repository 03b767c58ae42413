"""Tasks of a year against what was done, within the land of who asks."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from api import store
from api.identity import requires
from api.v1 import pages
from api.v1.asked_run import AskedRun
from gis import recorded_law
from gis.accounts.caller import Caller
from gis.assessment import targets as of_year
from gis.store.database import Connection

router = APIRouter(tags=["targets 任务"])

OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]
_EXAMPLE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"example": {
        "run": 12, "as_of": "2026-06-30", "year": 2026, "decides": "confirmed", "note": None,
        "count": 1, "rows": [{"place_code": "150602", "way": "idle", "state": "open"}],
        "quota": [{"region_code": "150602", "code": "undetermined", "share": None}],
        "told": [], "sheets": [],
    }}}}
}  # fmt: skip


class OfYear(AskedRun):
    """Which year, and the run that tells of it; without `run` and `as_of` the one shown."""

    year: Annotated[
        int | None, Field(ge=1, le=9999, description="任务年度，缺省判定日所在年 the year")
    ] = None


@router.get("/targets", summary="任务完成情况 tasks against what was done", responses=_EXAMPLE)
def targets(
    connection: OneConnection, caller: Reader, asked: Annotated[OfYear, Query()]
) -> Response:
    """Tasks by way: base, done in three columns, rate, what is missing, what follows and why."""
    run = asked.found(connection)
    year = asked.year or run.as_of.year
    found = of_year.targets(connection, run, recorded_law.of(connection, run), year, caller.scope)
    return pages.answer({"run": run.id, "as_of": run.as_of, **of_year.content(found)})
