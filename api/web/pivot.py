"""旗县 by 园区 by outcome in 公顷 and 亩, as the half-month sheet wants it; totals that close."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import quote

import numpy as np
import numpy.typing as npt
import pandas as pd
from fastapi import APIRouter, Depends, Query, Response
from starlette.responses import StreamingResponse

from api import store
from api.identity import must_be_allowed, requires
from api.shown import JudgedRun, Shown
from api.v1.exports import pieces
from api.web import frame, language, list_rows
from api.work import Work
from gis import contracts, units
from gis.files import drafts
from gis.pipeline.counts import has_approvals
from gis.store.results import Asked

router = APIRouter(tags=["pages 页面"], include_in_schema=False)

Rule = Annotated[Literal["idle_land", "unsupplied"], Query(description="哪一类 which findings")]
_LIST = {"idle_land": "outcome", "unsupplied": "unsupplied"}
_UNITS = {"hectares": (units.hectares, "公顷"), "mu": (units.mu, "亩")}
Figures = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pivot:
    """Places down, outcomes across. `counts`, and by unit `cells` (places, outcomes), `rows` their
    sums across, `columns` down, `whole` the sum of all: each is the sum of what is printed.

    `unknown_count`: findings whose area nobody knows, which are counted and in no area.
    """

    places: list[tuple[str, str]]
    outcomes: list[str]
    counts: npt.NDArray[np.int64]
    cells: dict[str, Figures]
    rows: dict[str, Figures]
    columns: dict[str, Figures]
    whole: dict[str, float]
    unknown_count: int


@router.get("/pivot")
def pivot(shown: JudgedRun, rule: Rule = "idle_land") -> Response:
    """Return the pivot of one rule's findings."""
    made = of(shown, rule)
    total = shown.run.counts.get("unsupplied_total")
    return frame.page(
        shown.request, shown.caller, "pivot.html.jinja", run=shown.run, rule=rule,
        list=_LIST[rule], pivot=made,
        one_figure=total["area_m2"]
        if shown.scope is None and total is not None and has_approvals(total) else None,
    )  # fmt: skip


@router.get("/pivot/xlsx", dependencies=[Depends(requires("export"))])
def xlsx(shown: JudgedRun, rule: Rule = "idle_land") -> StreamingResponse:
    """Return the pivot as a workbook: a line for each place and outcome, and the totals."""
    must_be_allowed(shown.caller, "export")
    made = of(shown, rule)
    work: Work = shown.request.app.state.work
    lines: list[tuple[Any, ...]] = [
        (region, park, code, int(made.counts[at, across]),
         made.cells["hectares"][at, across], made.cells["mu"][at, across])
        for at, (region, park) in enumerate(made.places)
        for across, code in enumerate(made.outcomes) if made.counts[at, across]
    ]  # fmt: skip
    totals: list[tuple[Any, ...]] = [
        (None, None, code, int(made.counts[:, across].sum()),
         made.columns["hectares"][across], made.columns["mu"][across])
        for across, code in enumerate(made.outcomes)
    ]  # fmt: skip
    whole = (None, None, None, int(made.counts.sum()), made.whole["hectares"], made.whole["mu"])
    names = ["region", "park", "outcome", "count", "hectares", "mu"]
    told = (pd.DataFrame(lines, columns=names), pd.DataFrame([*totals, whole], columns=names))
    with drafts.temporary() as folder:
        place = work.book(shown.run, rule, told, folder)
        size, content = place.stat().st_size, place.open("rb")
    name = quote(f"{contracts.label('rule', rule)}_{shown.run.as_of}_{shown.run.id}.xlsx")
    headers = {
        "Content-Disposition": f"attachment; filename=\"pivot.xlsx\"; filename*=UTF-8''{name}",
        "Content-Length": str(size),
    }
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return StreamingResponse(pieces(content), media_type=kind, headers=headers)


def of(shown: Shown, rule: str) -> Pivot:
    """Return the pivot of a rule's findings, in the land that may be seen."""
    asked = Asked(where={"rule": [rule]}, within=shown.scope)
    by = ("region_code", "park_code", "outcome")
    lists = store.lists(shown.request)
    found = lists.grouped(shown.connection, shown.run, "finding", by, asked)
    named = [list_rows.names_of_places(shown, kind) for kind in ("regions", "parks")]
    tongue = language.of(shown.request)
    nowhere = language.said("不在园区", tongue), language.said("行政区不明", tongue)
    rows = found.astype(object).to_dict("records")
    places: dict[tuple[str, str], int] = {}
    outcomes = [one for one in contracts.CODES[_LIST[rule]] if one in {*found["outcome"]}]
    area = np.zeros((len(rows), len(outcomes)))
    counts = np.zeros((len(rows), len(outcomes)), dtype=np.int64)
    for row in rows:
        region, park = row["region_code"], row["park_code"]
        key = (
            named[0].get(region, region) if isinstance(region, str) else nowhere[1],
            named[1].get(park, park) if isinstance(park, str) else nowhere[0],
        )
        at = places.setdefault(key, len(places))
        across = outcomes.index(row["outcome"])
        area[at, across] += row["area_m2"]
        counts[at, across] += row["count"]
    area, counts = area[: len(places)], counts[: len(places)]
    return closed([*places], outcomes, counts, area, int(found["unknown_count"].sum()))


def closed(
    places: list[tuple[str, str]],
    outcomes: list[str],
    counts: npt.NDArray[np.int64],
    area_m2: Figures,
    unknown_count: int = 0,
) -> Pivot:
    """Return a pivot whose printed figures add up: across to each place, down, and in all.

    The whole is what the land comes to; what each place prints makes the whole, and what each
    outcome of a place prints makes the place.

    >>> area = np.array([[3.35, 3.35], [3.35, 0.0]])
    >>> made = closed([("甲", ""), ("乙", "")], ["a", "b"], np.ones((2, 2), dtype=int), area)
    >>> made.cells["mu"].tolist(), made.rows["mu"].tolist(), made.whole["mu"]
    ([[0.01, 0.0], [0.01, 0.0]], [0.01, 0.01], 0.02)
    """
    cells, rows, columns, whole = {}, {}, {}, {}
    for name, (convert, unit) in _UNITS.items():
        digits = units.DECIMALS[unit]
        told = convert(area_m2)
        across = units.close(told.sum(axis=1)[np.newaxis], np.array([told.sum()]), digits)[0]
        cells[name] = units.close(told, across, digits).round(digits)
        rows[name] = across.round(digits)
        columns[name] = cells[name].sum(axis=0).round(digits)
        whole[name] = round(float(rows[name].sum()), digits)
    return Pivot(places, outcomes, counts, cells, rows, columns, whole, unknown_count)
