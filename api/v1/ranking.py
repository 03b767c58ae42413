"""Parks of a year ranked by a scheme: a caller sees its own parks, of the others their places."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from api import identity, store
from api.errors import BadParameterError
from api.identity import requires
from api.small import Small
from api.v1 import pages
from api.v1.asked_run import AskedRun
from api.v1.bodies import Sound, Text
from api.v1.outside import nobody
from api.work import Paper, Work
from gis import recorded_law, result_tables
from gis.accounts.caller import Caller
from gis.assessment import ranking as of_year
from gis.ranking import firms, tiers
from gis.ranking.scheme import DEFAULT, scheme_on
from gis.store import runs
from gis.store.database import Connection

router = APIRouter(tags=["ranking 考核"], route_class=Small)

OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]
# Schemes that give no points by 排序法, and where they are told.
_OTHERS = {firms.NAME: "/api/v1/ranking/firms", tiers.DEFAULT: "/api/v1/ranking/tiers"}
_EXAMPLE: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "application/json": {
                "example": {
                    "run": 12,
                    "as_of": "2026-06-30",
                    "year": 2025,
                    "scheme": "chifeng_2020",
                    "reading": "R1",
                    "count": 14,
                    "rows": [{"rank": 1, "park_code": "P01", "total": 88.0, "prize_wan": 300}],
                    "parts": [
                        {"park_code": "P01", "indicator": "tax", "rank": 1, "n": 14, "score": 6.0}
                    ],
                }
            }
        }
    }
}


class OfYear(AskedRun):
    """Which year, by which scheme and reading; which run tells of it; a park to be explained."""

    year: Annotated[int, Field(ge=1900, le=2200, description="考核年度 year evaluated")]
    scheme: Annotated[str, Field(max_length=60, description="考核方案 scheme")] = DEFAULT
    reading: Annotated[
        str | None, Field(max_length=10, description="排序法读法 R1 rank to zero, R3 value share")
    ] = None
    park: Annotated[
        str | None, Field(max_length=100, description="说明这个园区 explain this park, with moves")
    ] = None
    region: Annotated[
        str | None, Field(max_length=12, description="只排这个行政区的园区 parks of this region")
    ] = None


@router.get("/ranking", summary="园区考核排名 ranking of parks", responses=_EXAMPLE)
def ranking(
    connection: OneConnection, caller: Reader, asked: Annotated[OfYear, Query()]
) -> Response:
    """Ranks, points, prizes and every score explained; of parks outside one's land the place alone.

    With `park` why that one stands where it stands, and what would move it one place.
    """
    if asked.scheme in _OTHERS:
        raise BadParameterError(
            f"方案 {asked.scheme} 另有地址。 The scheme {asked.scheme} has an address of its own.",
            f"用 use GET {_OTHERS[asked.scheme]}",
        )
    run = asked.found(connection)
    told = of_year.assessed(
        connection,
        run,
        recorded_law.of(connection, run),
        asked.year,
        asked.scheme,
        asked.reading,
        caller.scope,
        asked.region,
    )
    scores = result_tables.TABLES["ranking_part"].names
    if asked.park is not None:
        why = of_year.why(told, asked.park)
        return pages.answer({**why, "parts": pages.rows_of(why["parts"], scores)})
    rows = pages.rows_of(of_year.table(told), result_tables.TABLES["ranking"].names)
    parts = pages.rows_of(of_year.parts(told), scores)
    return pages.answer({**of_year.content(told), "rows": rows, "parts": parts})


Recorder = Annotated[Caller, Depends(requires("record"))]


class Score(Sound):
    """What an office found of a park for a year: a score, a count, an amount, a title, a veto."""

    park_code: Text
    year: Annotated[int, Field(ge=1900, le=2200)]
    indicator: Text
    document: Text
    reason: Text
    office: Text
    value: Annotated[
        str | None, Field(max_length=40, description="得分、数量，或以万元计的金额 the number")
    ] = None
    from_on: Annotated[date | None, Field(description="文件日期 the day of the document")] = None
    scheme: Annotated[str, Field(max_length=60)] = DEFAULT


@router.post("/ranking/scores", summary="录入考核分数 enter a score", status_code=201)
def enter(score: Score, request: Request, connection: OneConnection, caller: Recorder) -> Response:
    """A score as a delivery of one row: who entered it, why, by what paper; the next run has it."""
    run = runs.default(connection)
    if score.park_code not in of_year.parks_seen(connection, run, caller.scope):
        raise nobody(score.park_code)
    held = scheme_on(recorded_law.of(connection, run), score.scheme, date(score.year, 12, 31))
    values = {
        "park_code": score.park_code,
        "year": f"{score.year}",
        "indicator": score.indicator,
        "document": score.document,
        "reason": score.reason,
        "office": score.office,
        "person": caller.name,
        **({"from_on": score.from_on.isoformat()} if score.from_on else {}),
        **of_year.number_of(held, score.indicator, score.value),
    }
    work: Work = request.app.state.work
    with identity.lend_writing(request) as writing:
        told = work.record(writing, Paper("park_scores", values, caller.name))
    if not told["accepted"]:
        return pages.not_taken(request, told, told["issues"])
    return pages.answer(told, status=201)
