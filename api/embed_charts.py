"""GET /embed/charts: the figures of the land a token fixes, as charts."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, get_args

import pandas as pd
from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.embed_map import OneConnection, Reader
from api.identity import ForbiddenError
from api.web import cells, language, place_charts, task_charts
from api.web.place_page import Figure
from gis import recorded_law
from gis.accounts.caller import Caller
from gis.assessment import targets as of_year
from gis.outputs.pictures.chart import Chart
from gis.store import pages, results, runs
from gis.store.database import Connection
from gis.store.pages import Wanted
from gis.store.results import Asked
from gis.store.runs import Run

router = APIRouter(tags=["embed"])

LIST = "indicators"
# Rates that are held side by side where there are several places, and how many places.
_COMPARED = ("built_rate", "supply_rate", "unsupplied_rate")
_MOST = 40


class Told(BaseModel):
    """A chart: what is drawn (`static/chart.js` of the application), and its table."""

    title: str
    unit: str
    note: str
    drawn: str
    columns: list[str]
    rows: list[tuple[str, list[str | None]]]


class Charts(BaseModel):
    """The charts of a page; `left_out`: how many places are in none of them."""

    run: int
    as_of: date
    left_out: int
    charts: list[Told]


@router.get("/embed/charts", summary="嵌入页的图表 the charts of an embedded page")
def embedded_charts(
    connection: OneConnection,
    caller: Reader,
    run: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    as_of: date | None = None,
) -> Charts:
    """The rates of one place and how far its approved land has come; of several, side by side.

    And the tasks of the year against what was done, of the land of the token.
    """
    if caller.fixed is None or LIST not in caller.fixed.layers:
        raise ForbiddenError(
            "图表随含指标的嵌入令牌给出。 Charts are of an embedded page that shows indicators.",
            "令牌的图层加上指标 let its layers hold indicators: landwatch embed create --layers",
        )
    found = runs.chosen(connection, run, as_of)
    tongue: language.Language = "en" if caller.fixed.language == "en" else "zh"
    rows = _rows(connection, found, caller)
    places, left_out = _places(connection, found, caller, rows)
    charts = _of_places(rows, places, tongue) if places else []
    charts += _of_tasks(connection, found, caller, tongue)
    return Charts(
        run=found.id, as_of=found.as_of, left_out=left_out, charts=[_told(one) for one in charts]
    )


def _rows(connection: Connection, run: Run, caller: Caller) -> pd.DataFrame:
    """Return the figures of the day of the parks a caller sees whole, of the blocks without one."""
    asked = Asked(
        where={"place_kind": ["park", "block"], "name": [*get_args(Figure), *place_charts.AREAS]},
        within=caller.scope,
    )
    rows = results.read(connection, run, "indicator", asked)
    rows = rows[rows["year"].isna()]
    kind = "park" if (rows["place_kind"] == "park").any() else "block"
    return rows[rows["place_kind"] == kind]


def _places(
    connection: Connection, run: Run, caller: Caller, rows: pd.DataFrame
) -> tuple[dict[str, str], int]:
    """Return code -> name of the places of some figures, so many, and how many more there are."""
    codes = [*dict.fromkeys(rows["place_code"])]
    if not codes:
        return {}, 0
    kind, chosen = rows["place_kind"].iloc[0], codes[:_MOST]
    wanted = Wanted({f"{kind}_code": chosen}, limit=_MOST)
    known, _ = pages.of_records(connection, run, f"{kind}s", wanted, caller.scope)
    names = dict(zip(known[f"{kind}_code"], known["name"], strict=True))
    return {code: names.get(code) or code for code in chosen}, len(codes) - len(chosen)


def _of_places(
    rows: pd.DataFrame, places: dict[str, str], tongue: language.Language
) -> list[Chart]:
    if len(places) == 1:
        told: dict[str, dict[str, Any]] = {row["name"]: row for row in cells.rows_of(rows)}
        rates = [told[name] for name in get_args(Figure) if name in told]
        charts = [place_charts.of_rates(rates, tongue), place_charts.of_stages(told, tongue)]
        return [one for one in charts if one is not None]
    return [place_charts.of_places(_values(rows, name), places, name, tongue) for name in _COMPARED]


def _of_tasks(
    connection: Connection, run: Run, caller: Caller, tongue: language.Language
) -> list[Chart]:
    """Return the tasks of the run's year against what was done; nothing where there is none."""
    rules, year = recorded_law.of(connection, run), run.as_of.year
    told = of_year.targets(connection, run, rules, year, caller.scope, with_quota=False)
    rows = of_year.content(told)["rows"]
    chart = task_charts.of_tasks(rows, told.decides, year, tongue)
    return [] if chart is None or chart.is_empty else [chart]


def _values(rows: pd.DataFrame, name: str) -> dict[str, float | None]:
    chosen = rows[rows["name"] == name]
    return dict(zip(chosen["place_code"], chosen["value"], strict=True))


def _told(one: Chart) -> Told:
    return Told(
        title=one.title, unit=one.unit, note=one.note, drawn=one.as_json, columns=one.columns,
        rows=one.rows,
    )  # fmt: skip
