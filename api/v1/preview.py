"""What would be said of one subject if one paper were recorded; nothing is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from api import identity, store
from api.errors import BadParameterError
from api.identity import requires
from api.small import Small
from api.v1 import pages
from api.v1.bodies import Sound
from api.v1.outside import content_within, hidden, nobody, sentences_of
from api.v1.papers import Kind, Values, must_be_writable
from api.work import Paper, Work
from gis.accounts.caller import Caller
from gis.errors import DiskError, UsageError
from gis.store import runs, whose_land
from gis.store.database import Connection
from gis.store.results import Scope
from gis.store.runs import Run

router = APIRouter(tags=["papers 录入"], route_class=Small)

OneConnection = Annotated[Connection, Depends(store.connection)]
Recorder = Annotated[Caller, Depends(requires("record"))]
_DIFFERS = ("outcome", "disposition", "evidence_grade", "since_on", "next_on")
_EXAMPLE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"example": {
        "subject": "1506992019B00001", "as_of": "2024-06-30", "known_at": 31,
        "changed": {"outcome": ["candidate", "overdue"]},
        "paper": {"accepted": 1, "rejected": 0, "held": 0, "unchanged": 0, "is_known": False,
                  "issues": []},
        "before": {"subject": "1506992019B00001"}, "after": {"subject": "1506992019B00001"},
    }}}}
}  # fmt: skip


class Supposed(Sound):
    """A paper that may come: its kind and what it says, as for POST /api/v1/papers."""

    kind: Kind
    values: Values
    subject: Annotated[str | None, Field(
        min_length=1, max_length=300, description="监测对象，缺省为文书所指 the one asked for"
    )] = None  # fmt: skip
    as_of: Annotated[date | None, Field(description="判定日 the day, as the newest run's")] = None


@router.post("/preview", summary="试算一份文书 what one paper would change", responses=_EXAMPLE)
def preview(
    asked: Supposed, request: Request, connection: OneConnection, caller: Recorder
) -> Response:
    """The trace of one subject on a day, without the paper and with it; nothing is stored."""
    told = supposed(asked, request, connection, caller)
    if not told["paper"]["accepted"]:
        return pages.not_taken(request, told, told["paper"]["issues"])
    return pages.answer(told)


def supposed(
    asked: Supposed, request: Request, connection: Connection, caller: Caller
) -> dict[str, Any]:
    """Return how a subject stands without a paper and with it, and what differs between both."""
    must_be_writable(connection, caller, asked.kind, asked.values)
    subject = asked.subject or asked.values.get("supply_no")
    if subject is None:
        raise BadParameterError(
            "没有写明监测对象。 Which subject is meant is not said.", "写明 name it: subject"
        )
    # Where nothing was judged yet there is a day only where one is named.
    needs_run = asked.as_of is None or caller.scope is not None
    run = runs.default(connection) if needs_run else None
    day = asked.as_of or (date.min if run is None else run.as_of)
    work: Work = request.app.state.work
    paper = Paper(asked.kind, asked.values, caller.name)
    try:
        with identity.lend_writing(request) as writing:
            told = dict(work.preview(writing, paper, subject, day))
        if caller.scope is not None and run is not None:
            told |= _within(connection, run, caller.scope, told)
    except DiskError:
        raise
    except UsageError:
        if caller.scope is None:
            raise
        # Its words may name the nearest, or whose the number is: who may lie outside.
        raise nobody(subject) from None
    found = {name: told[name].get("finding") or {} for name in ("before", "after")}
    pairs = {one: [found["before"].get(one), found["after"].get(one)] for one in _DIFFERS}
    return {
        "subject": told["after"]["subject"],
        "as_of": day,
        "changed": {one: pair for one, pair in pairs.items() if pair[0] != pair[1]},
        **told,
    }


def _within(
    connection: Connection, run: Run, scope: Scope, told: Mapping[str, Any]
) -> dict[str, Any]:
    """Return both traces, in which whoever lies outside the scope has no number.

    Both speak of what came since the run too, whom no result of it names.
    """
    within = {
        name: content_within(connection, run, scope, told[name]) for name in ("before", "after")
    }
    own = {str(trace["subject"]) for trace in within.values()}
    named = whose_land.strangers(connection, scope, sentences_of(within)) - own
    return dict(hidden(within, named))
