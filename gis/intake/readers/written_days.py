"""Days as a GeoPackage has them written, where GDAL makes another day of what is none.

A DATE there is text that nobody proves: GDAL hands 30 February on as 1 March, and a month or a
number as 1 January 1970. SQLite's own calendar picks out what is no plain day; only that is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyogrio

from gis.intake.table import Array

Written = Mapping[str, Mapping[int, str]]  # column -> row id -> text


def odd_days(source: str, layer: str, information: Mapping[str, Any]) -> Written:
    """Return what stands in the DATE columns of a GeoPackage's layer and is no plain day."""
    kinds = zip(information["fields"], information["ogr_types"], strict=True)
    columns = [str(name) for name, kind in kinds if kind == "OFTDate"]
    row_id = information.get("fid_column")
    if not columns or not row_id or information.get("driver") != "GPKG":
        return {}
    asked = ", ".join(f"CAST({_quoted(name)} AS TEXT) AS c{n}" for n, name in enumerate(columns))
    is_odd = " OR ".join(f"{_quoted(name)} IS NOT date({_quoted(name)})" for name in columns)
    named = f"SELECT {_quoted(row_id)} + 0 AS row_id, {asked} FROM {_quoted(layer)}"  # noqa: S608
    query = f"{named} WHERE {is_odd}"
    _, table = pyogrio.read_arrow(source, sql=query, read_geometry=False)
    rows = table.to_pandas()
    found: dict[str, dict[int, str]] = {}
    for n, name in enumerate(columns):
        texts = rows[f"c{n}"]
        has_text = texts.notna()
        is_plain = texts.where(has_text, "").str.fullmatch(r"\d{4}-\d\d-\d\d") & (
            pd.to_datetime(texts, format="%Y-%m-%d", errors="coerce").notna()
        )
        odd = rows[has_text & ~is_plain]
        if len(odd):
            found[name] = dict(
                zip(odd["row_id"].astype(int), odd[f"c{n}"].astype(str), strict=True)
            )
    return found


def put_back(frame: pd.DataFrame, row_ids: Array | None, written: Written) -> None:
    """Put the texts into their rows and columns; the other cells of such a column stay days."""
    for name, texts in written.items():
        if row_ids is None or not (is_odd := np.isin(row_ids, list(texts))).any():
            continue
        at = np.flatnonzero(is_odd)
        cells = frame[name].dt.strftime("%Y-%m-%d").astype(object)
        cells.iloc[at] = [texts[int(row_id)] for row_id in row_ids[at]]
        frame[name] = cells


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
