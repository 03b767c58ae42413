"""The first page: what is to be looked at in this period."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from api import store
from api.identity import requires
from api.shown import OfDay, OfRun, Shown
from api.web import frame, period
from api.web.targets import card
from gis.accounts import uploads
from gis.accounts.caller import Caller
from gis.night.told import digest_of
from gis.pipeline import counts
from gis.store import nights, pages, runs, state
from gis.store.database import Connection
from gis.store.lists import Lists
from gis.store.pages import Wanted
from gis.store.results import Asked, Scope
from gis.store.runs import Run

router = APIRouter(tags=["pages 页面"])

OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]
Sums = Mapping[tuple[str, str], tuple[int, float]]


@router.get("/", response_class=Response, include_in_schema=False)
def home(
    request: Request,
    connection: OneConnection,
    caller: Reader,
    run: OfRun = None,
    as_of: OfDay = None,
    due: Annotated[int, Query(ge=0, le=period.HORIZONS[-1])] = period.HORIZONS[-1],
) -> Response:
    """Return the page a person starts from: figures, what is new and what comes, last night.

    Where no night has told what is new, the page asks for it once more as a part of itself.
    """
    today = datetime.now(frame.HERE).date()
    waiting = uploads.read(connection, caller.scope, waiting=True)
    files = [one for one in waiting if one.kind != uploads.SCAN]
    if run is None and as_of is None and not runs.all_runs(connection):
        _, count = pages.of_deliveries(connection, Wanted(limit=1), caller.scope)
        return frame.page(request, caller, "start.html.jinja", deliveries=count, today=today)
    found = runs.chosen(connection, run, as_of)
    shown = Shown(request, connection, caller, found, found.as_of)
    is_part = request.headers.get("hx-request-type") == "partial"
    told = period.told(shown) if is_part else period.kept(shown)
    # What a night told, it told against the night before; the figures stand beside the same run.
    before = period.before_of(connection, found) if told is None else told.before
    lists = store.lists(request)
    sums = sums_of(lists, connection, found, caller.scope)
    then = None if before is None else sums_of(lists, connection, before, caller.scope)
    return frame.page(
        request, caller, "home.html.jinja", run=found, day=found.as_of, before=before, told=told,
        has_approvals=counts.has_approvals(found.counts.get("unsupplied_total")),
        sums=sums, then=then, one_figure=_one_figure(found, caller.scope), files=files, due=due,
        horizons=period.HORIZONS,
        night=_night(connection, caller, today), tasks=card(connection, found, caller.scope),
    )  # fmt: skip


def sums_of(lists: Lists, connection: Connection, run: Run, scope: Scope | None) -> Sums:
    """Return (rule, outcome) -> how many findings, and of what area in m2, in a scope.

    All land was counted by the run itself; of some land the findings are asked.
    """
    if scope is None and "idle" in run.counts:
        told = {
            ("idle_land", outcome): (
                sum(one["count"] for one in tracks.values()),
                sum(one["area_m2"] for one in tracks.values()),
            )
            for outcome, tracks in run.counts["idle"].items()
        }
        return told | {
            ("unsupplied", outcome): (one["count"], one["area_m2"])
            for outcome, one in run.counts["unsupplied"].items()
        }
    rows = lists.grouped(
        connection, run, "finding", ("rule", "outcome"), Asked(within=scope)
    ).to_dict("records")
    return {(row["rule"], row["outcome"]): (row["count"], row["area_m2"]) for row in rows}


def _one_figure(run: Run, scope: Scope | None) -> float | None:
    """Return the one area of 批而未供 of all land, in which nothing counts twice; else None."""
    total = run.counts.get("unsupplied_total")
    return None if scope is not None or total is None else float(total["area_m2"])


def _night(connection: Connection, caller: Caller, today: date) -> dict[str, Any] | None:
    """Return how the last night went, with what went wrong; None where there was none."""
    newest = nights.listed_nights(connection, 1)
    if not newest:
        return None
    good = nights.last_good(connection)
    digest = None if good is None else digest_of(connection, good, caller.scope)
    return {
        "newest": newest[0],
        "good": good,
        "trouble": state.night_trouble(connection, today),
        "sections": [] if digest is None else [*digest.of("wrong")],
    }
