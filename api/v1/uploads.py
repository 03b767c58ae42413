"""Files of records, sent: looked at as `landwatch check` does, then taken in or thrown away."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import PurePath
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import StreamingResponse

from api import identity, store
from api.errors import BadParameterError
from api.identity import requires
from api.small import Wide
from api.uploads import Looks, folder, order_of
from api.v1 import pages
from api.v1.bodies import Sound
from api.v1.coming import BODY, expire, received
from api.v1.received import sent
from api.work import Work
from gis.accounts import uploads
from gis.accounts.caller import Caller
from gis.accounts.settings import UPLOAD
from gis.accounts.uploads import DecidedError, Upload
from gis.errors import LandwatchError
from gis.fields import KINDS
from gis.files import drafts, incoming
from gis.files.incoming import Incoming
from gis.store.database import Connection

router = APIRouter(tags=["uploads 上传"])
small = APIRouter(tags=["uploads 上传"], route_class=Wide)

OneConnection = Annotated[Connection, Depends(store.connection)]
Checker = Annotated[Caller, Depends(requires("check"))]
Loader = Annotated[Caller, Depends(requires("load"))]
Number = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
# An image is registered by where it lies, and stays there.
KINDS_SENT = tuple(name for name in KINDS if name != "imagery")
_OF_FILE = ("layer", "crs", "encoding", "sender")
_Short = Annotated[str, Field(min_length=1, max_length=300)]
_Words = Annotated[dict[str, Annotated[str, Field(max_length=300)]], Field(max_length=200)]
_List = Annotated[list[_Short], Field(max_length=200)]


class Sent(BaseModel):
    """What is sent: a kind of records, under a file name; what `load` is told of a file."""

    model_config = ConfigDict(extra="forbid")

    kind: Annotated[str, Field(max_length=40, json_schema_extra={"enum": [*KINDS_SENT]})]
    name: Annotated[str, Field(
        max_length=2_000, description="文件名 name of the file; 宗地.zip", examples=["宗地.zip"]
    )]  # fmt: skip
    sha256: Annotated[str | None, Field(
        pattern="^[0-9a-fA-F]{64}$", description="文件的校验值，收齐后核对 hash it must have"
    )] = None  # fmt: skip
    layer: _Short | None = None
    crs: Annotated[_Short | None, Field(examples=["EPSG:4525"])] = None
    encoding: _Short | None = None
    sender: Annotated[_Short | None, Field(description="报送单位 who made the file")] = None


class Words(Sound):
    """What is said of a file, to its sender and to whoever reads of it later; null: nothing."""

    words: Annotated[str | None, Field(min_length=1, max_length=2_000)]


class How(Sound):
    """How a file is to be read and taken, as the options of `landwatch load` say it."""

    layer: _Short | None = None
    crs: Annotated[_Short | None, Field(examples=["EPSG:4525"])] = None
    encoding: _Short | None = None
    sender: _Short | None = None
    map: Annotated[_Words, Field(default_factory=dict, examples=[{"地块编号": "parcel_code"}])]
    set: Annotated[_Words, Field(default_factory=dict)]
    empty_days: Annotated[_List, Field(default_factory=list)]
    fixes: Annotated[_List, Field(default_factory=list, examples=[["gcj02_to_cgcs2000"]])]
    accepted: Annotated[
        _List, Field(default_factory=list, examples=[["moved:150602001001GB00001"]])
    ]
    override_corrections: bool = False
    mode: Literal["add", "replace"] = "add"
    scope: _Words | None = None


_SENT = {
    "id": "0f" * 16, "state": "received", "kind": "parcels", "name": "宗地.zip",
    "bytes": 81_234, "sha256": "ab" * 32, "account": "经办人甲", "delivery": None,
    "received_at": "2026-11-28T09:00:00+00:00", "decided_at": None,
    "how": {"crs": "EPSG:4525"}, "words": None, "worded_by": None, "report": None,
}  # fmt: skip
_LOOKED_AT = {
    **_SENT,
    "state": "checked",
    "report": {
        "check": {"rows": 2, "sound": 2, "rejected": 0, "grade": "ready", "findings": []},
        "outcome": {"rows": 2, "added": 2, "replaced": 0, "held": 0, "rejected": 0},
        "problem": None, "outside": [], "lines": [],
    },
}  # fmt: skip
_TAKEN = {"id": "0f" * 16, "state": "accepted", "delivery": 12, "rows": 2, "added": 2, "held": 0}


def _example(status: int, content: Any) -> dict[int | str, dict[str, Any]]:
    return {status: {"content": {"application/json": {"example": content}}}}


@router.post(
    "/uploads",
    summary="上传资料 send a file of records",
    status_code=201,
    openapi_extra=BODY,
    responses=_example(201, _SENT),
)
async def upload(request: Request, asked: Annotated[Sent, Query()], caller: Checker) -> Response:
    """The file comes to disk as it is sent, whole or not at all; then it is looked at.

    Nothing is taken in: see what was found (`GET`), then `accept` it or `DELETE` it.
    """
    if asked.kind not in KINDS_SENT:
        raise BadParameterError(
            f"没有这类资料，或不能上传 no kind that is sent so: {asked.kind[:40]!r}",
            f"可用 known: {', '.join(KINDS_SENT)}",
        )
    told_how = _without_empty(asked.model_dump(include=set(_OF_FILE)))

    def write_down(writing: Connection, number: str, sha256: str, coming: Incoming) -> None:
        uploads.add(
            writing, number, caller.name, caller.scope, asked.kind, asked.name, sha256,
            coming.bytes, told_how,
        )  # fmt: skip

    most = UPLOAD.most_bytes
    found = await received(request, caller, asked.name, most, asked.sha256, write_down)
    looks: Looks = request.app.state.looks
    looks.begin(found)
    answer = pages.answer(told(found), status=201)
    answer.headers["Location"] = f"/api/v1/uploads/{found.id}"
    return answer


@small.get(
    "/uploads",
    summary="上传的资料 files that were sent",
    responses=_example(200, {"count": 1, "rows": [_SENT]}),
)
def listed(connection: OneConnection, caller: Checker) -> Response:
    """Files that wait for a decision, of senders whose land the caller sees, the newest first."""
    rows = [
        told(one, is_short=True) for one in uploads.read(connection, caller.scope, waiting=True)
    ]
    return pages.answer({"count": len(rows), "rows": rows})


@small.get(
    "/uploads/{number}",
    summary="一个上传的资料 one file that was sent",
    responses=_example(200, _LOOKED_AT),
)
def one(number: Number, request: Request, connection: OneConnection, caller: Checker) -> Response:
    """What was found: the doctor's findings with grade, and what would be taken in.

    `received`: it is being looked at, ask again; `checked`: it can be accepted; `refused`: the
    file as a whole cannot be, `report.problem` says why.
    """
    found = looked_at(request, connection, number, caller)
    return pages.answer(told(found), tag(found))


@small.post("/uploads/{number}/check", summary="换一种读法再体检 look at it again", status_code=202)
def again(number: Number, how: How, request: Request, caller: Checker) -> Response:
    """Have a file read otherwise: columns mapped by hand, a system named, fixes accepted.

    `layer`, `crs`, `encoding` and `sender` stay as they were said where they are left out; all
    else is as it is said now. What waits is taken by who may accept: `accepted` and
    `override_corrections` ask for `accept`.
    """
    _must_be_allowed(caller, how.model_dump())
    with identity.lend_writing(request) as writing:
        with writing.transaction():
            known = _found(writing, number, caller, lock=True)
            uploads.must_wait(_of_records(known))
            uploads.note_how(writing, number, _said_again(known, how))
        found = _found(writing, number, caller)
    looks: Looks = request.app.state.looks
    looks.begin(found)
    return pages.answer(told(found), status=202)


@small.put("/uploads/{number}/words", summary="写下意见 say what is thought of a file")
def say(number: Number, words: Words, request: Request, caller: Checker) -> Response:
    """Kept with the file, whatever is decided: on its page and its delivery's, in the workbook
    that goes back, in the audit.
    """
    said = (words.words or "").strip() or None
    with identity.lend_writing(request) as writing, writing.transaction():
        uploads.must_wait(_found(writing, number, caller, lock=True))
        uploads.note_words(writing, number, said, caller.name)
        found = _found(writing, number, caller)
    request.state.said = said
    return pages.answer(told(found))


@small.post(
    "/uploads/{number}/accept",
    summary="采用上传的资料 take a file in",
    responses=_example(200, _TAKEN),
)
def accept(
    number: Number,
    request: Request,
    caller: Loader,
    if_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Take in what was looked at, as a delivery: whole or not at all, and once.

    With the `ETag` of the look as `If-Match` what somebody had read otherwise since is refused.
    """
    with identity.lend_writing(request) as writing:
        expire(writing)
        found = _found(writing, number, caller)
    uploads.must_wait(_of_records(found))
    _must_be_allowed(caller, found.how)
    if if_match is not None and if_match.strip().removeprefix("W/") not in ("*", tag(found)):
        raise uploads.read_otherwise()
    if found.state != uploads.CHECKED:
        problem = (found.report or {}).get("problem") or {}
        raise DecidedError(
            problem.get("found") or "还没有体检完。 It was not looked at yet.",
            problem.get("mend") or "看 look at GET /api/v1/uploads/ID",
        )
    work: Work = request.app.state.work
    try:
        outcome = work.read("accept", order_of(found))
    except DecidedError:
        raise
    except LandwatchError:
        # Who took it in may have died, or lost the store, when it was done.
        with identity.lend_writing(request) as writing:
            now = _found(writing, number, caller)
        if now.state != uploads.ACCEPTED:
            raise
        outcome = {"delivery": now.delivery}
    incoming.let_go(folder(), number)
    return pages.answer({"id": number, "state": uploads.ACCEPTED, **outcome})


