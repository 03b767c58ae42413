"""Lists of what a run says: findings, unsupplied land, balances, leads, indicators, timeline."""

from __future__ import annotations

from typing import Annotated, Any

import pandas as pd
from fastapi import APIRouter, Depends, Query, Request, Response

from api import store
from api.identity import requires
from api.v1 import pages
from api.v1.asked import (
    Balances,
    Findings,
    Indicators,
    LandTimeline,
    Leads,
    OfRun,
    Timeline,
    Unsupplied,
)
from api.v1.outside import without_neighbours
from gis.accounts.caller import Caller
from gis.outputs.export import choose, features
from gis.result_tables import TABLES
from gis.store import results
from gis.store.database import Connection
from gis.store.results import Asked
from gis.store.runs import Run

router = APIRouter(tags=["results 判定结果"])

OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]


@router.get("/findings", summary="判定结果 findings")
def findings(
    request: Request,
    connection: OneConnection,
    caller: Reader,
    asked: Annotated[Findings, Query()],
) -> Response:
    """Findings of a run: rule, outcome, track, since and next day, area, fee, article."""
    return _list(request, connection, caller, asked)


@router.get("/findings.geojson", summary="判定结果（图形） findings with shapes")
def findings_geojson(
    request: Request,
    connection: OneConnection,
    caller: Reader,
    asked: Annotated[Findings, Query()],
) -> Response:
    """One page of findings as GeoJSON, with numberMatched, numberReturned and a link on."""
    run = asked.found(connection)

    def made() -> Response:
        wanted = asked.asked(connection, run, caller.scope)
        found, count = store.lists(request).of_run(
            connection, run, asked.TABLE, wanted, asked.columns()
        )
        told = pages.page(request, [], count, _last(asked, found), run)
        links = [{"rel": "self", "href": str(request.url)}]
        if told["next"] is not None:
            links.append({"rel": "next", "href": str(request.base_url).rstrip("/") + told["next"]})
        members: dict[str, Any] = {
            "run": run.id,
            "as_of": run.as_of.isoformat(),
            "numberMatched": count,
            "numberReturned": len(found),
            "links": links,
        }
        text = features.feature_collection(found, members)
        return Response(text, media_type="application/geo+json")

    return pages.once(request, caller, run, made)


@router.get("/unsupplied", summary="批而未供 unsupplied land")
def unsupplied(
    request: Request,
    connection: OneConnection,
    caller: Reader,
    asked: Annotated[Unsupplied, Query()],
) -> Response:
    """Pieces of approved land that were never supplied, with the situation of each."""
    return _list(request, connection, caller, asked)


@router.get("/balances", summary="批文面积平衡 balances")
def balances(
    request: Request,
    connection: OneConnection,
    caller: Reader,
    asked: Annotated[Balances, Query()],
) -> Response:
    """What became of the land of each approval, in m2; the parts add up."""
    return _list(request, connection, caller, asked)


@router.get("/leads", summary="疑点线索 leads")
def leads(
    request: Request, connection: OneConnection, caller: Reader, asked: Annotated[Leads, Query()]
) -> Response:
    """Contradictions to look at; they decide nothing."""
    return _list(request, connection, caller, asked)


@router.get("/indicators", summary="土地利用指标 indicators")
def indicators(
    request: Request,
    connection: OneConnection,
    caller: Reader,
    asked: Annotated[Indicators, Query()],
) -> Response:
    """Figures of parks, blocks and the whole, with numerator, denominator and definition."""
    return _list(request, connection, caller, asked)


@router.get("/timeline", summary="状态沿革 timeline")
@router.get("/calendar", summary="日历 what changes on which day")
def timeline(
    request: Request,
    connection: OneConnection,
    caller: Reader,
    asked: Annotated[Timeline, Query()],
) -> Response:
    """The days on which outcome or track of a subject changes, also those to come."""
    return _list(request, connection, caller, asked)


@router.get("/timeline/land", summary="批文面积沿革 timeline of approved land")
def land_timeline(
    request: Request,
    connection: OneConnection,
    caller: Reader,
    asked: Annotated[LandTimeline, Query()],
) -> Response:
    """How much of each approval stands in which state from a day on, also on days to come.

    A day has a row for each state; it holds until the next day that has rows of the approval.
    """
    return _list(request, connection, caller, asked)


def _list(request: Request, connection: Connection, caller: Caller, asked: OfRun) -> Response:
    run = asked.found(connection)

    def made() -> Response:
        wanted = asked.asked(connection, run, caller.scope)
        found, count = store.lists(request).of_run(
            connection, run, asked.TABLE, wanted, asked.columns()
        )
        shown = _whole(connection, run, found) if asked.TABLE == "unsupplied" else found
        names = [name for name in TABLES[asked.TABLE].names if name in shown]
        rows = pages.rows_of(shown, names, with_shapes=asked.shapes)
        rows = without_neighbours(connection, run, caller.scope, rows)
        return pages.answer(pages.page(request, rows, count, _last(asked, found), run))

    return pages.once(request, caller, run, made)


def _whole(connection: Connection, run: Run, told: pd.DataFrame) -> pd.DataFrame:
    """Return rows of unsupplied land with what their findings say, in the same order."""
    subjects = Asked(where={"subject": [*told["subject"]], "rule": ["unsupplied"]})
    findings = results.read(connection, run, "finding", subjects)
    joined = choose.unsupplied(findings, told, run.as_of).set_index("subject", drop=False)
    return joined.reindex(told["subject"])


def _last(asked: OfRun, found: pd.DataFrame) -> str | None:
    """Return what stands for the last row of a full page; None where none can follow."""
    return None if len(found) < asked.limit else str(found["content"].iloc[-1])
