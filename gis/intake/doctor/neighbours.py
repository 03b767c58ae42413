"""Faults between shapes of one layer: overlaps, slivers and gaps, in the plane of their zone.

A kind is looked at where its records must not share land. Limits are ours (R).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely

from gis.arrays import Shapes
from gis.crs import systems, transform
from gis.geometry import clean
from gis.intake.doctor.findings import Findings

Array = np.ndarray[Any, Any]

# kind -> the column within one value of which shapes must not overlap (None: the whole layer)
APART: Mapping[str, str | None] = {
    "parcels": None,
    "parks": None,
    "blocks": None,
    "landclass": "from_on",
    "buildings": None,
}
# docs/law.md (The balance of one approval): thinner on average than this is a sliver, no land.
SLIVER_WIDTH_M = 0.1
# What two zones or roundings leave between neighbours (0.3 mm on a kilometre) is no fault.
NOISE_WIDTH_M = 0.001
# Between neighbours surveyed to 5 cm each a gap this narrow was meant to be none.
GAP_WIDTH_M = 0.2


def tell(rows: pd.DataFrame, kind: str, findings: Findings) -> None:
    """Tell overlaps, slivers and gaps; `rows` has row_no, geom (EPSG:4490) and the columns."""
    if kind not in APART:
        return
    rows = rows[~shapely.is_missing(rows["geom"].to_numpy())]
    group = APART[kind]
    groups = [rows] if group is None else [part for _, part in rows.groupby(group, dropna=False)]
    for part in groups:
        if len(part) < 2:
            continue
        geoms = part["geom"].to_numpy(dtype=object)
        # One plane for all: a pair across the edge of a zone must not fall apart.
        zone = int(np.median(systems.zone_of(geoms)))
        plane = clean.work_on(transform.to_zone(geoms, zone)).geoms
        plane = clean.shift(
            plane, np.broadcast_to(-np.nanmin(clean.origin_of(plane), axis=0), (len(plane), 2))
        )
        row_nos = part["row_no"].to_numpy(np.int64)
        _tell_overlaps(plane, row_nos, findings)
        _tell_gaps(plane, row_nos, findings)


def overlaps(plane: Shapes) -> pd.DataFrame:
    """Return every pair of shapes that shares land: left < right, area_m2, width_m."""
    tree = shapely.STRtree(plane)
    left, right = tree.query(plane, predicate="intersects")
    once = left < right
    left, right = left[once], right[once]
    # Most neighbours only touch: those need no intersection. Equal shapes are told as copies.
    at = ~shapely.touches(plane[left], plane[right]) & ~shapely.equals(plane[left], plane[right])
    left, right = left[at], right[at]
    shared = clean.polygonal(shapely.intersection(plane[left], plane[right]))
    table = pd.DataFrame(
        {"left": left, "right": right, "area_m2": shapely.area(shared), "width_m": _width_m(shared)}
    )
    table = table[table["width_m"] > NOISE_WIDTH_M]
    return table.sort_values(["left", "right"], ignore_index=True)


def gaps(plane: Shapes) -> tuple[Shapes, list[Array]]:
    """Return the narrow gaps between shapes, and for each the positions of its neighbours."""
    edges = shapely.coverage_invalid_edges(plane, gap_width=GAP_WIDTH_M)
    at = np.flatnonzero(~shapely.is_missing(edges) & ~shapely.is_empty(edges))
    if not len(at):
        return np.zeros(0, dtype=object), []
    # What lies beside a gap is what it could be filled by; its neighbours close it off.
    near = np.unique(shapely.STRtree(plane).query(plane[at], predicate="intersects")[1])
    land = shapely.union_all(plane[near])
    half = GAP_WIDTH_M / 2
    filled = shapely.buffer(
        shapely.buffer(land, half, join_style="mitre"), -half, join_style="mitre"
    )
    parts = shapely.get_parts(shapely.difference(filled, land))
    parts = np.asarray(parts[shapely.get_type_id(parts) == 3], dtype=object)
    parts = parts[(_width_m(parts) > NOISE_WIDTH_M) & (shapely.area(parts) > 10 * half**2)]
    tree = shapely.STRtree(plane[near])
    beside = [near[np.sort(tree.query(part, predicate="dwithin", distance=1e-3))] for part in parts]
    between = np.array([len(one) > 1 for one in beside], bool)
    return parts[between], [one for one in beside if len(one) > 1]


def _tell_overlaps(plane: Shapes, row_nos: Array, findings: Findings) -> None:
    table = overlaps(plane)
    whole = shapely.area(plane)
    smaller = np.minimum(whole[table["left"]], whole[table["right"]])
    share = table["area_m2"].to_numpy() / smaller
    is_thin = table["width_m"].to_numpy() < SLIVER_WIDTH_M
    for code, kept in (("overlap", ~is_thin), ("sliver_overlap", is_thin)):
        part, shares = table[kept], share[kept]
        findings.add(
            code,
            row_nos[part["right"]],
            row_nos[part["left"]].tolist(),
            [
                f"{area:.4f} 平方米（占较小者 {part_of * 100:.2f}%）"
                for area, part_of in zip(part["area_m2"], shares, strict=True)
            ],
            field="geom",
            confidence=0.95 if code == "overlap" else 0.8,
        )


def _tell_gaps(plane: Shapes, row_nos: Array, findings: Findings) -> None:
    found, beside = gaps(plane)
    order = np.argsort([int(row_nos[one[0]]) for one in beside], kind="stable")
    findings.add(
        "gap",
        [int(row_nos[beside[i][0]]) for i in order],
        ["、".join(str(int(row_nos[n])) for n in beside[i]) for i in order],
        [
            f"{shapely.area(found[i]):.4f} 平方米，平均宽 {_width_m(found[i : i + 1])[0]:.3f} 米"
            f"（第 {'、'.join(str(int(row_nos[n])) for n in beside[i])} 行之间）"
            for i in order
        ],
        field="geom",
        confidence=0.7,
    )


def _width_m(geoms: Shapes) -> Array:
    length = shapely.length(geoms)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(length > 0, 2.0 * shapely.area(geoms) / length, 0.0))
