"""Lists of everything: filtered, sorted, paged, summed over all rows, taken away as CSV."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from starlette.responses import RedirectResponse

from api import store
from api.identity import requires
from api.shown import Shown
from api.v1.asked import OfRun
from api.v1.received import Issues
from api.web import asking, frame, language, list_rows
from api.web.list_asked import SortedRows, given
from api.web.list_files import EXPORTED, MOST_ROWS
from api.web.list_kinds import LISTS, Field, Listed
from api.web.table import Column, Table, address
from gis import contracts
from gis.accounts import saved_filters
from gis.accounts.caller import Caller
from gis.store.database import Connection

router = APIRouter(tags=["pages 页面"], include_in_schema=False)

OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]
_PLACES = {"region": "regions", "park": "parks", "block": "blocks"}


@router.get("/lists")
def every(request: Request) -> Response:
    """Lead to the list somebody looks for first."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/lists/{next(iter(LISTS))}{query}", 303)


@router.get("/lists/{name}")
def one(name: str, request: Request, connection: OneConnection, caller: Reader) -> Response:
    """Return a page of a list."""
    if name not in LISTS:
        raise HTTPException(404)
    if (shorter := asking.without_empty(request)) is not None:
        return RedirectResponse(shorter, 303)
    listed = LISTS[name]
    asked = asking.read(request, listed.model)
    values: dict[str, Any] = {
        "listed": listed,
        "lists": LISTS.values(),
        "asked": asked,
        "filters": given(asked),
        "saved": saved_filters.of(connection, caller.name, name),
        "exported": EXPORTED,
        "most_at_once": MOST_ROWS,
        "formats": ("xlsx", "csv", "shp", "gpkg"),
        "choices": {},
    }
    if isinstance(asked, OfRun):
        run = asked.found(connection)
        shown = Shown(request, connection, caller, run, run.as_of)
        values |= _of_run(shown, listed, asked)
        return frame.page(request, caller, "lists.html.jinja", run=run, **values)
    assert isinstance(asked, Issues)
    found, rows, count = list_rows.of_issues(connection, caller, listed, asked)
    last = list_rows.last_of(listed, asked, found)
    values["table"] = Table(
        listed.columns, rows, count, next_address=_next(request, last), empty=_nothing(asked)
    )
    values |= {"day": None, "choices": codes_of(listed.fields, language.of(request)), "sums": {}}
    return frame.page(request, caller, "lists.html.jinja", **values)


def _of_run(shown: Shown, listed: Listed, asked: OfRun) -> dict[str, Any]:
    request = shown.request
    names = {field: list_rows.names_of_places(shown, kind) for field, kind in _PLACES.items()}
    found, count = list_rows.of_run(shown, listed, asked)
    rows = list_rows.rows(shown, listed, found, names["block"])
    sums, partly = _sums(shown, listed, asked)
    sort = asked if isinstance(asked, SortedRows) else None
    last = list_rows.last_of(listed, asked, found)
    table = Table(
        listed.columns,
        rows,
        count,
        sums=sums or None,
        partly=frozenset(partly),
        sorted_by=None if sort is None else sort.sort,
        is_falling=sort is not None and sort.falling,
        next_address=_next(request, last, run=shown.run.id),
        row_key="subject" if listed.table == "finding" else "",
        empty=_nothing(asked),
    )
    tongue = language.of(request)
    return {
        "table": table,
        "day": shown.run.as_of,
        "sums": sums,
        "sort_address": lambda column: _sorted(request, asked, column),
        "choices": codes_of(listed.fields, tongue) | names,
        "map_address": "/map" + (f"?{request.url.query}" if request.url.query else ""),
        "unsupplied_m2": _one_figure(shown, listed, asked),
    }


def _one_figure(shown: Shown, listed: Listed, asked: OfRun) -> float | None:
    """Return the one area of 批而未供 beside the whole list of its pieces, of all land; else None.

    Land known by area alone is no part of any piece, and twice approved land is in two.
    """
    total = shown.run.counts.get("unsupplied_total")
    if listed.name != "unsupplied" or total is None or shown.scope is not None or given(asked):
        return None
    return float(total["area_m2"])


def _sums(shown: Shown, listed: Listed, asked: OfRun) -> tuple[dict[str, float], set[str]]:
    """Return the sums of all rows, and of which of them some row's part is unknown."""
    if not listed.summed:
        return {}, set()
    asked_for = asked.asked(shown.connection, shown.run, shown.scope)
    lists = store.lists(shown.request)
    _, found = lists.sums_of_run(
        shown.connection, shown.run, asked.TABLE, asked_for, asked.columns(), listed.summed
    )
    sums = {name: total for name, (total, _) in found.items()}
    partly = {name for name, (_, unknown) in found.items() if unknown}
    for name, other in (("area_m2", "area_mu"), ("unsupplied_m2", "unsupplied_mu")):
        if name in sums:
            sums[other] = sums[name]
            partly |= {other} if name in partly else set()
    return sums, partly


def codes_of(fields: Sequence[Field], tongue: language.Language) -> dict[str, dict[str, str]]:
    """Return field -> what can be chosen in it: code -> its words."""
    return {
        field.name: {
            code: language.label(field.of, code, tongue) for code in contracts.CODES[field.of]
        }
        for field in fields
        if field.kind == "codes"
    }


def _sorted(request: Request, asked: OfRun, column: Column) -> str:
    """Return the address in whose order a column comes first; once more turns it round."""
    is_same = getattr(asked, "sort", None) == column.sorted_by
    falling = is_same and not getattr(asked, "falling", False)
    return address(request, sort=column.sorted_by, falling="true" if falling else None, after=None)


def _next(request: Request, last: str | None, **more: Any) -> str | None:
    return None if last is None else address(request, after=last, **more)


def _nothing(asked: Any) -> tuple[str, str]:
    if given(asked):
        return "没有符合条件的记录", "放宽或清除筛选条件再看。"
    return "这个清单是空的", "本人可见的土地上没有这一类。"
