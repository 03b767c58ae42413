"""Which columns each sheet has, and where they come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pandas as pd

from gis import contracts, fields, result_tables, units
from gis.citation import cited
from gis.outputs import grounds, ledger
from gis.outputs.report import closing
from gis.outputs.report.book import Sheet
from gis.outputs.report.ledger_columns import LEDGER, UNSUPPLIED, Shown
from gis.pipeline import counts

TO_ACT = ("suspected_idle", "found_idle", "may_be_idle")
UNSUPPLIED_TO_ACT = ("lapsed", "to_supply", "to_withdraw", "used_unsupplied")
Tables = Mapping[str, pd.DataFrame]


# Type of a published column -> what a sheet calls it.
_KINDS = {"area": "m2", "facts": "text", "texts": "text", "flag": "text"}
_YES_NO = {True: "是", False: "否"}
_MONEY = ("price", "supplement", "invested", "investment_total", "fee", "fee_if_confirmed")
_CODED = {
    "track": "track",
    "start_state": "start_state",
    "evidence_grade": "evidence_grade",
    "supply_way": "supply_way",
}
_IN_WORDS: Mapping[tuple[str, str], Callable[[Any], str]] = {
    ("lead", "detail"): grounds.in_words,
    ("indicator", "missing"): contracts.facts,
    ("indicator", "source"): grounds.sources,
}
_DAYS_NOTE = (
    "约定动工日：延期、实际交地计入后有效的动工期限；满一年日、满两年日：期满之次日，满两年已扣除免责期间；"
    "处置方向自：该处置方向开始适用之日。抵押登记不在收件范围，未列。"
)

# Which areas of a balance stand in 公顷 and 亩 beside, and how.
_IN_HECTARES = {"approved_m2": "批准面积", "unsupplied_m2": "未供面积"}
_NAMED = 20  # how many approvals a note names

# Registered, plane and ellipsoidal areas differ: each list says which it holds.
_REGISTERED = "面积为登记面积（合同、决定书所载），没有登记的为图形平面面积。"


def idle_ledger(tables: Tables, as_of: date) -> Sheet:
    """Return 闲置土地台账(含疑似): suspected, found, may be found; the status says which."""
    rows = _of(tables, "idle_land", TO_ACT)
    notes = (
        "未附《闲置土地认定书》的一律为疑似闲置；各状态分别合计，不相加。",
        _DAYS_NOTE,
        _REGISTERED,
    )
    return _ledger("闲置土地台账(含疑似)", LEDGER, _with_facts(rows, tables, as_of), notes)


def candidate_list(tables: Tables, as_of: date) -> Sheet:
    """Return 未报动工核查清单: no start is reported and nobody has looked; no fee is due."""
    rows = _of(tables, "idle_land", ("candidate",))
    notes = ("仅为系统未填报动工、尚待核实的地块，不计入疑似闲置。", _DAYS_NOTE, _REGISTERED)
    return _ledger("未报动工核查清单", LEDGER, _with_facts(rows, tables, as_of), notes)


def unsupplied_ledger(
    tables: Tables, as_of: date, outcomes: tuple[str, ...] = tuple(contracts.CODES["unsupplied"])
) -> Sheet:
    """Return 批而未供台账: one row per unsupplied piece, beside its approval's areas."""
    rows = _of(tables, "unsupplied", outcomes)
    rows = _worded(ledger.pieces(rows, tables["unsupplied"], as_of))
    balance = ledger.dated(tables["balance"]).set_index("approval")
    days = _looked_up(balance["approved_on"], rows["approval"])
    rows["approved_on"] = rows["approved_on"].fillna(days)
    rows["adjoining"] = result_tables.listed(rows["adjoining"])
    rows["situation_missing_zh"] = rows["situation_missing"].map(contracts.facts)
    rows["situation_zh"] = rows["situation"].map(
        {code: chinese for code, (chinese, _) in contracts.CODES["situation"].items()}
    )
    rows["age_days"] = (pd.Timestamp(as_of) - rows["approved_on"]).dt.days.astype("Int64")
    approval = rows["approval"]
    for name in ("approved", "supplied", "withdrawn", "unsupplied"):
        areas = _looked_up(balance[f"{name}_m2"], approval)
        rows[f"{name}_hectares"], rows[f"{name}_mu"] = units.hectares(areas), units.mu(areas)
    notes = (
        "面积列“本地块”为该地块，其余为所属批文；各类分别合计。",
        "面积均为图形平面面积；批文没有图形的部分按来文面积。",
        *_undated_notes(tables),
    )
    return _ledger("批而未供台账", UNSUPPLIED, rows, notes)


