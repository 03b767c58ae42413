"""Leads as rows: shapes too small to speak of fall out, the rest gets its columns."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.arrays import Shapes
from gis.geometry.areas import ellipsoidal_area_m2, planar_area_m2
from gis.geometry.clean import origin_of, shift
from gis.leads.plane import COLUMNS, confidence, facts_of
from gis.leads.settings import Settings


def rows_of(
    kind: str,
    about: pd.DataFrame,
    subjects: pd.Series,
    land: Shapes,
    certain: Shapes,
    detail: Shapes | None,
) -> pd.DataFrame:
    """Return one lead per row of `about` (region_code, geom) whose land is not empty.

    `detail`: what each rests on (`plane.facts_of`), None where the land says it all.
    `land` lies about the origin of the row's own shape: there floating point is a thousand times
    finer than in the zone, and what an overlay leaves stays valid.
    """
    area_m2 = planar_area_m2(land)
    origins = origin_of(about["geom"].to_numpy())
    rows = pd.DataFrame(
        {
            "kind": kind,
            "subjects": subjects.to_numpy(dtype=object),
            "area_m2": area_m2,
            "confidence": certain,
            "detail": detail,
            "region_code": about["region_code"].to_numpy(dtype=object),
            "geom": shift(land, origins),
        },
        index=np.arange(len(about)),
        columns=COLUMNS,
    )
    return rows[area_m2 > 0]


def measured(
    kind: str,
    table: pd.DataFrame,
    subjects: pd.Series,
    areas_m2: npt.NDArray[np.float64],
    settings: Settings,
) -> pd.DataFrame:
    """Return the rows whose drawing has none of its recorded areas (columns of `areas_m2`).

    The table has geom (in a plane) and ellipsoidal_m2; either way of measuring may be the
    surveyor's, so the nearer one counts. `area_m2` of the lead is the difference.
    """
    shapes = table["geom"].to_numpy()
    drawn = np.column_stack([planar_area_m2(shapes), table["ellipsoidal_m2"].to_numpy()])
    off = np.abs(drawn[:, :, None] - np.where(areas_m2 > 0, areas_m2, np.nan)[:, None, :])
    off = np.where(np.isnan(off), np.inf, off).min(axis=1)
    nearest = off.argmin(axis=1)[:, None]
    off_m2 = np.take_along_axis(off, nearest, axis=1)[:, 0]
    recorded_m2 = np.take_along_axis(areas_m2, nearest, axis=1)[:, 0]
    limit = np.maximum(settings.area_tolerance_m2, settings.area_share * recorded_m2)
    rows = np.flatnonzero(np.isfinite(off_m2) & (off_m2 > limit))
    return pd.DataFrame(
        {
            "kind": kind,
            "subjects": subjects.to_numpy(dtype=object)[rows],
            "area_m2": off_m2[rows],
            "confidence": confidence(off_m2[rows] / recorded_m2[rows], settings),
            "detail": facts_of(recorded_m2=recorded_m2[rows], drawn_m2=drawn[rows, 0]),
            "region_code": table["region_code"].to_numpy(dtype=object)[rows],
            "geom": shapes[rows],
        },
        columns=COLUMNS,
    )


def with_ellipsoidal(table: pd.DataFrame) -> pd.DataFrame:
    """Return a stored table (EPSG:4490) with the ellipsoidal area of each shape."""
    return table.assign(ellipsoidal_m2=ellipsoidal_area_m2(table["geom"].to_numpy(dtype=object)))
