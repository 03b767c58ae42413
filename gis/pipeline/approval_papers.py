"""The papers an approval is judged by: what each said of it, on which day, in which file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gis.clock.wording import Line
from gis.facts.gather import Records
from gis.record_names import number_of

_COMPENSATION = {
    "done": ("已完成", "done"),
    "not_done": ("未完成", "not done"),
    "not_required": ("不需要", "not required"),
}


@dataclass(frozen=True)
class Papers:
    """What was recorded of approvals: their status, and what was withdrawn of them."""

    status: pd.DataFrame
    withdrawals: pd.DataFrame

    @classmethod
    def of(cls, known: Records) -> Papers:
        """Return the papers on the table."""
        return cls(known.dated["approval_status"], known.dated["withdrawals"])

    def lines_of(self, approval: str) -> list[Line]:
        """Return a sentence for each paper that speaks of an approval, the oldest first."""
        names = {approval, number_of(approval)}
        own = self.status[self.status["approval_no"].isin(names)]
        lines = [_status_line(row) for row in own.sort_values("observed_on").to_dict("records")]
        gone = self.withdrawals[self.withdrawals["approval_no"].isin(names)]
        return [*lines, *map(_withdrawal_line, gone.to_dict("records"))]


def _status_line(row: Mapping[Any, Any]) -> Line:
    chinese, english = [], []
    if isinstance(row["compensation"], str):
        words = _COMPENSATION[row["compensation"]]
        chinese.append(f"征地补偿{words[0]}")
        english.append(f"compensation {words[1]}")
    if isinstance(row["compensated_on"], pd.Timestamp):
        day = row["compensated_on"].date()
        chinese.append(f"补偿完成日 {day}")
        english.append(f"carried out on {day}")
    if isinstance(row["is_supply_possible"], bool):
        can = row["is_supply_possible"]
        chinese.append("可以供应" if can else "不能供应")
        english.append("can be supplied" if can else "cannot be supplied")
    seen, where = _day(row["observed_on"]), (row["file"], row["row_no"])
    return (
        f"批文状态 {seen}：{'，'.join(chinese) or '—'}（{where[0]} 第 {where[1]} 行）",
        f"status of {seen}: {', '.join(english) or '—'} ({where[0]}, row {where[1]})",
    )


def _withdrawal_line(row: Mapping[Any, Any]) -> Line:
    decided = _day(row["decided_on"])
    area = row["area_m2"]
    much = f"{area:,.2f} m2" if isinstance(area, float) and area == area else "—"
    return (
        f"撤批 {row['document']}，{decided}，面积 {much}",
        f"withdrawal {row['document']}, {decided}, {much}",
    )


def _day(value: object) -> str:
    return str(value.date()) if isinstance(value, pd.Timestamp) else "—"