def balance_sheet(tables: Tables, unsupplied_total: Mapping[str, Any] | None = None) -> Sheet:
    """Return 批文面积平衡: every row and every total closes in the figures printed.

    `unsupplied_total`: the one figure of 批而未供 (`rates.unsupplied_of`), told above the list.
    """
    columns = result_tables.TABLES["balance"].columns
    kinds = {one.zh: _KINDS.get(one.type, one.type) for one in columns}
    table = tables["balance"].sort_values("approval", ignore_index=True)[[c.name for c in columns]]
    closed = closing.close_rows(table)
    totals = closing.totals(ledger.dated(closed))
    closed = closed.assign(
        missing=closed["missing"].map(contracts.facts, na_action="ignore").astype("str"),
        method=closed["method"].map(_words("method")).astype("str"),
    )
    titles = {one.name: one.zh for one in columns}
    for name, title in _IN_HECTARES.items():
        for kind, of in (("公顷", units.hectares), ("亩", units.mu)):
            column = f"{title}（{kind}）"
            kinds[column], closed[column] = kind, of(closed[name])
            totals[column] = totals[name].where(totals["approval"] == f"合计（{kind}）")
    notes = (
        "批准面积＝已供＋撤批＋免供＋未供＋边角地＋细碎面＋残差；尾差并入舍去最多的项，合计由印出的数相加。",
        "面积为图形平面面积，没有图形的按来文面积；批准登记面积为来文面积；名称带“椭球”的两列为椭球面积。"
        "未另写单位的面积列均为平方米。",
        "缺少供地、撤批或被替代面积的批文，已供、撤批、免供一栏只是已知部分（不少于该数），未供一栏空着。",
        *_undated_notes(tables),
        *([counts.one_figure(unsupplied_total)] if unsupplied_total else []),
    )
    return Sheet(
        name="批文面积平衡",
        kinds=kinds,
        table=closed.rename(columns=titles),
        totals=totals.rename(columns=titles),
        notes=notes,
    )


def _undated_notes(tables: Tables) -> tuple[str, ...]:
    """Return the line that tells of the approvals without their day, empty without any."""
    rows = tables["balance"]
    rows = rows[rows["method"] == ledger.UNDATED]
    one = {"count": len(rows), "area_m2": rows["base_m2"].sum()}
    words = counts.undated_words({"undated_approvals": one})
    return (f"{words}：{'、'.join(rows['approval'][:_NAMED])}",) if words else ()


def _words(code_list: str) -> dict[str, str]:
    return {code: chinese for code, (chinese, _) in contracts.CODES[code_list].items()}


def lead_sheet(tables: Tables) -> Sheet:
    """Return 疑点线索: contradictions to look at, the surest first; a lead decides nothing."""
    rank = {code: place for place, code in enumerate(contracts.CODES["confidence"])}
    leads = tables["lead"]
    named = result_tables.listed(leads["subjects"])
    leads = leads.assign(named=named, rank=leads["confidence"].map(rank)).sort_values(
        ["rank", "kind", "area_m2", "named"], ascending=[True, True, False, True]
    )
    notes = ("线索只供核查，不作认定；同一地块可有多条，面积不相加。",)
    return published("疑点线索", "lead", leads, notes)


def parcel_sheet(tables: Tables) -> Sheet:
    """Return 宗地: the parcels the run knew, as their registers say them."""
    notes = ("面积为登记面积（来文所载）；资料号、文件、行号是该宗地最后一次报来之处。",)
    return published("宗地", "parcel", tables["parcel"], notes)


