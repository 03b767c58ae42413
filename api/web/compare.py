"""An export of the national system laid beside ours, row by row: what they list and we do not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Request, Response
from starlette.responses import RedirectResponse

from api import store
from api.identity import requires
from api.v1 import comparisons as api_comparisons
from api.v1 import pages
from api.v1.comparisons import Rows
from api.web import asking, frame, language, named
from api.web.language import Language
from api.web.table import Column, Table, address
from api.web.written import hectares, yuan
from gis import contracts, fields
from gis.accounts.caller import Caller
from gis.national.lists import LISTS, Listing
from gis.store import comparisons, runs
from gis.store.comparisons import Comparison
from gis.store.database import Connection

router = APIRouter(tags=["pages 页面"], include_in_schema=False)

OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]
Number = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
_PAGE = 100
# Those whose rows are told with both sides even where nothing differs.
_TOLD_WHOLE = frozenset({"theirs_only", "ours_only", "outside"})
_KEPT = (
    Column("list", "清单", "link", of="address"),
    Column("name", "文件", "text"),
    Column("account", "账号", "text"),
    Column("at", "时间", "text"),
    Column("run", "运行", "count"),
    Column("different", "不同", "count"),
    Column("theirs_only", "仅国家系统", "count"),
    Column("ours_only", "仅我方", "count"),
    Column("equal", "一致", "count"),
    Column("outside", "区域外", "count"),
)


class Shown(Rows):
    """Which rows of a comparison a page shows."""

    limit: int = _PAGE


@router.get("/compare")
def every(request: Request, connection: OneConnection, caller: Reader) -> Response:
    """Return where an export is laid beside ours, and the comparisons that are kept."""
    tongue = language.of(request)
    rows = [
        {
            "list": language.label("national_list", one.list, tongue),
            "address": f"/compare/{one.id}",
            "name": one.name,
            "account": named.who(one.account, tongue),
            "at": named.moment(one.at),
            "run": one.run,
            **{state: _count(one, state) for state in contracts.CODES["comparison"]},
        }
        for one in api_comparisons.every(connection, caller.scope)
    ]
    empty = ("还没有对照", "送一份国家系统导出的清单，逐行看两边的差别。")
    return frame.page(
        request, caller, "compare.html.jinja", run=named.newest(connection),
        kept=Table(_KEPT, rows, len(rows), empty=empty), kept_days=comparisons.KEPT_DAYS,
        columns={name: _columns(one, tongue) for name, one in LISTS.items()},
        most_mib=api_comparisons.MOST_BYTES // 2**20,
    )  # fmt: skip


@router.get("/compare/{number}")
def one(number: Number, request: Request, connection: OneConnection, caller: Reader) -> Response:
    """Return one comparison, row by row."""
    if (shorter := asking.without_empty(request)) is not None:
        return RedirectResponse(shorter, 303)
    asked, tongue = asking.read(request, Shown), language.of(request)
    made = api_comparisons.found(connection, number, caller.scope)
    found, count = comparisons.rows(connection, number, asked.asked())
    listing = LISTS[made.list]
    rows = [_line(row, made, listing, tongue) for row in pages.rows_of(found, found.columns)]
    last = int(found["place"].iloc[-1]) if len(found) == asked.limit else None
    return frame.page(
        request, caller, "comparison.html.jinja", run=runs.get(connection, made.run), made=made,
        asked=asked, rows=rows, total=count, account=named.who(made.account, tongue),
        at=named.moment(made.at), states=_states(request, made, asked),
        titles={name: title(listing.kind, name, tongue) for name in made.compared},
        mapping=[(head, title(listing.kind, column, tongue))
                 for head, column in made.mapping.items()],
        next_address=None if last is None else address(request, after=last),
    )  # fmt: skip


def title(kind: fields.Kind, name: str, tongue: Language) -> str:
    """Return what a column of a list is called.

    >>> title(LISTS["idle"].kind, "area_m2", "zh"), title(LISTS["idle"].kind, "area_m2", "en")
    ('面积', 'area')
    """
    if tongue == "zh":
        return kind.columns[name].title
    return name.removesuffix("_m2").removesuffix("_fen").removesuffix("_on").replace("_", " ")


def _columns(listing: Listing, tongue: Language) -> str:
    mark = "、" if tongue == "zh" else ", "
    return mark.join(title(listing.kind, name, tongue) for name in listing.compared)


def _count(made: Comparison, state: str) -> int:
    return int(made.counts.get(state, {}).get("rows", 0))


def _states(request: Request, made: Comparison, asked: Rows) -> list[dict[str, Any]]:
    """Return how many rows are in which state, each the address of its rows."""
    chosen = asked.state or []
    return [
        {
            "code": code,
            "rows": _count(made, code),
            **{side: made.counts.get(code, {}).get(side) for side in ("theirs_m2", "ours_m2")},
            "is_chosen": code in chosen,
            "address": address(request, state=None if chosen == [code] else code, after=None),
        }
        for code in contracts.CODES["comparison"]
    ]


def _line(
    row: Mapping[str, Any], made: Comparison, listing: Listing, tongue: Language
) -> dict[str, Any]:
    """Return a row as the page shows it."""
    names = row["fields"] or (made.compared if row["state"] in _TOLD_WHOLE else ())
    theirs, ours = row["theirs"] or {}, row["ours"] or {}
    room = "approval" if made.list == "unsupplied" else "subject"
    is_ours = row["ours"] is not None
    own = row["near"][0] if len(row["near"]) == 1 and made.list == "unsupplied" else row["key"]
    return {
        **row,
        "address": f"/{room}/{quote(own, safe='')}?run={made.run}" if is_ours else None,
        "outcome_list": "unsupplied" if made.list == "unsupplied" else "outcome",
        "near": [
            {"key": key, "address": f"/{room}/{quote(key, safe='')}?run={made.run}"}
            for key in row["near"]
        ],
        "told": [
            {
                "title": title(listing.kind, name, tongue),
                "theirs": _written(listing.kind, name, theirs.get(name), tongue),
                "ours": _written(listing.kind, name, ours.get(name), tongue),
            }
            for name in names
            if row["fields"] or theirs.get(name) is not None or ours.get(name) is not None
        ],
        "has_theirs": row["theirs"] is not None,
        "has_ours": is_ours,
    }


def _written(kind: fields.Kind, name: str, value: Any, tongue: Language) -> str | None:
    """Return a value as people read it, with its unit; None where it is not known."""
    if value is None:
        return None
    column = kind.columns[name]
    if column.type == "area":
        return f"{hectares(value)} {language.said('公顷', tongue)}"
    if column.type == "money":
        return f"{yuan(value)} {language.said('元', tongue)}"
    if column.codes:
        return language.label("outcome" if name == "state" else name, value, tongue)
    return str(value)
