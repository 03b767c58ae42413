"""What a plan would come to, beside what is known; nothing of it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from api import identity, store
from api.identity import requires
from api.small import Small
from api.v1 import pages
from api.v1.bodies import Sound
from api.work import Plan, Work
from gis.accounts.caller import Caller
from gis.store import runs
from gis.store.database import Connection

router = APIRouter(tags=["targets 任务"], route_class=Small)

OneConnection = Annotated[Connection, Depends(store.connection)]
Recorder = Annotated[Caller, Depends(requires("record"))]
# What a plan may hold: what somebody decides.
Planned = Literal["supplies", "right_endings", "withdrawals", "decisions", "extensions"]
_MOST_LETTERS = 20_000
_EXAMPLE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"example": {
        "name": "年底前收回一宗", "as_of": "2026-12-31", "known_at": 31, "run": None,
        "changes": [{"kind": "right_endings", "accepted": 1, "rejected": 0, "issues": []}],
        "unsupplied_m2": {"before": 512_000.0, "after": 512_000.0},
        "outcomes": [], "subjects": [], "indicators": [], "targets": [],
    }}}}
}  # fmt: skip


class Register(Sound):
    """Rows of one kind as a file has them: a line of headers, then one line a row."""

    kind: Planned
    text: Annotated[str, Field(min_length=1, max_length=_MOST_LETTERS, description="CSV")]


class Asked(Sound):
    """A plan: its name, the day it is judged on, and the registers it would be delivered as."""

    name: Annotated[str, Field(min_length=1, max_length=200, description="方案名称 name")]
    as_of: Annotated[date | None, Field(description="判定日，缺省最近运行的 the day")] = None
    registers: Annotated[list[Register], Field(min_length=1, max_length=5)]


@router.post("/scenario", summary="试算方案 try a plan", responses=_EXAMPLE)
def scenario(
    asked: Asked, request: Request, connection: OneConnection, caller: Recorder
) -> Response:
    """Judge a plan beside what is known, on one's own land, and keep nothing of it."""
    return pages.answer(tried(asked, request, connection, caller))


def tried(
    asked: Asked, request: Request, connection: Connection, caller: Caller
) -> Mapping[str, Any]:
    """Return what a plan would come to, as `[json.scenario_run]` says."""
    day = asked.as_of or runs.default(connection).as_of
    plan = Plan(asked.name, day, [(one.kind, one.text) for one in asked.registers])
    work: Work = request.app.state.work
    with identity.lend_writing(request) as writing:
        return work.scenario(writing, plan, caller.scope)
