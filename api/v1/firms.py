"""Firms and projects with their yearly figures and the land they join, within the caller's land."""

from __future__ import annotations

from typing import Annotated, Any

import pandas as pd
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from api import store
from api.identity import requires
from api.v1 import pages
from api.v1.asked_run import AskedRun
from gis import recorded_law
from gis.accounts.caller import Caller
from gis.assessment.firms import Firms
from gis.store.database import Connection
from gis.store.runs import Run

router = APIRouter(tags=["firms 企业"])

OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]
_EXAMPLE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"example": {
        "run": 12, "as_of": "2026-06-30", "year": 2025, "years": [2025, 2024], "count": 1,
        "rows": [{"enterprise_code": "91150699YS00000001", "output_yuan": 180000000.0}],
        "joins": [{"land_key": "parcels:150699001001GB01061", "basis": "supply", "of_firm": 0.5}],
        "lost": [], "bare_count": 0, "bare": [],
    }}}}
}  # fmt: skip


class OfYear(AskedRun):
    """Which year, and the run that tells of it; without `run` and `as_of` the one shown."""

    year: Annotated[
        int | None, Field(ge=1, le=9999, description="年度，缺省为最近有数的一年 the year")
    ] = None


@router.get("/firms", summary="企业 firms, their year and their land", responses=_EXAMPLE)
def firms(
    request: Request, connection: OneConnection, caller: Reader, asked: Annotated[OfYear, Query()]
) -> Response:
    """Firms with their figures of a year, over their land and in shares of it; what joins none."""
    run, found = _found(request, connection, caller, asked)
    tables = {
        "rows": found.rows, "joins": found.joins, "lost": found.lost,
        "bare": found.bare,
    }  # fmt: skip
    told = {name: _told(table) for name, table in tables.items()}
    return _answer(run, found, {"count": len(found.rows), "bare_count": found.bare_count, **told})


@router.get("/projects", summary="项目 projects over their land")
def projects(
    request: Request, connection: OneConnection, caller: Reader, asked: Annotated[OfYear, Query()]
) -> Response:
    """Projects with 亩均 figures and 投资强度 with the price of the land and without it."""
    run, found = _found(request, connection, caller, asked)
    return _answer(run, found, {"count": len(found.projects), "rows": _told(found.projects)})


def _found(
    request: Request, connection: Connection, caller: Caller, asked: OfYear
) -> tuple[Run, Firms]:
    run = asked.found(connection)
    law = recorded_law.of(connection, run)
    return run, store.firms(request).of(connection, run, law, caller.scope, asked.year)


def _told(table: pd.DataFrame) -> list[dict[str, Any]]:
    return pages.rows_of(table, [*table.columns])


def _answer(run: Run, found: Firms, more: dict[str, Any]) -> Response:
    of = {"run": run.id, "as_of": run.as_of, "year": found.year, "years": found.years}
    return pages.answer(of | more)
