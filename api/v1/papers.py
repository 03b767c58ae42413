"""What officers write: one paper at a time, a correction, a delivery taken back, a dismissal."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Annotated, Literal

import pandas as pd
from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import Field

from api import identity, store
from api.errors import BadParameterError, TakenError
from api.identity import requires
from api.small import Small
from api.uploads import folder
from api.v1 import pages, scans
from api.v1.bodies import Sound, Text
from api.v1.outside import nobody
from api.work import Correction, Paper, Work
from gis import contracts, identifiers
from gis.accounts import dismissals
from gis.accounts.caller import Caller
from gis.errors import UsageError
from gis.fields import KINDS
from gis.files import incoming
from gis.outputs.export.neighbours import seen
from gis.store import pages as lists
from gis.store import records, runs
from gis.store.database import Connection
from gis.store.pages import Wanted
from gis.store.record_filter import RecordFilter

router = APIRouter(tags=["papers 录入"], route_class=Small)

OneConnection = Annotated[Connection, Depends(store.connection)]
Recorder = Annotated[Caller, Depends(requires("record"))]
Corrector = Annotated[Caller, Depends(requires("correct"))]
Acceptor = Annotated[Caller, Depends(requires("accept"))]
Dismisser = Annotated[Caller, Depends(requires("dismiss"))]
Reader = Annotated[Caller, Depends(requires("read"))]
Kind = Literal["handovers", "extensions", "causes", "progress", "decisions", "right_endings"]


Values = Annotated[
    dict[str, str],
    Field(
        min_length=1,
        max_length=60,
        examples=[
            {
                "document": "鄂交〔2024〕1号",
                "supply_no": "1506992019B00001",
                "handed_on": "2024-05-20",
            }
        ],
    ),
]


class Written(Sound):
    """One paper: column of its kind -> what it says, as it would stand in a register."""

    values: Values
    scan: Annotated[str | None, Field(
        pattern="^[0-9a-f]{32}$", description="扫描件 the scan, as POST /api/v1/scans numbers it"
    )] = None  # fmt: skip


class Corrected(Sound):
    """What a record is to say, and why."""

    kind: Annotated[str, Field(json_schema_extra={"enum": [*sorted(KINDS)]})]
    key: Text
    values: Annotated[dict[str, str], Field(min_length=1, max_length=60)]
    why: Text
    document: Text | None = None


class Dismissed(Sound):
    """A lead or a candidate somebody looked at and found to be nothing."""

    kind: Literal["lead", "candidate"]
    subject: Text
    rule: Annotated[str, Field(max_length=60, description="线索类型或规则 kind of lead, or rule")]
    reason: Text


@router.post("/papers/{kind}", summary="录入一份文书 record one paper", status_code=201)
def record(
    kind: Kind, written: Written, request: Request, connection: OneConnection, caller: Recorder
) -> Response:
    """One paper as a delivery of one row: archived, versioned, audited, and taken back by undo."""
    must_be_writable(connection, caller, kind, written.values)
    scan = None if written.scan is None else scans.waiting(connection, written.scan, caller)
    work: Work = request.app.state.work
    with identity.lend_writing(request) as writing:
        told = work.record(writing, Paper(kind, written.values, caller.name, scan))
    if scan is not None and told["accepted"]:
        incoming.let_go(folder(), scan.number)
    if not told["accepted"]:
        return pages.not_taken(request, told, told["issues"])
    return pages.answer(told, status=201)


@router.post("/corrections", summary="人工更正 correct a record", status_code=201)
def correct(
    asked: Corrected, request: Request, connection: OneConnection, caller: Corrector
) -> Response:
    """A record put right by a person; a later file cannot silently bring the old value back."""
    if asked.kind not in KINDS:
        raise BadParameterError("没有这类资料 no such kind", f"可用 known: {', '.join(KINDS)}")
    if caller.scope is not None:
        wanted = Wanted({"key": [asked.key, identifiers.key(asked.key)]}, limit=1)
        run = runs.default(connection)
        found, _ = lists.of_records(connection, run, asked.kind, wanted, caller.scope)
        if found.empty:
            raise nobody(asked.key)
    work: Work = request.app.state.work
    with identity.lend_writing(request) as writing:
        order = Correction(
            asked.kind, asked.key, asked.values, caller.name, asked.why, asked.document
        )
        number = work.correct(writing, order, caller.scope)
    return pages.answer({"delivery": number}, status=201)


@router.post("/deliveries/{number}/undo", summary="撤销一次资料 take a delivery back")
def undo(
    number: Annotated[int, Path(ge=1, le=2**31 - 1)],
    request: Request,
    connection: OneConnection,
    caller: Acceptor,
) -> Response:
    """A delivery taken back by a delivery of its own; versions stay."""
    found, _ = lists.of_deliveries(connection, Wanted({"number": [number]}, limit=1), caller.scope)
    if found.empty:
        raise UsageError(f"没有第 {number} 次资料 there is no delivery {number}", "见 deliveries")
    work: Work = request.app.state.work
    with identity.lend_writing(request) as writing:
        told = work.undo(writing, number, caller.scope)
    return pages.answer(told)


@router.post("/dismissals", summary="排除线索或待核实 dismiss a lead or candidate", status_code=201)
def dismiss(
    asked: Dismissed, request: Request, connection: OneConnection, caller: Dismisser
) -> Response:
    """Somebody looked, and it is nothing: who, when and why; it may be taken back."""
    known = contracts.CODES["lead" if asked.kind == "lead" else "rule"]
    if asked.rule not in known:
        raise BadParameterError(
            f"不认识的代码 unknown code {asked.rule[:60]}", f"可用 known: {', '.join(known)}"
        )
    must_be_own(connection, caller, asked.subject)
    with identity.lend_writing(request) as writing:
        number = uuid.uuid4().hex
        dismissals.add(
            writing, number, asked.kind, asked.subject, asked.rule, asked.reason, caller.name
        )
    return pages.answer({"id": number}, status=201)


@router.get("/dismissals", summary="已排除的 what was dismissed")
def dismissed(connection: OneConnection, caller: Reader) -> Response:
    """What was dismissed and not taken back, in the caller's land."""
    rows = dismissals.read(connection)
    if caller.scope is not None and rows:
        run = runs.default(connection)
        own = seen(connection, run, caller.scope, [row["subject"] for row in rows])
        rows = [row for row in rows if row["subject"] in own]
    return pages.answer({"count": len(rows), "rows": rows})


