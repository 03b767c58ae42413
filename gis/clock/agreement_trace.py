"""An agreement in sentences: each milestone, each control value, the contract penalty."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from gis import contracts, units
from gis.clock.agreement import (
    ACTUAL,
    CONTROLS,
    DONE,
    MILESTONES,
    WITH_PRICE,
    judge,
    milestones,
    penalty_fen,
)
from gis.clock.wording import Line, said

_MILESTONE: dict[str, Line] = {
    "start": ("开工", "start"),
    "completion": ("竣工", "completion"),
    "production": ("投产", "production"),
    "capacity": ("达产", "capacity"),
}
_CONTROL: dict[str, Line] = {
    "investment_yuan_per_m2": ("固定资产投资强度", "investment"),
    "floor_ratio_min": ("容积率", "floor ratio"),
    "tax_yuan_per_m2": ("亩均税收", "tax"),
    "output_yuan_per_m2": ("亩均产值", "output"),
}
# A delay of these two is what contracts put a price on.
_PENALISED = ("start", "completion")
_YUAN_PER_WAN = 10_000


def sentences(facts: pd.DataFrame, as_of: date, language: str = "zh") -> list[str]:
    """Return what is to be said of the one agreement in `facts` (see `agreement.judge`)."""
    (found,) = judge(facts, as_of).to_dict("records")
    (late,) = milestones(facts, as_of).to_dict("records")
    (row,) = facts.to_dict("records")
    outcome = contracts.label("agreement", found["outcome"], language)
    head = said(("{document}：{outcome}", "{document}: {outcome}"), language,
                document=row["document"], outcome=outcome)  # fmt: skip
    if not pd.isna(found["since_on"]):
        head += said(("，自 {day} 起", " since {day}"), language, day=_day(found["since_on"]))
    lines = [head]
    for name, done in zip(MILESTONES, DONE, strict=True):
        if not pd.isna(row[f"{name}_due_on"]):
            lines.append(_milestone(name, row, done, late[name], language))
    lines += _controls(row, as_of, language)
    return [*lines, *_penalties(row, late, language)]


def _milestone(name: str, row: dict[Any, Any], done: str, late: Any, language: str) -> str:
    words = said(_MILESTONE[name], language)
    line = said(("{name}：约定 {due}", "{name}: due {due}"), language,
                name=words, due=_day(row[f"{name}_due_on"]))  # fmt: skip
    if not pd.isna(row[done]):
        line += said(("，实际 {day}", ", done {day}"), language, day=_day(row[done]))
    if not pd.isna(late) and late > 0:
        line += said(("，逾期 {days} 天", ", {days} days late"), language, days=late)
    elif not pd.isna(late):
        line += said(("，按期", ", in time"), language)
    return line


def _controls(row: dict[Any, Any], as_of: date, language: str) -> list[str]:
    agreed = [name for name in CONTROLS if not pd.isna(row[name])]
    if not agreed:
        return []
    capacity_on = row["capacity_due_on"]
    if pd.isna(capacity_on) or pd.Timestamp(as_of) < capacity_on:
        waits: Line = ("控制指标未到考核期（自达产日起考核）", "control values are not yet due")
        return [said(waits, language)]
    lines = []
    for name, actual in zip(CONTROLS, ACTUAL, strict=True):
        if name not in agreed:
            continue
        reached, verdict = _reached(row, name, actual)
        line: Line = (
            "{name}：约定 {agreed}，实际 {actual}",
            "{name}: agreed {agreed}, is {actual}",
        )
        lines.append(
            said(
                line,
                language,
                name=said(_CONTROL[name], language),
                agreed=_amount(name, row[name]),
                actual=said(reached, language),
            )
            + said(verdict, language)
        )
    return lines


def _reached(row: dict[Any, Any], name: str, actual: str) -> tuple[Line, Line]:
    """Return what was reached of a control value, and whether that is enough."""
    value, agreed = row[actual], row[name]
    if pd.isna(value):
        return ("未知", "not known"), ("", "")
    told: Line = (_amount(name, value),) * 2
    if value >= agreed:
        return told, ("，达标", ": reached")
    if actual != ACTUAL[0]:
        return told, ("，未达", ": missed")
    most = row[WITH_PRICE]
    if pd.isna(most):
        told = (f"{told[0]}（地价不明）", f"{told[1]} (the land price is not known)")
        return told, ("，待定", ": undetermined")
    with_price = _amount(name, most)
    told = (
        f"{told[0]}（不含地价），{with_price}（含地价）",
        f"{told[1]} (without the land price), {with_price} (with it)",
    )
    if most < agreed:
        return told, ("，未达", ": missed")
    return told, (
        "，待定：登记的投资是否含地价不明",
        ": undetermined, whether the recorded investment includes the land price is not said",
    )


def _amount(name: str, value: float) -> str:
    """Return a control value as contracts write it: 万元/亩 and yuan per m2."""
    if name == "floor_ratio_min":
        return f"{value:.2f}"
    per_mu = value * units.MU_DENOMINATOR / units.MU_NUMERATOR / _YUAN_PER_WAN
    return f"{per_mu:,.2f} 万元/亩（{value:,.2f} 元/平方米）"


def _penalties(row: dict[Any, Any], late: dict[Any, Any], language: str) -> list[str]:
    share, price = row["penalty_share_per_day"], row["price_fen"]
    if pd.isna(share) or pd.isna(price) or price <= 0:
        return []
    lines = []
    for name in _PENALISED:
        count = late[name]
        if pd.isna(count) or count <= 0:
            continue
        amount = penalty_fen(int(price), share, int(count))
        line: Line = (
            "{name}违约金（与闲置费分别计算）："
            "{price:,.2f} × {share:.4%} × {days} 天 = {sum:,.2f} 元",
            "penalty for the {name}, apart from the idle fee: {price:,.2f} x {share:.4%} x "
            "{days} days = {sum:,.2f} yuan",
        )
        words = said(_MILESTONE[name], language)
        figures = {"price": units.yuan(float(price)), "sum": units.yuan(float(amount))}
        lines.append(said(line, language, name=words, share=share, days=int(count), **figures))
    return lines


def _day(day: pd.Timestamp) -> str:
    return f"{day:%Y-%m-%d}"
