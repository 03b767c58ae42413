"""Runs: which there are, what each rests on, how two differ and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from typing import Annotated, Any

import pandas as pd
from fastapi import APIRouter, Depends, Path, Request, Response

from api import store
from api.errors import BadParameterError
from api.identity import requires
from api.shown import Shown
from api.told import Told
from api.v1 import pages
from api.web import frame, language, law_words, list_rows, period
from api.web.home import sums_of
from api.web.table import Column, Table
from gis import contracts, recorded_law
from gis.accounts.caller import Caller
from gis.store import nights, results
from gis.store import runs as stored
from gis.store.database import Connection
from gis.store.results import Asked
from gis.store.runs import Run

router = APIRouter(tags=["pages 页面"], include_in_schema=False)

OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]
_Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
_MOST_RUNS = 200
_LISTED = (
    Column("number", "运行", "link", of="address"),
    Column("as_of", "判定日", "day"),
    Column("purpose", "用途", "code", of="purpose"),
    Column("region", "行政区", "text", is_optional=True),
    Column("delivery", "资料到第几次", "count"),
    Column("finished_on", "做成于", "text", is_optional=True),
    Column("took_seconds", "用时（秒）", "count", is_optional=True),
    Column("code_version", "程序", "text"),
    Column("law", "法律摘要", "text"),
    Column("since_word", "与上次比较", "link", of="since_address", is_optional=True),
    Column("seen_word", "看结果", "link", of="seen_address"),
)
_LEFT_OUT = (
    Column("key", "编号", "text"), Column("reason", "原因", "text"),
    Column("area_m2", "公顷", "hectares"), Column("file", "文件", "text"),
    Column("row_no", "行号", "count"), Column("detail", "说明", "said", is_optional=True),
)  # fmt: skip


@router.get("/runs")
def runs(request: Request, connection: OneConnection, caller: Reader) -> Response:
    """Return the runs, the one shown when nobody says which first, and the nights."""
    every = stored.all_runs(connection)
    tongue = language.of(request)
    before = _before(every)
    rows = [_row(run, before.get(run.id), tongue) for run in every[:_MOST_RUNS]]
    table = Table(_LISTED, rows, len(every), row_key="id", empty=(
        "还没有运行", "送入资料之后判定一次，或等夜间运行。"))  # fmt: skip
    return frame.page(
        request, caller, "runs.html.jinja", run=every[0] if every else None, table=table,
        nights=nights.listed_nights(connection, 14), today=datetime.now(frame.HERE).date(),
    )  # fmt: skip


@router.get("/runs/{number}")
def one(number: _Number, request: Request, connection: OneConnection, caller: Reader) -> Response:
    """Return one run: what it rests on, what it counted in the caller's land, what it left out."""
    run = stored.get(connection, number)
    left_out = results.read(connection, run, "set_aside", Asked(within=caller.scope, limit=200))
    count = results.count(connection, run, "set_aside", Asked(within=caller.scope))
    names = [one.key for one in _LEFT_OUT]
    others = [one for one in stored.all_runs(connection) if one.id != run.id]
    return frame.page(
        request, caller, "run.html.jinja", run=run, row=_row(run, None, language.of(request)),
        sums=sums_of(store.lists(request), connection, run, caller.scope),
        others=others[:_MOST_RUNS], before=period.before_of(connection, run),
        readings=law_words.named(
            recorded_law.of(connection, run),
            [vars(one) for one in recorded_law.those_of(connection, run)], language.of(request),
        ),
        table=Table(_LEFT_OUT, pages.rows_of(left_out, names), count),
    )  # fmt: skip


@router.get("/runs/{number}/since/{before}")
def since(
    number: _Number, before: _Number, request: Request, connection: OneConnection, caller: Reader
) -> Response:
    """Return how a run differs from another and why; judged anew for it, as a part of the page."""
    if number == before:
        raise BadParameterError("两次运行相同 both are the same run", "换一次 name another run")
    run, earlier = stored.get(connection, number), stored.get(connection, before)
    told: Told = request.app.state.told
    is_part = request.headers.get("hx-request-type") == "partial"
    may_tell = told.may_tell(earlier, run)
    rows: list[dict[str, Any]] | None = None
    note = ""
    if is_part and may_tell:
        found, note = told.difference(connection, earlier, run)
        shown = Shown(request, connection, caller, run, run.as_of)
        rows = _differences(shown, period.within(found, caller.scope))
    return frame.page(
        request, caller, "since.html.jinja", run=run, before=earlier, may_tell=may_tell, rows=rows,
        note=note,
    )  # fmt: skip


def _differences(shown: Shown, found: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the differences as rows; the sentences of reasons for whoever sees all land alone."""
    tongue = language.of(shown.request)
    told = pages.rows_of(found, [name for name in found.columns if name != "fields"])
    for row in told:
        list_of = {"unsupplied": "unsupplied", "agreement": "agreement"}.get(row["rule"], "outcome")
        row["list"] = list_of
        row["address"] = period.address_of(row["subject"], shown.run)
        words = [contracts.label("reason", code, tongue) for code in row["reasons"] or ()]
        row["reasons"] = ("、" if tongue == "zh" else ", ").join(words)
        # A sentence may name a record that lies outside the land.
        is_said = tongue == "zh" and shown.scope is None and row["because"]
        row["sentences"] = row["because"].split("\n") if is_said else []
        row["left_on"] = list_rows.as_day(row.get("next_after_on"))
    return told


def _before(every: list[Run]) -> Mapping[int, int]:
    """Return run -> the routine run of the same land before it."""
    found: dict[int, int] = {}
    routine = sorted(
        (run for run in every if run.purpose == stored.ROUTINE),
        key=lambda run: (run.region or "", run.as_of, run.delivery, run.id),
    )
    for one, two in pairwise(routine):
        if one.region == two.region:
            found[two.id] = one.id
    return found


def _row(run: Run, before: int | None, tongue: language.Language) -> dict[str, Any]:
    took = None if run.finished_at is None else (run.finished_at - run.started_at).total_seconds()
    row = {
        **{name: getattr(run, name) for name in ("id", "as_of", "purpose", "region", "delivery")},
        "number": language.said("第 {} 次运行", tongue).format(run.id),
        "address": f"/runs/{run.id}",
        "code_version": run.code_version,
        "law": run.law_digest[:12],
        "finished_on": None if run.finished_at is None
        else f"{run.finished_at.astimezone(frame.HERE):%Y-%m-%d %H:%M}",
        "took_seconds": took,
        "seen_word": language.said("看结果", tongue),
        "seen_address": f"/?run={run.id}",
    }  # fmt: skip
    if before is not None:
        row["since_word"] = language.said("与第 {} 次", tongue).format(before)
        row["since_address"] = f"/runs/{run.id}/since/{before}"
    return row
