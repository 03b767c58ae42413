"""The workbook of one run: summary, ledgers, lists, balances, indicators, dictionary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Protocol

import pandas as pd

from gis import contracts
from gis.citation import choice, cited, without_keys
from gis.errors import UsageError
from gis.outputs.export import choose
from gis.outputs.report import book, development, indicator_sheets, sheets, summary
from gis.outputs.report.book import Sheet
from gis.result_tables import FINDINGS
from gis.store.runs import Run, left_out_words

_DIGEST_LETTERS = 12
_SUMMARY = {
    "类别": "text",
    "结果": "text",
    "处置方向": "text",
    "宗数": "integer",
    "面积（平方米）": "m2",
    "面积（公顷）": "公顷",
    "面积（亩）": "亩",
}
_PIVOT = {
    "旗县": "text", "园区": "text", "状态": "text", "宗数": "integer",
    "面积（公顷）": "公顷", "面积（亩）": "亩",
}  # fmt: skip
_TOTAL = "合计"
_ANSWERS = {"True": "是", "False": "否"}
# The unit of a value that names the articles something rests on.
_OF_ARTICLES = "basis"
_LAW = {"文件": "text", "条款": "text", "含义": "text", "取值": "text", "键": "text"}


class LawValue(Protocol):
    """What the workbook tells of a value of the law nobody has checked against its text."""

    @property
    def key(self) -> str:
        """Its name in the files of the law."""

    @property
    def title(self) -> str:
        """The instrument it stands in."""

    @property
    def article(self) -> str:
        """The article, or `setting`."""

    @property
    def said(self) -> str:
        """The value itself, as people read it."""

    @property
    def unit(self) -> str:
        """What it is counted in, or the few it is one of."""

    @property
    def wording_zh(self) -> str:
        """What it says in short."""


def workbook(
    run: Run,
    tables: Mapping[str, pd.DataFrame],
    out: Path,
    unverified: Sequence[LawValue] = (),
) -> Path:
    """Write the workbook of `run` to `out` and return it; equal input gives equal bytes.

    `tables` holds finding, holding, unsupplied, piece, balance and indicator as the store keeps
    them; with `lead` the contradictions stand on a sheet of their own, and so do the projects
    with control, low_efficiency, quarterly and quiet_block, and the parks with ranking and
    ranking_part (gis/assessment).
    `unverified` are the values of the law used but never read in the law's own text.
    """
    chapters = [
        _summary(run),
        *_lists(run, tables, "findings"),
        sheets.balance_sheet(tables, run.counts.get("unsupplied_total")),
        *indicator_sheets.indicator_sheets(tables),
        *development.development_sheets(tables),
        *(sheets.ranking_sheets(tables) if "ranking" in tables else []),
        *([sheets.lead_sheet(tables)] if "lead" in tables else []),
        *([sheets.set_aside_sheet(tables)] if len(tables.get("set_aside", ())) else []),
        _law(unverified),
        sheets.dictionary_sheet(),
    ]
    return _write(run, chapters, out, unverified)


def listing(
    run: Run,
    tables: Mapping[str, pd.DataFrame],
    what: str,
    out: Path,
    unverified: Sequence[LawValue] = (),
) -> Path:
    """Write one list of a run to `out`: a key of LISTS.

    The tables are those of `workbook`; `targets` are the idle-land ledger and the unsupplied land
    on which somebody must act, the same rows as in any other format (see `choose.held_back`).
    """
    chapters = [*_lists(run, tables, what), sheets.dictionary_sheet()]
    return _write(run, chapters, out, unverified)


def pivot(run: Run, rule: str, rows: pd.DataFrame, totals: pd.DataFrame, out: Path) -> Path:
    """Write what a rule found by region, park and outcome to `out`.

    Both tables: region, park, outcome, count, hectares and mu, which are printed as they are.
    """
    words = {code: zh for code, (zh, _) in contracts.CODES[FINDINGS[rule].outcomes].items()}
    titles = dict(zip(rows.columns, _PIVOT, strict=True))
    told = [
        table.assign(outcome=table["outcome"].map(words)).rename(columns=titles)
        for table in (rows, totals.assign(region=_TOTAL))
    ]
    sheet = Sheet(f"{contracts.label('rule', rule)}汇总", _PIVOT, told[0], told[1])
    return _write(run, [sheet], out, ())


def _lists(run: Run, tables: Mapping[str, pd.DataFrame], what: str) -> list[Sheet]:
    if what == "leads":
        return [sheets.lead_sheet(tables)]
    if what == "parcels":
        return [sheets.parcel_sheet(tables)]
    if what == "targets":
        tables = {**tables, "finding": choose.choose(tables["finding"], what)}
    idle = sheets.idle_ledger(tables, run.as_of)
    candidates = sheets.candidate_list(tables, run.as_of)
    unsupplied = sheets.unsupplied_ledger(tables, run.as_of)
    to_act = sheets.unsupplied_ledger(tables, run.as_of, sheets.UNSUPPLIED_TO_ACT)
    of_list = {
        "findings": [idle, candidates, unsupplied],
        "targets": [idle, to_act],
        "candidates": [candidates],
        "unsupplied": [unsupplied],
    }
    if what not in of_list:
        raise UsageError(
            f"没有名为 {what!r} 的清单 no list is called {what!r}",
            f"可选 choose one of: {', '.join(choose.LISTS)}",
        )
    return of_list[what]


def _write(run: Run, chapters: Sequence[Sheet], out: Path, unverified: Sequence[LawValue]) -> Path:
    heads = head_lines(run, unverified)
    made_on = datetime.combine(run.as_of, time(), tzinfo=UTC).replace(tzinfo=None)
    with book.opened(out, f"土地监测 {run.as_of.isoformat()}", made_on) as opened:
        looks = book.Looks(opened)
        for chapter in chapters:
            book.add(opened, looks, chapter, heads)
    return out


def head_lines(run: Run, unverified: Sequence[LawValue]) -> list[str]:
    """Return the lines that stand on top of every sheet: what these figures rest on."""
    place = f"　行政区 {run.region}" if run.region else ""
    lines = [
        f"截止日期 {run.as_of.isoformat()}{place}　数据截至第 {run.delivery} 次交付　运行 {run.id}"
        f"　法律库 {run.law_digest[:_DIGEST_LETTERS]}　程序 {run.code_version}",
        "单位写在列名中，金额一律为元；面积仅在印出时取位：平方米、亩两位，公顷四位小数。",
    ]
    words = left_out_words(run.counts)
    if words:
        lines.append(words)
    if unverified:
        lines.append(f"所用法律数值中 {len(unverified)} 项未经核对原文，见“法律数值待核”。")
    return lines


def _summary(run: Run) -> Sheet:
    lines = summary.table(run.counts)
    table = pd.DataFrame(
        [
            [
                row.group,
                row.outcome_zh,
                row.track_zh or None,
                row.count,
                row.area_m2,
                row.area_hectares,
                row.area_mu,
            ]
            for row in lines
        ],
        columns=list(_SUMMARY),
    )
    notes = ("各类分别小计，不相加：未报动工核查不是疑似闲置，批而未供另有其面积。",)
    return Sheet("汇总", _SUMMARY, table, notes=notes)


def _said(value: LawValue) -> str:
    """Return a value as people read it: what is chosen in words, an article as it is cited."""
    if value.unit == _OF_ARTICLES:
        return cited(value.said)
    return _ANSWERS.get(value.said) or choice(value.said, value.unit)


def _law(unverified: Sequence[LawValue]) -> Sheet:
    table = pd.DataFrame(
        [
            (
                value.title,
                cited(value.article),
                without_keys(value.wording_zh) or None,
                _said(value),
                value.key,
            )
            for value in unverified
        ],
        columns=list(_LAW),
    )
    return Sheet("法律数值待核", _LAW, table)
