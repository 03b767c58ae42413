"""Jobs: long work asked for, watched, cancelled; its files fetched."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Header, Path, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from api import identity, store, way
from api.events import News
from api.identity import requires
from api.small import Small
from api.v1 import pages
from api.v1.asked import no_place, place, token
from api.v1.exports import packed
from api.v1.job_orders import Asked, arguments_of
from api.v1.received import sent
from gis import config
from gis.accounts import audit
from gis.accounts.caller import Caller
from gis.errors import LandwatchError, UsageError
from gis.files import drafts
from gis.jobs import queue, result_files, shown
from gis.jobs.job import STATES, Job
from gis.store.database import Connection

router = APIRouter(tags=["jobs 任务"], route_class=Small)
# A stream of events is no route of the class that reads a body first.
streams = APIRouter(tags=["jobs 任务"])

OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]
Exporter = Annotated[Caller, Depends(requires("export"))]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
# So often it is looked whether who watches still may.
_LOOKS_SECONDS = 15.0
_JOB: dict[str, Any] = {
    "id": 12, "kind": "export", "state": "running", "arguments": {"what": "targets"},
    "owner": "经办人甲", "land": None, "attempt_count": 1,
    "queued_at": "2026-11-29T09:00:00+00:00", "started_at": "2026-11-29T09:00:01+00:00",
    "finished_at": None, "cancel_asked_at": None, "cancel_asked_by": None,
    "progress": {"done": None, "total": None, "zh": "写出清单", "en": "writing the list"},
    "has_code_changed": False, "result": None, "fault": None, "files": [], "files_until": None,
    "are_files_gone": False,
}  # fmt: skip
_LOGGED = {**_JOB, "log": []}


def _example(status: int, content: Any) -> dict[int | str, dict[str, Any]]:
    return {status: {"content": {"application/json": {"example": content}}}}


class Listed(BaseModel):
    """A page of jobs: of some states, of one kind, one's own."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=1_000, description="行数 rows of a page")] = 100
    after: Annotated[
        str | None, Field(max_length=200, description="上一页 next 所给 from `next` of a page")
    ] = None
    state: Annotated[list[Literal[STATES]], Field(max_length=len(STATES))] = []  # type: ignore[valid-type]
    kind: Annotated[str | None, Field(min_length=1, max_length=40)] = None
    own: Annotated[bool, Field(description="只看自己的 one's own alone")] = False


@router.post("/jobs", summary="提交任务 ask for a job", status_code=202,
             responses=_example(202, _JOB))  # fmt: skip
def submit(
    asked: Annotated[Asked, Body()],
    request: Request,
    caller: Reader,
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=200,
            pattern=r"^[\x21-\x7e]+$",
            description="同一键只排队一次 with the same key a job is queued once",
        ),
    ] = None,
) -> Response:
    """A worker does it; see how far it is with GET, or as events.

    With an `Idempotency-Key` whoever asks twice for the same gets the same job.
    """
    with identity.lend_writing(request) as writing, writing.transaction():
        arguments = arguments_of(asked, caller, writing)
        queue.must_have_room(writing, caller.name)
        number = queue.submit(
            writing,
            asked.kind,
            arguments,
            owner=caller.name,
            scope=caller.scope,
            once_key=None if idempotency_key is None else f"{caller.name}\n{idempotency_key}",
        )
        found = queue.get(writing, number, caller.scope)
        if identity.have_accounts(request, writing):
            said = json.dumps(shown.arguments(arguments), ensure_ascii=False)
            told = f"{number} {asked.kind} {said}"
            action = "提交任务 submit job"
            audit.record(writing, caller.name, way.address(request), action, told, found.state)
    answer = pages.answer(shown.job(found), status=202)
    answer.headers["Location"] = f"/api/v1/jobs/{number}"
    return answer


@router.get("/jobs", summary="任务 jobs",
            responses=_example(200, {"count": 1, "rows": [_JOB], "next": None}))  # fmt: skip
def listed(
    request: Request,
    connection: OneConnection,
    caller: Reader,
    asked: Annotated[Listed, Query()],
) -> Response:
    """Jobs of whoever has no land beyond the caller's, the newest first."""
    before: list[Any] | None = None if asked.after is None else place(asked.after)
    if before is not None and not (len(before) == 1 and _is_number(before[0])):
        raise no_place()
    found, count = queue.listed(
        connection,
        caller.scope,
        before=None if before is None else before[0],
        limit=asked.limit,
        states=asked.state or STATES,
        kinds=None if asked.kind is None else (asked.kind,),
        owner=caller.name if asked.own else None,
    )
    last = token([found[-1].id]) if len(found) == asked.limit else None
    rows = [shown.job(one) for one in found]
    return pages.answer(pages.page(request, rows, count, last))


