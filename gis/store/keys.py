"""The natural key of every record, and rows of one delivery that share one."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from gis.fields import Kind

JOINT = "|"


@dataclass(frozen=True)
class Settled:
    """Rows with one key each; the issue rows of those left out; how many were identical copies.

    `refused_keys`: the keys whose rows contradict each other.
    """

    rows: pd.DataFrame
    issues: pd.DataFrame
    duplicates: int
    refused_keys: tuple[str, ...] = ()


def natural_keys(kind: Kind, frame: pd.DataFrame) -> pd.Series[Any]:
    """Return the key of each row as text: the key columns joined by "|", empty tail dropped.

    Where the first key column is empty the columns of `key_else` stand in; a row without any is
    NaN. A column the frame lacks counts as empty.
    """
    first = _joined(frame, kind.key)
    if kind.key_else:
        has_first = _text(frame, kind.key[0]) != ""
        first = first.where(has_first, _joined(frame, kind.key_else))
        is_known = has_first | (_text(frame, kind.key_else[0]) != "")
    else:
        is_known = first != ""
    return first.where(is_known & (first != "")).rename("key")


def settle(kind: Kind, rows: pd.DataFrame, columns: Sequence[str]) -> Settled:
    """Sort out rows that share a key; `rows` holds `key`, `row_no`, `file`.

    Of rows equal in all `columns` the first stays. Rows with one key and different content are all
    left out: which of them is right is for the sender to say.
    """
    is_shared = rows["key"].duplicated(keep=False) & rows["key"].notna()
    shared = rows[is_shared]
    if shared.empty:
        return Settled(rows, pd.DataFrame(), 0)
    codes = pd.DataFrame({name: _codes(shared[name]) for name in columns}, index=shared.index)
    varies = codes.groupby(shared["key"]).nunique() > 1
    clashing = varies[varies.any(axis=1)]
    is_clash = shared["key"].isin(clashing.index)
    copies = shared[~is_clash & shared["key"].duplicated()]
    left_out = rows.index.isin(copies.index)
    left_out |= rows.index.isin(shared.index[is_clash])
    issues = [
        *_copy_issues(kind, copies, shared),
        *_clash_issues(kind, shared[is_clash], clashing, columns),
    ]
    return Settled(rows[~left_out], pd.DataFrame(issues), len(copies), tuple(clashing.index))


def _text(frame: pd.DataFrame, name: str) -> pd.Series[str]:
    if name not in frame.columns:
        return pd.Series("", index=frame.index, dtype="str")
    column = frame[name]
    if column.dtype.kind == "M":
        column = column.dt.strftime("%Y-%m-%d")
    return column.astype("str").fillna("")


def _joined(frame: pd.DataFrame, names: Sequence[str]) -> pd.Series[str]:
    joined = _text(frame, names[0])
    for name in names[1:]:
        joined = joined + JOINT + _text(frame, name)
    return joined.str.rstrip(JOINT) if len(names) > 1 else joined


def _codes(column: pd.Series[Any]) -> np.ndarray[Any, Any]:
    """Return numbers that are equal where the values are, unknown equal to unknown."""
    if column.name == "geom":
        column = pd.Series(shapely.to_wkb(column.to_numpy(dtype=object)), index=column.index)
    elif column.dtype == object:
        column = column.map(_hashable)
    return pd.factorize(column)[0]


def _hashable(value: Any) -> Hashable:
    return tuple(value) if isinstance(value, list | np.ndarray) else value


def keyless(kind: Kind, rows: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return an issue row for each of the rows, which have nothing to be known by."""
    titles = "、".join(kind.columns[name].title for name in kind.key)
    told = [
        _issue(
            kind,
            row,
            "missing_key",
            "error",
            f"没有可以识别本行的编号（{titles}）",
            "补填编号后重新报送",
        )
        | {"value": None, "raw": raw_row(row, columns)}
        for row in rows.to_dict("records")
    ]
    return pd.DataFrame(told)


def _copy_issues(kind: Kind, copies: pd.DataFrame, shared: pd.DataFrame) -> list[dict[str, Any]]:
    firsts = shared.drop_duplicates("key").set_index("key")["row_no"]
    return [
        _issue(
            kind,
            row,
            "duplicate_row",
            "note",
            f"与第 {firsts[row['key']]} 行完全相同，只取一行",
            "无须处理",
        )
        for row in copies.to_dict("records")
    ]


def _clash_issues(
    kind: Kind, clash: pd.DataFrame, clashing: pd.DataFrame, columns: Sequence[str]
) -> list[dict[str, Any]]:
    numbers = clash.groupby("key")["row_no"].agg(lambda nos: "、".join(map(str, nos)))
    titles = {
        name: kind.columns[name].title if name in kind.columns else "图形" for name in columns
    }
    differing = {
        key: "、".join(titles[name] for name in clashing.columns[varies])
        for key, varies in zip(clashing.index, clashing.to_numpy(), strict=True)
    }
    return [
        _issue(
            kind, row, "duplicate_key", "error",
            f"编号 {row['key']} 在第 {numbers[row['key']]} 行重复而内容不同"
            f"（{differing[row['key']]}），各行均未采用",
            "核对后只保留正确的一行，重新报送",
        )
        | {"raw": raw_row(row, columns)}
        for row in clash.to_dict("records")
    ]  # fmt: skip


def _issue(
    kind: Kind, row: dict[Hashable, Any], code: str, severity: str, message: str, fix: str
) -> dict[str, Any]:
    return {
        "file": row["file"],
        "row_no": row["row_no"],
        "field": kind.key[0],
        "code": code,
        "severity": severity,
        "value": row["key"],
        "message": message,
        "fix": fix,
        "raw": None,
    }


def raw_row(row: dict[Hashable, Any], columns: Sequence[str]) -> dict[str, Any]:
    """Return a row as JSON values, the shape as WKT, so that a row left out is not lost."""
    raw = {name: row[name] for name in columns}
    if raw.get("geom") is not None:
        raw["geom"] = shapely.to_wkt(raw["geom"], rounding_precision=-1)
    return raw
