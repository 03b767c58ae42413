"""What was delivered: deliveries, what was wrong with their rows, what people corrected."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Annotated, Any, BinaryIO
from urllib.parse import quote

import pandas as pd
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field
from starlette.responses import StreamingResponse

from api import store
from api.identity import requires
from api.v1 import pages
from api.v1.asked import Paged, coded, no_place, place, token
from api.v1.exports import pieces
from api.v1.outside import hidden
from api.work import Work
from gis.accounts.caller import Caller
from gis.errors import UsageError
from gis.fields import KINDS
from gis.store import pages as lists
from gis.store import whose_land
from gis.store.database import Connection
from gis.store.pages import Wanted
from gis.store.results import Scope

router = APIRouter(tags=["deliveries 收件"])

OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]
Exporter = Annotated[Caller, Depends(requires("export"))]
_LIST = Callable[[Connection, Wanted, Scope | None], tuple[pd.DataFrame, int]]
_KIND = Field(max_length=40, json_schema_extra={"enum": [*sorted(KINDS)]})
_NUMBER = Field(ge=1, le=2**31 - 1)
# A row as it came may hold what the caller must not see of a file of many lands.
_HIDDEN = frozenset({"raw"})
_SENTENCES = ("value", "message", "fix")
_ROWS = list[dict[str, Any]]


class Deliveries(Paged):
    """Which deliveries."""

    kind: Annotated[str | None, _KIND] = None


class Issues(Paged):
    """Which issues."""

    delivery: Annotated[int | None, _NUMBER] = None
    code: coded("issue") | None = None  # type: ignore[valid-type]


class Corrections(Paged):
    """Which corrections."""

    delivery: Annotated[int | None, _NUMBER] = None
    kind: Annotated[str | None, _KIND] = None


@router.get("/deliveries", summary="收件记录 deliveries")
def deliveries(
    request: Request,
    connection: OneConnection,
    caller: Reader,
    asked: Annotated[Deliveries, Query()],
) -> Response:
    """Every file taken in, the newest first, with its hash and what became of its rows."""
    where: dict[str, list[object]] = {} if asked.kind is None else {"kind": [asked.kind]}
    found = _found(lists.of_deliveries, connection, caller, asked, where, ("name",))
    return _page(request, asked, found, "number")


@router.get("/deliveries/{number}", summary="一次资料 one delivery")
def delivery(
    number: Annotated[int, _NUMBER], connection: OneConnection, caller: Reader
) -> Response:
    """One delivery; 404 where there is none, or none of the caller's land."""
    (row,) = of_number(connection, number, caller.scope)
    return pages.answer({"delivery": row})


@router.get("/issues", summary="问题行 issues")
def issues(
    request: Request,
    connection: OneConnection,
    caller: Reader,
    asked: Annotated[Issues, Query()],
) -> Response:
    """Faults in rows of deliveries: file, row, field, value, what it is, the mend."""
    where: dict[str, list[object]] = {}
    if asked.delivery is not None:
        where["delivery"] = [asked.delivery]
    if asked.code is not None:
        where["code"] = [*asked.code]
    # A sentence may name somebody outside: what is not shown cannot be searched for either.
    searched = ("file", "field", *(("message",) if caller.scope is None else ()))
    found = _found(lists.of_issues, connection, caller, asked, where, searched)
    return _page(request, asked, found, "id", told_within(connection, caller.scope))


