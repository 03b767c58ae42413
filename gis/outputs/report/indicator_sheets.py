"""The figures of parks, blocks and supplies on paper: figures in lists, definitions told once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from gis import contracts
from gis.outputs.report.book import Sheet
from gis.outputs.report.sheets import Tables, published

_SUPPLY = "supply"
_DEFINITIONS = "指标定义"
_NUMBER = "定义序号"
# What makes up one definition: beside every figure it would take most of the paper.
_DEFINED = ("name", "definition")


def indicator_sheets(tables: Tables) -> list[Sheet]:
    """Return 园区指标, 宗地建设强度 where supplies have buildings on record, and 指标定义.

    Each figure stands with its unit, numerator, denominator and source, and the number under which
    指标定义 says what it is, in Chinese and English.
    """
    rows = tables["indicator"]
    defined = rows[[*_DEFINED]].drop_duplicates(ignore_index=True)
    is_plot = (rows["place_kind"] == _SUPPLY).to_numpy(bool)
    plots = [_plots(rows[is_plot], defined)] if is_plot.any() else []
    return [_places(rows[~is_plot], defined), *plots, _definitions(defined)]


def _places(rows: pd.DataFrame, defined: pd.DataFrame) -> Sheet:
    notes = (
        "年度空着的是截止日的数；没有数值的，缺少事实一栏写明缺什么。",
        f"同一指标口径有分歧的，各列一行；各按哪种口径，见“{_DEFINITIONS}”。数值照算，不作截取。",
    )
    return _numbered("园区指标", rows, defined, notes)


def _plots(rows: pd.DataFrame, defined: pd.DataFrame) -> Sheet:
    notes = (
        "只列有建筑物资料的供地；建筑按图形所在计入，跨用地的按基底面积分摊。",
        f"没有数值的，缺少事实一栏写明缺什么；定义见“{_DEFINITIONS}”。",
    )
    return _numbered("宗地建设强度", rows, defined, notes)


def _numbered(
    name: str, rows: pd.DataFrame, defined: pd.DataFrame, notes: tuple[str, ...]
) -> Sheet:
    """Return figures as a sheet, the definition as its number on 指标定义."""
    rows = rows.reset_index(drop=True)
    sheet = published(name, "indicator", rows, notes)
    numbers = pd.MultiIndex.from_frame(defined).get_indexer(
        pd.MultiIndex.from_frame(rows[[*_DEFINED]])
    )
    kinds = {title: kind for title, kind in sheet.kinds.items() if title != "定义"}
    table = sheet.table.drop(columns="定义").assign(**{_NUMBER: numbers + 1})
    return replace(sheet, kinds={**kinds, _NUMBER: "integer"}, table=table)


def _definitions(defined: pd.DataFrame) -> Sheet:
    chinese, english = (
        {code: words[place] for code, words in contracts.CODES["indicator"].items()}
        for place in (0, 1)
    )
    formulas = {code: words[1] for code, words in contracts.CODES["formula"].items()}
    table = pd.DataFrame(
        {
            _NUMBER: np.arange(1, len(defined) + 1),
            "指标": defined["name"].map(chinese).fillna(defined["name"]),
            "定义": defined["definition"],
            "Indicator": defined["name"].map(english).fillna(defined["name"]),
            "Formula": defined["name"].map(formulas),
        }
    ).astype(dict.fromkeys(("指标", "定义", "Indicator", "Formula"), "str"))
    kinds = {_NUMBER: "integer", **dict.fromkeys(table.columns[1:], "text")}
    return Sheet(_DEFINITIONS, kinds, table)
