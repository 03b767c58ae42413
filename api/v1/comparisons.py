"""Exports of the national system laid beside ours: sent, compared, read row by row, let go."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import StreamingResponse

from api import identity, store
from api.errors import BadParameterError
from api.identity import requires
from api.small import Small
from api.uploads import land_of
from api.v1 import pages
from api.v1.asked import MOST_ROWS, Name, coded, no_place
from api.v1.coming import BODY, passed
from api.v1.exports import pieces
from api.work import Work
from gis.accounts import land
from gis.accounts.caller import Caller
from gis.accounts.uploads import new_id
from gis.errors import UsageError
from gis.files import drafts
from gis.store import comparisons, runs
from gis.store.comparisons import Asked, Comparison
from gis.store.database import Connection
from gis.store.results import Scope

router = APIRouter(tags=["comparisons 对照"])
small = APIRouter(tags=["comparisons 对照"], route_class=Small)

OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]
Checker = Annotated[Caller, Depends(requires("check"))]
Exporter = Annotated[Caller, Depends(requires("export"))]
Number = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
_Short = Annotated[str, Field(min_length=1, max_length=300)]
# A register of one banner has some thousand rows.
MOST_BYTES = 64 * 2**20
_BETWEEN = "="


class Sent(BaseModel):
    """Which list of the national system is sent, under which name, and how it is read."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(
        max_length=2_000, description="文件名 name of the file", examples=["闲置土地.xlsx"]
    )]  # fmt: skip
    run: Annotated[int | None, Field(ge=1, le=2**31 - 1, description="与哪次运行对照")] = None
    layer: Annotated[_Short | None, Field(description="工作表 sheet")] = None
    encoding: _Short | None = None
    sender: Annotated[_Short | None, Field(description="沿用该单位的表头对应")] = None
    map: Annotated[list[_Short], Field(
        max_length=100, description="原列=标准列 header=column", examples=[["宗地号=supply_no"]]
    )] = []  # fmt: skip
    empty_day: Annotated[list[_Short], Field(
        max_length=20, description="代表空的日期 a day that stands for none"
    )] = []  # fmt: skip
    # Last: behind it no other column could be a list.
    list: Annotated[str, Field(
        max_length=40, json_schema_extra={"enum": ["idle", "unsupplied", "supplies"]}
    )]  # fmt: skip


class Rows(BaseModel):
    """Which rows of a comparison."""

    model_config = ConfigDict(extra="forbid")

    state: coded("comparison") | None = None  # type: ignore[valid-type]
    field: Annotated[_Short | None, Field(description="哪一列不同 a column that differs")] = None
    text: Name | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] = 100
    after: Annotated[str | None, Field(max_length=20)] = None

    def asked(self) -> Asked:
        """Return what the store is asked."""
        after = self.after or "0"
        if not (after.isascii() and after.isdecimal() and len(after) < 10):
            raise no_place()
        return Asked(tuple(self.state or ()), self.field, self.text, int(after), self.limit)


_EXAMPLE = {
    "id": "0f" * 16, "list": "idle", "name": "闲置土地.xlsx", "account": "承办人甲", "run": 12,
    "at": "2026-11-29T09:00:00+00:00", "sha256": "ab" * 32, "bytes": 81_234,
    "compared": ["area_m2", "holder"], "mapping": {"面积(公顷)": "area_m2"}, "notes": [],
    "counts": {"equal": {"rows": 96, "theirs_m2": 1.0e6, "ours_m2": 1.0e6}},
}  # fmt: skip


@router.post(
    "/comparisons",
    summary="与国家系统对照 lay an export of the national system beside ours",
    status_code=201,
    openapi_extra=BODY,
    responses={201: {"content": {"application/json": {"example": _EXAMPLE}}}},
)
async def send(request: Request, asked: Annotated[Sent, Query()], caller: Checker) -> Response:
    """The file is read and compared with a run (the one shown by default), and not kept.

    No record comes of it. What lies outside the land of the account is told as outside alone.
    """
    how = {
        "layer": asked.layer, "encoding": asked.encoding, "sender": asked.sender,
        "column_map": _pairs(asked.map), "empty_days": asked.empty_day,
    }  # fmt: skip
    number, work = new_id(), request.app.state.work

    def compare(place: Any, sha256: str, size: int) -> None:
        with identity.lend(request) as connection:
            run = runs.chosen(connection, asked.run)
        order = {
            "number": number, "path": str(place), "list": asked.list, "run": run.id, "how": how,
            "land": land_of(caller.scope), "account": caller.name, "name": asked.name,
            "sha256": sha256, "bytes": size,
        }  # fmt: skip
        work.read("compare", order)

    await passed(request, caller, asked.name, MOST_BYTES, compare)
    with identity.lend_writing(request) as connection:
        answer = pages.answer(told(found(connection, number, caller.scope)), status=201)
    answer.headers["Location"] = f"/api/v1/comparisons/{number}"
    return answer


