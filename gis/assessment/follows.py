"""What follows for the quota of a region from its tasks and its supply rate, with the reasons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import pandas as pd

from gis import contracts
from gis.assessment import task_records
from gis.errors import LawError
from gis.law import Law
from gis.law.reader import Value
from gis.store.database import Connection
from gis.store.runs import Run
from gis.targets import against, counting, quota
from gis.targets.quota import WAYS

_NOT_VERIFIED = ("（未核对原文）", " (not yet verified)")


@dataclass(frozen=True)
class Rules:
    """The values of the law for the tasks of a year; None for what did not hold then."""

    asked: against.Asked
    shares: quota.Rules | None
    values: dict[str, Value]

    @classmethod
    def on(cls, law: Law, on: date, as_of: date, region: str | None = None) -> Rules:
        """Return what held on a day in a region."""
        keys = (
            *("targets.quota_bonus", "targets.quota_penalty", "targets.disposal_floor"),
            *("targets.supply_rate_floor", "targets.supply_rate_years"),
            *("targets.supply_rate_mean", "targets.decides"),
        )
        values = {}
        for key in keys:
            try:
                values[key] = law.value(key, on, region)
            except LawError:
                continue
        amounts: dict[str, Any] = {key: value.amount for key, value in values.items()}
        shares = None
        if "targets.quota_bonus" in amounts and "targets.quota_penalty" in amounts:
            shares = quota.Rules(amounts["targets.quota_bonus"], amounts["targets.quota_penalty"])
        asked = against.Asked(
            as_of,
            amounts.get("targets.disposal_floor", Fraction(0)),
            amounts.get("targets.decides", counting.STAGES[-1]),
        )
        return cls(asked, shares, values)


def of_regions(
    connection: Connection, run: Run, rows: pd.DataFrame, rules: Rules
) -> Iterator[dict[str, Any]]:
    """Yield what follows for the quota of each region with a task of the year alone."""
    of_regions = rows[(rows["place_kind"] == "region") & rows["until_year"].isna()]
    for (region, year), own in of_regions.groupby(["region_code", "year"], sort=True):
        states = dict(zip(own["way"], own["state"], strict=True))
        states = {way: states.get(way) for way in WAYS}
        told = _of_quota(states, rules)
        rate = _supply_rate(connection, run, str(region), int(str(year)), rules)
        reasons = [*_reasons(own, told["code"], rules), *rate.pop("reasons")]
        yield {"region_code": region, "year": int(str(year)), **told, **rate, "reasons": reasons}


def _of_quota(states: dict[str, str | None], rules: Rules) -> dict[str, Any]:
    value = rules.values.get("targets.quota_bonus")
    if rules.shares is None or value is None:
        code = quota.UNDETERMINED
        told: dict[str, Any] = {"code": code, "share": None, "if_so_left": code}
        return told | {"missing": ["no_rule"], "article": None, "title": None, "is_verified": None}
    found = quota.follows(states, rules.shares)
    return {
        "code": found.code,
        "share": None if found.share is None else float(found.share),
        "if_so_left": found.if_so_left,
        "missing": found.missing,
        "article": value.article,
        "title": f"{value.source} {value.title}",
        "is_verified": value.verified and rules.values["targets.quota_penalty"].verified,
    }


def _reasons(rows: pd.DataFrame, code: str, rules: Rules) -> Iterator[dict[str, str]]:
    for row in rows[rows["way"].isin(WAYS)].to_dict("records"):
        way, state = (
            [contracts.label(codes, row[name], language) for language in ("zh", "en")]
            for codes, name in (("task_way", "way"), ("task_state", "state"))
        )
        done, rate = row[f"{rules.asked.decides}_m2"], row[f"{rules.asked.decides}_rate"]
        figures = ["", ""]
        if done == done and rate == rate:
            hectares = f"{done / 10_000:,.4f} / {row['target_m2'] / 10_000:,.4f}"
            figures = [f"（{hectares} 公顷，{rate:.2%}）", f" ({hectares} ha, {rate:.2%})"]
        yield {
            "zh": f"{way[0]}任务{state[0]}{figures[0]}",
            "en": f"{way[1]}: {state[1]}{figures[1]}",
        }
        if row["is_within_rounding"]:
            yield {
                "zh": f"{way[0]}任务与完成数之差在四舍五入误差内，须核对原始数",
                "en": f"{way[1]}: the difference lies within rounding, look at the figures behind",
            }
    key = {quota.CUT: "targets.quota_penalty", quota.RAISED: "targets.quota_bonus"}.get(code)
    if key is not None:
        value = rules.values[key]
        yield {"zh": value.wording_zh, "en": value.wording_en}


def _supply_rate(
    connection: Connection, run: Run, region: str, year: int, rules: Rules
) -> dict[str, Any]:
    """Return the mean supply rate before a year in both readings, and whether it pauses quota."""
    amounts: dict[str, Any] = {key: value.amount for key, value in rules.values.items()}
    if not {"targets.supply_rate_floor", "targets.supply_rate_years"} <= {*amounts}:
        nothing = {"supply_rate": None, "supply_rate_mean_of_years": None}
        unsaid = {"pause": quota.UNDETERMINED, "is_pause_verified": None}
        return nothing | unsaid | {"reasons": []}
    years = range(year - amounts["targets.supply_rate_years"], year)
    approvals = task_records.approvals_of(connection, run, region)
    pooled, of_years = (
        quota.supply_rate(approvals, years, is_of_years=is_of_years)
        for is_of_years in (False, True)
    )
    deciding = pooled if amounts["targets.supply_rate_mean"] == "pooled" else of_years
    floor = rules.values["targets.supply_rate_floor"]
    is_below = deciding.is_below(amounts[floor.key])
    return {
        "supply_rate": _told(pooled),
        "supply_rate_mean_of_years": _told(of_years),
        "pause": {True: "paused", False: "not_paused", None: quota.UNDETERMINED}[is_below],
        "is_pause_verified": floor.verified,
        "reasons": [_of_rate(deciding, (years[0], years[-1]), is_below, floor)],
    }


def _told(rate: quota.SupplyRate) -> float | None:
    return float(rate.low) if rate.low is not None and rate.low == rate.high else None


def _of_rate(
    rate: quota.SupplyRate, years: tuple[int, int], is_below: bool | None, floor: Value
) -> dict[str, str]:
    span = f"{years[0]}—{years[1]}"
    if rate.low is None or rate.high is None:
        return {
            "zh": f"{span} 年批准的用地算不出供地率",
            "en": f"no supply rate of the approvals of {span}",
        }
    share, figure = float(floor.amount), f"{float(rate.low):.2%}"  # type: ignore[arg-type]
    if rate.low != rate.high:
        figure += f"—{float(rate.high):.2%}"
    zh = f"{span} 年批准的用地平均供地率 {figure}"
    en = f"mean supply rate of the approvals of {span}: {figure}"
    if rate.unknown_count:
        zh += f"（{rate.unknown_count} 件批文已供面积不明）"
        en += f" ({rate.unknown_count} approvals with an unknown supplied area)"
    words = {
        True: ("低于", "below"),
        False: ("不低于", "not below"),
        None: ("是否低于尚不能定", "undetermined whether below"),
    }[is_below]
    mark = ("", "") if floor.verified else _NOT_VERIFIED
    return {
        "zh": f"{zh}，{words[0]} {share:.0%}{mark[0]}",
        "en": f"{en}, {words[1]} {share:.0%}{mark[1]}",
    }


def in_words(follows: dict[str, Any], language: str | None = None) -> str:
    """Return in words what follows for the quota of a region; None: in both languages."""
    said = [_said(follows, one) for one in ("zh", "en") if language in {None, one}]
    return " ".join(said)


def _said(follows: dict[str, Any], language: str) -> str:
    is_chinese = language == "zh"
    share = "" if follows["share"] is None else f" {follows['share']:+.0%}"
    words = contracts.label("quota", follows["code"], language)
    lacking = [
        contracts.label("task_missing", head, language)
        + (f" {contracts.label('task_way', way, language)}" if way else "")
        for head, _, way in (code.partition(":") for code in follows["missing"])
    ]
    pause = contracts.label("supply_pause", follows["pause"], language)
    # What rests on a wording nobody has read is not told as if it held.
    if follows["is_pause_verified"] is False and follows["pause"] != quota.UNDETERMINED:
        pause += _NOT_VERIFIED[0 if is_chinese else 1]
    if is_chinese:
        told = f"{follows['region_code']} {follows['year']} 年：{words}{share}"
        told += f"（{'；'.join(lacking)}）" if lacking else ""
        return f"{told}；供地率：{pause}。"
    told = f"{follows['region_code']} {follows['year']}: {words}{share}"
    told += f" ({'; '.join(lacking)})" if lacking else ""
    return f"{told}; supply rate: {pause}."
