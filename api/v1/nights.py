"""The nights: what came of each, and its digest, of the land of the caller alone."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from api import store
from api.identity import requires
from api.v1 import pages
from gis.accounts.caller import Caller
from gis.errors import UsageError
from gis.night.told import digest_of
from gis.outputs import digest
from gis.store import nights
from gis.store.database import Connection
from gis.store.nights import Night

router = APIRouter(tags=["nights 夜间运行"])

OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]
Limit = Annotated[int, Query(ge=1, le=1_000, description="最多几夜 at most so many")]
_TOLD = (
    *("as_of", "state", "attempts", "started_at", "ended_at", "run", "delivery", "before_on"),
    "before_run",
)


@router.get("/nights", summary="历次夜间运行 nights")
def listed(connection: OneConnection, caller: Reader, limit: Limit = 100) -> Response:
    """Every night, the newest first; why one failed is for whoever sees all land."""
    rows = [_row(night, caller) for night in nights.listed_nights(connection, limit)]
    return pages.answer({"count": len(rows), "rows": rows})


@router.get("/nights/{day}", summary="一夜的夜报 the digest of a night")
def night(day: date, connection: OneConnection, caller: Reader) -> Response:
    """What a night tells of the caller's land: what is new, what is due, what went wrong.

    `digest` is null where the night failed. /nights/DAY is the same as a page.
    """
    found = nights.get(connection, day)
    if found is None:
        raise UsageError(f"没有 {day} 夜 there is no night of {day}", "见 GET /api/v1/nights")
    is_good = found.state == nights.GOOD
    told = digest.content(digest_of(connection, found, caller.scope)) if is_good else None
    return pages.answer({"night": _row(found, caller), "digest": told})


def _row(found: Night, caller: Caller) -> dict[str, Any]:
    # Why a night failed may name records.
    reason = {"reason": found.reason if caller.scope is None else None}
    return {name: pages.plain(getattr(found, name)) for name in _TOLD} | reason
