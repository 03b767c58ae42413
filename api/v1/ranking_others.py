"""The other schemes of a year: firms by 亩均 figures in classes, parks in tiers of output."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from api import store
from api.identity import requires
from api.small import Small
from api.v1 import pages
from api.v1.asked_run import AskedRun
from gis import recorded_law, result_tables
from gis.accounts.caller import Caller
from gis.assessment import evaluation
from gis.assessment import tiers as of_parks
from gis.store.database import Connection

router = APIRouter(tags=["ranking 考核"], route_class=Small)

OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]


class OfYear(AskedRun):
    """Which year, and which run tells of it."""

    year: Annotated[int, Field(ge=1900, le=2200, description="考核年度 year evaluated")]


class OfTiers(OfYear):
    """A park to be explained."""

    park: Annotated[
        str | None, Field(max_length=100, description="说明这个园区 explain this park, with moves")
    ] = None


class OfFirms(OfYear):
    """By which reading; a firm to be explained."""

    reading: Annotated[
        str | None, Field(max_length=10, description="算法 ratio to a benchmark, or min_max")
    ] = None
    firm: Annotated[
        str | None, Field(max_length=100, description="说明这家企业 explain this firm, with moves")
    ] = None


@router.get("/ranking/tiers", summary="园区梯队 tiers of parks")
def tiers(
    connection: OneConnection, caller: Reader, asked: Annotated[OfTiers, Query()]
) -> Response:
    """Tier, pace and reward of the parks of one's land; ranks are those among all parks.

    With `park` what would move that one: another tier, its pace, a place, the reward.
    """
    run = asked.found(connection)
    rules = recorded_law.of(connection, run)
    told = of_parks.tiered(connection, run, rules, asked.year, caller.scope)
    if asked.park is not None:
        return pages.answer(_plain(of_parks.why(told, asked.park)))
    rows = pages.rows_of(of_parks.table(told), result_tables.TABLES["park_tier"].names)
    return pages.answer({**of_parks.content(told), "rows": rows})


@router.get("/ranking/firms", summary="企业亩均评价 firms evaluated")
def firms(
    connection: OneConnection, caller: Reader, asked: Annotated[OfFirms, Query()]
) -> Response:
    """Points, rank and class of the firms of one's land; ranks are those among all firms.

    With `firm` why that one has its class, and what would move it one place or one class.
    """
    run = asked.found(connection)
    told = evaluation.evaluated(
        connection,
        run,
        recorded_law.of(connection, run),
        asked.year,
        asked.reading,
        caller.scope,
    )
    if asked.firm is not None:
        return pages.answer(_plain(evaluation.why(told, asked.firm)))
    rows = pages.rows_of(evaluation.table(told), result_tables.TABLES["firm_evaluation"].names)
    return pages.answer({**evaluation.content(told), "rows": rows})


def _plain(told: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = pages.plain(told)
    return plain
