"""Findings as the rings of a 报部坐标 text, one file per 3-degree zone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from gis.crs import systems, transform
from gis.files import atomic
from gis.geometry import clean
from gis.geometry.areas import planar_area_m2


@dataclass(frozen=True)
class Plot:
    """One parcel: closed rings of (east, north) metres in its zone, shells before holes."""

    number: str
    name: str
    area_m2: float
    rings: list[list[tuple[float, float]]]


# Composes the text of one zone; the format itself belongs to the room that also reads it.
TextOf = Callable[[int, Sequence[Plot]], str]


def write(rows: pd.DataFrame, out: Path, text_of: TextOf) -> list[Path]:
    """Write the shapes of `rows` (findings, EPSG:4490) with `text_of`, and return the files.

    A text names one zone: with shapes of several zones each further file carries its zone's
    number, `name_38.txt`. Rows without a shape have no place in such a text and are left out;
    a row without an area of its own is written with its area in the plane.
    """
    areas = clean.polygonal(rows["geom"].to_numpy(dtype=object))
    has_shape = ~(shapely.is_missing(areas) | shapely.is_empty(areas))
    drawn, shapes = rows[has_shape].reset_index(drop=True), areas[has_shape]
    zones = systems.zone_of(shapes)
    found = np.unique(zones).tolist()
    files = []
    for zone in found:
        chosen = zones == zone
        plots = _plots(drawn[chosen], transform.to_zone(shapely.force_2d(shapes[chosen]), zone))
        path = out if len(found) == 1 else out.with_name(f"{out.stem}_{zone}{out.suffix}")
        with atomic.replacing(path) as draft:
            draft.write_text(text_of(zone, plots), encoding="utf-8", newline="\r\n")
        files.append(path)
    return files


def _plots(rows: pd.DataFrame, shapes: np.ndarray) -> list[Plot]:
    measured = pd.Series(planar_area_m2(shapes), index=rows.index)
    names = rows["name"].fillna(rows["subject"])
    return [
        Plot(number, name, area_m2, _rings(shape))
        for number, name, area_m2, shape in zip(
            rows["subject"], names, rows["area_m2"].fillna(measured), shapes, strict=True
        )
    ]


def _rings(shape: shapely.Geometry) -> list[list[tuple[float, float]]]:
    return [
        [(float(east), float(north)) for east, north in shapely.get_coordinates(ring)]
        # Of a shape of several parts GEOS gives no rings at all: part by part it does.
        for ring in shapely.get_rings(shapely.get_parts(shape))
    ]