@small.get("/comparisons", summary="已有的对照 comparisons that are kept")
def listed(connection: OneConnection, caller: Reader) -> Response:
    """Those of accounts whose land the caller sees, the newest first; each for three months."""
    rows = [told(one) for one in every(connection, caller.scope)]
    return pages.answer({"count": len(rows), "rows": rows})


@small.get("/comparisons/{number}", summary="一次对照，逐行 one comparison, row by row")
def one(
    number: Number, request: Request, connection: OneConnection, caller: Reader,
    asked: Annotated[Rows, Query()],
) -> Response:  # fmt: skip
    """Rows as the file has them, then what only we list.

    `theirs` and `ours`: areas in m2, money in 分, days; `fields`: where they differ; `why`: why we
    do not list it; `near`: numbers of ours; `same_row`: the first row of the same number.
    """
    head = found(connection, number, caller.scope)
    rows, count = comparisons.rows(connection, number, asked.asked())
    last = str(int(rows["place"].iloc[-1])) if len(rows) == asked.limit else None
    return pages.answer(
        {
            "comparison": told(head),
            **pages.page(request, pages.rows_of(rows, rows.columns), count, last),
        }
    )


@router.get(
    "/comparisons/{number}/xlsx",
    summary="对照表 as a workbook",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
def xlsx(
    number: Number, request: Request, connection: OneConnection, caller: Exporter
) -> StreamingResponse:
    """The whole comparison, both sides of every column beside each other."""
    made = found(connection, number, caller.scope)
    rows, _ = comparisons.rows(connection, number, Asked())
    work: Work = request.app.state.work
    with drafts.temporary() as folder:
        place = work.beside(made, rows, folder)
        size, content = place.stat().st_size, place.open("rb")
    name = quote(f"与国家系统对照_{made.at:%Y-%m-%d}_{made.id[:8]}.xlsx")
    headers = {
        "Content-Disposition": f"attachment; filename=\"list.xlsx\"; filename*=UTF-8''{name}",
        "Content-Length": str(size),
    }
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return StreamingResponse(pieces(content), media_type=kind, headers=headers)


@small.delete("/comparisons/{number}", summary="删除对照 let a comparison go")
def remove(number: Number, request: Request, caller: Checker) -> Response:
    """Let one go before its three months are over."""
    with identity.lend_writing(request) as writing:
        found(writing, number, caller.scope)
        comparisons.remove(writing, number)
    return pages.answer({"id": number})


def every(connection: Connection, scope: Scope | None) -> list[Comparison]:
    """Return the comparisons whose maker's land lies in a scope."""
    return [one for one in comparisons.every(connection) if _is_in(one, scope)]


def found(connection: Connection, number: str, scope: Scope | None) -> Comparison:
    """Return a comparison; UsageError where there is none in a scope."""
    made = comparisons.get(connection, number)
    if made is None or not _is_in(made, scope):
        raise UsageError(
            f"没有这次对照 there is no comparison {number}", "看有哪些 see GET /api/v1/comparisons"
        )
    return made


def _is_in(made: Comparison, scope: Scope | None) -> bool:
    own = land.read(made.land)
    return scope is None or (own is not None and land.within(own, scope) == own)


def told(made: Comparison) -> dict[str, Any]:
    """Return a comparison as it is told, without its rows."""
    names = ("id", "list", "name", "account", "run", "at", "sha256", "bytes", "compared",
             "mapping", "counts", "notes")  # fmt: skip
    return {name: getattr(made, name) for name in names}


def _pairs(entries: list[str]) -> dict[str, str]:
    for entry in entries:
        if _BETWEEN not in entry:
            raise BadParameterError(
                f"列对应写法不对 this maps no column: {entry[:40]!r}",
                "写成 原列=标准列 write header=column",
            )
    return {header: column for header, _, column in (one.partition(_BETWEEN) for one in entries)}


router.include_router(small)