@router.get("/jobs/{number}", summary="一项任务 one job", responses=_example(200, _LOGGED))
def one(number: Number, connection: OneConnection, caller: Reader) -> Response:
    """How far a job is, what it said, and what came of it."""
    return pages.answer(_told(connection, queue.get(connection, number, caller.scope)))


@router.delete("/jobs/{number}", summary="取消任务 cancel a job", responses=_example(200, _JOB))
def cancel(number: Number, request: Request, caller: Reader) -> Response:
    """Cancel a job that waits; one that runs is asked to end, and ends with its step undone.

    One's own; that of somebody else by who may have days judged.
    """
    with identity.lend_writing(request) as writing:
        found = queue.get(writing, number, caller.scope)
        if found.owner != caller.name:
            identity.must_be_allowed(caller, "run")
        found = queue.cancel(writing, number, caller.scope, caller.name)
    return pages.answer(shown.job(found))


@router.get(
    "/jobs/{number}/files/{name}",
    summary="任务的文件 a file of a job",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
def file(
    number: Number,
    name: Annotated[str, Path(max_length=300)],
    connection: OneConnection,
    caller: Exporter,
) -> StreamingResponse:
    """A file that a job made, as `files` names it, until `files_until`."""
    found = queue.get(connection, number, caller.scope)
    place_of: FilePath | None = result_files.of_name(config.read().home, found, name)
    if place_of is None:
        raise UsageError(
            f"第 {number} 号任务没有这个文件，或已过保留期。 The job has no such file, or no more.",
            "看任务的 files 有哪些，过期的重新提交"
            " see `files` of the job; what expired is submitted anew",
        )
    return sent(place_of.open("rb"), name)


@router.get(
    "/jobs/{number}/archive",
    summary="任务的全部文件 all files of a job",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/zip": {}}}},
)
def archive(number: Number, connection: OneConnection, caller: Exporter) -> StreamingResponse:
    """All files a job made as one archive, named by the first of them, until `files_until`."""
    found = queue.get(connection, number, caller.scope)
    home = config.read().home
    names = [str(one["name"]) for one in found.files]
    places = [one for one in (result_files.of_name(home, found, name) for name in names) if one]
    if not places or len(places) < len(names):
        raise UsageError(
            f"第 {number} 号任务没有文件，或已过保留期。 The job has no files, or no more.",
            "过期的重新提交 what expired is submitted anew",
        )
    with drafts.temporary() as folder:
        content = packed(places, folder).open("rb")
    return sent(content, f"{_whole_of(names)}.zip", "application/zip")


def _whole_of(names: list[str]) -> str:
    """Return what the files of a job are called by together: what most of them begin with."""
    stems = [name.partition(".")[0] for name in names]
    return max(stems, key=stems.count)


def _seen(number: Number, request: Request, caller: Reader) -> Callable[[Caller], dict[str, Any]]:
    """Return what tells how a job is; UsageError where it is not there for the caller."""

    def told(by: Caller) -> dict[str, Any]:
        with identity.lend(request) as connection:
            return _told(connection, queue.get(connection, number, by.scope))

    told(caller)
    return told


@streams.get(
    "/jobs/{number}/events",
    summary="任务的进展，逐条推送 how a job goes on, as events",
    response_class=EventSourceResponse,
)
async def events(
    number: Number,
    request: Request,
    caller: Reader,
    look: Annotated[Callable[[Caller], dict[str, Any]], Depends(_seen)],
) -> AsyncIterator[ServerSentEvent]:
    """First how the job is now, then whenever it changes, each time whole (`event: job`).

    The stream ends when the job is finished, or who watches may no longer; or when the store goes
    away: a browser asks again by itself.
    """
    news: News = request.app.state.news
    last = None
    with news.of(number) as changed, suppress(LandwatchError):
        while True:
            changed.clear()
            told = await run_in_threadpool(look, caller)
            # Nothing is told that was read after the watcher's right to it had ended.
            now = await run_in_threadpool(identity.looked_up_anew, request)
            if now != caller:
                caller = now
                continue
            text = json.dumps(told, ensure_ascii=False, default=pages.plain)
            if text != last:
                last = text
                yield ServerSentEvent(raw_data=text, event="job")
            if told["finished_at"] is not None:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), _LOOKS_SECONDS)


def _told(connection: Connection, found: Job) -> dict[str, Any]:
    said = [shown.line(one) for one in queue.lines(connection, found.id)]
    return shown.job(found) | {"log": said}


def _is_number(value: object) -> bool:
    return type(value) is int and 0 < value < 2**63
