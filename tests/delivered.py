"""Records straight into a store, for tests of what is judged rather than of what is read."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import shapely

from gis import fields
from gis.crs import transform
from gis.intake.read import read
from gis.store import arrivals, database, deliveries
from tests.store_rows import NO_ISSUES

CORNER_EPSG = 4545
"""The plane of tests.squares, without a zone's prefix in X."""
_DTYPES = {"text": "str", "code": "str", "money": "Int64", "integer": "Int64", "flag": "boolean"}
_DTYPES |= {"area": "float64", "number": "float64"}


def frame(kind: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return rows typed as the readers type them; squares in metres come out in EPSG:4490."""
    table = pd.DataFrame(rows)
    for name in table.columns:
        if name == "geom":
            table[name] = transform.to_store(table[name].to_numpy(object), CORNER_EPSG).geoms
            table["source_epsg"] = CORNER_EPSG
            continue
        column = fields.KINDS[kind].columns[name]
        if column.type in {"day", "day_end"}:
            table[name] = pd.to_datetime(table[name]).astype("datetime64[s]")
        else:
            table[name] = table[name].astype(_DTYPES.get(column.type, "object"))
    return table.assign(row_no=range(2, 2 + len(table)), file=f"{kind}.xlsx")


def deliver(
    store: database.Connection,
    kind: str,
    *rows: dict[str, Any],
    scope: dict[str, str] | None = None,
    received_at: datetime | None = None,
) -> int:
    """Store one delivery and return its number; with a scope it replaces what lies in it."""
    mark = hashlib.sha256(repr((kind, rows, scope, received_at)).encode()).hexdigest()[:12]
    received = arrivals.Received(f"{kind}-{mark}.xlsx", kind, mark, mark, {}, series="tests", **(
        {} if received_at is None else {"received_at": received_at}
    ))  # fmt: skip
    table = frame(kind, list(rows))
    columns = [name for name in table.columns if name not in {"row_no", "file", "source_epsg"}]
    mode = {"mode": "add"} if scope is None else {"mode": "replace", "scope": scope}
    return deliveries.put(store, received, table, NO_ISSUES, columns, **mode).delivery


def deliver_as_written(
    store: database.Connection, folder: Path, kind: str, *rows: dict[str, Any]
) -> int:
    """Read a register of the rows as any other and store it; return the number.

    Columns and codes stand under their own names, areas in m2, money in yuan. `written` of a row
    (column -> text) is what its cells say instead of the value.
    """
    columns = [name for name in rows[0] if name in fields.KINDS[kind].columns]
    heads = [name + _UNITS.get(fields.KINDS[kind].columns[name].type, "") for name in columns]
    lines = [
        ",".join(row.get("written", {}).get(name, _cell(name, row[name])) for name in columns)
        for row in rows
    ]
    file = folder / f"{kind}{len(list(folder.iterdir()))}.csv"
    file.write_text("\n".join([",".join(heads), *lines]) + "\n", encoding="utf-8")
    reading = read(file, kind)
    assert reading.rejected_count == 0, reading.issues[reading.issues["severity"] == "error"]
    received = arrivals.Received(file.name, kind, file.name, file.name, {}, series="tests")
    told = fields.KINDS[kind].spoken_of([*reading.mapping.values()])
    return deliveries.put(store, received, reading.rows, reading.issues, told).delivery


_UNITS = {"area": "(平方米)", "money": "(元)"}


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    return f"{value // 100}.{value % 100:02d}" if name.endswith("_fen") else str(value)


def square(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    """A rectangle in metres from the corner of the tiny city."""
    return shapely.box(500_000 + x0, 4_320_000 + y0, 500_000 + x1, 4_320_000 + y1)