@router.get(
    "/uploads/{number}/{what}",
    summary="问题清单、修正副本 what goes back: list.xlsx, mended.gpkg",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
def to_send_back(
    number: Number,
    what: Literal["list.xlsx", "mended.gpkg"],
    request: Request,
    connection: OneConnection,
    caller: Checker,
) -> StreamingResponse:
    """The workbook of all that was found, or a copy with the accepted fixes carried out."""
    found = _of_records(_found(connection, number, caller))
    uploads.must_wait(found)
    work: Work = request.app.state.work
    stem = PurePath(found.name).stem
    name = f"{stem}_问题清单.xlsx" if what == "list.xlsx" else f"{stem}_修正副本.gpkg"
    with drafts.temporary() as out:
        place = out / what
        job = "write_list" if what == "list.xlsx" else "write_mended"
        said = {} if found.words is None else {"words": f"{found.words}（{found.worded_by}）"}
        work.read(job, order_of(found) | {"out": str(place)} | said)
        return sent(place.open("rb"), name)


@small.delete("/uploads/{number}", summary="删除上传的资料 throw a file away")
def throw_away(number: Number, request: Request, caller: Checker) -> Response:
    """Throw a file away that was sent; who sent it and when is kept."""
    with identity.lend_writing(request) as writing, writing.transaction():
        uploads.must_wait(_found(writing, number, caller, lock=True))
        uploads.note_decision(writing, number, uploads.DISCARDED)
    incoming.let_go(folder(), number)
    return pages.answer({"id": number, "state": uploads.DISCARDED})


def looked_at(request: Request, connection: Connection, number: str, caller: Caller) -> Upload:
    """Return a file that was sent; one nobody has looked at yet is looked at from now on."""
    found = _found(connection, number, caller)
    if found.state == uploads.RECEIVED and found.kind != uploads.SCAN:
        looks: Looks = request.app.state.looks
        looks.begin(found)
    return found


def told(found: Upload, *, is_short: bool = False) -> dict[str, Any]:
    """Return an upload as it is told."""
    report = found.report
    if report is not None:
        # What the page draws is told by the file itself.
        report = {name: part for name, part in report.items() if name != "drawing"}
    if is_short and report is not None:
        grade = (report.get("check") or {}).get("grade")
        report = {"grade": grade, "problem": report.get("problem")}
    return {
        "id": found.id,
        "state": found.state,
        "kind": found.kind,
        "name": found.name,
        "bytes": found.bytes,
        "sha256": found.sha256,
        "account": found.account,
        "received_at": found.received_at,
        "decided_at": found.decided_at,
        "delivery": found.delivery,
        "how": found.how,
        "words": found.words,
        "worded_by": found.worded_by,
        "report": report,
    }


def plain_how(how: How) -> dict[str, Any]:
    """Return what was said of how a file is read, less what was left out."""
    return _without_empty(how.model_dump())


def _without_empty(how: Mapping[str, Any]) -> dict[str, Any]:
    # A scope without a column is the whole kind.
    return {
        name: value
        for name, value in how.items()
        if value not in (None, [], False) and (value != {} or name == "scope")
    }


def _said_again(known: Upload, how: How) -> dict[str, Any]:
    """Return how a file is to be read; what was said of the file itself, and is not now, stays."""
    stays = {one: known.how[one] for one in _OF_FILE if one in known.how}
    return plain_how(how) | {
        one: value for one, value in stays.items() if one not in how.model_fields_set
    }


def tag(found: Upload) -> str:
    """Return the ETag of a look: what was found, read how."""
    text = json.dumps([found.how, found.state, found.report], sort_keys=True, ensure_ascii=False)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def _must_be_allowed(caller: Caller, how: Mapping[str, Any]) -> None:
    """Raise ForbiddenError where a file decides what waits, or ends corrections, unallowed."""
    if how.get("accepted") or how.get("override_corrections"):
        identity.must_be_allowed(caller, "accept")


def _found(connection: Connection, number: str, caller: Caller, *, lock: bool = False) -> Upload:
    found = uploads.get(connection, number, caller.scope, lock=lock)
    if found is None:
        raise uploads.nothing(number)
    return found


def _of_records(found: Upload) -> Upload:
    if found.kind == uploads.SCAN:
        raise DecidedError(
            "这是文书的扫描件。 It is the scan of a paper.",
            "与文书一起录入 record it with its paper: POST /api/v1/papers/KIND",
        )
    return found


router.include_router(small)
