"""A delivery read with the repairs a person has accepted: what `load --fix` takes in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gis.fields import Kind
from gis.intake.columns.amounts import AREA_UNITS
from gis.intake.columns.mapping import map_headers
from gis.intake.doctor import copies, position, repair
from gis.intake.doctor.areas import MAIN_AREAS
from gis.intake.doctor.findings import Findings
from gis.intake.doctor.known import Known
from gis.intake.doctor.position import Supposed
from gis.intake.doctor.repair import Fix
from gis.intake.issues import COLUMNS, show
from gis.intake.read import Reading, Taken, take, understand

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Treated:
    """A layer with the accepted fixes carried out on its shapes, and their records."""

    taken: Taken
    records: Findings
    proposed: Supposed | None  # for the layer as it came


def read(
    path: Path | str,
    kind: str | Kind,
    *,
    fixes: Sequence[str] = (),
    layer: str | None = None,
    crs: str | None = None,
    encoding: str | None = None,
    column_map: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
    sender: str | None = None,
    known: Known | None = None,
) -> Reading:
    """Return what a delivery holds after the fixes named, each change an issue row `fixed:<fix>`.

    Arguments as for `intake.read`; `fixes` as `repair.fixes_of` takes them. Identical rows are
    only recorded: the store takes one of them by itself, and counts the others.
    """
    named = repair.fixes_of(fixes)
    treated = treat(
        path, kind, named, layer=layer, crs=crs, encoding=encoding, column_map=column_map,
        constants=constants, known=known,
    )  # fmt: skip
    reading = understood(treated, named, column_map, sender)
    told = treated.records.frame()[list(COLUMNS)]
    if any(fix.name == "drop_identical" for fix in named):
        tell_identical(reading, treated.records)
        told = treated.records.frame()[list(COLUMNS)]
    return replace(reading, issues=joined(reading.issues, told))


def treat(
    path: Path | str,
    kind: str | Kind,
    fixes: Sequence[Fix],
    *,
    layer: str | None = None,
    crs: str | None = None,
    encoding: str | None = None,
    column_map: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
    known: Known | None = None,
) -> Treated:
    """Return the layer with the fixes of its shapes and its coordinate system carried out."""
    taken = take(
        path,
        kind,
        layer=layer,
        crs=crs,
        encoding=encoding,
        column_map=column_map,
        constants=constants,
    )
    table = taken.table
    if crs is not None and table.geoms is not None:
        table = replace(table, crs=crs)
    records = Findings(taken.path.name)
    proposed = None
    if table.geoms is not None and taken.kind.has_geometry:
        silent = Findings(taken.path.name)
        proposed = position.find(table.geoms, table.row_nos, table.crs, known, silent)
    table = repair.apply(table, fixes, proposed, records)
    return Treated(replace(taken, table=table), records, proposed)


def understood(
    treated: Treated,
    fixes: Sequence[Fix],
    column_map: Mapping[str, str] | None = None,
    sender: str | None = None,
) -> Reading:
    """Return the layer's rows in stored form, areas in the unit a fix names."""
    taken = treated.taken
    unit = next((fix.value for fix in fixes if fix.name == "area_unit"), None)
    name = next((column for column in MAIN_AREAS if column in taken.kind.columns), None)
    units = {name: unit} if unit and name else None
    reading = understand(taken, column_map=column_map, units=units, sender=sender)
    if unit and name:
        _tell_unit(reading, taken, name, unit, column_map, treated.records)
    return reading


def identical(reading: Reading) -> Array:
    """Return which rows repeat an earlier one in key and content."""
    return copies.copies_of(reading.rows, filled(reading))


def filled(reading: Reading) -> list[str]:
    """Return the kind's columns in which the delivery says anything."""
    return [name for name in reading.kind.columns if reading.rows[name].notna().any()]


def tell_identical(reading: Reading, records: Findings) -> Array:
    """Record every identical row; return which rows of the reading they are."""
    again = identical(reading)
    rows = reading.rows
    first = rows[~again].drop_duplicates("key").set_index("key")["row_no"]
    dropped = rows[again]
    if not len(dropped):
        records.add("fix_without_effect", values="drop_identical")
        return again
    columns = filled(reading)
    records.add(
        "fixed:drop_identical",
        dropped["row_no"].to_numpy(np.int64),
        [f"第 {row} 行" for row in dropped["row_no"]],
        [f"只留第 {row} 行" for row in dropped["key"].map(first)],
        field=reading.kind.key[0],
        raws=[
            {name: show(row[name]) for name in columns if not isinstance(row[name], list)}
            for row in dropped.to_dict("records")
        ],
    )
    return again


def joined(issues: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    """Return two tables of issues as one, in the types of the first."""
    parts = [part for part in (issues, more) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else issues


def _tell_unit(
    reading: Reading,
    taken: Taken,
    name: str,
    unit: str,
    column_map: Mapping[str, str] | None,
    records: Findings,
) -> None:
    """Record for each row the area as written, in the unit read before and in the one read now."""
    table, column = taken.table, taken.kind.columns[name]
    headers = [str(header) for header in table.frame.columns]
    mapped = map_headers(headers, taken.kind, column_map, table.is_cut_header)
    if name not in mapped.units:
        records.add("fix_without_effect", values="area_unit")
        return
    sheet = [one for one in table.units if one in AREA_UNITS]
    before = mapped.units[name] or (sheet[0] if len(sheet) == 1 else column.unit) or "平方米"
    written = table.frame[mapped.columns[name]]
    at = np.flatnonzero(np.isin(table.row_nos, reading.rows["row_no"]))
    now = reading.rows.set_index("row_no")[name].reindex(table.row_nos[at]).to_numpy(np.float64)
    kept = np.isfinite(now)
    records.add(
        "fixed:area_unit",
        table.row_nos[at[kept]],
        [f"{show(value)}（{before}）" for value in written.iloc[at[kept]]],
        [f"{show(value)}（{unit}）= {area:.4f} 平方米"
         for value, area in zip(written.iloc[at[kept]], now[kept], strict=True)],
        field=name,
        title=column.title,
    )  # fmt: skip
