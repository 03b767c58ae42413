"""An export of the national system beside ours, as a workbook: what came of it, and row by row."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from gis import contracts, units
from gis.fields import Column, Kind
from gis.outputs.report import book
from gis.outputs.report.book import Sheet
from gis.store.comparisons import Comparison

_SUMMARY = {
    "情况": "text", "行数": "integer", "国家系统（公顷）": "公顷", "国家系统（亩）": "亩",
    "我方（公顷）": "公顷", "我方（亩）": "亩",
}  # fmt: skip
_FIRST = {
    "行号": "integer", "情况": "text", "原因": "text", "编号": "text", "名称": "text",
    "行政区": "text", "我方状态": "text", "自": "day", "不同的列": "text",
}  # fmt: skip
_LAST = {"我方编号": "text", "同第几行": "integer", "说明": "text"}
_NOTES = (
    "行号是导出文件的行号。编号按同一写法比较（全半角、括号、不可见字符），不作模糊合并；"
    "相近的只列出供核对。",
    "面积相差不超过 1 平方米（批而未供为我方的千分之一）、金额相差不超过 1 元的算一致；"
    "一方没有填的算不同。",
    "“区域外”不在制表人的土地范围内，或我库未收录。此表不入库，不作为事实。",
)


def write(made: Comparison, rows: pd.DataFrame, kind: Kind, out: Path) -> Path:
    """Write a comparison and its rows (`gis.store.comparisons`) to `out` and return it."""
    made_on = made.at.replace(tzinfo=None)
    heads = [
        f"{contracts.label('national_list', made.list)}　{made.name}　{made_on:%Y-%m-%d}"
        f"　对照运行 {made.run}",
        _chinese(made.notes),
    ]
    with book.opened(out, "与国家系统对照", made_on) as opened:
        looks = book.Looks(opened)
        book.add(opened, looks, _summary(made), heads)
        book.add(opened, looks, listed(made.compared, rows, kind), heads)
    return out


def _summary(made: Comparison) -> Sheet:
    table = pd.DataFrame(
        [
            (contracts.label("comparison", state), one["rows"],
             *(math.nan if one[side] is None else convert(one[side])
               for side in ("theirs_m2", "ours_m2")
               for convert in (units.hectares, units.mu)))
            for state, one in made.counts.items()
        ],
        columns=[*_SUMMARY],
    )  # fmt: skip
    return Sheet("对照汇总", _SUMMARY, table, notes=_NOTES)


def listed(compared: Sequence[str], rows: pd.DataFrame, kind: Kind) -> Sheet:
    """Return a comparison row by row, both sides of every column compared beside each other."""
    titles = {name: kind.columns[name].title for name in compared}
    columns: dict[str, Any] = {
        "行号": rows["row_no"],
        "情况": _words("comparison", rows["state"]),
        "原因": _words("comparison_reason", rows["why"]),
        "编号": rows["key"],
        "名称": rows["name"],
        "行政区": rows["region_code"],
        "我方状态": rows["outcome"].map(outcome),
        "自": rows["since_on"],
        "不同的列": rows["fields"].map(lambda one: "、".join(titles[name] for name in one) or None),
    }
    kinds = dict(_FIRST)
    for name in compared:
        column = kind.columns[name]
        shown, unit = _shown(column)
        for side, of in (("国家系统", "theirs"), ("我方", "ours")):
            head = f"{side}：{column.title}" + (f"（{unit}）" if unit else "")
            kinds[head] = shown
            columns[head] = _values(rows[of], name, column)
    kinds |= _LAST
    columns["我方编号"] = rows["near"].map(lambda one: "、".join(one) or None)
    columns["同第几行"] = rows["same_row"]
    columns["说明"] = rows["notes"].map(lambda one: _chinese(one) or None)
    return Sheet("逐行对照", kinds, pd.DataFrame(columns, columns=[*kinds]))


def _chinese(notes: Iterable[str]) -> str:
    """Return the Chinese halves of what was noticed: the workbook is Chinese."""
    return "；".join(one.partition("。 ")[0] for one in notes)


def _words(code_list: str, codes: pd.Series) -> pd.Series:
    return codes.map(lambda code: contracts.label(code_list, code) or None)


def outcome(code: object) -> str | None:
    """Return what a person reads for our state of a row; None where we have none."""
    of = next((one for one in ("outcome", "unsupplied") if code in contracts.CODES[one]), None)
    return None if of is None else contracts.label(of, str(code))


def _shown(column: Column) -> tuple[str, str | None]:
    if column.type == "area":
        return "公顷", "公顷"
    if column.type == "money":
        return "元", "元"
    return ("day" if column.type in ("day", "day_end") else "text"), None


def _values(told: Iterable[Mapping[str, Any] | None], name: str, column: Column) -> pd.Series:
    values = pd.Series([None if one is None else one.get(name) for one in told], dtype=object)
    if column.type == "area":
        return units.hectares(values.astype(float))
    if column.type == "money":
        return units.yuan(values.astype(float))
    if column.type in ("day", "day_end"):
        return pd.to_datetime(values)
    if column.codes:
        return values.map(lambda code: word(name, code))
    return values


def word(column: str, code: str | None) -> str | None:
    """Return what a person reads for the code of a compared column; None where there is none."""
    if code is None:
        return None
    of = {"state": "outcome"}.get(column, column)
    return contracts.label(of, code)
