"""Projects against control values, 疑似低效, the quarterly report, and a proposed project."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import pandas as pd
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api import store
from api.assessed import Assessed, within
from api.identity import requires
from api.v1 import pages
from api.v1.asked import Name, coded
from api.v1.asked_run import AskedRun
from gis import identifiers, recorded_law
from gis.accounts.caller import Caller
from gis.arrays import text_as_objects
from gis.assessment import control, entry, quarterly
from gis.control import quarter as quarters
from gis.result_tables import TABLES
from gis.store.database import Connection

router = APIRouter(tags=["control 控制指标"])

OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]
Figure = Annotated[float | None, Field(ge=0, le=1e15)]
_FEN_PER_WAN = 1_000_000


class OfRun(AskedRun):
    """Which run, which land, which rows; without `run` and `as_of` of the run shown by default."""

    park: Annotated[Name | None, Field(description="开发区代码 park code")] = None
    block: Annotated[Name | None, Field(description="区块代码 block code")] = None
    limit: Annotated[int, Field(ge=1, le=1_000, description="行数 rows of a page")] = 1_000
    offset: Annotated[int, Field(ge=0, le=10**7, description="略过的行 rows left out before")] = 0

    def chosen(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of the place asked for."""
        for column, code in (("park_code", self.park), ("block_code", self.block)):
            if code is not None and column in rows:
                rows = rows[rows[column].isin([code, identifiers.key(code)])]
        return rows

    def page(self, rows: pd.DataFrame, table: str) -> dict[str, Any]:
        """Return how many rows there are, and those of the page."""
        part = rows.iloc[self.offset : self.offset + self.limit]
        return {"count": len(rows), "rows": pages.rows_of(part, TABLES[table].names)}


class Controls(OfRun):
    """Which verdicts."""

    verdict: coded("control_verdict") | None = None  # type: ignore[valid-type]
    indicator: coded("control_value") | None = None  # type: ignore[valid-type]
    project: Annotated[Name | None, Field(description="项目代码 project")] = None


class Candidates(OfRun):
    """Which candidates."""

    status: coded("low_status") | None = None  # type: ignore[valid-type]
    clearance: Annotated[bool, Field(description="倒逼腾退所及 only whom it would meet")] = False


class Quarter(OfRun):
    """Which quarter; without one that of the day judged."""

    quarter: Annotated[
        str | None, Field(pattern=r"^\d{4}[Qq][1-4]$", description="季度 quarter, 2026Q2")
    ] = None


class Proposal(BaseModel):
    """What a project plans: m2 of land, floors and yards, 万元 of money in a year at capacity."""

    model_config = ConfigDict(extra="forbid")

    on: Annotated[date, Field(description="按哪一天的控制指标 values of which day")]
    park: Annotated[Name | None, Field(description="开发区代码 park code")] = None
    region: Annotated[
        str | None, Field(pattern=r"^\d{2,12}$", description="行政区代码 region code")
    ] = None
    industry: Annotated[Name | None, Field(description="行业代码或名称 industry")] = None
    edition: Annotated[
        str | None, Field(pattern="^(2017|2011|2002)$", description="行业分类版本 edition")
    ] = None
    land_m2: Figure = None
    floor_m2: Figure = None
    footprint_m2: Figure = None
    yard_m2: Figure = None
    office_land_m2: Figure = None
    office_floor_m2: Figure = None
    investment_wan: Figure = None
    output_wan: Figure = None
    tax_wan: Figure = None

    def row(self) -> pd.DataFrame:
        """Return it as a row of the kind `projects`."""
        money = {
            f"planned_{name}_fen": None if value is None else round(value * _FEN_PER_WAN)
            for name, value in (
                ("investment", self.investment_wan),
                ("output", self.output_wan),
                ("tax", self.tax_wan),
            )
        }
        areas = {
            f"planned_{name}": getattr(self, name)
            for name in ("floor_m2", "footprint_m2", "yard_m2", "office_land_m2", "office_floor_m2")
        }
        known = {
            "row_no": 1,
            "project_code": None,
            "park_code": None if self.park is None else identifiers.key(self.park),
            "region_code": self.region,
            "industry": self.industry,
            "industry_edition": self.edition,
            "area_m2": self.land_m2,
        }
        return pd.DataFrame([known | areas | money])


def _example(**content: Any) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {"application/json": {"example": content}}}}


