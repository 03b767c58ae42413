"""Issue rows on their way into the store: which rows they reject, and how they are written."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from datetime import datetime, time
from typing import Any

import numpy as np
import pandas as pd
from psycopg import sql

from gis.store import copy, tables
from gis.store.database import Connection
from gis.store.statements import listed, table

TYPES = tables.postgres_types(tables.ISSUE)


def rejected_rows(issues: pd.DataFrame) -> pd.MultiIndex:
    """Return the (file, row_no) of every rejected row, each once."""
    if issues.empty:
        return pd.MultiIndex.from_arrays([[], []], names=["file", "row_no"])
    is_error = (issues["severity"] == "error") & issues["row_no"].notna()
    found = issues.loc[is_error, ["file", "row_no"]].astype({"row_no": "int64"})
    return pd.MultiIndex.from_frame(found.drop_duplicates())


def counted(issues: pd.DataFrame) -> dict[str, int]:
    """Return how many issues there are of each code."""
    if issues.empty:
        return {}
    counts = issues["code"].value_counts().sort_index()
    return {str(code): int(count) for code, count in counts.items()}


def write(connection: Connection, number: int, issues: pd.DataFrame) -> None:
    """Append the issues of a delivery to table issue."""
    if issues.empty:
        return
    texts = [name for name, kind in TYPES.items() if kind == "text"]
    raw = issues["raw"].to_numpy(dtype=object, copy=True)
    for at in np.flatnonzero(issues["raw"].notna()):
        raw[at] = plain(raw[at])
    told = issues.assign(
        delivery=number,
        raw=raw,
        **{name: issues[name].astype("str").str.replace("\0", "␀", regex=False) for name in texts},
    )
    copy.write(connection, table("issue"), told, TYPES)


def of_code(connection: Connection, code: str, deliveries: Collection[int]) -> pd.DataFrame:
    """Return what was told under a code of the rows of deliveries.

    Columns: delivery, file, row_no, field, value (what the cell said).
    """
    types = {"delivery": "int4", "file": "text", "row_no": "int4", "field": "text", "value": "text"}
    query = sql.SQL(
        "SELECT {} FROM {} WHERE code = {} AND delivery = ANY({}) ORDER BY delivery, row_no, field"
    ).format(
        listed(list(types)), table("issue"), sql.Literal(code), sql.Literal(sorted(deliveries))
    )
    return copy.read(connection, query, types)


def _without_nul(value: Any) -> Any:
    # PostgreSQL holds no NUL; a faulty value is shown with the sign for it.
    return value.replace("\0", "␀") if isinstance(value, str) else value


def plain(value: Any) -> Any:
    """Return a value as JSON has it: unknown as null, days and other things as text."""
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(part) for part in value]
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, datetime) and value.tzinfo is None and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bool | int):
        return value
    return _without_nul(str(value))