@router.delete("/dismissals/{number}", summary="撤回排除 take a dismissal back")
def take_back(
    number: Annotated[str, Path(pattern="^[0-9a-f]{32}$")],
    request: Request,
    connection: OneConnection,
    caller: Dismisser,
) -> Response:
    """A dismissal taken back: who and when is kept."""
    row = next((row for row in dismissals.read(connection) if row["id"] == number), None)
    if row is None:
        raise nobody(number)
    must_be_own(connection, caller, row["subject"])
    with identity.lend_writing(request) as writing:
        dismissals.take_back(writing, number, caller.name)
    return pages.answer({"id": number})


def must_be_writable(
    connection: Connection, caller: Caller, kind: str, values: Mapping[str, str]
) -> None:
    """Raise UsageError for a paper of columns there are not, or one the caller may not record."""
    columns = KINDS[kind].columns
    strange = sorted({*values} - {*columns})
    if strange:
        raise BadParameterError(
            f"没有列 no column {', '.join(strange)[:200]}", f"可用 known: {', '.join(columns)}"
        )
    must_be_own(connection, caller, values.get("supply_no"))
    _must_be_free(connection, caller, kind, values.get("document"))


def _must_be_free(connection: Connection, caller: Caller, kind: str, document: str | None) -> None:
    """Raise TakenError where a document's number names a paper about somebody outside the land.

    A paper is known by its number, whoever sends it: another of that number would take its place.
    """
    if caller.scope is None or document is None:
        return
    same = RecordFilter(named={"key": [identifiers.key(document)]})
    told = pd.concat(
        records.read(connection, kind, columns=("supply_no",), only=same, undated=undated)
        for undated in (False, True)
    )["supply_no"]
    if told.empty:
        return
    run = runs.default(connection)
    if told.isna().any() or {*told} - seen(connection, run, caller.scope, [*told]):
        raise TakenError(
            "文书号已被占用 the document's number is taken", "核对文书号 check the number"
        )


def must_be_own(connection: Connection, caller: Caller, subject: str | None) -> None:
    """Raise UsageError where a paper is about somebody outside the caller's land, or about nobody.

    Whoever sees everything may also record what is about a supply nobody has delivered yet.
    """
    if caller.scope is None:
        return
    run = runs.default(connection)
    names = [] if subject is None else [subject, identifiers.key(subject)]
    if not seen(connection, run, caller.scope, names):
        raise nobody(subject or "—")
