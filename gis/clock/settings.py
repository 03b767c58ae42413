"""What the law says on one day in one region, in the form the clock counts with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from gis.errors import LawError
from gis.law import Law

ROWS = (
    "1",
    "2",
    "3",
    "4a",
    "4b",
    "4c",
    "4d",
    "4e",
    "5",
    "5b",
    "6",
    "7",
    "7b",
    "8",
    "9",
    "10",
    "11",
)


@dataclass(frozen=True)
class Settings:
    """The values of the law the clock needs; equal settings judge alike, so regions share them."""

    years_to_idle: int
    years_to_fee: int
    years_to_recovery: int
    stop_years: int
    silent_contract_years: int
    extension_max_years: int
    area_share: Fraction
    area_tolerance: Fraction
    investment_share: Fraction
    fee_share: Fraction
    boundary: str
    late_handover: str
    fee_with_recovery: str
    fee_base: str
    partial_route: str
    partial_area_base: str
    seizure: str
    preliminary: str
    silent_contract_from: str
    needs_consent: bool
    fee_is_certain: bool
    fee_ways: tuple[str, ...]
    excusing_kinds: tuple[str, ...]
    excused_periods: tuple[tuple[date, date | None, str], ...]
    articles: tuple[str, ...]
    """Of each row, then of stopped land that a 认定书 found idle."""

    @property
    def boundary_days(self) -> int:
        """Return how many days earlier than the default reading a full year has passed."""
        return 0 if self.boundary == "corresponding_day_is_last" else 1


_NUMBERS = (
    "years_to_idle",
    "years_to_fee",
    "years_to_recovery",
    "stop_years",
    "silent_contract_years",
    "extension_max_years",
    "area_share",
    "area_tolerance",
    "investment_share",
    "fee_share",
)
_CHOICES = (
    "late_handover",
    "fee_with_recovery",
    "fee_base",
    "partial_route",
    "partial_area_base",
    "seizure",
    "preliminary",
    "silent_contract_from",
)
_FLAGS = ("needs_consent", "fee_is_certain")
FOUND_STOPPED = "4b_found"
"""The basis of stopped land that a 认定书 found idle, whatever its row."""


def settings_on(law: Law, on: date, region: str | None) -> Settings:
    """Return the settings in force on a day in a region; LawError outside the law's dates."""
    taken: dict[str, Any] = {
        name: law.value(f"idle.{name}", on, region).amount for name in _NUMBERS
    }
    for name in _CHOICES:
        taken[name] = _choice(law, f"idle.{name}", on, region)
    for name in _FLAGS:
        taken[name] = bool(law.value(f"idle.{name}", on, region).amount)
    _hold_to_ceiling(law, taken["fee_share"], on, region)
    if not law.value("real_estate.preliminary_is_exception", on, region).amount:
        taken["preliminary"] = "ignored"
    return Settings(
        **taken,
        boundary=_choice(law, "period.boundary", on, region),
        fee_ways=tuple(map(str, _many(law, "idle.fee_ways", on, region))),
        excusing_kinds=tuple(map(str, _many(law, "idle.excusing_kinds", on, region))),
        excused_periods=tuple(
            _period(dict(period)) for period in _many(law, "idle.excused_periods", on, region)
        ),
        articles=tuple(
            str(law.value(f"idle.row.{row}", on, region).amount) for row in (*ROWS, FOUND_STOPPED)
        ),
    )


def _hold_to_ceiling(law: Law, share: Fraction, on: date, region: str | None) -> None:
    """Refuse a share of the fee above the one the law over the measures allows."""
    ceiling = law.value("real_estate.fee_share_max", on, region)
    if isinstance(ceiling.amount, Fraction) and share > ceiling.amount:
        raise LawError(
            f"idle.fee_share 为 {share}，超过《{ceiling.title}》{ceiling.article} 的上限 "
            f"{ceiling.amount}。 idle.fee_share is {share}, above the ceiling {ceiling.amount}.",
            "改小 lower it in the law file of the region, or raise real_estate.fee_share_max there",
        )


def _choice(law: Law, key: str, on: date, region: str | None) -> str:
    value = law.value(key, on, region)
    allowed = [word.strip() for word in value.unit.split("|")]
    if value.amount not in allowed:
        raise LawError(
            f"法律数据 {key} 的值不在可选之内： {key} is {value.amount!r} from {value.from_on} on",
            f"可选 choose one of {', '.join(allowed)}",
        )
    return str(value.amount)


def _many(law: Law, key: str, on: date, region: str | None) -> tuple[Any, ...]:
    amount = law.value(key, on, region).amount
    if not isinstance(amount, tuple):
        raise LawError(
            f"法律数据 {key} 应为列表： {key} is {amount!r}, not a list",
            "写成列表 write it as a list in the law's file",
        )
    return amount


def _period(period: dict[str, Any]) -> tuple[date, date | None, str]:
    starts_on, ends_on = period.get("starts_on"), period.get("ends_on")
    if type(starts_on) is not date or (ends_on is not None and type(ends_on) is not date):
        raise LawError(
            f"地区免责期间没有写明日期： an excused period of a region lacks its days: {period}",
            "写成 write { starts_on = 2020-01-25, ends_on = 2020-03-31, document = '…' }",
        )
    return starts_on, ends_on, str(period.get("document", ""))
