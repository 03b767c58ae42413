"""Tasks of a year against what was done: three columns, what is missing, what follows and why."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.shown import JudgedRun
from api.web import frame, language, task_charts
from gis import recorded_law
from gis.assessment import follows, task_records
from gis.assessment import targets as of_year
from gis.store.database import Connection
from gis.store.results import Scope
from gis.store.runs import Run
from gis.targets import quota

router = APIRouter(tags=["pages 页面"], include_in_schema=False)

_STAGES = ("recorded", "reported", "filed", "confirmed")


@router.get("/targets")
def targets(
    shown: JudgedRun,
    year: Annotated[int | None, Query(ge=1, le=9999, description="年度 year")] = None,
) -> Response:
    """Return the tasks of a year on the land of who asks, by region and park and way."""
    year = year or shown.day.year
    rules = recorded_law.of(shown.connection, shown.run)
    found = of_year.targets(shown.connection, shown.run, rules, year, shown.scope)
    content = of_year.content(found)
    tongue = language.of(shown.request)
    for one in content["quota"]:
        one["words"] = follows.in_words(one, tongue)
    told: dict[str, list[dict[str, Any]]] = {}
    for one in content["told"]:
        told.setdefault(one["code"], []).append(one)
    return frame.page(
        shown.request, shown.caller, "targets.html.jinja", run=shown.run, year=year, found=content,
        told=told, stages=_STAGES,
        chart=task_charts.of_tasks(content["rows"], found.decides, year, tongue),
    )  # fmt: skip


def card(connection: Connection, run: Run, scope: Scope | None) -> dict[str, Any] | None:
    """Return the tasks of the run's year for the first page: of the widest place one may see.

    `rows` are those of table target, `passed` how much of the year is over; None without tasks.
    """
    if task_records.tasks_of(connection, run, run.as_of.year).empty:
        return None
    found = of_year.targets(
        connection, run, recorded_law.of(connection, run), run.as_of.year, scope, with_quota=False
    )
    rows = [one for one in of_year.content(found)["rows"] if one["until_year"] is None]
    rows = [one for one in rows if one["way"] in quota.WAYS]
    if not rows:
        return None
    own = [one for one in rows if one["place_code"] == rows[0]["place_code"]]
    first, last = date(run.as_of.year, 1, 1), date(run.as_of.year, 12, 31)
    passed = ((run.as_of - first).days + 1) / ((last - first).days + 1)
    return {"rows": own, "passed": passed, "decides": found.decides, "year": run.as_of.year}
