"""A patrol list: who is visited, in which order, where they lie, boxes to tick; paper or phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import quote

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from fastapi import APIRouter, Depends, Query, Request, Response

from api import store
from api.errors import BadParameterError
from api.identity import requires
from api.shown import Shown
from api.v1.outside import nobody
from api.web import frame, list_rows, written
from api.web.list_kinds import LISTS
from gis.accounts.caller import Caller
from gis.crs import systems, transform
from gis.store import results, runs
from gis.store.database import Connection
from gis.store.results import Asked

router = APIRouter(tags=["pages 页面"], include_in_schema=False)

OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]
MOST = 100
_Names = Annotated[str, Query(min_length=1, max_length=6_000)]
# The drawing, in its own units; what is drawn keeps this from its edge.
_WIDE, _HIGH, _LOW, _EDGE = 680.0, 300.0, 120.0, 28.0
_STEPS_M = (50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000)


@dataclass(frozen=True)
class Stop:
    """One stop: its place on the list and in the drawing, degrees, and metres of its zone.

    `lon`, `lat` of a point inside; `x_m` to the north, `y_m` to the east with the number of the
    zone in front, as registers write them; None where no shape is known.
    """

    number: int
    row: dict[str, Any]
    lon: float | None = None
    lat: float | None = None
    zone: int | None = None
    x_m: float | None = None
    y_m: float | None = None
    leg_m: float | None = None
    path: str = ""
    at: tuple[float, float] | None = None


@dataclass(frozen=True)
class Sketch:
    """How large the drawing is, and its scale bar: how many metres, and how long."""

    wide: float
    high: float
    bar_m: int
    bar: float


@router.get("/patrol")
def patrol(
    request: Request,
    connection: OneConnection,
    caller: Reader,
    subjects: Annotated[list[_Names], Query()] = [],  # noqa: B006 - FastAPI copies it
    order: Literal["path", "given"] = "path",
    run: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> Response:
    """Return the patrol list of some supplies; `subjects` may be given by commas as well."""
    named = [*dict.fromkeys(one for part in subjects for one in part.split(",") if one)]
    if len(named) > MOST:
        raise BadParameterError(
            f"一张巡查单至多 {MOST} 宗，选了 {len(named)} 宗。 A patrol list takes up to {MOST}.",
            "分几张 make several lists",
        )
    found_run = runs.chosen(connection, run)
    shown = Shown(request, connection, caller, found_run, found_run.as_of)
    found = _found(shown, named)
    rows = list_rows.rows(
        shown, LISTS["supplied"], found, list_rows.names_of_places(shown, "blocks")
    )
    shapes = found["geom"].to_numpy(dtype=object) if len(found) else np.empty(0, dtype=object)
    stops, sketch = _stops(rows, shapes, is_path=order == "path")
    return frame.page(
        request, caller, "patrol.html.jinja", run=found_run, stops=stops, sketch=sketch,
        order=order, day=found_run.as_of,
        area_m2=sum(row["area_m2"] for row in rows if not written.is_unknown(row["area_m2"])),
        unmeasured=sum(written.is_unknown(row["area_m2"]) for row in rows),
        again=f"/patrol?run={found_run.id}" + "".join(f"&subjects={quote(one)}" for one in named),
    )  # fmt: skip


def _found(shown: Shown, named: Sequence[str]) -> pd.DataFrame:
    """Return the findings of those named, in their order; UsageError for one that is not there."""
    asked = Asked(where={"subject": [*named], "rule": ["idle_land"]}, within=shown.scope)
    found = results.read(shown.connection, shown.run, "finding", asked)
    known = {*found["subject"]}
    for one in named:
        if one not in known:
            raise nobody(one)
    places = {one: place for place, one in enumerate(named)}
    order = found["subject"].map(places).to_numpy(dtype=np.int64)
    return found.iloc[np.argsort(order, kind="stable")].reset_index(drop=True)


def _stops(
    rows: list_rows.Rows, shapes: npt.NDArray[Any], *, is_path: bool
) -> tuple[list[Stop], Sketch | None]:
    """Return the stops in the order they are gone to, and the drawing they stand in."""
    is_placed = np.array([one is not None and not one.is_empty for one in shapes], dtype=bool)
    at = np.flatnonzero(is_placed)
    if not len(at):
        return [Stop(number, row) for number, row in enumerate(rows, 1)], None
    # Somewhere inside, also of a shape that bends around its middle.
    points = np.array([shapely.point_on_surface(shapes[one]) for one in at], dtype=object)
    zones = systems.zone_of(points)
    drawn_in = int(zones[0])
    plane = transform.to_zone(points, drawn_in)
    here = np.column_stack([shapely.get_x(plane), shapely.get_y(plane)])
    way = path(here) if is_path else np.arange(len(at))
    outlines = transform.to_zone(shapes[at], drawn_in)
    fit = _Fit(outlines)
    stops: list[Stop] = []
    for number, place in enumerate(way.tolist(), 1):
        before = None if number == 1 else here[way[number - 2]]
        own = transform.to_zone(points[place : place + 1], int(zones[place]))[0]
        stops.append(
            Stop(
                number, rows[at[place]], points[place].x, points[place].y, int(zones[place]),
                own.y, own.x + int(zones[place]) * 1_000_000,
                None if before is None else float(np.hypot(*(here[place] - before))),
                fit.path(outlines[place]), fit.at(*here[place]),
            )
        )  # fmt: skip
    lost = [row for row, placed in zip(rows, is_placed, strict=True) if not placed]
    stops += [Stop(number, row) for number, row in enumerate(lost, len(stops) + 1)]
    return stops, fit.sketch()


def path(points: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Return in which order to go, from the first on always to the nearest not yet visited.

    >>> path(np.array([[0.0, 0.0], [9.0, 0.0], [4.0, 0.0]])).tolist()
    [0, 2, 1]
    """
    left, way = [*range(1, len(points))], [0]
    while left:
        far = np.hypot(*(points[left] - points[way[-1]]).T)
        way.append(left.pop(int(np.argmin(far))))
    return np.array(way, dtype=np.int64)


class _Fit:
    """Metres of a plane into the drawing: north upwards, one scale both ways."""

    def __init__(self, shapes: npt.NDArray[Any]) -> None:
        self._west, south, east, self._north = shapely.total_bounds(shapes)
        wide, high = max(east - self._west, 1.0), max(self._north - south, 1.0)
        self.scale = min((_WIDE - 2 * _EDGE) / wide, (_HIGH - 2 * _EDGE) / high)
        self.high = max(high * self.scale + 2 * _EDGE, _LOW)
        self._left = (_WIDE - self.scale * wide) / 2
        self._top = (self.high - self.scale * high) / 2

    def at(self, x: float, y: float) -> tuple[float, float]:
        return (
            round(self._left + (x - self._west) * self.scale, 1),
            round(self._top + (self._north - y) * self.scale, 1),
        )

    def path(self, shape: Any) -> str:
        parts = []
        for polygon in shapely.get_parts(shape):
            for ring in (polygon.exterior, *polygon.interiors):
                corners = [self.at(x, y) for x, y in ring.coords]
                parts.append("M" + "L".join(f"{x} {y}" for x, y in corners) + "Z")
        return "".join(parts)

    def sketch(self) -> Sketch:
        fitting = [one for one in _STEPS_M if one * self.scale <= _WIDE / 4] or [_STEPS_M[0]]
        return Sketch(_WIDE, round(self.high, 1), fitting[-1], round(fitting[-1] * self.scale, 1))