def published(name: str, table: str, rows: pd.DataFrame, notes: tuple[str, ...] = ()) -> Sheet:
    """Return a published table as a sheet: words for codes, areas in three units."""
    kinds, shown = {}, {}
    for one in result_tables.TABLES[table].columns:
        values = rows[one.name]
        if one.type == "area":
            title = one.zh.removesuffix("（平方米）")
            area = values.astype("float64")
            for unit, kind, figures in (
                ("平方米", "m2", area),
                ("公顷", "公顷", units.hectares(area)),
                ("亩", "亩", units.mu(area)),
            ):
                kinds[f"{title}（{unit}）"], shown[f"{title}（{unit}）"] = kind, figures
            continue
        title = one.zh.removesuffix("代码") if one.codes else one.zh
        if (table, one.name) in _IN_WORDS:
            values = values.map(_IN_WORDS[table, one.name], na_action="ignore").astype("str")
        elif one.type == "texts":
            values = result_tables.listed(values)
        elif one.type == "flag":
            values = values.astype("object").map(_YES_NO)
        words = one.words
        # A year is a name: 2,025 is none.
        is_year = one.name.endswith("year") and one.type == "integer"
        kinds[title] = "year" if is_year else _KINDS.get(one.type, one.type)
        shown[title] = values.map(words).fillna(values).astype("str") if words else values
        shown[title] = shown[title].where(values.notna())
    return Sheet(name, kinds, pd.DataFrame(shown).reset_index(drop=True), notes=notes)


def ranking_sheets(tables: Tables) -> list[Sheet]:
    """Return 园区考核 with a bar for each park, and 园区考核得分 with every score."""
    rows, parts = tables["ranking"], tables["ranking_part"]
    known = parts.dropna(subset=["score"]).groupby(["park_code", "group"])["score"].sum().unstack()
    groups = [one for one in dict.fromkeys(parts["group"]) if one in known]
    table = pd.DataFrame(
        {
            "名次": rows["place_words"],
            "园区": rows["name"],
            "已知得分": rows["known"].astype("float64"),
            "至多得分": rows["most"].astype("float64"),
            **{one: known[one].reindex(rows["park_code"]).to_numpy() for one in groups},
            "加分": rows["bonus"].astype("float64"),
            "奖励（万元）": rows["prize_wan"],
            "一票否决": result_tables.listed(rows["vetoes"]),
            "待定指标": result_tables.listed(rows["missing"]),
        }
    )
    kinds = {"名次": "text", "园区": "text", "已知得分": "number", "至多得分": "number"}
    kinds |= dict.fromkeys(groups, "number") | {"加分": "number", "奖励（万元）": "integer"}
    kinds |= {"一票否决": "text", "待定指标": "text"}
    (heading,) = {*rows["heading"]}
    first = Sheet(
        "园区考核", kinds, table, notes=(heading,), bars=(*groups, "加分"), bars_by="园区"
    )
    # Why a score lacks stands in 算法, in words.
    scores = parts.assign(missing=pd.Series(None, index=parts.index, dtype=object))
    return [first, published("园区考核得分", "ranking_part", scores)]


def set_aside_sheet(tables: Tables) -> Sheet:
    """Return 搁置记录: the records the run could not judge; they are in no total."""
    rows = tables["set_aside"]
    words = {
        "kind": rows["kind"].map(lambda name: fields.KINDS[name].title),
        "reason": rows["reason"].map(lambda code: contracts.label("aside_reason", code)),
    }
    notes = ("这些记录无法判定，不在任何合计内；改正后重新报送，下次运行再判定。",)
    return published("搁置记录", "set_aside", rows.assign(**words), notes)


def dictionary_sheet() -> Sheet:
    """Return 字段说明: every column of the published tables, and beside it every code word."""
    columns = pd.DataFrame(
        [
            (table.zh, one.zh, one.name, one.short, one.unit)
            for table in result_tables.TABLES.values()
            for one in table.columns
        ],
        columns=["表", "列", "列名", "图形字段名", "单位"],
    )
    codes = pd.DataFrame(
        [
            (name, code, chinese, english)
            for name, codes in contracts.CODES.items()
            for code, (chinese, english) in codes.items()
        ],
        columns=["代码表", "代码", "中文", "英文"],
    )
    table = pd.concat([columns, codes], axis=1)
    notes = ("左边是各表的列，右边是各代码表的代码，两边各自成表。",)
    kinds = dict.fromkeys([*columns.columns, *codes.columns], "text")
    return Sheet("字段说明", kinds, table, notes=notes, is_small=True)


