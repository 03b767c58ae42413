"""What was delivered: files that wait, what was taken in, and one delivery with its issues."""

from __future__ import annotations

from typing import Annotated, Any

import pandas as pd
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api import store
from api.identity import requires
from api.v1 import pages, received
from api.v1 import uploads as api_uploads
from api.web import frame, language, named, review
from api.web.language import Language
from api.web.table import Column, Table, address
from gis.accounts import uploads
from gis.accounts.caller import Caller
from gis.accounts.settings import UPLOAD
from gis.fields import KINDS
from gis.store import pages as lists
from gis.store.database import Connection
from gis.store.pages import Wanted

router = APIRouter(tags=["pages 页面"], include_in_schema=False)

OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]
Checker = Annotated[Caller, Depends(requires("check"))]
_PAGE = 100
_NUMBER = Path(ge=1, le=2**31 - 1)
_STATES = {
    uploads.RECEIVED: "体检中",
    uploads.CHECKED: "可接收",
    uploads.REFUSED: "不能接收",
    uploads.ACCEPTED: "已接收",
    uploads.DISCARDED: "已退回",
    uploads.EXPIRED: "逾期未处理，已删除",
}
_WAITING = (
    Column("name", "文件", "link", of="address"),
    Column("kind", "种类"),
    Column("state", "状态"),
    Column("account", "经办"),
    Column("received_at", "收到"),
)
_LOADED = (
    Column("number", "次", "link", of="address"),
    Column("name", "文件"),
    Column("kind", "种类"),
    Column("received_at", "收到"),
    Column("rows", "行", "count"),
    Column("added", "新增", "count"),
    Column("replaced", "改动", "count"),
    Column("unchanged", "无变化", "count"),
    Column("held", "搁置", "count"),
    Column("rejected", "未采用", "count"),
)
_ISSUES = (
    Column("row", "行"),
    Column("severity", "等级", "severity"),
    Column("field", "字段"),
    Column("said", "问题"),
    Column("mend", "怎样改"),
)


@router.get("/deliveries")
def deliveries(
    request: Request,
    connection: OneConnection,
    caller: Reader,
    kind: Annotated[str | None, Query(max_length=40)] = None,
    q: Annotated[str | None, Query(max_length=300)] = None,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> Response:
    """Return the files that wait for a decision, and what was taken in, the newest first."""
    tongue = language.of(request)
    where: dict[str, list[object]] = {"kind": [kind]} if kind else {}
    wanted = Wanted(where, q or None, ("name",), [before] if before else None, _PAGE)
    found, count = lists.of_deliveries(connection, wanted, caller.scope)
    waiting = []
    if caller.may("check"):
        waiting = [_waiting(one, tongue) for one in
                   uploads.read(connection, caller.scope, waiting=True)
                   if one.kind != uploads.SCAN]  # fmt: skip
    last = int(found["number"].iloc[-1]) if len(found) == _PAGE else None
    return frame.page(
        request,
        caller,
        "deliveries.html.jinja",
        run=named.newest(connection),
        kinds={name: named.kind(name, tongue) for name in api_uploads.KINDS_SENT},
        every_kind={name: named.kind(name, tongue) for name in KINDS},
        asked={"kind": kind or "", "q": q or ""},
        most_mib=UPLOAD.most_bytes // 2**20,
        waiting_days=UPLOAD.waiting_days,
        waiting=Table(_WAITING, waiting, len(waiting), row_key="id",
                      empty=("没有等候处理的文件", "上传后在这里体检、接收或退回")),
        loaded=Table(
            _LOADED, _loaded(found, tongue), count, row_key="number",
            next_address=None if last is None else address(request, before=last),
            empty=("还没有资料", "上传第一份资料，或放宽筛选条件"),
        ),
    )  # fmt: skip


@router.get("/deliveries/{number:int}")
def delivery(
    number: Annotated[int, _NUMBER],
    request: Request,
    connection: OneConnection,
    caller: Reader,
    after: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> Response:
    """Return one delivery: what became of its rows, and what was wrong with them."""
    tongue = language.of(request)
    (row,) = received.of_number(connection, number, caller.scope)
    wanted = Wanted({"delivery": [number]}, after=[after] if after else None, limit=_PAGE)
    found, count = lists.of_issues(connection, wanted, caller.scope)
    told = received.told_within(connection, caller.scope)
    names = ["row_no", "field", "code", "severity", "value", "message", "fix"]
    issues = [review.line(one, row["kind"], tongue) for one in told(pages.rows_of(found, names))]
    last = int(found["id"].iloc[-1]) if len(found) == _PAGE else None
    return frame.page(
        request,
        caller,
        "delivery.html.jinja",
        run=named.newest(connection),
        delivery=row,
        kind=named.kind(row["kind"], tongue),
        mapping=review.mapping(row["mapping"], row["kind"], tongue),
        scan=uploads.scan_of(connection, number),
        sent=_seen(uploads.of_delivery(connection, number), caller),
        received_at=named.moment(row["received_at"]),
        issues=Table(
            _ISSUES, issues, count,
            next_address=None if last is None else address(request, after=last),
            empty=("没有问题", "这份资料的每一行都照原样采用"),
        ),
    )  # fmt: skip


@router.get("/deliveries/{number}")
def sent(
    number: Annotated[str, Path(pattern="^[0-9a-f]{32}$")],
    request: Request,
    connection: OneConnection,
    caller: Checker,
    severity: Annotated[str | None, Query(pattern="^(error|warning|note)$")] = None,
) -> Response:
    """Return a file that was sent, its findings beside its rows on a map, to be decided of."""
    found = api_uploads.looked_at(request, connection, number, caller)
    tongue = language.of(request)
    return frame.page(
        request,
        caller,
        "review.html.jinja",
        run=named.newest(connection),
        upload=found,
        kind=named.kind(found.kind, tongue),
        state=_STATES[found.state],
        account=named.who(found.account, tongue),
        received_at=named.moment(found.received_at),
        tag=api_uploads.tag(found),
        **review.told(found, severity, tongue),
    )


def _seen(found: uploads.Upload | None, caller: Caller) -> uploads.Upload | None:
    """Return what was sent where the caller sees all the land of who sent it; else None."""
    is_seen = found is not None and uploads.is_in(found, caller.scope)
    return found if is_seen else None


def _waiting(found: uploads.Upload, tongue: Language) -> dict[str, Any]:
    return {
        "id": found.id,
        "name": found.name,
        "address": f"/deliveries/{found.id}",
        "kind": named.kind(found.kind, tongue),
        "state": language.said(_STATES[found.state], tongue),
        "account": named.who(found.account, tongue),
        "received_at": named.moment(found.received_at),
    }


def _loaded(found: pd.DataFrame, tongue: Language) -> list[dict[str, Any]]:
    rows = found.to_dict("records")
    return [
        {str(name): value for name, value in row.items()}
        | {
            "address": f"/deliveries/{row['number']}",
            "kind": named.kind(str(row["kind"]), tongue),
            "received_at": named.moment(row["received_at"]),
        }
        for row in rows
    ]
