"""A store filled with a made-up land: approvals, supplies with contracts, parks, what was seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis import arrays
from gis.crs import transform
from gis.geometry import clean
from gis.store import arrivals, database, deliveries, records
from scripts.benchmarks.towns import Town, town

ZONE = 36
_NO_ISSUES = pd.DataFrame(
    columns=["file", "row_no", "field", "code", "severity", "value", "message", "fix", "raw"]
)
# A tile's towns stand side by side: so far apart that none touches its neighbour.
_GAP_M = 2000.0
_PARK_SHARE = 0.1
_SEEN_SHARE = 0.2
CHANGES = {
    "patrol": "a patrol of 1 % of the supplies, anywhere",
    "approvals": "1 % of the approvals with all their supplies, anywhere, drawn or signed anew",
    "supplies": "1 % of the supplies, anywhere, drawn or signed anew",
    "together": "1 % of the supplies, side by side, drawn or signed anew",
}
Rows = npt.NDArray[np.int64]


def fill(store: database.Connection, approvals: int, tiles: int = 1, is_moved: bool = False) -> int:
    """Deliver so many approvals, their supplies and 100 parks on a tenth of the land; so often.

    Return how many supplies that makes. Every tile is a load of its own, so a large land needs no
    more memory than one of them. `is_moved`: a third of the supplies is off, see `towns.town`.
    """
    made = town(approvals, is_moved)
    west, _, east, _ = shapely.total_bounds(made.approvals)
    return sum(_fill(store, made, tile, tile * (east - west + _GAP_M)) for tile in range(tiles))


def _fill(store: database.Connection, made: Town, tile: int, east_m: float) -> int:
    frames = delivered(made, tile, east_m)
    for kind, frame in frames.items():
        put(store, kind, f"{tile}", frame)
    return len(frames["supplies"])


def delivered(made: Town, tile: int = 0, east_m: float = 0.0) -> dict[str, pd.DataFrame]:
    """Return what is delivered of a town, kind -> rows: shapes in degrees, so far to the east."""
    draw = np.random.default_rng(tile)
    names = _named(f"批〔{tile:02d}〕", len(made.approvals), "号")
    numbers = _named(f"1506{tile:02d}", len(made.supplies), "")
    approvals = pd.DataFrame({
        "approval_no": names,
        "approved_on": _days(draw, "2008-01-01", "2024-01-01", len(names)),
        "region_code": "150602",
        "geom": _stored(made.approvals, east_m),
    })  # fmt: skip
    supplied = supplies(draw, numbers, _stored(made.supplies, east_m))
    seen = np.sort(draw.choice(len(numbers), int(len(numbers) * _SEEN_SHARE), replace=False))
    progress = _seen(draw, numbers.iloc[seen], "2018-01-01", "2026-01-01")
    shapes = _stored(_parks(made), east_m)
    codes = _named(f"P{tile:02d}-", len(shapes), "")
    parks = pd.DataFrame({
        "park_code": codes, "region_code": "150602", "from_on": pd.Timestamp("2001-01-01"),
        "geom": shapes,
    })  # fmt: skip
    blocks = parks[["park_code", "from_on", "geom"]].assign(block_code=codes + "-1")
    return {
        "approvals": approvals, "supplies": supplied, "progress": progress,
        "parks": parks, "blocks": blocks,
    }  # fmt: skip


def change(store: database.Connection, share: float, what: str) -> int:
    """Deliver one of CHANGES on a share of the land; return how many supplies it speaks of.

    patrol: what was seen on that share of the supplies, anywhere. approvals: the days of that share
    of the approvals, anywhere, and all supplies on them, half of which are drawn anew and half
    signed anew. supplies: that share of the supplies, anywhere, half drawn and half signed anew.
    together: the same of those nearest to the middle of the land.
    """
    draw = np.random.default_rng(1)
    known = records.read(store, "supplies", columns=("supply_no", "contract_no", "geom"))
    if what == "approvals":
        chosen = _of_approvals(store, draw, share, known)
    elif what == "together":
        chosen = _in_the_middle(known["geom"].to_numpy(), int(len(known) * share))
    else:
        chosen = np.sort(draw.choice(len(known), int(len(known) * share), replace=False))
    some = known.iloc[chosen].reset_index(drop=True)
    if what == "patrol":
        put(store, "progress", "change", _seen(draw, some["supply_no"], "2026-07-01", "2026-07-02"))
        return len(some)
    by = np.zeros((len(some), 2))
    by[::2] = draw.uniform(-2e-5, 2e-5, (len(by[::2]), 2))
    signed = _days(draw, "2009-01-01", "2024-01-01", len(some))
    again = some[["supply_no", "contract_no"]].assign(
        signed_on=signed, geom=clean.shift(some["geom"].to_numpy(), by)
    )
    put(store, "supplies", "change", again)
    return len(again)


def _of_approvals(
    store: database.Connection, draw: np.random.Generator, share: float, known: pd.DataFrame
) -> Rows:
    """Deliver new days for a share of the approvals; return which supplies lie on them."""
    approvals = records.read(store, "approvals", columns=("approval_no", "geom"))
    rows = np.sort(draw.choice(len(approvals), int(len(approvals) * share), replace=False))
    some = approvals.iloc[rows].reset_index(drop=True)
    days = _days(draw, "2008-01-01", "2024-01-01", len(some))
    put(store, "approvals", "change",
        pd.DataFrame({"approval_no": some["approval_no"], "approved_on": days}))  # fmt: skip
    middle = shapely.centroid(known["geom"].to_numpy())
    return np.unique(
        shapely.STRtree(middle).query(some["geom"].to_numpy(), predicate="contains")[1]
    )


def _in_the_middle(shapes: arrays.Shapes, count: int) -> Rows:
    """Return the rows of the shapes nearest to the middle of all, in order."""
    west, south, east, north = shapely.total_bounds(shapes)
    middle = shapely.Point((west + east) / 2, (south + north) / 2)
    return np.sort(np.argsort(shapely.distance(shapes, middle), kind="stable")[:count])


def supplies(draw: np.random.Generator, numbers: pd.Series, geom: arrays.Shapes) -> pd.DataFrame:
    """Return contracts of these numbers and shapes, with days drawn at random."""
    count = len(numbers)
    return pd.DataFrame({
        "supply_no": numbers, "contract_no": "C" + numbers, "supply_way": "grant",
        "region_code": "150602", "use_text": "工业用地",
        "area_m2": 7056.0,
        "signed_on": _days(draw, "2009-01-01", "2024-01-01", count),
        "start_agreed_on": _days(draw, "2011-01-01", "2027-01-01", count),
        "geom": geom,
    })  # fmt: skip


def _seen(draw: np.random.Generator, numbers: pd.Series, first: str, last: str) -> pd.DataFrame:
    """Return what a patrol saw on supplies of these numbers."""
    count = len(numbers)
    return pd.DataFrame({
        "supply_no": numbers.to_numpy(),
        "source": "patrol",
        "observed_on": _days(draw, first, last, count),
        "milestone": draw.choice(["started", "not_started", "completed"], count),
    })  # fmt: skip


def put(store: database.Connection, kind: str, mark: str, frame: pd.DataFrame) -> None:
    """Deliver rows of a kind as one file."""
    received = arrivals.Received(f"{mark}.gpkg", kind, f"{kind}-{mark}", f"{kind}-{mark}", {})
    columns = list(frame.columns)
    more: dict[str, Any] = {"source_epsg": 4490} if "geom" in frame else {}
    rows = frame.assign(row_no=np.arange(2, 2 + len(frame)), file=f"{mark}.gpkg", **more)
    deliveries.put(store, received, rows, _NO_ISSUES, columns)


def _parks(made: Town) -> arrays.Shapes:
    """Return a hundred squares over the land, a tenth of it together."""
    west, south, east, north = shapely.total_bounds(made.approvals)
    step_x, step_y = (east - west) / 10, (north - south) / 10
    side = np.sqrt(_PARK_SHARE)
    x, y = (each.ravel() for each in np.meshgrid(np.arange(10), np.arange(10)))
    low_x, low_y = west + x * step_x, south + y * step_y
    return np.asarray(shapely.box(low_x, low_y, low_x + side * step_x, low_y + side * step_y))


def _named(start: str, count: int, end: str) -> pd.Series:
    return start + pd.Series(np.arange(count)).astype("str").str.zfill(7) + end


def _days(draw: np.random.Generator, first: str, last: str, count: int) -> pd.Series:
    span = (pd.Timestamp(last) - pd.Timestamp(first)).days
    days = pd.Timestamp(first) + pd.to_timedelta(draw.integers(0, span, count), unit="D")
    return pd.Series(days).astype("datetime64[s]")


def _stored(shapes: arrays.Shapes, east_m: float) -> arrays.Shapes:
    by = np.broadcast_to([east_m, 0.0], (len(shapes), 2))
    return transform.from_zone(clean.shift(shapes, by), ZONE)
