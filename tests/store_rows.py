"""Rows and deliveries the store's tests are made of."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import shapely

from gis import fields
from gis.store import arrivals, database, deliveries, runs

NO_ISSUES = pd.DataFrame(
    columns=["file", "row_no", "field", "code", "severity", "value", "message", "fix", "raw"]
)


def received(kind: str, mark: str, **more: Any) -> arrivals.Received:
    return arrivals.Received(
        f"{mark}.xlsx", kind, f"sha-{mark}", f"print-{mark}", {"原": "a"}, **more
    )


def supplies(*rows: dict[str, Any], file: str = "a.xlsx") -> pd.DataFrame:
    frame = pd.DataFrame(list(rows))
    for name in frame.columns:
        kind = fields.KINDS["supplies"].columns[name].type if name != "geom" else ""
        if kind == "day":
            frame[name] = pd.to_datetime(frame[name]).astype("datetime64[s]")
        elif kind == "money":
            frame[name] = frame[name].astype("Int64")
        elif kind in {"text", "code"}:
            frame[name] = frame[name].astype("str")
    return frame.assign(row_no=range(2, 2 + len(frame)), file=file)


def put(store: database.Connection, mark: str, rows: pd.DataFrame, **more: Any) -> arrivals.Loaded:
    columns = [name for name in rows.columns if name not in {"row_no", "file", "source_epsg"}]
    issues = more.pop("issues", NO_ISSUES)
    return deliveries.put(store, received("supplies", mark), rows, issues, columns, **more)


def square(east: float, north: float, size: float = 0.001) -> shapely.Polygon:
    return shapely.box(east, north, east + size, north + size)


def rejected_row(row_no: int, raw: dict[str, Any], file: str = "a.xlsx") -> dict[str, Any]:
    return {
        "file": file, "row_no": row_no, "field": "area_m2", "code": "unreadable",
        "severity": "error", "value": "x", "message": "坏", "fix": "改", "raw": raw,
    }  # fmt: skip


def run_of(store: database.Connection, day: str, frames: dict[str, pd.DataFrame]) -> runs.Run:
    """Store a run of a day that says these rows."""
    with store.transaction():
        begun = runs.begin(
            store, as_of=date.fromisoformat(day), delivery=1, region=None, code_version="1",
            code_digest="c", law_digest="l", input_digest="i",
        )  # fmt: skip
        for name, frame in frames.items():
            runs.keep(store, begun, name, frame)
        return runs.finish(store, begun, {})
