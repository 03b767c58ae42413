"""A plan tried on a page: registers as they would be delivered; what it came to, side by side."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from api import store
from api.identity import requires
from api.shown import JudgedRun
from api.small import Small
from api.v1.jobs import Number
from api.v1.scenario import KIND, own, result
from api.web import frame, language, law_words, named
from api.web.table import Column, Table
from gis import recorded_law
from gis.accounts.caller import Caller
from gis.fields import KINDS
from gis.jobs import queue
from gis.jobs.job import Job
from gis.jobs.settings import JOBS
from gis.store.database import Connection

router = APIRouter(tags=["pages 页面"], include_in_schema=False, route_class=Small)

OneConnection = Annotated[Connection, Depends(store.connection)]
Recorder = Annotated[Caller, Depends(requires("record"))]
# The columns of a kind that a plan needs, in the order of its first line.
_COLUMNS = {
    "supplies": (
        *("supply_no", "approval_nos", "region_code", "area_m2", "supply_way"),
        *("start_agreed_on", "signed_on"),
    ),
    "right_endings": ("document", "supply_no", "ended_on", "kind"),
    "withdrawals": ("document", "approval_no", "decided_on", "area_m2"),
}
_FIRST = 200
_MOST_TRIALS = 20
_TRIALS = (
    Column("name", "方案名称", "link", of="address"),
    Column("as_of", "判定日", "text", is_optional=True),
    Column("state", "进展", "code", of="job_state"),
    Column("queued_at", "提交于"),
    Column("until", "保留到", is_optional=True),
)


@router.get("/scenario", dependencies=[Depends(requires("record"))])
def scenario(
    shown: JudgedRun, again: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None
) -> Response:
    """Return the form of a plan, empty or as one's own of a number had it, and one's own plans."""
    before = {} if again is None else own(shown.connection, again, shown.caller).arguments
    written = {one["kind"]: one["text"] for one in before.get("registers", ())}
    tongue = language.of(shown.request)
    registers = [
        {
            "kind": kind,
            "title": named.kind(kind, tongue),
            "head": ",".join(_head(kind, name) for name in columns),
            "text": written.get(kind),
        }
        for kind, columns in _COLUMNS.items()
    ]
    found, count = queue.listed(
        shown.connection, shown.caller.scope, limit=_MOST_TRIALS, kinds=(KIND,),
        owner=shown.caller.name,
    )  # fmt: skip
    return frame.page(
        shown.request, shown.caller, "scenario.html.jinja", run=shown.run, registers=registers,
        name=before.get("name"), day=before.get("as_of") or f"{shown.day.year}-12-31",
        trials=Table(_TRIALS, [*map(_row, found)], count, empty=("还没有试算", "")),
    )  # fmt: skip


@router.get("/scenario/{number}")
def tried(
    number: Number, request: Request, connection: OneConnection, caller: Recorder
) -> Response:
    """Return what a plan of one's own came to beside what is known, or how far it is."""
    found = own(connection, number, caller)
    told, tongue = result(found), language.of(request)
    changes = () if told is None else told["changes"]
    readings = law_words.named(
        recorded_law.at(connection), () if told is None else told.get("readings", ()), tongue,
        ("before", "after"),
    )  # fmt: skip
    return frame.page(
        request, caller, "scenario_tried.html.jinja", told=told, readings=readings, job=found,
        first=_FIRST,
        kinds={one["kind"]: named.kind(one["kind"], tongue) for one in changes},
        run=named.newest(connection), until=named.moment(found.files_until),
        kept_days=JOBS.files_days, of_reading=bool(found.arguments.get("readings")),
    )  # fmt: skip


def _row(job: Job) -> dict[str, Any]:
    return {
        "name": job.arguments["name"],
        "address": f"/scenario/{job.id}",
        "as_of": job.arguments.get("as_of"),
        "state": job.state,
        "queued_at": named.moment(job.queued_at),
        "until": named.moment(job.files_until),
    }


def _head(kind: str, name: str) -> str:
    """Return the header of a column, with the unit a bare number has where it is an area."""
    column = KINDS[kind].columns[name]
    return f"{column.title}({column.unit})" if column.unit else column.title
