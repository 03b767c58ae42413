"""A plan tried on a page: registers as they would be delivered, then both runs side by side."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api import store
from api.identity import requires
from api.shown import JudgedRun
from api.small import Small
from api.v1.scenario import Asked, tried
from api.web import frame, language, named
from gis.accounts.caller import Caller
from gis.fields import KINDS
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


@router.get("/scenario", dependencies=[Depends(requires("record"))])
def scenario(shown: JudgedRun) -> Response:
    """Return the form of a plan: of each kind a register, its headers written already."""
    tongue = language.of(shown.request)
    registers = [
        {
            "kind": kind,
            "title": named.kind(kind, tongue),
            "head": ",".join(_head(kind, name) for name in columns),
        }
        for kind, columns in _COLUMNS.items()
    ]
    return frame.page(
        shown.request, shown.caller, "scenario.html.jinja", run=shown.run, day=shown.day,
        registers=registers,
    )  # fmt: skip


@router.post("/scenario/tried")
def result(asked: Asked, request: Request, connection: OneConnection, caller: Recorder) -> Response:
    """Return, as a part of the page, what a plan would come to beside what is known."""
    told = tried(asked, request, connection, caller)
    tongue = language.of(request)
    kinds = {one["kind"]: named.kind(one["kind"], tongue) for one in told["changes"]}
    return frame.page(
        request, caller, "scenario_tried.html.jinja", told=told, kinds=kinds, first=_FIRST
    )


def _head(kind: str, name: str) -> str:
    """Return the header of a column, with the unit a bare number has where it is an area."""
    column = KINDS[kind].columns[name]
    return f"{column.title}({column.unit})" if column.unit else column.title
