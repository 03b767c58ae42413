"""The sheets of development: tasks, control values, the quarter, years of parks, with charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from gis import contracts, result_tables
from gis.outputs.report.book import Sheet
from gis.outputs.report.sheets import Tables, published

_NOTES = {
    "target": (
        "只按冻结的底数计，底数外的另列；是否完成以自治区审核认定（或地方口径）为准。"
        "空着的是不明，不是 0。完成率上下限是四舍五入留下的余地。",
    ),
    "control": (
        "自达产日起考核。层级：标准地协议高于园区，园区高于地方，地方高于国家；其他层级一栏是它们会要求的值。"
        "比例以 1 为 100 %，元/m2 即 万元/公顷，1 万元/亩 为 15 元/m2。",
    ),
    "low_efficiency": ("只是疑似；列入低效台账的才是人工认定。事实不齐全的为待定。",),
    "quarterly": ("事实不齐全的为待定，不计入各类个数；较上季度按本次资料回算。",),
    "quiet_block": ("各年为项目备案年度；“待定”的缺少事实一栏写明缺什么。",),
}
_TASK_BARS = ("任务面积", "自报完成", "系统填报完成", "审核认定完成")
_PER_MU = ("output_per_mu", "tax_per_mu", "invested_per_mu")
_VERDICTS = ("below", "undetermined", "not_yet_due", "met")
_CERTAIN, _OPEN = "本季度", "待定"


def development_sheets(tables: Tables) -> list[Sheet]:
    """Return the sheets of what parks, projects and tasks came to, those that have rows."""
    found = []
    if len(years := _of_years(tables["indicator"])):
        found.append(
            _drawn("园区逐年亩均", years, "开发区代码", "年度", ("单位：万元/亩，空着的是不明。",))
        )
    for name, notes in _NOTES.items():
        if name not in tables or tables[name].empty:
            continue
        rows = tables[name]
        if "unit" in rows:
            rows = rows.assign(unit=rows["unit"].map(_unit, na_action="ignore"))
        sheet = published(result_tables.TABLES[name].zh, name, rows, notes)
        if name == "target":
            bars = tuple(f"{one}（公顷）" for one in _TASK_BARS)
            sheet = replace(
                sheet, bars=bars, bars_by="对象代码", bars_until="任务类型", is_stacked=False
            )
        if name == "control":
            counts = _counted(rows["indicator"], "control_value", rows["verdict"], _VERDICTS)
            counts = counts.rename(
                columns={one: contracts.label("control_verdict", one) for one in _VERDICTS}
            )
            found.append(_drawn("控制指标汇总", counts, "项"))
        if name == "quarterly":
            state = rows["is_certain"].astype("bool").map({True: _CERTAIN, False: _OPEN})
            counts = _counted(rows["class"], "quarter_class", state, (_CERTAIN, _OPEN))
            found.append(_drawn("季度报表汇总", counts, "项"))
        found.append(sheet)
    return found


def _unit(code: str) -> str:
    """Return the words of a unit that is stored as a code; others are words as they are."""
    return contracts.CODES["unit"].get(code, (code,))[0]


def _counted(of: pd.Series, codes: str, by: pd.Series, order: Sequence[str]) -> pd.DataFrame:
    """Return how many rows there are of each code, in the order of its list, a column for each."""
    counts = pd.crosstab(of.to_numpy(), by.to_numpy()).reindex(columns=[*order], fill_value=0)
    own = [code for code in contracts.CODES[codes] if code in counts.index]
    names = [contracts.label(codes, code) for code in own]
    table: pd.DataFrame = counts.loc[own].reset_index(drop=True)
    table.columns.name = None
    table.insert(0, "项", names)
    return table


def _of_years(indicators: pd.DataFrame) -> pd.DataFrame:
    """Return the yearly figures over the land of each park, those of a year side by side."""
    is_asked = (indicators["place_kind"] == "park") & indicators["name"].isin(_PER_MU)
    rows = indicators[is_asked & indicators["year"].notna()]
    told = rows.set_index(["place_code", "year", "name"])["value"].astype("float64").unstack("name")
    told = told.reindex(columns=[name for name in _PER_MU if name in told])
    told.columns = pd.Index([contracts.label("indicator", str(name)) for name in told])
    told = told.reset_index().rename(columns={"place_code": "开发区代码", "year": "年度"})
    return told.assign(年度=told["年度"].astype("str")) if len(told) else told


def _drawn(
    name: str, table: pd.DataFrame, by: str, until: str = "", notes: Sequence[str] = ()
) -> Sheet:
    """Return a sheet with bars of all its columns of numbers."""
    texts = {by, until} - {""}
    kinds = {
        str(title): "text" if title in texts
        else "integer" if pd.api.types.is_integer_dtype(table[title]) else "number"
        for title in table
    }  # fmt: skip
    bars = tuple(title for title, kind in kinds.items() if kind != "text")
    return Sheet(
        name, kinds, table, notes=notes, bars=bars, bars_by=by, bars_until=until,
        is_stacked=not until,
    )  # fmt: skip
