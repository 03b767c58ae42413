"""Lists as files, shapefile to 报部坐标, each with its signed manifest."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import StreamingResponse

from api import store
from api.identity import requires
from api.work import Order, Work
from gis.accounts.caller import Caller
from gis.outputs.export.choose import LISTS
from gis.store import runs
from gis.store.database import Connection

router = APIRouter(tags=["exports 导出"])

OneConnection = Annotated[Connection, Depends(store.connection)]
Exporter = Annotated[Caller, Depends(requires("export"))]
What = Literal["findings", "targets", "candidates", "unsupplied"]
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
    folder = Path(tempfile.mkdtemp(prefix="landwatch-export-"))
    try:
        order = Order(what, file_format, epsg, encoding, caller.scope)
        files = work.export(connection, found, order, folder)
        archive = folder / "archive.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
            for file in sorted(files):
                info = zipfile.ZipInfo(file.relative_to(folder).as_posix(), _STAMP)
                info.compress_type = zipfile.ZIP_DEFLATED
                with file.open("rb") as content, packed.open(info, "w") as into:
                    shutil.copyfileobj(content, into)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    name = quote(f"{LISTS[what]}_{found.as_of}_{found.id}.zip")
    headers = {
        "Content-Disposition": f"attachment; filename=\"export.zip\"; filename*=UTF-8''{name}",
        "Content-Length": str(archive.stat().st_size),
    }
    return StreamingResponse(_sent(archive), media_type="application/zip", headers=headers)


def _sent(archive: Path) -> Iterator[bytes]:
    """Yield a file piece by piece; its folder goes when it was sent, or the caller went away."""
    try:
        with archive.open("rb") as content:
            while piece := content.read(_AT_ONCE):
                yield piece
    finally:
        shutil.rmtree(archive.parent, ignore_errors=True)