def _of(tables: Tables, rule: str, outcomes: tuple[str, ...]) -> pd.DataFrame:
    findings = tables["finding"]
    chosen = findings[(findings["rule"] == rule) & findings["outcome"].isin(outcomes)]
    return chosen.sort_values(["region_code", "subject"], kind="stable", ignore_index=True)


def _worded(rows: pd.DataFrame) -> pd.DataFrame:
    events = {
        code: chinese
        for name in ("unsupplied", "outcome", "track")
        for code, (chinese, _) in contracts.CODES[name].items()
    }
    area = rows["area_m2"].astype("float64")
    words = {
        f"{name}_zh": rows[name].map(
            {code: chinese for code, (chinese, _) in contracts.CODES[code_list].items()}
        )
        for name, code_list in _CODED.items()
        if name in rows
    }
    money = {
        f"{name}_yuan": units.yuan(rows[f"{name}_fen"].astype("Float64"))
        for name in _MONEY
        if f"{name}_fen" in rows
    }
    return rows.assign(
        **words,
        **money,
        outcome_zh=rows["outcome"].map(events),
        article=rows["article"].map(cited, na_action="ignore"),
        missing_zh=rows["missing"].map(contracts.facts),
        clashes_zh=rows["clashes"].map(contracts.clashes),
        by_month_zh=rows["by_month"].map(result_tables.titles, na_action="ignore"),
        next_event_zh=rows["next_event"].map(events),
        area_hectares=units.hectares(area),
        area_mu=units.mu(area),
    )


def _with_facts(rows: pd.DataFrame, tables: Tables, as_of: date) -> pd.DataFrame:
    rows = ledger.joined(rows, {"holding": tables["holding"]}, as_of)
    developed = rows["developed_area_m2"].astype("float64")
    return _worded(rows).assign(
        developed_area_hectares=units.hectares(developed), developed_area_mu=units.mu(developed)
    )


def _looked_up(values: pd.Series, keys: pd.Series) -> pd.Series:
    """Return the value of each key, with the keys' own index; unknown where there is none."""
    return values.reindex(keys).set_axis(keys.index)


def _ledger(
    name: str, shown: tuple[Shown, ...], rows: pd.DataFrame, notes: tuple[str, ...] = ()
) -> Sheet:
    numbers = pd.Series(range(1, len(rows) + 1), index=rows.index, dtype="Int64")
    table = pd.DataFrame(
        {"序号": numbers, **{one.title: rows[one.source] for one in shown}}, index=rows.index
    )
    kinds = {"序号": "integer", **{one.title: one.kind for one in shown}}
    return Sheet(
        name, kinds, table.reset_index(drop=True), _sums(shown, rows, kinds), notes,
        _months(shown, rows),
    )  # fmt: skip


def _months(shown: tuple[Shown, ...], rows: pd.DataFrame) -> dict[str, pd.Series[bool]]:
    """Return by title which days of a ledger are known only by their month."""
    found = {
        one.title: result_tables.naming(rows["by_month"], one.source)
        for one in shown
        if one.kind == "day"
    }
    return {title: is_month for title, is_month in found.items() if is_month.any()}


def _sums(shown: tuple[Shown, ...], rows: pd.DataFrame, kinds: dict[str, str]) -> pd.DataFrame:
    """Return the lines below a ledger: each status by 旗县 and block, then each over all."""
    title_of = {one.source: one.title for one in shown}
    areas = ["area_m2", "area_hectares", "area_mu"]
    lines = []
    for by, label in ((["region_code", "block_code"], "小计"), ([], "合计")):
        groups = rows.groupby([*by, "outcome_zh"], dropna=False, sort=False)
        for key, group in groups:
            told = dict(zip([*by, "outcome_zh"], key, strict=True))
            unknown = int(group["area_m2"].isna().sum())
            words = f"{label} {len(group)} 宗" + (f"，{unknown} 宗面积不明" if unknown else "")
            line = {title_of[name]: value for name, value in told.items() if value == value}
            sums = {title_of[name]: group[name].sum(min_count=1) for name in areas}
            lines.append({**line, **sums, title_of["subject"]: words})
    return pd.DataFrame(lines).reindex(columns=list(kinds))
