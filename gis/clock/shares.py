"""The shares of one subject spelled out: developed area, investment, and the fee's sum."""

from __future__ import annotations

from typing import Any

import numpy as np

from gis import days
from gis.clock.fee import base_fen
from gis.clock.known import ClockFacts
from gis.clock.partial import area_due_m2, is_area_clash
from gis.clock.settings import Settings
from gis.clock.wording import Line


def stop_lines(known: ClockFacts, settings: Settings) -> list[Line]:
    """Return how long building has stopped and both shares of art. 2(2) as far as known."""
    stopped_on = known.stopped_on[0]
    last_on = days.add_years(known.stopped_on, settings.stop_years)[0]
    lines: list[Line] = [
        (
            f"停工 {stopped_on} + {settings.stop_years} 年 = {last_on}（最后一日，免责期间不扣除）",
            f"stopped {stopped_on} + {settings.stop_years} year = {last_on} (its last day; "
            "excused days are not deducted)",
        )
    ]
    developed, area = known.developed_area_m2[0], area_due_m2(known, settings)[0]
    if not np.isnan(developed) and not np.isnan(area):
        ratio = f"{developed:,.2f} / {area:,.2f} = {developed / area:.2%}"
        limit = settings.area_share
        lines.append((f"面积 {ratio}，界限 {limit}", f"area {ratio}, limit {limit}"))
    spent, total = int(known.invested_fen[0]), int(known.investment_total_fen[0])
    if spent >= 0 and total > 0:
        ratio = f"{spent / 100:,.2f} / {total / 100:,.2f} = {spent / total:.2%}"
        limit = settings.investment_share
        lines.append((f"投资 {ratio}，界限 {limit}", f"investment {ratio}, limit {limit}"))
    return lines


def area_doubts(known: ClockFacts, settings: Settings) -> list[Line]:
    """Return that more was developed than was due, where it was, also where nothing hangs on it."""
    if not is_area_clash(known, settings)[0]:
        return []
    spare = f"{float(settings.area_tolerance):.2%}"
    return [
        (
            f"已动工面积大于应动工面积（超出 {spare} 以上），互相矛盾，面积标准不作判定",
            f"the developed area exceeds the area due (by more than {spare}): they contradict each "
            "other, and the area decides nothing",
        )
    ]


def fee_lines(known: ClockFacts, settings: Settings, finding: dict[str, Any]) -> list[Line]:
    """Return the sum of the fee, or that one was decided already; nothing where none is asked."""
    fee = finding["fee_fen"] if finding["fee_fen"] is not None else finding["fee_if_confirmed_fen"]
    if fee is not None:
        price, share = int(known.price_fen[0]), float(settings.fee_share)
        supplement = int(base_fen(known, settings)[0]) - price
        base = f"{price / 100:,.2f}"
        if supplement:
            base = f"({base} + {supplement / 100:,.2f})"
        sum_text = f"{base} × {share:.0%} = {fee / 100:,.2f}"
        return [(f"闲置费 {sum_text} 元", f"fee {sum_text} yuan")]
    if known.is_fee_decided[0] and finding["track"] in ("fee", "recovery"):
        return [("闲置费已作决定，不再计算", "the fee is decided already: none is shown")]
    return []
