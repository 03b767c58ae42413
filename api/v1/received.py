"""What was delivered: deliveries, what was wrong with their rows, what people corrected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import pandas as pd
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from api import store
from api.identity import requires
from api.v1 import pages
from api.v1.asked import Paged, coded, no_place, place, token
from gis.accounts.caller import Caller
from gis.errors import UsageError
from gis.fields import KINDS
from gis.store import pages as lists
from gis.store.database import Connection
from gis.store.pages import Wanted
from gis.store.results import Scope

router = APIRouter(tags=["deliveries 收件"])

OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]
_LIST = Callable[[Connection, Wanted, Scope | None], tuple[pd.DataFrame, int]]
_KIND = Field(max_length=40, json_schema_extra={"enum": [*sorted(KINDS)]})
_NUMBER = Field(ge=1, le=2**31 - 1)
# A row as it came may hold what the caller must not see of a file of many lands.
_HIDDEN = frozenset({"raw"})


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
    wanted = Wanted({"number": [number]}, limit=1)
    found, _ = lists.of_deliveries(connection, wanted, caller.scope)
    if found.empty:
        raise UsageError(f"没有第 {number} 次资料 there is no delivery {number}", "见 deliveries")
    (row,) = pages.rows_of(found, found.columns)
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
    found = _found(lists.of_issues, connection, caller, asked, where, ("file", "field", "message"))
    return _page(request, asked, found, "id")


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


def _page(request: Request, asked: Paged, found: tuple[pd.DataFrame, int], order: str) -> Response:
    frame, count = found
    rows = pages.rows_of(frame, [name for name in frame.columns if name not in _HIDDEN])
    last = token([int(frame[order].iloc[-1])]) if len(frame) == asked.limit else None
    return pages.answer(pages.page(request, rows, count, last))
