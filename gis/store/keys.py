"""Rows of one delivery that share a key, and those that have none."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from gis.fields import Kind
from gis.record_names import JOINT, are_official
from gis.store import same_shape

_MOST_PLACES = 1_000  # rows of one number; more are no places but a fault
_NEAR_DEGREES = 2e-6  # wider than any touch: measured in metres after


@dataclass(frozen=True)
class Settled:
    """Rows with one key each; the issue rows of those left out; how many were identical copies.

    `refused_keys`: the keys whose rows contradict each other.
    """

    rows: pd.DataFrame
    issues: pd.DataFrame
    duplicates: int
    refused_keys: tuple[str, ...] = ()


def settle(kind: Kind, rows: pd.DataFrame, columns: Sequence[str]) -> Settled:
    """Sort out rows that share a key; `rows` holds `key`, `row_no`, `file`.

    Of rows equal in all `columns` the first stays. Rows with one key and different content are all
    left out: which of them is right is for the sender to say.
    """
    place = places(kind, rows)
    group = rows["key"].where(place == 0, rows["key"] + JOINT + place.astype("str"))
    rows = rows.assign(group=group)
    is_shared = group.duplicated(keep=False) & rows["key"].notna()
    shared = rows[is_shared]
    if shared.empty:
        return Settled(rows, pd.DataFrame(), 0)
    varies = _varies(shared, columns)
    clashing = varies[varies.any(axis=1)]
    is_clash = shared["group"].isin(clashing.index)
    copies = shared[~is_clash & shared["group"].duplicated()]
    left_out = rows.index.isin(copies.index)
    left_out |= rows.index.isin(shared.index[is_clash])
    told = [
        _copy_issues(kind, copies, shared),
        pd.DataFrame(_clash_issues(kind, shared[is_clash], clashing, columns)),
    ]
    issues = pd.concat([each for each in told if len(each)] or told[:1], ignore_index=True)
    refused = tuple(dict.fromkeys(shared.loc[is_clash, "key"]))
    return Settled(rows[~left_out], issues, len(copies), refused)


def places(kind: Kind, rows: pd.DataFrame) -> pd.Series[int]:
    """Return of rows that share a number which of its places each lies in, from 0.

    Where a number names a record within its sender only, land that neither overlaps nor touches
    is another place. An official code has one place, and so has what has no shape.
    """
    place = pd.Series(0, index=rows.index)
    if kind.named_by != "sender" or "geom" not in rows:
        return place
    counts = rows.groupby("key")["key"].transform("size")
    has_place = ~are_official(kind, rows) & rows["geom"].notna() & (counts <= _MOST_PLACES)
    found = np.flatnonzero(has_place)
    shapes, keys = rows["geom"].to_numpy(dtype=object)[found], rows["key"].to_numpy()[found]
    one, other = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=_NEAR_DEGREES)
    is_pair = (one < other) & (keys[one] == keys[other])
    one, other = one[is_pair], other[is_pair]
    met = same_shape.measured(shapes[one], shapes[other])
    meets = met.touches | (met.share > 0)
    label = _joined_up(len(found), one[meets], other[meets])
    within = pd.Series(label).groupby(keys).transform(lambda labels: pd.factorize(labels)[0])
    place[rows.index[found]] = within.to_numpy()
    return place


def _joined_up(
    count: int, one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]
) -> np.ndarray[Any, Any]:
    """Return the first member of the group each of `count` things is in, joined by pairs."""
    label = np.arange(count)
    while (label[one] != label[other]).any():
        least = np.minimum(label[one], label[other])
        np.minimum.at(label, one, least)
        np.minimum.at(label, other, least)
    return label


def _varies(shared: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return by group which columns are not the same in all of its rows."""
    code, groups = pd.factorize(shared["group"])
    _, first = np.unique(code, return_index=True)
    told = {}
    for name in columns:
        values = _codes(shared[name])
        differs = values != values[first[code]]
        told[name] = np.bincount(code[differs], minlength=len(groups)) > 0
    return pd.DataFrame(told, index=pd.Index(groups))


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


def _copy_issues(kind: Kind, copies: pd.DataFrame, shared: pd.DataFrame) -> pd.DataFrame:
    firsts = shared.drop_duplicates("group").set_index("group")["row_no"]
    first = copies["group"].map(firsts).astype("str")
    return pd.DataFrame(
        {
            "file": copies["file"],
            "row_no": copies["row_no"],
            "field": kind.key[0],
            "code": "duplicate_row",
            "severity": "note",
            "value": copies["key"],
            "message": "与第 " + first + " 行完全相同，只取一行",
            "fix": "无须处理",
            "raw": pd.Series(None, copies.index, dtype=object),
        }
    )


def _clash_issues(
    kind: Kind, clash: pd.DataFrame, clashing: pd.DataFrame, columns: Sequence[str]
) -> list[dict[str, Any]]:
    numbers = clash.groupby("group")["row_no"].agg(lambda nos: "、".join(map(str, nos)))
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
            f"编号 {row['key']} 在第 {numbers[row['group']]} 行重复而内容不同"
            f"（{differing[row['group']]}），各行均未采用",
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
