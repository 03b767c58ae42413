"""Shapes outside the banner or the park their own row names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from gis.geometry import areas
from gis.intake.doctor.findings import Findings
from gis.intake.doctor.known import Known

Array = np.ndarray[Any, Any]
# Boundaries of banners are drawn at 1:10,000 and parcels at 1:500: a strip outside is no fault (R).
_SHARE = 0.05
_LEAST_M2 = 10.0
_COUNTY_DIGITS = 6


def tell(rows: pd.DataFrame, known: Known, findings: Findings) -> Array:
    """Tell shapes outside their place; return which rows lie outside their region altogether.

    The region is that of region_code, else the first six figures of parcel_code; the park that of
    park_code. Places the store does not know are not judged.
    """
    lost = np.zeros(len(rows), bool)
    region = _region_of(rows)
    if region is not None:
        shares = _outside(rows, region, known.regions, "region_code")
        _add("outside_region", "region_code", rows, region, known.regions, shares, findings)
        lost = shares > 0.999
    if "park_code" in rows and rows["park_code"].notna().any() and "block_code" in rows:
        shares = _outside(rows, rows["park_code"], known.parks, "park_code")
        _add("outside_park", "park_code", rows, rows["park_code"], known.parks, shares, findings)
    return lost


def _region_of(rows: pd.DataFrame) -> pd.Series[str] | None:
    if "region_code" in rows and rows["region_code"].notna().any():
        return rows["region_code"].astype("str").str[:_COUNTY_DIGITS]
    if "parcel_code" in rows and rows["parcel_code"].notna().any():
        return rows["parcel_code"].astype("str").str.extract(r"^(\d{6})\d{6}", expand=False)
    return None


def _outside(rows: pd.DataFrame, codes: pd.Series[str], places: pd.DataFrame, name: str) -> Array:
    """Return the share of each shape outside its place; 0 where the place is not known."""
    shares = np.zeros(len(rows))
    geoms = rows["geom"].to_numpy(dtype=object)
    for code, place in zip(places[name], places["geom"], strict=True):
        if place is None:
            continue
        own = (codes == code).fillna(False).to_numpy(bool) & ~shapely.is_missing(geoms)
        at = np.flatnonzero(own)
        shapely.prepare(place)
        at = at[~shapely.covers(place, geoms[at])]
        if not len(at):
            continue
        beyond = areas.ellipsoidal_area_m2(shapely.difference(geoms[at], place))
        whole = areas.ellipsoidal_area_m2(geoms[at])
        shares[at] = np.where(beyond >= _LEAST_M2, beyond / whole, 0.0)
    return shares


def _add(
    code: str,
    name: str,
    rows: pd.DataFrame,
    codes: pd.Series[str],
    places: pd.DataFrame,
    shares: Array,
    findings: Findings,
) -> None:
    titles = dict(zip(places[name], places["name"], strict=True))
    at = np.flatnonzero(shares > _SHARE)
    named = [codes.iloc[i] for i in at]
    findings.add(
        code,
        rows["row_no"].to_numpy(np.int64)[at],
        [f"{one} {titles[one]}" if titles[one] == titles[one] and titles[one] else one
         for one in named],
        [f"{share * 100:.1f}%" for share in shares[at]],
        field="geom",
        confidence=0.9,
    )  # fmt: skip
