"""Findings as GeoJSON (RFC 7946) and GeoParquet, with the columns of the contract."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyarrow
import shapely

from gis import result_tables
from gis.crs import systems
from gis.files import atomic

# 1e-8 of a degree is about a millimetre.
_DEGREE_DECIMALS = 8
# Published table -> the columns a feature is called by; a finding by rule and subject.
_NAMED_BY: Mapping[str, tuple[str, ...]] = {"lead": ("kind", "subjects"), "parcel": ("key",)}


def contract_table(findings: pd.DataFrame, name: str = "finding") -> pd.DataFrame:
    """Return the columns of the contract in their order, geometry left out."""
    return findings[result_tables.TABLES[name].names]


def feature_collection(
    findings: pd.DataFrame, members: Mapping[str, Any] | None = None, name: str = "finding"
) -> str:
    """Return the text of one FeatureCollection: longitude and latitude, days in ISO form.

    The properties are the columns of table `name` of the contract; `members` are further members
    of the collection (counts, the run). CGCS2000 longitude and latitude lie within decimetres of
    the WGS 84 that RFC 7946 speaks of. Rows without a shape are features whose geometry is null.
    """
    rows = _json_lines(contract_table(findings, name))
    ids = _named(findings, name)
    geometries = _geometries(findings["geom"].to_numpy(dtype=object))
    features = ",\n".join(
        _object(
            type='"Feature"',
            id=_dump(one),
            properties=row,
            geometry=geometry,
        )
        for one, row, geometry in zip(ids, rows, geometries, strict=True)
    )
    told = {name: _dump(value) for name, value in (members or {}).items()}
    return _object(type='"FeatureCollection"', **told, features=f"[\n{features}\n]") + "\n"


def write_geojson(
    findings: pd.DataFrame, out: Path, members: Mapping[str, Any], name: str = "finding"
) -> None:
    """Write `findings` as one GeoJSON file."""
    with atomic.replacing(out) as draft:
        draft.write_text(feature_collection(findings, members, name), encoding="utf-8")


def write_parquet(
    findings: pd.DataFrame, out: Path, name: str = "finding", note: Mapping[str, Any] | None = None
) -> None:
    """Write `findings` as GeoParquet in EPSG:4490, days as dates, codes as text.

    `note`: what is kept beside the rows, as attributes of the frame.
    """
    table = contract_table(findings, name).copy()
    # A column of lists or facts would be of another type where no row has one.
    for column in result_tables.TABLES[name].columns:
        if column.type == "day":
            table[column.name] = table[column.name].astype(pd.ArrowDtype(pyarrow.date32()))
        elif column.type in {"texts", "facts"}:
            table[column.name] = result_tables.written(table[column.name], column).astype("str")
    frame = geopandas.GeoDataFrame(
        table, geometry=findings["geom"].to_numpy(dtype=object), crs=systems.STORE_EPSG
    ).rename_geometry("geom")
    frame.attrs = dict(note or {})
    with atomic.replacing(out) as draft, draft.open("wb") as sink:
        frame.to_parquet(sink, index=False)


def _named(rows: pd.DataFrame, name: str) -> list[str]:
    """Return what each feature is called by."""
    columns = _NAMED_BY.get(name, ("rule", "subject"))
    lists = {one.name for one in result_tables.TABLES[name].columns if one.type == "texts"}
    told = [result_tables.listed(rows[one]) if one in lists else rows[one] for one in columns]
    return ["/".join(parts) for parts in zip(*told, strict=True)]


def _json_lines(table: pd.DataFrame) -> list[str]:
    """Return one JSON object per row; days in ISO form, what is unknown as null."""
    text = table.copy()
    for name, values in text.items():
        if pd.api.types.is_datetime64_any_dtype(values):
            text[name] = values.dt.strftime("%Y-%m-%d")
    lines = text.to_json(orient="records", lines=True, double_precision=15, force_ascii=False)
    # Not splitlines: a name may hold a line separator of Unicode's, which JSON leaves as it is.
    return lines.rstrip("\n").split("\n") if len(table) else []


def _object(**members: str) -> str:
    """Return a JSON object of members that are JSON text already."""
    return "{" + ", ".join(f'"{name}": {text}' for name, text in members.items()) + "}"


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _geometries(geoms: np.ndarray) -> list[str]:
    """Return each shape as GeoJSON text, outer rings counter-clockwise; null for none."""
    has_shape = ~(shapely.is_missing(geoms) | shapely.is_empty(geoms))
    shapes = shapely.orient_polygons(shapely.force_2d(geoms[has_shape]))
    shapes = shapely.transform(shapes, lambda lonlat: np.round(lonlat, _DEGREE_DECIMALS))
    text = np.full(len(geoms), "null", dtype=object)
    text[has_shape] = shapely.to_geojson(shapes)
    return [str(one) for one in text]
