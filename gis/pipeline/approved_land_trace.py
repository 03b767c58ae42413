"""Why a piece of an approval stands where it stands: facts, days, balance, article, what next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from gis import contracts, result_tables
from gis.approvals.balance import at_least
from gis.approvals.cutting import DISPOSITIONS
from gis.approvals.settings import Settings
from gis.clock import Trace, law_entry, law_line
from gis.clock.wording import Line
from gis.law import Law, Value
from gis.pipeline.approval_papers import Papers
from gis.pipeline.approved_land import Land
from gis.pipeline.turning import lapse_lines, turning_lines
from gis.record_names import number_of

_FACTS = {
    "approved_on": ("批准日期", "approved on"),
    "lapse_on": ("两年期满日", "last day of the two years"),
    "area_m2": ("面积（平方米）", "area (m2)"),
    "is_edge": ("边角地", "edge by shape"),
    "is_built": ("变更调查已建成", "built by the survey"),
    "is_built_after": ("两年期满之后才动工建设", "building began after the two years"),
    "compensation": ("失效日前的征地补偿", "compensation by the lapse day"),
    "is_used": ("两年期满前批文已有土地使用", "part of the approval used by that day"),
    "is_supply_possible": ("能否供应", "supply possible"),
    "is_class_unchanged": ("地类未变", "ground still of the old class"),
    "has_location": ("面积均有位置", "every area located"),
}
_COMPENSATION = {
    "done": ("已完成", "done"),
    "not_done": ("未完成", "not done"),
    "not_required": ("不需要", "not required"),
}


def explain(
    land: Land,
    told: pd.DataFrame,
    subject: str,
    as_of: date,
    law: Law,
    settings: Settings,
    papers: Papers,
    language: str = "zh",
) -> Trace | None:
    """Return the trace of a piece, or of all pieces of an approval; None if there is neither.

    `told`: the situations of the pieces, see `pipeline.situations`.
    """
    of_piece = land.findings["subject"] == subject
    chosen = of_piece
    if not of_piece.any():
        chosen = land.reasons["approval"].map(_names(subject)).astype(bool)
    named = [name for name in land.balances["approval"] if _names(subject)(name)]
    if not (chosen.any() or named):
        return None
    findings, reasons = land.findings[chosen], land.reasons[chosen]
    approval = str(reasons["approval"].iloc[0]) if chosen.any() else named[0]
    balance = land.balances[land.balances["approval"] == approval].iloc[0]
    side = ("zh", "en").index(language)
    given = _given(land, approval)
    open_: list[Line] = []
    for (_, reason), outcome in zip(reasons.iterrows(), findings["outcome"], strict=True):
        one = reasons.loc[[reason.name]]
        open_ += turning_lines(one, outcome, as_of, settings)
    values = _values(findings, law, as_of)
    sections = {
        "result": [_result(row, side) for row in findings.to_dict("records")]
        or [("没有剩余的未供土地", "no land is left to supply")[side]],
        "basis": sorted(set(findings["article"].dropna())),
        "facts": [
            f"{_FACTS[name][side]}：{_said(row[name], side)}"
            for row in reasons.to_dict("records")[:1]
            for name in _FACTS
        ]
        + [line[side] for line in papers.lines_of(approval)],
        "arithmetic": [
            *(
                line[side]
                for _, reason in reasons.head(1).iterrows()
                for line in lapse_lines(reason, given, as_of, settings)
            ),
            *_edge_lines(land, findings, settings, side),
            *_balance_lines(balance, side),
        ],
        "situation": [
            _situation(row, side)
            for row in told[told["subject"].isin(findings["subject"])].to_dict("records")
            if isinstance(row["situation"], str)
        ],
        "next": [
            _next(row, side) for row in findings.to_dict("records") if _is_day(row["next_on"])
        ],
        "open": [*dict.fromkeys(line[side] for line in open_)],
        "law": [law_line(value, language) for value in values],
    }
    rows = findings.reindex(columns=result_tables.TABLES["finding"].names).astype(object)
    return Trace(
        {
            "subject": subject,
            "name": approval,
            "as_of": as_of.isoformat(),
            "language": language,
            "law_digest": law.digest,
            "findings": [{name: _plain(value) for name, value in row.items()}
                         for row in rows.to_dict("records")],
            "balance": {name: _plain(value) for name, value in balance.items()},
            "law": [law_entry(value) for value in values],
            "sections": sections,
        }
    )  # fmt: skip


def _given(land: Land, approval: str) -> pd.DataFrame:
    """Return the supplies that ever took land of an approval, with signed_on and area_m2."""
    own = land.given[land.given["approval"] == approval]
    return own.groupby("supply", as_index=False).agg(
        signed_on=("signed_on", "first"),
        area_m2=("area_m2", lambda areas: areas.sum(skipna=False)),
    )


def _edge_lines(land: Land, findings: pd.DataFrame, settings: Settings, side: int) -> list[str]:
    """Return why a piece is an edge: its area and its mean width beside the limits."""
    edges = findings.loc[findings["outcome"] == "edge", "subject"]
    widths = land.overlay.pieces.set_index("id")[["area_planar_m2", "mean_width_m"]]
    limits = settings.overlay
    template = (
        "{subject}：面积 {area:,.2f} 平方米（界限 {least:,.2f}），"
        "平均宽度 2×面积/周长 ＝ {width:,.2f} 米（界限 {narrow:g}）",
        "{subject}: area {area:,.2f} m2 (limit {least:,.2f}), mean width 2 x area / perimeter = "
        "{width:,.2f} m (limit {narrow:g})",
    )[side]
    return [
        template.format(
            subject=subject,
            area=widths.at[subject, "area_planar_m2"],
            width=widths.at[subject, "mean_width_m"],
            least=limits.edge_area_m2,
            narrow=limits.edge_width_m,
        )
        for subject in edges
    ]


def _values(findings: pd.DataFrame, law: Law, as_of: date) -> list[Value]:
    """Return the values of the law the outcomes rest on."""
    outcomes = set(findings["outcome"]) or {"in_process"}
    keys = [key for outcome in sorted(outcomes) for key in _CLAUSES.get(outcome, _LAPSE)]
    regions = findings["region_code"].dropna()
    region = None if regions.empty else str(regions.iloc[0])
    return [law.value(key, as_of, region) for key in dict.fromkeys(keys)]


_LAPSE = ("unsupplied.lapse_years", "unsupplied.lapse_reading", "period.boundary")
_CLAUSES = {
    "edge": ("unsupplied.edge_area_m2", "unsupplied.edge_width_m"),
    "used_unsupplied": (*_LAPSE, "survey.built_classes"),
}


def _names(subject: str) -> Any:
    return lambda approval: subject in {approval, number_of(str(approval))}


def _result(row: Mapping[Any, Any], side: int) -> str:
    words = contracts.CODES["unsupplied"][row["outcome"]][side]
    from_ = ("，自", ", since")[side]
    since = f"{from_} {row['since_on']:%Y-%m-%d}" if _is_day(row["since_on"]) else ""
    area = _area(row["area_m2"], side)
    return f"{row['subject']}  {area} m2  {words}{since}{_lacking(row['missing'], side)}"


def _area(area_m2: Any, side: int) -> str:
    return f"{area_m2:,.2f}" if pd.notna(area_m2) else ("不明", "unknown")[side]


def _situation(row: Mapping[Any, Any], side: int) -> str:
    words = contracts.CODES["situation"][row["situation"]][side]
    beside = ("毗邻供地", "beside supplies")[side]
    mark = ("；", "; ")[side]
    adjoining = (
        f"{mark}{beside} {mark.join(row['adjoining'])}"
        if isinstance(row["adjoining"], list | tuple)
        else ""
    )
    return f"{row['subject']}  {words}{_lacking(row['situation_missing'], side)}{adjoining}"


def _lacking(missing: Any, side: int) -> str:
    facts = contracts.facts(missing, ("zh", "en")[side])
    words = ("，缺少事实：", ", missing: ")[side]
    return f"{words}{facts}" if facts else ""


def _next(row: Mapping[Any, Any], side: int) -> str:
    event = contracts.CODES["unsupplied"][row["next_event"]][side]
    return f"{row['subject']}  {row['next_on']:%Y-%m-%d}  {event}"


def _balance_lines(balance: pd.Series[Any], side: int) -> list[str]:
    part = at_least(balance["missing"])
    terms = " + ".join(
        f"{contracts.CODES['disposition'][word][side]}"
        f" {'≥ ' if f'{word}_m2' in part and pd.notna(balance[f'{word}_m2']) else ''}"
        f"{_area(balance[f'{word}_m2'], side)}"
        for word in DISPOSITIONS
    )
    lines = [f"{_area(balance['approved_m2'], side)} = {terms}（m2）"]
    if balance["unlocated_m2"] > 0:
        words = ("其中无位置", "of which without a place")[side]
        lines.append(f"{words} {balance['unlocated_m2']:,.2f}")
    lacking = _lacking(balance["missing"], side)
    return [*lines, lacking.lstrip("，, ")] if lacking else lines


def _said(value: Any, side: int) -> str:
    plain = _plain(value)
    if plain is None:
        return ("未知", "unknown")[side]
    if isinstance(plain, bool):
        return (("是", "yes") if plain else ("否", "no"))[side]
    if isinstance(plain, float):
        return f"{plain:,.2f}"
    return _COMPENSATION[plain][side] if plain in _COMPENSATION else str(plain)


def _is_day(value: Any) -> bool:
    return isinstance(value, pd.Timestamp)


def _plain(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if value is None or value is pd.NaT or (not isinstance(value, str) and pd.isna(value)):
        return None
    return value.item() if hasattr(value, "item") else value
