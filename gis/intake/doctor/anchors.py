"""A whole delivery shifted against parcels already in the store, and what such a shift betrays."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import shapely

from gis.arrays import Numbers
from gis.crs import systems, transform
from gis.crs.systems import CrsInfo
from gis.errors import GeometryError
from gis.intake.doctor.findings import Findings
from gis.intake.doctor.gcj02 import from_gcj02
from gis.intake.doctor.known import Known

Array = np.ndarray[Any, Any]
# A shift below this is survey and rounding (R); the models are told apart by their own error.
_LEAST_M = 1.0
_MODEL_ERROR_M = 3.0
# Matched by key, a delivery is shifted as one when its rows agree this well.
_AGREE_M = 2.0
_MAJORITY = 0.6
# Matched by shape, a parcel is looked for this far around; GCJ-02 changes areas by up to 1 %.
_REACH_M = 800.0
_ALIKE = 0.015
_CELL_M = 2.0
_LEAST_ROWS = 3
# Datum, and how well its way to CGCS2000 is known: for Beijing 1954 EPSG publishes one through
# WGS 84 (good to a metre where it was made), for Xi'an 1980 only the ellipsoids are public.
_DATUMS = {"beijing1954": ("1954北京坐标系", 10.0), "xian1980": ("1980西安坐标系", 1.0)}
_WGS84 = "EPSG:4326"
# What lies between the older datums and CGCS2000 in China is of this size.
_OF_A_DATUM_M = (20.0, 250.0)


class Shift(NamedTuple):
    """How far the delivery lies from the store: east and north in metres, from how many rows."""

    vector_m: Numbers
    rows: int
    share: float
    how: str
    is_by_key: bool = False  # else by the forms of shapes alone, which in a regular town recur


def tell(rows: pd.DataFrame, known: Known, system: CrsInfo, findings: Findings) -> None:
    """Tell a shift of the whole delivery, with the model that explains it.

    `rows` has key and geom (EPSG:4490, brought there from `system`).
    """
    rows = rows[~shapely.is_missing(rows["geom"].to_numpy(dtype=object))]
    shift = shift_of(rows, known)
    if shift is None or float(np.hypot(*shift.vector_m)) < _LEAST_M:
        return
    _explain(rows, shift, _zone(rows), system, findings)


def shift_of(rows: pd.DataFrame, known: Known) -> Shift | None:
    """Return by how much the delivery lies off the parcels of the store, None where none agree."""
    stored = known.parcels[~shapely.is_missing(known.parcels["geom"].to_numpy(dtype=object))]
    rows = rows[~shapely.is_missing(rows["geom"].to_numpy(dtype=object))]
    if not len(stored) or not len(rows):
        return None
    zone = _zone(rows)
    return _by_key(rows, stored, zone) or _by_shape(rows, stored, zone)


def _zone(rows: pd.DataFrame) -> int:
    return int(np.median(systems.zone_of(rows["geom"].to_numpy(dtype=object))))


def _by_key(rows: pd.DataFrame, stored: pd.DataFrame, zone: int) -> Shift | None:
    """Return the median shift of rows whose key the store knows, if they agree."""
    there = stored.drop_duplicates("key").set_index("key")["geom"]
    at = rows["key"].isin(there.index).to_numpy()
    if not at.any():
        return None
    delivered = rows["geom"].to_numpy(dtype=object)[at]
    known = there.reindex(rows["key"][at]).to_numpy(dtype=object)
    vectors = _centres(delivered, zone) - _centres(known, zone)
    middle = np.median(vectors, axis=0)
    spread = np.hypot(*(vectors - middle).T)
    share = float(np.mean(spread <= max(_AGREE_M, 0.02 * float(np.hypot(*middle)))))
    if share < _MAJORITY:
        return None
    return Shift(middle, int(at.sum()), share, f"按编号对上 {int(at.sum())} 宗", True)


def _by_shape(rows: pd.DataFrame, stored: pd.DataFrame, zone: int) -> Shift | None:
    """Return the one shift under which most rows fall on a stored parcel of their own form.

    Every pair of alike shapes within reach votes for its vector; the true one gets a vote from
    nearly every row, a chance one only from rows that happen to have such a neighbour.
    """
    delivered = transform.to_zone(rows["geom"].to_numpy(dtype=object), zone)
    known = transform.to_zone(stored["geom"].to_numpy(dtype=object), zone)
    left, right = shapely.STRtree(known).query(delivered, predicate="dwithin", distance=_REACH_M)
    is_alike = np.ones(len(left), bool)
    for measure, power in ((shapely.area, 1.0), (shapely.length, 0.5)):
        ratio = measure(delivered)[left] / measure(known)[right]
        is_alike &= np.abs(ratio - 1.0) < _ALIKE * max(power, 0.7)
    left, right = left[is_alike], right[is_alike]
    if len(np.unique(left)) < _LEAST_ROWS:
        return None
    middle = shapely.centroid(delivered[left]), shapely.centroid(known[right])
    vectors = np.column_stack(
        [shapely.get_x(middle[0]) - shapely.get_x(middle[1]),
         shapely.get_y(middle[0]) - shapely.get_y(middle[1])]
    )  # fmt: skip
    cells = np.round(vectors / _CELL_M).astype(np.int64)
    # A vector near the edge of a cell counts in its neighbours too.
    votes = pd.concat(
        [
            pd.DataFrame({"x": cells[:, 0] + i, "y": cells[:, 1] + j, "row": left})
            for i in (-1, 0, 1)
            for j in (-1, 0, 1)
        ]
    ).drop_duplicates()
    count = votes.groupby(["x", "y"]).size().sort_values(ascending=False, kind="stable")
    best = np.array(count.index[0], np.float64) * _CELL_M
    share = float(count.iloc[0] / len(rows))
    if count.iloc[0] < _LEAST_ROWS or share < _MAJORITY:
        return None
    rivals = count[count == count.iloc[0]].index.to_frame().to_numpy() * _CELL_M
    if (np.hypot(*(rivals - best).T) > 4 * _CELL_M).any():
        return None  # two shifts explain the rows equally well: nothing can be said
    near = np.hypot(*(vectors - rivals.mean(axis=0)).T) <= 2 * _CELL_M
    vector = np.median(vectors[near], axis=0)
    return Shift(vector, int(count.iloc[0]), share, f"按图形对上 {int(count.iloc[0])} 宗")


def _explain(
    rows: pd.DataFrame, shift: Shift, zone: int, system: CrsInfo, findings: Findings
) -> None:
    geoms = rows["geom"].to_numpy(dtype=object)
    told = f"东 {shift.vector_m[0]:+.2f} 米、北 {shift.vector_m[1]:+.2f} 米"
    place = np.median(_centres(geoms, None), axis=0).reshape(1, 2)
    model = _metres(place, zone) - _metres(from_gcj02(place), zone)
    off = float(np.hypot(*(shift.vector_m - model[0])))
    if off <= max(_MODEL_ERROR_M, 0.02 * float(np.hypot(*model[0]))):
        findings.add(
            "gcj02_shift", values=told,
            details=f"{shift.how}；模型 东 {model[0, 0]:+.2f} 米、北 {model[0, 1]:+.2f} 米",
            confidence=round(0.95 * shift.share, 3), proposal="--fix gcj02_to_cgcs2000",
        )  # fmt: skip
        return
    nearest = _nearest_datum(place, shift, zone, system)
    if nearest is not None:
        datum, epsg = nearest
        findings.add(
            "datum_shift", values=f"{told}（{shift.how}）", details=_DATUMS[datum][0],
            confidence=round(0.6 * shift.share, 3), proposal=f"--crs EPSG:{epsg}",
        )  # fmt: skip
        return
    size = float(np.hypot(*shift.vector_m))
    is_alike = _OF_A_DATUM_M[0] <= size <= _OF_A_DATUM_M[1]
    findings.add(
        "shifted",
        values=told,
        details=shift.how + ("，偏移大小像是旧坐标系标成了 CGCS2000" if is_alike else ""),
        confidence=round(0.8 * shift.share, 3),
    )


def _nearest_datum(
    place: Numbers, shift: Shift, zone: int, system: CrsInfo
) -> tuple[str, int] | None:
    """Return the older datum under which the same numbers would fall where the store has them."""
    found = []
    points = np.asarray(shapely.points(place), dtype=object)
    raw = transform.between(points, systems.STORE_EPSG, system)
    for datum in _DATUMS:
        try:
            other = _of_datum(system, datum)
            stored = transform.between(raw, other, _WGS84)
        except GeometryError:
            continue
        moved = _metres(shapely.get_coordinates(stored), zone) - _metres(place, zone)
        off = float(np.hypot(*(moved[0] + shift.vector_m)))
        if off <= _DATUMS[datum][1]:
            found.append((off, datum, other.epsg))
    if not found:
        return None
    _, datum, epsg = min(found)
    return datum, epsg


def _of_datum(system: CrsInfo, datum: str) -> CrsInfo:
    """Return the system of the same zone and form on another datum."""
    if system.is_geographic:
        return systems.geographic(datum)
    meridian, easting = system.central_meridian, system.false_easting_m
    if meridian is None or easting is None:
        raise GeometryError(
            f"{system.name} 不是分带坐标系： it is no zone",
            "用 --crs 写明 name a Gauss-Krüger zone with --crs",
        )
    is_six = "3-degree" not in system.name
    zone = int((meridian + 3) // 6) if is_six else int(meridian // 3)
    return systems.gauss_kruger(datum, 6 if is_six else 3, zone, has_prefix=easting > 1e6)


def _centres(geoms: Array, zone: int | None) -> Numbers:
    shapes = geoms if zone is None else transform.to_zone(geoms, zone)
    return np.asarray(shapely.get_coordinates(shapely.centroid(shapes)))


def _metres(lon_lat: Numbers, zone: int) -> Numbers:
    points = np.asarray(shapely.points(lon_lat), dtype=object)
    return np.asarray(shapely.get_coordinates(transform.to_zone(points, zone)))
