"""Lists as files, shapefile to 报部坐标, each with its signed manifest."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, BinaryIO, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import StreamingResponse

from api import store
from api.identity import requires
from api.work import Order, Work
from gis.accounts.caller import Caller
from gis.files import drafts
from gis.outputs.export.choose import LISTS
from gis.store import runs
from gis.store.database import Connection

router = APIRouter(tags=["exports 导出"])

OneConnection = Annotated[Connection, Depends(store.connection)]
Exporter = Annotated[Caller, Depends(requires("export"))]
What = Literal["findings", "targets", "candidates", "unsupplied", "leads", "parcels"]
Format = Literal["shp", "gpkg", "geojson", "parquet", "xlsx", "csv", "txt"]
_AT_ONCE = 1 << 16
# The same content makes the same archive.
_STAMP = (1980, 1, 1, 0, 0, 0)


@router.get(
    "/exports/{what}",
    summary="导出清单 a list as files",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/zip": {}}}},
)
def export(
    what: What,
    request: Request,
    connection: OneConnection,
    caller: Exporter,
    file_format: Annotated[Format, Query(alias="format")] = "shp",
    epsg: Annotated[int, Query(ge=1, le=100_000, description="坐标系 system of the shapes")] = 4490,
    encoding: Literal["utf-8", "gbk"] = "utf-8",
    run: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    as_of: date | None = None,
) -> StreamingResponse:
    """A list of a run, in the caller's land, as an archive of its files and their manifest."""
    work: Work = request.app.state.work
    found = runs.chosen(connection, run, as_of)
    with drafts.temporary() as folder:
        order = Order(what, file_format, epsg, encoding, caller.scope)
        archive = packed(work.export(connection, found, order, folder), folder)
        # What is open can be read to its end, though the folder is gone: nothing is left behind
        # when the caller goes away, or the server does.
        content = archive.open("rb")
        size = archive.stat().st_size
    name = quote(f"{LISTS[what]}_{found.as_of}_{found.id}.zip")
    headers = {
        "Content-Disposition": f"attachment; filename=\"export.zip\"; filename*=UTF-8''{name}",
        "Content-Length": str(size),
    }
    return StreamingResponse(pieces(content), media_type="application/zip", headers=headers)


def packed(files: Sequence[Path], folder: Path) -> Path:
    """Return an archive of files by their names; the same files make the same bytes."""
    archive = folder / "archive.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        for file in sorted(files):
            info = zipfile.ZipInfo(file.name, _STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            with file.open("rb") as content, made.open(info, "w") as into:
                shutil.copyfileobj(content, into)
    return archive


def pieces(content: BinaryIO) -> Iterator[bytes]:
    """Yield what an open file holds, and close it."""
    with content:
        while piece := content.read(_AT_ONCE):
            yield piece
