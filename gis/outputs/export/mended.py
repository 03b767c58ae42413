"""The mended copy of a delivery: its sound rows in stored form, under their official titles."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gis import units
from gis.crs import systems
from gis.fields import Column, Kind
from gis.outputs.export import package
from gis.outputs.export.columns import Field, Spread

# A copy goes back in the system it came in where that is one of the nation's own.
_OWN_SYSTEMS = ("CGCS2000", "China Geodetic")
_TITLES = {"area": "（平方米）", "areas": "（平方米）", "money": "（元）"}


def write(kind: Kind, rows: pd.DataFrame, notes: pd.Series[str], out: Path, *, as_of: date) -> None:
    """Write `rows` (row_no, the kind's columns, geom in EPSG:4490, source_epsg) as a GeoPackage.

    Areas are in m2, money in 元, codes as words; `notes` says per row number what was found. What
    `landwatch load` reads from it is what it would have read from the original.
    """
    pairs: list[tuple[Field, pd.Series[Any]]] = [
        (Field("YXH", "原行号", "integer"), rows["row_no"].astype("Int64"))
    ]
    for number, column in enumerate(kind.asked):
        if rows[column.name].notna().any():
            flag = kind.month_flags.get(column.name)
            is_month = None if flag is None else rows[flag].eq(True).fillna(False).astype(bool)
            pairs.append(_column(f"C{number}", column, rows[column.name], is_month))
    told = rows["row_no"].map(notes).astype("str")
    pairs.append((Field("TJWT", "体检问题", "text"), told))
    table = pd.DataFrame({one.short: values for one, values in pairs}, index=rows.index)
    spread = Spread(tuple(one for one, _ in pairs), table)
    package.write(spread, rows["geom"].to_numpy(dtype=object), out, as_of=as_of, epsg=_system(rows))


def _column(
    short: str, column: Column, values: pd.Series[Any], is_month: pd.Series[bool] | None
) -> tuple[Field, pd.Series[Any]]:
    title = column.title + _TITLES.get(column.type, "")
    if column.type in {"area", "number"}:
        return Field(short, title, "number"), values.astype("float64")
    if column.type == "money":
        return Field(short, title, "number"), units.yuan(values.astype("Float64"))
    if is_month is not None and is_month.any():
        # A copy does not know more than the paper did.
        written = values.dt.strftime("%Y-%m-%d").mask(is_month, values.dt.strftime("%Y-%m"))
        return Field(short, title, "text"), _texts(written)
    if column.type in {"day", "day_end"}:
        return Field(short, title, "day"), values
    if column.type == "integer":
        return Field(short, title, "integer"), values.astype("Int64")
    if column.type == "flag":
        return Field(short, title, "text"), _texts(values.map({True: "是", False: "否"}))
    if column.type == "code":
        return Field(short, title, "text"), _texts(values.map(_words(column.codes)))
    if column.type in {"texts", "areas"}:
        return Field(short, title, "text"), _texts(values.map(_joined))
    return Field(short, title, "text"), _texts(values)


def _words(codes: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {code: words[0] if words else code for code, words in codes.items()}


def _joined(parts: object) -> str | None:
    if not isinstance(parts, list | tuple | np.ndarray):
        return None
    return "；".join("" if part is None else str(part) for part in parts)


def _texts(values: pd.Series[Any]) -> pd.Series[str]:
    return values.astype("str")


def _system(rows: pd.DataFrame) -> int:
    """Return the code the rows came in if it is one and of CGCS2000, else that of the store."""
    codes = rows["source_epsg"].dropna().unique() if "source_epsg" in rows else np.zeros(0)
    if len(codes) != 1 or not int(codes[0]):
        return systems.STORE_EPSG
    system = systems.parse(int(codes[0]))
    return int(codes[0]) if system.name.startswith(_OWN_SYSTEMS) else systems.STORE_EPSG
