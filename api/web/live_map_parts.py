"""What the map page asks for: counts of its legend, its list, a card, days, places, measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
import pandas as pd
import shapely
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api import store
from api.errors import BadParameterError
from api.shown import JudgedRun, Reader, Shown, ToldDay
from api.small import Small
from api.v1 import outside, pages
from api.v1.asked import Findings, keys_of
from api.web import frame, language, live_map, search
from api.web.live_map import LISTS, SUPPLIED, UNSUPPLIED, Filtered, Filters
from api.web.subject.traced import trace_of
from api.web.table import Column, Table, rows_of
from gis.crs import systems, transform
from gis.geometry import areas
from gis.store import in_view, results
from gis.store.results import Asked
from gis.tiles.layers import LAYERS
from gis.tiles.maker import Tiles

router = APIRouter(tags=["pages 页面"])
taking = APIRouter(tags=["pages 页面"], route_class=Small)

_MOST_ROWS = 100
_COLUMNS = (
    Column("outcome", "状态", "status", of="list"),
    Column("subject", "监测对象", "link", of="address"),
    Column("area_m2", "公顷", "hectares"),
    Column("area_m2", "亩", "mu"),
    Column("track", "处置方向", "track"),
    Column("since_on", "方向自", "day"),
    Column("next_on", "下一节点", "day"),
    Column("left_on", "还有", "left"),
)
# A piece that is not supplied has no direction of disposal: its status has a day.
_OF_PIECES = tuple(
    replace(one, title="状态自") if one.key == "since_on" else one
    for one in _COLUMNS if one.key != "track"
)  # fmt: skip
Box = Annotated[str | None, Query(pattern=r"^-?\d+(\.\d+)?(,-?\d+(\.\d+)?){3}$", max_length=100)]
Tab = Annotated[str, Query(pattern=f"^({SUPPLIED}|{UNSUPPLIED})$")]


@router.get("/map/counts", include_in_schema=False)
def counts(shown: ToldDay, filters: Filtered) -> Response:
    """The figures of the legend on a day, within the land that is asked for."""
    return shown.once(lambda: pages.answer(live_map.counts(shown, filters)))


@router.get("/map/changes", include_in_schema=False)
def changes(shown: ToldDay, filters: Filtered) -> Response:
    """On which days how much becomes something else; those of the subject that is chosen."""

    def made() -> Response:
        tiles: Tiles = shown.request.app.state.tiles
        found = tiles.changes(
            shown.connection, shown.run, LAYERS["findings"], shown.scope, filters.narrowed()
        )
        days = [[day.isoformat(), count] for day, count in found]
        return pages.answer({"days": days, "subject": _days_of(shown, filters.subject)})

    return shown.once(made)


@router.get("/map/rows", include_in_schema=False)
def rows(shown: JudgedRun, filters: Filtered, box: Box = None, rule: Tab = SUPPLIED) -> Response:
    """The list below the map: what it shows, with the next day first."""
    wanted = _asked(filters, rule, shown)
    found, count, m2 = (
        _whole(shown, wanted)
        if box is None
        else in_view.findings(shown.connection, shown.run, wanted, _box(box), _MOST_ROWS)
    )
    told = rows_of(found)
    for row in told:
        row |= {"list": LISTS[rule], "address": f"/subject/{row['subject']}?run={shown.run.id}"}
        # A direction that there is not has no day from which it holds.
        row["since_on"] = row["since_on"] or ("—" if row["track"] is None else None)
        # As long as the facts stay, nothing comes: that is known.
        row["left_on"], row["next_on"] = row["next_on"], row["next_on"] or "—"
    table = Table(
        _COLUMNS if rule == SUPPLIED else _OF_PIECES, told, count,
        sums={"area_m2": m2}, sorted_by="next_on", row_key="subject",
        empty=("视野内没有符合图例筛选的", "移动地图，或在图例里多选几类"),
    )  # fmt: skip
    return frame.page(
        shown.request, shown.caller, "map_rows.html.jinja", run=shown.run, table=table
    )


@router.get("/map/card", include_in_schema=False)
def card(
    shown: JudgedRun, subject: Annotated[str, Query(min_length=1, max_length=300)]
) -> Response:
    """The card of one subject beside the map: state, direction, next step, the days behind it."""
    mine = Asked(where={"subject": [subject]}, within=shown.scope)
    found = rows_of(results.read(shown.connection, shown.run, "finding", mine))
    if not found:
        raise outside.nobody(subject)
    holding = rows_of(results.read(shown.connection, shown.run, "holding", mine))
    first = min(found, key=lambda row: [SUPPLIED, UNSUPPLIED, "agreement"].index(row["rule"]))
    return frame.page(
        shown.request,
        shown.caller,
        "map_card.html.jinja",
        run=shown.run,
        finding=first,
        others=[row for row in found if row is not first],
        holding=holding[0] if holding else {},
        intervals=_intervals(shown, first["subject"], holding),
        list=LISTS.get(first["rule"], "agreement"),
    )


def _intervals(shown: Shown, subject: str, holding: list[dict[str, Any]]) -> Sequence[str]:
    """Return the causes on file of a supply with the days each counts, also where that is none."""
    if not any(row["causes"] or row["seizures"] for row in holding):
        return ()
    trace = trace_of(shown, subject, language.of(shown.request))
    lines: Sequence[str] = trace["sections"].get("intervals", ())
    return lines


@router.get("/map/search", include_in_schema=False)
def places(shown: JudgedRun, text: Annotated[str, Query(min_length=1, max_length=300)]) -> Response:
    """Where a number, a name, a holder or a pair of coordinates is."""
    return pages.answer({"found": search.found(shown, text)})


class Drawn(BaseModel):
    """Points a person set on the map, degrees of EPSG:4490."""

    model_config = ConfigDict(extra="forbid")
    points: Annotated[
        list[tuple[float, float]], Field(min_length=2, max_length=1_000, examples=[[[110, 40]]])
    ]


@taking.post("/map/measure", include_in_schema=False)
def measure(drawn: Drawn, caller: Reader) -> dict[str, Any]:
    """Length along points and the area they enclose, in the plane of the zone and on the ellipsoid.

    The area is null for a line, and for a shape that crosses itself.
    """
    del caller
    points = np.array(drawn.points)
    if not (np.isfinite(points).all() and (np.abs(points) <= (180, 85)).all()):
        raise BadParameterError(
            "坐标超出范围。 A coordinate lies outside the world.", "经度在前 longitude first"
        )
    line = np.array([shapely.LineString(points)])
    zone = int(systems.zone_of(line)[0])
    plane = transform.to_zone(line, zone)
    told: dict[str, Any] = {"zone": zone, "length_m": float(shapely.length(plane)[0])}
    told |= {"plane_m2": None, "ellipsoid_m2": None}
    if len(points) > 2:
        ring = np.array([shapely.Polygon(points)])
        if shapely.is_valid(ring)[0]:
            told["plane_m2"] = float(areas.planar_area_m2(transform.to_zone(ring, zone))[0])
            told["ellipsoid_m2"] = float(areas.ellipsoidal_area_m2(ring)[0])
    return told


def _whole(shown: Shown, wanted: Asked) -> tuple[pd.DataFrame, int, float]:
    """Return what `in_view.findings` does of a land as a whole: from memory where it is large."""
    lists, columns = store.lists(shown.request), Findings.columns()
    first = replace(wanted, sorted_by="next_on", limit=_MOST_ROWS)
    found, count = lists.of_run(shown.connection, shown.run, "finding", first, columns)
    _, sums = lists.sums_of_run(
        shown.connection, shown.run, "finding", wanted, columns, ["area_m2"]
    )
    return found, count, sums["area_m2"][0]


def _asked(filters: Filters, rule: str, shown: Shown) -> Asked:
    codes = filters.outcome if rule == SUPPLIED else filters.unsupplied
    where: dict[str, list[str]] = {"rule": [rule]}
    if codes is not None:
        where["outcome"] = codes
    if filters.track is not None and rule == SUPPLIED:
        where["track"] = filters.track
    return Asked(
        where=where,
        text=filters.text,
        searched=Findings.SEARCHED,
        of=None if filters.approval is None else keys_of(filters.approval),
        places=filters.places(),
        within=shown.scope,
    )


def _box(text: str) -> shapely.Geometry:
    west, south, east, north = (float(one) for one in text.split(","))
    if not (west < east and south < north):
        raise BadParameterError(
            f"box：{text} 不是范围。 {text!r} is no box.", "西,南,东,北 west,south,east,north"
        )
    return shapely.box(west, south, east, north)


def _days_of(shown: Shown, subject: str | None) -> list[str]:
    if subject is None:
        return []
    asked = Asked(where={"subject": [subject]}, within=shown.scope)
    told = rows_of(results.read(shown.connection, shown.run, "timeline", asked))
    return sorted({row["from_on"].isoformat() for row in told if row["from_on"] is not None})
