"""Rows that wait for a person: looked at, then taken in one by one, or refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import Field

from api import identity, store
from api.identity import requires
from api.small import Wide
from api.uploads import land_of
from api.v1 import pages
from api.v1.asked import Paged, no_place, place, token
from api.v1.bodies import Sound, Text
from api.v1.received import of_number, told_within
from api.v1.uploads import How, plain_how
from api.work import Work
from gis.accounts import dismissals, uploads
from gis.accounts.caller import Caller
from gis.errors import UsageError
from gis.store import pages as lists
from gis.store.database import Connection
from gis.store.held_rows import ACCEPTED
from gis.store.pages import Wanted
from gis.store.results import Scope

router = APIRouter(tags=["held 搁置"], route_class=Wide)

OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]
Acceptor = Annotated[Caller, Depends(requires("accept"))]
Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
_WORDS = {code: word for word, code in ACCEPTED.items()}
_TOLD = (
    *("id", "delivery", "file", "row_no", "field", "code", "value", "message", "fix"),
)  # fmt: skip


_EXAMPLE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"example": {"count": 1, "next": None, "rows": [{
        "id": 71, "delivery": 12, "file": "宗地.zip", "row_no": 2, "field": "parcel_code",
        "code": "held_moved", "value": "150602001001GB00002",
        "message": "编号 150602001001GB00002 的图形离生效记录的位置 688 米，且无重叠，本行搁置",
        "fix": "核对 look at it", "changed_since": None,
    }]}}}}
}  # fmt: skip


class Held(Paged):
    """Which rows that wait."""

    delivery: Annotated[int | None, Field(ge=1, le=2**31 - 1)] = None


class Accepted(Sound):
    """That a row is as it says, and why; how its file was read, where nobody kept that."""

    reason: Annotated[Text, Field(examples=["现场核实 looked at on the ground"])]
    how: How | None = None
    also: Annotated[Literal["moved", "copy"] | None, Field(
        description="还因此搁置的，一并采用 what else it waits for, and is so"
    )] = None  # fmt: skip
    even_though_changed: Annotated[bool, Field(
        description="其后改动过的记录也由它代替 it replaces what came since (changed_since)"
    )] = False  # fmt: skip


class Refused(Sound):
    """That a row is not to be taken in, and why."""

    reason: Annotated[Text, Field(examples=["与合同附图不符 not as the contract has it"])]


@router.get("/held", summary="搁置的行 rows that wait for a person", responses=_EXAMPLE)
def held(
    request: Request,
    connection: OneConnection,
    caller: Reader,
    asked: Annotated[Held, Query()],
) -> Response:
    """Rows that moved, or copy another: neither taken in nor rejected until somebody decides.

    `changed_since`: the newest delivery that has changed the row's record since it came.
    """
    where: dict[str, list[object]] = {}
    if asked.delivery is not None:
        where["delivery"] = [asked.delivery]
    after: list[Any] | None = None if asked.after is None else place(asked.after)
    if after is not None and not (len(after) == 1 and type(after[0]) is int):
        raise no_place()
    # A value may be the number of somebody outside: what is not shown is not searched for either.
    searched = ("file", *(("value",) if caller.scope is None else ()))
    wanted = Wanted(where, asked.text, searched, after, asked.limit)
    frame, count = lists.of_held(connection, wanted, caller.scope, dismissals.HELD)
    since = lists.changed_since(connection, frame)
    told = [{**row, "changed_since": since.get(row["id"])} for row in pages.rows_of(frame, _TOLD)]
    rows = told_within(connection, caller.scope)(told)
    last = token([int(frame["id"].iloc[-1])]) if len(frame) == asked.limit else None
    return pages.answer(pages.page(request, rows, count, last))


@router.post("/held/{number}/accept", summary="采用搁置的行 take a row in")
def accept(
    number: Number,
    asked: Accepted,
    request: Request,
    connection: OneConnection,
    caller: Acceptor,
) -> Response:
    """Take the row in, out of the file it came in, as a delivery; the rest of it stays as it is.

    409 where it would not come in after all, or would replace what came since it was sent.
    """
    row = _waiting(connection, number, caller.scope)
    (came,) = of_number(connection, int(row["delivery"]), caller.scope)
    work: Work = request.app.state.work
    how = None if asked.how is None else plain_how(asked.how)
    known = uploads.how_of(connection, int(row["delivery"]))
    order = {
        **{name: came[name] for name in ("name", "sha256", "fingerprint", "kind")},
        "issue": number,
        "delivery": came["number"],
        "row_no": row["row_no"],
        "value": row["value"],
        "words": sorted(
            {
                f"{word}:{row['value']}"
                for word in (_WORDS[row["code"]], asked.also)
                if word is not None
            }
        ),
        "even_though_changed": asked.even_though_changed,
        "account": caller.name,
        "reason": asked.reason,
        "how": known,
        "asked": how or {},
        "land": land_of(caller.scope),
    }
    return pages.answer({"id": number, "decision": "accepted", **work.read("accept_held", order)})


@router.post("/held/{number}/refuse", summary="不采用搁置的行 refuse a row")
def refuse(
    number: Number,
    asked: Refused,
    request: Request,
    connection: OneConnection,
    caller: Acceptor,
) -> Response:
    """The row waits no more; the record in force stays, and why is kept."""
    _waiting(connection, number, caller.scope)
    with identity.lend_writing(request) as writing:
        dismissals.add(
            writing, f"{number:032x}", dismissals.HELD, str(number), dismissals.REFUSED,
            asked.reason, caller.name,
        )  # fmt: skip
    return pages.answer({"id": number, "decision": "refused"})


def _waiting(connection: Connection, number: int, scope: Scope | None) -> dict[str, Any]:
    wanted = Wanted({"id": [number]}, limit=1)
    found, _ = lists.of_held(connection, wanted, scope, dismissals.HELD)
    if found.empty:
        raise UsageError(
            f"没有搁置的行 {number} no row {number} waits", "看有哪些 see GET /api/v1/held"
        )
    return dict(pages.rows_of(found, _TOLD)[0])
