"""Scans of papers: sent first, recorded with their paper, given back to who may see that.

They are told apart by what they begin with, and never opened.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import StreamingResponse

from api import store
from api.errors import BadParameterError
from api.identity import requires
from api.uploads import folder
from api.v1 import pages
from api.v1.coming import BODY, received
from api.v1.received import of_number, sent
from api.work import Scan, Work
from gis.accounts import uploads
from gis.accounts.caller import Caller
from gis.accounts.settings import UPLOAD
from gis.errors import UsageError
from gis.files import incoming
from gis.files.incoming import Incoming
from gis.store.database import Connection

router = APIRouter(tags=["papers 录入"])

OneConnection = Annotated[Connection, Depends(store.connection)]
Recorder = Annotated[Caller, Depends(requires("record"))]
Reader = Annotated[Caller, Depends(requires("read"))]
# What a file begins with -> what it is.
_BEGINS = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)
_EXAMPLE: dict[int | str, dict[str, Any]] = {
    201: {"content": {"application/json": {"example": {
        "id": "0f" * 16, "name": "交地确认书.pdf", "media_type": "application/pdf",
        "bytes": 81_234, "sha256": "ab" * 32,
    }}}}
}  # fmt: skip


class Scanned(BaseModel):
    """What is sent: a scan, under a file name."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=2_000, examples=["交地确认书.pdf"])]
    sha256: Annotated[str | None, Field(pattern="^[0-9a-fA-F]{64}$")] = None


@router.post(
    "/scans",
    summary="上传文书扫描件 send the scan of a paper",
    status_code=201,
    openapi_extra=BODY,
    responses=_EXAMPLE,
)
async def send(request: Request, asked: Annotated[Scanned, Query()], caller: Recorder) -> Response:
    """PDF, JPEG, PNG or TIFF; then record the paper with its `id` as `scan`."""

    def write_down(writing: Connection, number: str, sha256: str, coming: Incoming) -> None:
        kind = media_type(coming.head)
        if kind is None:
            raise BadParameterError(
                f"{asked.name}：不是 PDF、JPEG、PNG 或 TIFF。 It is no PDF, JPEG, PNG or TIFF.",
                "转换后再传 convert it and send it again",
            )
        uploads.add(
            writing, number, caller.name, caller.scope, uploads.SCAN, asked.name, sha256,
            coming.bytes, {"media_type": kind},
        )  # fmt: skip

    most = UPLOAD.most_scan_bytes
    found = await received(request, caller, asked.name, most, asked.sha256, write_down)
    told = {
        "id": found.id,
        "name": found.name,
        "media_type": found.how["media_type"],
        "bytes": found.bytes,
        "sha256": found.sha256,
    }
    return pages.answer(told, status=201)


@router.get(
    "/deliveries/{number}/scan",
    summary="文书扫描件 the scan of a paper",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/pdf": {}, "image/*": {}}}},
)
def scan(
    number: Annotated[int, Path(ge=1, le=2**31 - 1)],
    request: Request,
    connection: OneConnection,
    caller: Reader,
) -> StreamingResponse:
    """The scan a paper was recorded with, as it came; to be kept, never shown within a page."""
    of_number(connection, number, caller.scope)
    found = uploads.scan_of(connection, number)
    work: Work = request.app.state.work
    given = None if found is None else work.kept(found.sha256, found.name)
    if found is None or given is None:
        raise UsageError(
            f"第 {number} 次资料没有扫描件 delivery {number} has no scan",
            "扫描件与文书一起录入 a scan is recorded with its paper",
        )
    return sent(given[0], found.name, str(found.how["media_type"]))


def media_type(head: bytes) -> str | None:
    """Return what a scan is by what it begins with, None where it is none."""
    return next((kind for begins, kind in _BEGINS if head.startswith(begins)), None)


def waiting(connection: Connection, number: str, caller: Caller) -> Scan:
    """Return a scan that was sent and waits for its paper; UsageError where there is none."""
    found = uploads.get(connection, number, caller.scope)
    place = incoming.kept(folder(), number)
    if found is None or found.kind != uploads.SCAN or (found.is_waiting and place is None):
        raise UsageError(f"没有扫描件 there is no scan {number}", "先上传 POST /api/v1/scans first")
    uploads.must_wait(found)
    assert place is not None
    return Scan(number, place, found.sha256)
