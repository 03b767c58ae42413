"""A list as CSV: every row its filters let through, in the order it is shown, as people read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import quote

import pandas as pd
from fastapi import APIRouter, Depends, HTTPException, Request, Response
from starlette.responses import RedirectResponse, StreamingResponse

from api import store
from api.errors import BadParameterError
from api.identity import requires
from api.shown import Shown
from api.v1.asked import OfRun, Paged
from api.v1.exports import packed, pieces
from api.v1.received import Issues
from api.web import asking, language, list_rows
from api.web.list_kinds import LISTS, Listed
from api.web.table import Column
from api.work import Order, Work
from gis import contracts, units
from gis.accounts.caller import Caller
from gis.files import drafts
from gis.outputs import grounds
from gis.outputs.export import delimited
from gis.store import results
from gis.store.database import Connection

router = APIRouter(tags=["pages 页面"], include_in_schema=False)

OneConnection = Annotated[Connection, Depends(store.connection)]
Exporter = Annotated[Caller, Depends(requires("export"))]
# So many rows are read at once, and so many are written into one file: more is a job's.
_AT_ONCE, MOST_ROWS = 5_000, 100_000
# Lists whose rows a run says: those of records are files of the bureau's own.
EXPORTED = frozenset({"findings", "unsupplied", "leads"})
_FIGURES = {
    "hectares": (units.hectares, "公顷"),
    "mu": (units.mu, "亩"),
    "yuan": (units.yuan, "元"),
}
# What a page writes that says nothing on paper: how many days are left, and a link.
_OF_THE_PAGE = frozenset({"left_on", "spot"})


@router.get("/lists/{name}/csv")
def csv(name: str, request: Request, connection: OneConnection, caller: Exporter) -> Response:
    """Return the rows a list shows under the same filters, all of them, as CSV."""
    if name not in LISTS:
        raise HTTPException(404)
    if (shorter := asking.without_empty(request)) is not None:
        return RedirectResponse(shorter, 303)
    listed, tongue = LISTS[name], language.of(request)
    asked = asking.read(request, listed.model)
    shown = None
    if isinstance(asked, OfRun):
        run = asked.found(connection)
        shown = Shown(request, connection, caller, run, run.as_of)
    rows = _rows(connection, caller, shown, listed, asked)
    table = pd.DataFrame(
        {
            language.said(column.title, tongue): [_cell(column, row, tongue) for row in rows]
            for column in listed.columns
            if column.key not in _OF_THE_PAGE
        }
    )
    with drafts.temporary() as folder:
        place = folder / "list.csv"
        delimited.save(table, place)
        size, content = place.stat().st_size, place.open("rb")
    of = "" if shown is None else f"_{shown.run.as_of}_{shown.run.id}"
    told = quote(f"{language.said(listed.title, tongue)}{of}.csv")
    headers = {
        "Content-Disposition": f"attachment; filename=\"list.csv\"; filename*=UTF-8''{told}",
        "Content-Length": str(size),
    }
    return StreamingResponse(pieces(content), media_type="text/csv", headers=headers)


@router.get("/lists/{name}/as/{file_format}")
def files(
    name: str,
    file_format: Literal["xlsx", "shp", "gpkg", "geojson"],
    request: Request,
    connection: OneConnection,
    caller: Exporter,
) -> Response:
    """Return the rows a list shows under the same filters as files of a format, in an archive."""
    if name not in LISTS or LISTS[name].export not in EXPORTED:
        raise HTTPException(404)
    if (shorter := asking.without_empty(request)) is not None:
        return RedirectResponse(shorter, 303)
    listed = LISTS[name]
    asked = asking.read(request, listed.model)
    assert isinstance(asked, OfRun)
    run = asked.found(connection)
    wanted = asked.asked(connection, run, caller.scope)
    ids = store.lists(request).row_ids_of_run(connection, run, asked.TABLE, wanted, asked.columns())
    if len(ids) > MOST_ROWS:
        raise _too_many(len(ids))
    contents = results.contents_of(connection, run, asked.TABLE, ids.tolist())
    work: Work = request.app.state.work
    with drafts.temporary() as folder:
        order = Order(listed.export, file_format, 4490, "utf-8", caller.scope, contents)
        archive = packed(work.export(connection, run, order, folder), folder)
        size, content = archive.stat().st_size, archive.open("rb")
    title = language.said(listed.title, language.of(request))
    told = quote(f"{title}_{run.as_of}_{run.id}.zip")
    headers = {
        "Content-Disposition": f"attachment; filename=\"list.zip\"; filename*=UTF-8''{told}",
        "Content-Length": str(size),
    }
    return StreamingResponse(pieces(content), media_type="application/zip", headers=headers)


def _too_many(count: int) -> BadParameterError:
    return BadParameterError(
        f"筛选后有 {count:,} 行，一次至多 {MOST_ROWS:,} 行。 These are too many rows for one file.",
        "加筛选条件，或按筛选作为任务导出 filter more, or have a job write them",
    )


def _rows(
    connection: Connection, caller: Caller, shown: Shown | None, listed: Listed, asked: Paged
) -> list_rows.Rows:
    names = {} if shown is None else list_rows.names_of_places(shown, "blocks")
    asked = asked.model_copy(update={"limit": _AT_ONCE, "after": None})
    rows: list_rows.Rows = []
    while True:
        own: list_rows.Rows = []
        if shown is not None and isinstance(asked, OfRun):
            found, count = list_rows.of_run(shown, listed, asked)
        else:
            assert isinstance(asked, Issues)
            found, own, count = list_rows.of_issues(connection, caller, listed, asked)
        if count > MOST_ROWS:
            raise _too_many(count)
        rows += own if shown is None else list_rows.rows(shown, listed, found, names)
        last = list_rows.last_of(listed, asked, found)
        if last is None:
            return rows
        asked = asked.model_copy(update={"after": last})


def _cell(column: Column, row: Mapping[str, Any], tongue: language.Language) -> Any:
    """Return a value as people read it; what is unknown, or does not apply, is empty."""
    value = row.get(column.key)
    if value is None or value != value:
        return None
    if column.kind in _FIGURES:
        convert, unit = _FIGURES[column.kind]
        return round(float(convert(float(value))), units.DECIMALS[unit])
    if column.kind in ("status", "code", "track"):
        of = "track" if column.kind == "track" else column.list_of(row)
        return language.label(of, value, tongue)
    if column.kind == "facts":
        return contracts.facts(value, tongue)
    if column.kind == "grounds":
        return grounds.in_words(value, tongue)
    if column.kind == "said":
        return language.one_of(value, tongue)
    if column.kind == "day":
        return value.isoformat()
    return "、".join(value) if isinstance(value, list) else value
