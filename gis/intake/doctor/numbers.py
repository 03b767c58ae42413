"""Identifiers against their own parts, the other columns of their row, and the file's own habit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from gis.fields import Kind
from gis.intake.columns import ids
from gis.intake.doctor.findings import Findings

Array = np.ndarray[Any, Any]
_PARTS = {
    "parcel_code": ids.parcel_parts,
    "unit_no": ids.unit_parts,
    "supply_no": ids.supply_parts,
}
# Where most numbers of a column are standard, the others deserve a look; abroad none is.
_HABIT = 0.5
_WAYS = {"grant": "出让", "allocation": "划拨", "lease": "租赁", "lease_then_grant": "先租后让",
         "equity": "作价出资"}  # fmt: skip


def tell(rows: pd.DataFrame, kind: Kind, findings: Findings) -> None:
    """Tell numbers of odd length, of another county, letter or parcel than their row says."""
    row_nos = rows["row_no"].to_numpy(np.int64)
    for name, parts_of in _PARTS.items():
        if name not in rows or rows[name].isna().all():
            continue
        title = kind.columns[name].title
        given = rows[name].notna().to_numpy()
        parts = parts_of(rows[name])
        is_standard = parts.iloc[:, 0].notna().to_numpy()
        if is_standard.sum() > _HABIT * given.sum():
            _tell_odd(rows[name], given & ~is_standard, row_nos, name, title, findings)
        if "county" in parts and "region_code" in rows:
            _tell_county(rows, name, parts["county"], row_nos, title, findings)
        if name == "supply_no":
            _tell_suffix(rows[name], parts, row_nos, title, findings)
    if {"supply_no", "supply_way"} <= set(rows):
        _tell_letter(rows, row_nos, findings)
    if {"unit_no", "parcel_code"} <= set(rows):
        _tell_unit(rows, row_nos, findings)


def _tell_odd(
    values: pd.Series[str], odd: Array, row_nos: Array, name: str, title: str, findings: Findings
) -> None:
    at = np.flatnonzero(odd)
    findings.add(
        "odd_length",
        row_nos[at],
        values.iloc[at].tolist(),
        values.iloc[at].str.len().astype(int).tolist(),
        field=name,
        title=title,
        confidence=0.6,
    )


def _tell_county(
    rows: pd.DataFrame,
    name: str,
    county: pd.Series[str],
    row_nos: Array,
    title: str,
    findings: Findings,
) -> None:
    region = rows["region_code"].astype("str").str[:6]
    # 150600 is the whole city: any of its counties fits.
    is_wide = region.str.endswith("00").fillna(False)
    fits = (county == region) | (is_wide & (county.str[:4] == region.str[:4]))
    at = np.flatnonzero((county.notna() & region.notna() & ~fits).to_numpy(bool))
    findings.add(
        "county_differs",
        row_nos[at],
        rows[name].iloc[at].tolist(),
        rows["region_code"].iloc[at].tolist(),
        field=name,
        title=title,
        confidence=0.8,
    )


def _tell_suffix(
    values: pd.Series[str], parts: pd.DataFrame, row_nos: Array, title: str, findings: Findings
) -> None:
    at = np.flatnonzero(parts["suffix"].notna().to_numpy())
    findings.add(
        "number_suffix", row_nos[at], values.iloc[at].tolist(), field="supply_no", title=title
    )


def _tell_letter(rows: pd.DataFrame, row_nos: Array, findings: Findings) -> None:
    parts = ids.supply_parts(rows["supply_no"])
    meant = parts["letter"].map(ids.LETTERS)
    way = rows["supply_way"]
    # B stands for every paid supply, leases and shares included; A for 划拨 alone.
    differs = (meant == "allocation") & (way != "allocation")
    differs |= (meant == "grant") & (way == "allocation")
    at = np.flatnonzero((differs & way.notna()).to_numpy(bool))
    findings.add(
        "letter_differs",
        row_nos[at],
        rows["supply_no"].iloc[at].tolist(),
        [f"{_WAYS[meant.iloc[i]]}，供地方式为{_WAYS[way.iloc[i]]}" for i in at],
        field="supply_way",
        confidence=0.7,
    )


def _tell_unit(rows: pd.DataFrame, row_nos: Array, findings: Findings) -> None:
    within = ids.unit_parts(rows["unit_no"])["parcel_code"]
    code = rows["parcel_code"]
    at = np.flatnonzero(
        (within.notna() & code.notna() & (within != code.str.upper())).to_numpy(bool)
    )
    findings.add(
        "unit_differs",
        row_nos[at],
        rows["unit_no"].iloc[at].tolist(),
        code.iloc[at].tolist(),
        field="unit_no",
        confidence=0.8,
    )