@router.get(
    "/control",
    summary="控制指标考核 control values",
    responses=_example(
        run=12, as_of="2026-06-30", values_unused=[], count=1,
        rows=[{"subject": "X1", "indicator": "floor_ratio", "verdict": "below", "distance": -0.2}],
    ),
)  # fmt: skip
def controls(
    request: Request, connection: OneConnection, caller: Reader, asked: Annotated[Controls, Query()]
) -> Response:
    """Each project against each control value that applies to it, from its 达产 day."""
    run = asked.found(connection)
    assessed: Assessed = request.app.state.assessed
    rows = asked.chosen(within(assessed.controls(connection, run), caller.scope))
    for column, values in (("verdict", asked.verdict), ("indicator", asked.indicator)):
        rows = rows if values is None else rows[rows[column].isin(values)]
    if asked.project is not None:
        rows = rows[rows["subject"].isin([asked.project, identifiers.key(asked.project)])]
    values = assessed.judged(connection, run).values
    head = {"run": run.id, "as_of": run.as_of.isoformat()}
    unused = control.unused(values, is_whole=caller.scope is None)
    return pages.answer({**head, "values_unused": unused, **asked.page(rows, "control")})


@router.get(
    "/low-efficiency",
    summary="疑似低效 low efficiency",
    responses=_example(
        run=12, as_of="2026-06-30", count=1, blocks=[], last=[],
        rows=[{"subject": "X3", "status": "suspected", "reason": "stopped", "is_certain": True}],
    ),
)  # fmt: skip
def low_efficiency(
    request: Request,
    connection: OneConnection,
    caller: Reader,
    asked: Annotated[Candidates, Query()],
) -> Response:
    """Candidates with reasons, suspected until a person decides; quiet blocks, last places."""
    run = asked.found(connection)
    assessed: Assessed = request.app.state.assessed
    rows = asked.chosen(within(assessed.low(connection, run), caller.scope))
    rows = rows if asked.status is None else rows[rows["status"].isin(asked.status)]
    rows = rows[rows["is_clearance"]] if asked.clearance else rows
    blocks = asked.chosen(within(assessed.quiet_blocks(connection, run), caller.scope))
    last = within(control.last_places(connection, run), caller.scope)
    return pages.answer(
        {
            "run": run.id,
            "as_of": run.as_of.isoformat(),
            "blocks": pages.rows_of(blocks, TABLES["quiet_block"].names),
            "last": pages.rows_of(last, TABLES["last_place"].names),
            **asked.page(rows, "low_efficiency"),
        }
    )


@router.get(
    "/quarterly",
    summary="季度报表 quarterly report",
    responses=_example(
        run=12, as_of="2026-06-30", quarter="2026Q2", before="2026Q1", is_over=True,
        before_run=11, classes=[{"class": "cannot_run", "count": 1, "before": 0}], count=1,
        rows=[{"class": "cannot_run", "subject": "X5", "change": "new"}],
    ),
)  # fmt: skip
def quarterly_report(
    request: Request, connection: OneConnection, caller: Reader, asked: Annotated[Quarter, Query()]
) -> Response:
    """The report of a quarter in its four classes, with what changed since the one before."""
    run = asked.found(connection)
    assessed: Assessed = request.app.state.assessed
    told = assessed.quarter(connection, run, asked.quarter or quarters.of(run.as_of))
    rows = asked.chosen(within(told.rows, caller.scope))
    counts = quarterly.counts(rows)
    return pages.answer(
        {
            "run": run.id,
            "as_of": told.as_of.isoformat(),
            "quarter": told.quarter,
            "before": told.before,
            "is_over": told.is_over,
            "before_run": None if told.before_run is None else told.before_run.id,
            "classes": pages.rows_of(counts, [*counts]),
            **asked.page(rows, "quarterly"),
        }
    )


@router.get(
    "/control/check",
    summary="项目准入 pre-entry check",
    responses=_example(
        on="2026-06-30",
        rows=[{"indicator": "floor_ratio", "verdict": "met", "low": 0.8, "least": 0.8}],
    ),
    dependencies=[Depends(requires("read"))],
)
def check(connection: OneConnection, asked: Annotated[Proposal, Query()]) -> Response:
    """A proposed project against each value it would have to meet; nothing is stored."""
    with text_as_objects():
        rows, _ = entry.check(connection, recorded_law.at(connection), asked.row(), asked.on)
    names = [name for name in TABLES["entry"].names if name not in {"row_no", "subject", "name"}]
    return pages.answer({"on": asked.on.isoformat(), "rows": pages.rows_of(rows, names)})
