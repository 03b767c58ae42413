"""What comes in the next days, month by month, between what is overdue and what has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response

from api.shown import JudgedRun
from api.v1.asked import Name, Places
from api.web import frame, overdue, period

router = APIRouter(tags=["pages 页面"], include_in_schema=False)

_FAR = period.HORIZONS[-1]


@router.get("/calendar")
def calendar(
    shown: JudgedRun,
    days: Annotated[int, Query(ge=0, le=_FAR, description="几天内 within how many days")] = _FAR,
    text: Annotated[str | None, Query(max_length=300)] = None,
    block: Name | None = None,
    park: Name | None = None,
) -> Response:
    """Return what comes; where no night has told it, as a part the page asks for."""
    places = Places(block=block, park=park).places()
    is_part = shown.request.headers.get("hx-request-type") == "partial"
    told = period.told(shown, places) if is_part else period.kept(shown, places)
    months = []
    count = 0
    late: Sequence[Mapping[str, Any]] = ()
    over: Sequence[Mapping[str, Any]] = ()
    held: Sequence[Mapping[str, Any]] = ()
    is_late_whole = True
    if told is not None:
        found = overdue.steps_of(shown, places)
        late = [one for one in found.rows if _says(one, text)]
        is_late_whole = found.is_whole
        told_above = {(one["subject"], one["on"]) for one in late}
        due = [one for one in told.coming(shown.day, days) if _says(one, text)]
        over = [one for one in told.overdue(shown.day)
                if _says(one, text) and (one["subject"], one["on"]) not in told_above]  # fmt: skip
        held = [one for one in told.arrived(shown.day) if _says(one, text)]
        count = len(due)
        months = [
            (month, [*rows]) for month, rows in groupby(due, lambda one: f"{one['on']:%Y-%m}")
        ]
    return frame.page(
        shown.request, shown.caller, "calendar.html.jinja", run=shown.run, day=shown.day, told=told,
        months=months, count=count, days=days, text=text or "", horizons=period.HORIZONS,
        late=late, is_late_whole=is_late_whole, over=over, held=held, block=block, park=park,
        more=_more(text, block, park),
    )  # fmt: skip


@router.get("/calendar/late")
def late(shown: JudgedRun) -> Response:
    """Return how many steps are overdue: a part of the first page, which waits for none."""
    found = overdue.steps_of(shown)
    return frame.page(
        shown.request, shown.caller, "late.html.jinja", run=shown.run,
        count=len(found.rows), is_whole=found.is_whole,
    )  # fmt: skip


def _more(text: str | None, block: str | None, park: str | None) -> str:
    """Return what is filtered by, as an address goes on with it."""
    given = {"text": text, "block": block, "park": park}
    said = urlencode({name: value for name, value in given.items() if value})
    return f"&{said}" if said else ""


def _says(one: object, text: str | None) -> bool:
    if not text:
        return True
    assert isinstance(one, dict)
    said = (one["subject"], one["name"], one["words"])
    return any(text.lower() in part.lower() for part in said if part)
