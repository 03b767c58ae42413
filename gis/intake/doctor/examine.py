"""One delivery examined from end to end; nothing is stored and nothing changed unasked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gis.fields import Kind
from gis.intake.columns.header_profile import HeaderProfiles, empty_days_of
from gis.intake.doctor import (
    anchors,
    areas,
    copies,
    mended,
    neighbours,
    numbers,
    places,
    position,
    repair,
    systems,
    vertices,
    zones,
)
from gis.intake.doctor.codes import DOCTOR
from gis.intake.doctor.findings import Findings, of_reader, typed
from gis.intake.doctor.grade import grade, refused_rows
from gis.intake.doctor.known import Known
from gis.intake.doctor.mended import Treated
from gis.intake.doctor.position import Supposed
from gis.intake.read import Reading
from gis.intake.source import bounded
from gis.intake.source.completeness import marks_of, must_be_unchanged
from gis.intake.table import Table

Array = np.ndarray[Any, Any]
WITHOUT_STORE = "没有可用的库：未与库内宗地、行政区、开发区比对 no store: nothing compared with it"
_WITHOUT_PLACE = "位置不明：未查面积、重叠、重复和编号 no position: areas, overlaps not looked at"

# What GEOS says of an invalid shape -> the doctor's code and its Chinese name.
_REASONS = {
    "Ring Self-intersection": ("self_touching", "界线与自身相接"),
    "Self-intersection": ("self_crossing", "界线自相交"),
    "Hole lies outside shell": ("hole_outside_shell", "内环在外环之外"),
    "Holes are nested": ("nested_rings", "内环相套"),
    "Nested shells": ("nested_rings", "各部分相套"),
    "Interior is disconnected": ("self_touching", "界线相接，内部断开"),
    "Duplicate Rings": ("nested_rings", "环重复"),
}
# What the reader noticed and a fix mends.
_PROPOSALS = {
    "invalid_geometry": "--fix repair_crossing",
    "repeated_points": "--fix drop_repeated_points",
}


@dataclass(frozen=True)
class Diagnosis:
    """What was found in one delivery. `rows` are the sound ones, accepted fixes carried out.

    `findings` has the columns of `findings.FINDING`, one row per fault and input row;
    `is_supposed` tells that rows were placed by a proposal nobody has accepted yet; `left_out`
    names what could not be looked at; `table` is the layer with its shapes where they were placed.
    """

    file: str
    kind: Kind
    layer: str | None
    format: str
    crs: str | None
    row_count: int
    rejected_count: int
    grade: str
    findings: pd.DataFrame
    rows: pd.DataFrame
    mapping: Mapping[str, str]
    is_supposed: bool
    left_out: tuple[str, ...]
    table: Table

    @property
    def sound_count(self) -> int:
        """Return how many rows carry no error."""
        return self.row_count - self.rejected_count


def examine(
    path: Path | str,
    kind: str | Kind,
    *,
    layer: str | None = None,
    crs: str | None = None,
    encoding: str | None = None,
    column_map: Mapping[str, str] | None = None,
    empty_days: Sequence[str] = (),
    fixes: Sequence[str] = (),
    known: Known | None = None,
) -> Diagnosis:
    """Return the diagnosis of a delivery; arguments as for `intake.read` and `load --fix`.

    `empty_days` (2999-12-31) stand for no date in this register.

    Raises DeliveryError when the file cannot be read at all, UsageError for bad arguments.
    """
    column_map = HeaderProfiles(column_map or {}, asked_days=empty_days_of(empty_days))
    with bounded.reading(Path(path)):
        return _examined(
            path, kind, layer=layer, crs=crs, encoding=encoding, column_map=column_map,
            fixes=fixes, known=known,
        )  # fmt: skip


def _examined(
    path: Path | str,
    kind: str | Kind,
    *,
    layer: str | None,
    crs: str | None,
    encoding: str | None,
    column_map: Mapping[str, str] | None,
    fixes: Sequence[str],
    known: Known | None,
) -> Diagnosis:
    named = repair.fixes_of(fixes)
    marks = marks_of(Path(path))
    treated = mended.treat(
        path, kind, named, layer=layer, crs=crs, encoding=encoding, column_map=column_map,
        known=known,
    )  # fmt: skip
    must_be_unchanged(Path(path), marks)
    taken, table = treated.taken, treated.taken.table
    findings = Findings(taken.path.name)
    open_question: Supposed | None = None
    left_out = () if known is not None else (WITHOUT_STORE,)
    if table.geoms is not None and taken.kind.has_geometry:
        open_question = position.find(table.geoms, table.row_nos, table.crs, known, findings)
        supposed = repair.suppose(table, open_question)
        system = systems.system_named(supposed.crs)
        vertices.tell(systems.plane(np.asarray(supposed.geoms), system), table.row_nos, findings)
        if system is None:
            told = pd.concat([of_reader(taken.issues.frame()), findings.frame()])
            return _unplaced(treated, told, left_out)
        treated = replace(treated, taken=replace(taken, table=supposed))
    reading = mended.understood(treated, named, column_map)
    dropped = np.zeros(len(reading.rows), bool)
    if any(fix.name == "drop_identical" for fix in named):
        dropped = mended.tell_identical(reading, treated.records)
    rows = reading.rows[~dropped].reset_index(drop=True)
    is_unit = _tell_rows(rows, reading, findings)
    if known is not None:
        _tell_known(rows, treated, known, findings)
    told = _joined(reading.issues, findings.frame(), treated.records.frame(), is_unit)
    refused = refused_rows(told)
    return Diagnosis(
        file=reading.file,
        kind=reading.kind,
        layer=reading.layer,
        format=reading.format,
        crs=reading.crs,
        row_count=reading.row_count,
        rejected_count=len(refused),
        grade=grade(told, reading.row_count),
        findings=told,
        rows=rows[~rows["row_no"].isin(refused)].reset_index(drop=True),
        mapping=reading.mapping,
        is_supposed=open_question is not None,
        left_out=left_out,
        table=treated.taken.table,
    )


def _tell_rows(rows: pd.DataFrame, reading: Reading, findings: Findings) -> bool:
    """Tell what rows show by themselves; True when a whole column is kept in another unit."""
    kind = reading.kind
    copies.tell(rows, kind, mended.filled(reading), findings)
    numbers.tell(rows, kind, findings)
    areas.tell_between(rows, kind, findings)
    if not kind.has_geometry:
        return False
    neighbours.tell(rows, kind.name, findings)
    return areas.tell(rows, kind, reading.units, findings)


def _tell_known(rows: pd.DataFrame, treated: Treated, known: Known, findings: Findings) -> None:
    table = treated.taken.table
    system = systems.system_named(table.crs)
    if not treated.taken.kind.has_geometry or rows["geom"].isna().all() or system is None:
        return
    lost = places.tell(rows, known, findings)
    zones.tell_out_of_place(np.asarray(table.geoms), lost, system, known, findings)
    if treated.taken.kind.name == "parcels":
        anchors.tell(rows, known, system, findings)


def _joined(
    issues: pd.DataFrame, found: pd.DataFrame, records: pd.DataFrame, is_unit: bool
) -> pd.DataFrame:
    """Return all there is to say, each fault once: where the doctor knows the cause, only that."""
    reader = _named_by_cause(of_reader(issues))
    explained: dict[str, tuple[str, ...]] = {
        "outside_crs": ("swapped_xy", "zone_prefix_missing", "zone_prefix_extra"),
        "area_mismatch": ("row_area_unit",),
        "wrong_geometry": ("boundary_lines",),
    }
    left_out = pd.Series(False, index=reader.index)
    flat = reader.loc[reader["code"] == "zero_area", "row_no"]
    left_out |= (reader["code"] == "repaired_geometry") & reader["row_no"].isin(flat)
    for code, causes in explained.items():
        rows = found.loc[found["code"].isin(causes), "row_no"].dropna()
        left_out |= (reader["code"] == code) & reader["row_no"].isin(rows)
    if is_unit:
        left_out |= reader["code"] == "area_mismatch"
    parts = [part for part in (found, reader[~left_out], records) if len(part)]
    told = pd.concat(parts, ignore_index=True) if parts else found
    order = told["row_no"].fillna(-1).astype("int64").to_numpy()
    return typed(told.iloc[np.argsort(order, kind="stable")].reset_index(drop=True))


def _named_by_cause(reader: pd.DataFrame) -> pd.DataFrame:
    """Return the reader's findings with invalid shapes called by what is wrong with them."""
    told = reader.copy()
    told["proposal"] = told["proposal"].fillna(told["code"].map(_PROPOSALS)).astype("str")
    is_shape = told["code"].isin(["repaired_geometry", "invalid_geometry"])
    for at in told.index[is_shape]:
        reason = str(told.at[at, "value"]).split("[")[0]
        if reason not in _REASONS:
            continue
        code, name = _REASONS[reason]
        rest = str(told.at[at, "message"]).partition("：")[2]
        verb = "已按唯一读法修复" if told.at[at, "severity"] != "error" else "不同修法面积不同"
        told.loc[at, ["code", "message"]] = [code, f"{name}，{verb}：{rest}"]
        told.at[at, "fix"] = DOCTOR[code].fix
    return told


def _unplaced(treated: Treated, told: pd.DataFrame, left_out: tuple[str, ...]) -> Diagnosis:
    """Return the diagnosis of a delivery of which nobody can say where it lies."""
    taken = treated.taken
    told = typed(told.reset_index(drop=True))
    return Diagnosis(
        file=taken.path.name,
        kind=taken.kind,
        layer=taken.table.layer,
        format=taken.format,
        crs=None,
        row_count=len(taken.table.frame),
        rejected_count=len(taken.table.frame),
        grade="returned",
        findings=told,
        rows=pd.DataFrame(columns=["row_no", *taken.kind.columns, "geom"]),
        mapping={},
        is_supposed=True,
        left_out=(*left_out, _WITHOUT_PLACE),
        table=taken.table,
    )