@router.get(
    "/deliveries/{number}/file",
    summary="原文件 the file as received",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
def file(
    number: Annotated[int, _NUMBER], request: Request, connection: OneConnection, caller: Exporter
) -> StreamingResponse:
    """The file as it came, byte for byte; parts that came apart come zipped.

    404 also where one row of it is not of the caller's land, or may not be: of another layer or
    sheet, which this delivery was not read from.
    """
    (row,) = of_number(connection, number, caller.scope)
    work: Work = request.app.state.work
    given = work.kept(str(row["sha256"]), str(row["name"]))
    if given is None:
        raise UsageError(
            f"第 {number} 次资料没有存档的文件 no file of delivery {number} is kept",
            "更正、撤销没有文件 corrections and undoings have none",
        )
    content, name = given
    if caller.scope is not None and not _is_all_seen(connection, caller.scope, row, work):
        content.close()
        raise _no_delivery(number)
    return sent(content, name)


def _is_all_seen(connection: Connection, scope: Scope, row: dict[str, Any], work: Work) -> bool:
    """Return whether nothing of a delivery's file lies outside a scope, as far as can be told."""
    same = Wanted({"sha256": [row["sha256"]]}, limit=1)
    if (
        lists.of_deliveries(connection, same, scope)[1]
        != lists.of_deliveries(connection, same, None)[1]
    ):
        return False
    return not work.read("has_further_layers", {"name": row["name"], "sha256": row["sha256"]})[
        "further"
    ]


def of_number(connection: Connection, number: int, scope: Scope | None) -> list[dict[str, Any]]:
    """Return the one delivery of a number; UsageError where there is none in a scope."""
    found, _ = lists.of_deliveries(connection, Wanted({"number": [number]}, limit=1), scope)
    if found.empty:
        raise _no_delivery(number)
    return pages.rows_of(found, found.columns)


def _no_delivery(number: int) -> UsageError:
    return UsageError(f"没有第 {number} 次资料 there is no delivery {number}", "见 deliveries")


def sent(
    content: BinaryIO, name: str, media_type: str = "application/octet-stream"
) -> StreamingResponse:
    """Return a file as it is given out: to be kept, not shown."""
    headers = {
        "Content-Disposition": f"attachment; filename=\"file\"; filename*=UTF-8''{quote(name)}",
        "Content-Length": str(os.fstat(content.fileno()).st_size),
    }
    return StreamingResponse(pieces(content), media_type=media_type, headers=headers)


def told_within(connection: Connection, scope: Scope | None) -> Callable[[_ROWS], _ROWS]:
    """Return what takes out of rows of issues whoever lies outside a scope."""

    def told(rows: _ROWS) -> _ROWS:
        if scope is None or not rows:
            return rows
        texts = [str(row[name]) for row in rows for name in _SENTENCES if row[name]]
        strangers = whose_land.strangers(connection, scope, texts)
        return [hidden(row, strangers) for row in rows] if strangers else rows

    return told


@router.get("/corrections", summary="人工更正 corrections")
def corrections(
    request: Request,
    connection: OneConnection,
    caller: Reader,
    asked: Annotated[Corrections, Query()],
) -> Response:
    """Values people gave records: before, after, who and why."""
    where: dict[str, list[object]] = {}
    if asked.delivery is not None:
        where["delivery"] = [asked.delivery]
    if asked.kind is not None:
        where["kind"] = [asked.kind]
    found = _found(lists.of_corrections, connection, caller, asked, where, ("key", "why"))
    return _page(request, asked, found, "id")


def _found(
    listed: _LIST,
    connection: Connection,
    caller: Caller,
    asked: Paged,
    where: dict[str, list[object]],
    searched: tuple[str, ...],
) -> tuple[pd.DataFrame, int]:
    after: list[Any] | None = None if asked.after is None else place(asked.after)
    if after is not None and not (len(after) == 1 and _is_number(after[0])):
        raise no_place()
    wanted = Wanted(where, asked.text, searched, after, asked.limit)
    return listed(connection, wanted, caller.scope)


def _is_number(value: object) -> bool:
    return type(value) is int and abs(value) < 2**63


def _page(
    request: Request,
    asked: Paged,
    found: tuple[pd.DataFrame, int],
    order: str,
    told: Callable[[_ROWS], _ROWS] = list,
) -> Response:
    frame, count = found
    rows = told(pages.rows_of(frame, [name for name in frame.columns if name not in _HIDDEN]))
    last = token([int(frame[order].iloc[-1])]) if len(frame) == asked.limit else None
    return pages.answer(pages.page(request, rows, count, last))
