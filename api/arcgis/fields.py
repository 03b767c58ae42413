"""Columns of a layer as fields of ArcGIS: their types, Chinese titles, lists of codes, and values.

A day is a date at midnight UTC, in milliseconds: a program that shows UTC, as ArcGIS Pro does,
shows that day, and so does one that adds the hours of China. Numbers of 8 bytes are doubles, since
older programs know no longer integer; they are exact up to 2**53. True and false are 1 and 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from api.errors import BadParameterError
from gis.store import features, queryables
from gis.store.queryables import ID

OBJECT_ID = "OBJECTID"
DAY = "esriFieldTypeDate"
_NUMBERS = frozenset({"float8", "int4", "int8"})
_TYPES = {
    "text": "esriFieldTypeString",
    "date": DAY,
    "float8": "esriFieldTypeDouble",
    "int8": "esriFieldTypeDouble",
    "int4": "esriFieldTypeInteger",
    "bool": "esriFieldTypeSmallInteger",
}
_SQL_TYPES = {
    "text": "sqlTypeNVarchar", "date": "sqlTypeTimestamp2", "float8": "sqlTypeDouble",
    "int8": "sqlTypeDouble", "int4": "sqlTypeInteger", "bool": "sqlTypeSmallInt",
}  # fmt: skip
# No text of ours is longer; programs make room for so many letters.
_LETTERS = 4_000
_YES_OR_NO = {1: "是", 0: "否"}


@dataclass(frozen=True)
class Field:
    """One field: its name, what the column is in the store, its Chinese title and codes."""

    name: str
    column: str
    kind: str
    title: str
    codes: Mapping[Any, str] = field(compare=False)

    @property
    def is_number(self) -> bool:
        """Return whether sums and means can be made of it."""
        return self.kind in _NUMBERS


def of(table: str) -> dict[str, Field]:
    """Return the fields of a table by name, the object id first."""
    known, types = queryables.of(table), features.columns_of(table)
    found = {OBJECT_ID: Field(OBJECT_ID, known[ID].column, "int8", "对象编号", {})}
    for name, kind in types.items():
        codes: Mapping[Any, str] = known[name].codes if kind != "bool" else _YES_OR_NO
        found[name] = Field(name, name, kind, known[name].title, codes)
    return found


def named(name: str, known: Mapping[str, Field], parameter: str) -> Field:
    """Return the field of a name, in whatever letters it is written; BadParameterError for none."""
    bare = name.strip().strip('"')
    for one in known.values():
        if one.name.lower() == bare.lower():
            return one
    raise BadParameterError(
        f"{parameter}：没有字段 {bare[:60]}。 {parameter}: there is no field {bare[:60]!r}.",
        f"可用 there are: {', '.join(known)}",
    )


def told(one: Field, *, is_whole: bool = False) -> dict[str, Any]:
    """Return a field as ArcGIS describes it; `is_whole`: with its codes, as layers do."""
    is_id = one.name == OBJECT_ID
    described: dict[str, Any] = {
        "name": one.name,
        "type": "esriFieldTypeOID" if is_id else _TYPES[one.kind],
        "alias": one.title,
        "sqlType": "sqlTypeOther" if is_id else _SQL_TYPES[one.kind],
        "domain": None,
        "defaultValue": None,
    }
    if one.kind == "text":
        described["length"] = _LETTERS
    if is_whole:
        described |= {"nullable": not is_id, "editable": False}
        if one.codes:
            described["domain"] = {
                "type": "codedValue",
                "name": one.name,
                "codedValues": [{"name": word, "code": code} for code, word in one.codes.items()],
            }
    return described


def values(frame: pd.DataFrame, columns: Sequence[tuple[str, str]]) -> list[list[Any]]:
    """Return columns (name in the frame, type in the store) as ArcGIS writes their values."""
    return [_values(frame[name], kind) for name, kind in columns]


def _values(column: pd.Series[Any], kind: str) -> list[Any]:
    is_known = column.notna().to_numpy(dtype=bool)
    if kind == "date":
        days = column.to_numpy().astype("datetime64[D]").astype("datetime64[ms]")
        cells = days.astype(np.int64).astype(object)
    elif kind == "bool":
        cells = column.astype("Int64").astype(object).to_numpy(dtype=object, copy=True)
    else:
        cells = column.astype(object).to_numpy(dtype=object, copy=True)
    cells[~is_known] = None
    found: list[Any] = cells.tolist()
    return found
