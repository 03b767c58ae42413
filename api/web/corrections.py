"""What people corrected, with its history; and one record put right, with who and why."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from api import store
from api.identity import requires
from api.v1 import pages
from api.v1.outside import nobody
from api.web import frame, language, named
from api.web.language import Language
from api.web.table import Column, Table, address
from gis import identifiers
from gis.accounts.caller import Caller
from gis.fields import KINDS
from gis.store import pages as lists
from gis.store import runs
from gis.store.database import Connection
from gis.store.pages import Wanted

router = APIRouter(tags=["pages 页面"], include_in_schema=False)

OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]
Corrector = Annotated[Caller, Depends(requires("correct"))]
_PAGE = 100
_COLUMNS = (
    Column("key", "编号", "link", of="address"),
    Column("kind", "种类"),
    Column("field", "字段"),
    Column("before", "原值"),
    Column("after", "改为"),
    Column("who", "更正人"),
    Column("why", "理由"),
    Column("document", "依据"),
    Column("at", "时间"),
    Column("state", "现状"),
)
# What a person cannot put right in a form: shapes, and where the program keeps its own notes.
_NO_FIELD = frozenset({"geom", "source_epsg"})


@router.get("/corrections")
def corrections(
    request: Request,
    connection: OneConnection,
    caller: Reader,
    kind: Annotated[str | None, Query(max_length=40)] = None,
    q: Annotated[str | None, Query(max_length=300)] = None,
    after: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> Response:
    """Return every value people gave records: before, after, who and why."""
    where: dict[str, list[object]] = {"kind": [kind]} if kind else {}
    wanted = Wanted(where, q or None, ("key", "why"), [after] if after else None, _PAGE)
    tongue = language.of(request)
    return frame.page(
        request,
        caller,
        "corrections.html.jinja",
        run=named.newest(connection),
        every_kind={name: named.kind(name, tongue) for name in KINDS},
        asked={"kind": kind or "", "q": q or ""},
        table_of=_table(request, connection, caller, wanted, tongue),
    )


@router.get("/corrections/{kind}/{key:path}")
def record(
    kind: str, key: str, request: Request, connection: OneConnection, caller: Corrector
) -> Response:
    """Return one record, its history of corrections, and the form that puts it right."""
    if kind not in KINDS:
        raise nobody(key)
    tongue = language.of(request)
    run = runs.default(connection)
    wanted = Wanted({"key": [key, identifiers.key(key)]}, limit=1)
    found, _ = lists.of_records(connection, run, kind, wanted, caller.scope)
    if found.empty:
        raise nobody(key)
    (row,) = pages.rows_of(found, [name for name in found.columns if name not in _NO_FIELD])
    named_by = (*KINDS[kind].key, *KINDS[kind].key_else)
    columns = [
        one
        for one in KINDS[kind].columns.values()
        if one.month_of is None and one.name not in named_by
    ]
    own = Wanted({"kind": [kind], "key": [row["key"]]}, limit=_PAGE)
    return frame.page(
        request,
        caller,
        "correction.html.jinja",
        run=run,
        kind=kind,
        kind_words=named.kind(kind, tongue),
        key=row["key"],
        values=[
            (one.name, named.field(kind, one.name, tongue), _shown(row.get(one.name)))
            for one in columns
        ],
        history=_table(request, connection, caller, own, tongue),
    )


def _table(
    request: Request, connection: Connection, caller: Caller, wanted: Wanted, tongue: Language
) -> Table:
    found, count = lists.of_corrections(connection, wanted, caller.scope)
    rows = [_row(one, tongue) for one in pages.rows_of(found, found.columns)]
    for row, moment in zip(rows, found["at"], strict=True):
        row["at"] = named.moment(moment)
    last = int(found["id"].iloc[-1]) if len(found) == _PAGE else None
    following = None if last is None else address(request, after=last)
    empty = ("没有人工更正", "从记录的页面更正一项，这里就有它的来历")
    return Table(_COLUMNS, rows, count, next_address=following, empty=empty)


def _row(one: dict[str, Any], tongue: Language) -> dict[str, Any]:
    back = one["taken_back_by"]
    return {
        **one,
        "address": f"/corrections/{one['kind']}/{one['key']}",
        "kind": named.kind(one["kind"], tongue),
        "field": named.field(one["kind"], one["field"], tongue),
        "before": _shown(one["before"]),
        "after": _shown(one["after"]),
        "who": named.who(one["who"], tongue),
        "document": one["document"] or "—",
        "state": language.said("有效", tongue) if back is None
        else language.said("被第 {} 次资料取代", tongue).format(back),
    }  # fmt: skip


def _shown(value: Any) -> str:
    """Return a value of a record as text; an empty one says so by a dash."""
    if isinstance(value, list):
        return "、".join(map(str, value)) or "—"
    return "—" if value in (None, "") else str(value)
