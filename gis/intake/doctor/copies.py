"""The same thing delivered twice: one shape under two keys, one key with equal or other content."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from gis.fields import Kind
from gis.intake.doctor.findings import Findings

Array = np.ndarray[Any, Any]
# 1e-8 degrees is a millimetre: the same ring exported twice differs by less.
_DECIMALS = 8
# One survey and the next, one rule of planning and another, may have the same ground.
_WITHIN = {"landclass": "from_on", "plans": "kind"}


def tell(rows: pd.DataFrame, kind: Kind, columns: list[str], findings: Findings) -> None:
    """Tell duplicates. `rows` has key, row_no and geom; `columns` are those the file fills."""
    row_nos = rows["row_no"].to_numpy(np.int64)
    shapes = shape_codes(rows["geom"].to_numpy(dtype=object))
    _tell_keys(rows, kind, columns, shapes, row_nos, findings)
    keys = pd.factorize(rows["key"])[0]
    table = pd.DataFrame({"shape": shapes, "at": np.arange(len(rows))})
    table = table[table["shape"] >= 0]
    if kind.name in _WITHIN:
        within = pd.factorize(rows[_WITHIN[kind.name]])[0] + 1
        table["shape"] = table["shape"] * (within.max() + 1) + within[table["at"]]
    first = table.drop_duplicates("shape").set_index("shape")["at"]
    table["first"] = table["shape"].map(first)
    again = table[(table["first"] != table["at"])]
    again = again[keys[again["first"]] != keys[again["at"]]]
    findings.add(
        "same_shape",
        row_nos[again["at"]],
        row_nos[again["first"]].tolist(),
        field="geom",
        confidence=0.95,
    )


def shape_codes(geoms: Array) -> Array:
    """Return equal numbers for equal shapes, wherever their rings begin; -1 for none."""
    rounded = shapely.transform(geoms, lambda xy: np.round(xy, _DECIMALS))
    codes, _ = pd.factorize(shapely.to_wkb(shapely.normalize(rounded)))
    return np.asarray(np.where(shapely.is_missing(geoms), -1, codes))


def copies_of(rows: pd.DataFrame, columns: list[str]) -> Array:
    """Return which rows repeat an earlier one in key and in all columns of the file."""
    codes = _content(rows, columns, shape_codes(rows["geom"].to_numpy(dtype=object)))
    named = (rows["key"].astype("str").fillna("") != "").to_numpy()
    return np.asarray(codes.duplicated().to_numpy() & named)


def _tell_keys(
    rows: pd.DataFrame,
    kind: Kind,
    columns: list[str],
    shapes: Array,
    row_nos: Array,
    findings: Findings,
) -> None:
    named = (rows["key"].astype("str").fillna("") != "").to_numpy()
    shared = rows["key"].duplicated(keep=False).to_numpy() & named
    if not shared.any():
        return
    part = rows[shared]
    codes = _content(part, columns, shapes[shared])
    varies = codes.drop(columns="key").groupby(codes["key"]).nunique() > 1
    clashing = varies.index[varies.any(axis=1)]
    is_clash = codes["key"].isin(clashing).to_numpy()
    copied = ~is_clash & codes["key"].duplicated().to_numpy()
    once = codes.drop_duplicates("key")
    firsts = pd.Series(once.index, index=once["key"])
    numbers = row_nos[shared]
    first_at = codes["key"].map(firsts).to_numpy()
    name = kind.key[0]
    findings.add(
        "duplicate_row", numbers[copied], numbers[first_at[copied]].tolist(), field=name,
        proposal="--fix drop_identical",
    )  # fmt: skip
    titles = {column: kind.columns[column].title for column in columns} | {"geom": "图形"}
    told = {key: "、".join(titles[c] for c in varies.columns[varies.loc[key]]) for key in clashing}
    findings.add(
        "duplicate_key",
        numbers[is_clash],
        part["key"].to_numpy()[is_clash].tolist(),
        [told[key] for key in codes["key"].to_numpy()[is_clash]],
        field=name,
    )


def _content(rows: pd.DataFrame, columns: list[str], shapes: Array) -> pd.DataFrame:
    """Return numbers for each column, equal where the values are; unknown equals unknown."""
    codes = {"key": pd.factorize(rows["key"])[0], "geom": shapes}
    for name in columns:
        column = rows[name]
        if column.dtype == object:
            column = column.map(
                lambda one: tuple(one) if isinstance(one, list | np.ndarray) else one
            )
        codes[name] = pd.factorize(column)[0]
    return pd.DataFrame(codes)
