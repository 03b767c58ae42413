"""Parks of a year ranked by a scheme: a caller sees its own parks, of the others their places."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api import store
from api.identity import requires
from api.v1 import pages
from gis import law, result_tables
from gis.accounts.caller import Caller
from gis.assessment import ranking as of_year
from gis.ranking.scheme import DEFAULT
from gis.store import runs
from gis.store.database import Connection

router = APIRouter(tags=["ranking 考核"])

OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]
_LAST_RUN = 2**31 - 1
_EXAMPLE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"example": {
        "run": 12, "as_of": "2026-06-30", "year": 2025, "scheme": "chifeng_2020", "reading": "R1",
        "count": 14, "rows": [{"rank": 1, "park_code": "P01", "total": 88.0, "prize_wan": 300}],
        "parts": [{"park_code": "P01", "indicator": "tax", "rank": 1, "n": 14, "score": 6.0}],
    }}}}
}  # fmt: skip


class OfYear(BaseModel):
    """Which year, by which scheme and reading; which run tells of it; a park to be explained."""

    model_config = ConfigDict(extra="forbid")

    year: Annotated[int, Field(ge=1900, le=2200, description="考核年度 year evaluated")]
    scheme: Annotated[str, Field(max_length=60, description="考核方案 scheme")] = DEFAULT
    reading: Annotated[
        str | None, Field(max_length=10, description="排序法读法 R1 rank to zero, R3 value share")
    ] = None
    park: Annotated[
        str | None, Field(max_length=100, description="说明这个园区 explain this park, with moves")
    ] = None
    run: Annotated[
        int | None, Field(ge=1, le=_LAST_RUN, description="运行编号 number of a run")
    ] = None
    as_of: Annotated[date | None, Field(description="判定日 the run that judged this day")] = None


@router.get("/ranking", summary="园区考核排名 ranking of parks", responses=_EXAMPLE)
def ranking(
    connection: OneConnection, caller: Reader, asked: Annotated[OfYear, Query()]
) -> Response:
    """Ranks, points, prizes and every score explained; of parks outside one's land the place alone.

    With `park` why that one stands where it stands, and what would move it one place.
    """
    run = runs.chosen(connection, asked.run, asked.as_of)
    told = of_year.assessed(
        connection, run, law.load(), asked.year, asked.scheme, asked.reading, caller.scope
    )
    scores = result_tables.TABLES["ranking_part"].names
    if asked.park is not None:
        why = of_year.why(told, asked.park)
        return pages.answer({**why, "parts": pages.rows_of(why["parts"], scores)})
    rows = pages.rows_of(of_year.table(told), result_tables.TABLES["ranking"].names)
    parts = pages.rows_of(of_year.parts(told), scores)
    return pages.answer({**of_year.content(told), "rows": rows, "parts": parts})
