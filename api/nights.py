"""The page of a night: its digest, of the land of whoever looks at it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import HTMLResponse

from api import pages, store
from api.identity import requires
from gis.accounts.caller import Caller
from gis.errors import UsageError
from gis.night.told import digest_of
from gis.outputs import digest
from gis.store import nights
from gis.store.database import Connection

router = APIRouter(tags=["pages 页面"])

OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]


@router.get("/nights/{day}", response_class=HTMLResponse)
def night_page(day: date, request: Request, connection: OneConnection, caller: Reader) -> Response:
    """Return what a good night tells, for a person to read and print."""
    found = nights.get(connection, day)
    if found is None or found.state != nights.GOOD:
        raise UsageError(
            f"没有 {day} 夜的夜报 there is no digest of the night of {day}",
            "见 see GET /api/v1/nights",
        )
    told = digest.html(digest_of(connection, found, caller.scope))

    def draw(out: Path) -> None:
        out.write_text(told, encoding="utf-8")

    return pages.answer(request, pages.drawn(draw))
