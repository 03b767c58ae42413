"""What comes in the next days, month by month, the overdue first; as a file for calendars."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.shown import JudgedRun
from api.web import frame, period

router = APIRouter(tags=["pages 页面"], include_in_schema=False)

_FAR = period.HORIZONS[-1]


@router.get("/calendar")
def calendar(
    shown: JudgedRun,
    days: Annotated[int, Query(ge=0, le=_FAR, description="几天内 within how many days")] = _FAR,
    text: Annotated[str | None, Query(max_length=300)] = None,
) -> Response:
    """Return what comes; where no night has told it, as a part the page asks for."""
    is_part = shown.request.headers.get("hx-request-type") == "partial"
    told = period.told(shown) if is_part else period.kept(shown)
    months = []
    count = 0
    if told is not None:
        due = [one for one in told.due if (one["on"] - shown.day).days <= days and _says(one, text)]
        count = len(due)
        months = [
            (month, [*rows]) for month, rows in groupby(due, lambda one: f"{one['on']:%Y-%m}")
        ]
    return frame.page(
        shown.request, shown.caller, "calendar.html.jinja", run=shown.run, day=shown.day, told=told,
        months=months, count=count, days=days, text=text or "", horizons=period.HORIZONS,
    )  # fmt: skip


def _says(one: object, text: str | None) -> bool:
    if not text:
        return True
    assert isinstance(one, dict)
    said = (one["subject"], one["name"], one["words"])
    return any(text.lower() in part.lower() for part in said if part)
