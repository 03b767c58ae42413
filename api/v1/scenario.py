"""What a plan came to that a job tried, to its maker: nothing of it is stored as fact."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from api import store
from api.errors import NotDoneError
from api.identity import requires
from api.small import Small
from api.v1 import pages
from api.v1.jobs import Number
from api.work import TRIED
from gis import config
from gis.accounts.caller import Caller
from gis.errors import UsageError
from gis.jobs import queue, result_files
from gis.jobs.job import DONE, Job
from gis.store.database import Connection

router = APIRouter(tags=["targets 任务"], route_class=Small)

OneConnection = Annotated[Connection, Depends(store.connection)]
Recorder = Annotated[Caller, Depends(requires("record"))]
KIND = "scenario"
_EXAMPLE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"example": {
        "name": "年底前收回一宗", "as_of": "2026-12-31", "known_at": 31, "run": None,
        "changes": [], "unsupplied_m2": {"before": 512_000.0, "after": 512_000.0},
        "outcomes": [], "subjects": [], "indicators": [], "targets": [],
    }}}}
}  # fmt: skip


@router.get("/scenario/{number}", summary="方案试算的结果 a plan tried", responses=_EXAMPLE)
def scenario(number: Number, connection: OneConnection, caller: Recorder) -> Response:
    """What a plan of one's own would come to beside what is known: POST /jobs, kind scenario.

    409 until the job is done; 404 when its file was swept.
    """
    found = own(connection, number, caller)
    told = result(found)
    if told is None and not found.is_finished:
        raise NotDoneError(
            f"第 {number} 号试算还没有做完。 The plan is not tried yet.",
            f"看进度 how far it is: GET /api/v1/jobs/{number}",
        )
    if told is None:
        raise UsageError(
            f"第 {number} 号试算没有结果，或已过保留期。 The trial has no result, or no more.",
            "重新提交 have it tried anew: POST /api/v1/jobs",
        )
    return pages.answer(told)


def own(connection: Connection, number: int, caller: Caller) -> Job:
    """Return a job of the caller's that tries a plan; UsageError where there is none."""
    found = queue.get(connection, number, caller.scope)
    if found.kind != KIND or found.owner != caller.name:
        raise UsageError(f"没有第 {number} 号试算。 There is no such trial.", "见 see /scenario")
    return found


def result(found: Job) -> Mapping[str, Any] | None:
    """Return what came of a plan, as `[json.scenario_run]` says; None where there is nothing."""
    place = result_files.of_name(config.read().home, found, TRIED)
    if found.state != DONE or place is None:
        return None
    told: Mapping[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    return told
