"""The law's settings for approved land on a day and in a region, as the stages take them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from gis.approvals import balance, outcome, overlay_settings
from gis.errors import LawError
from gis.geometry.by_zone import NEAR_M
from gis.law import Law


@dataclass(frozen=True)
class Settings:
    """What overlay, balance, rules and park accounts ask of the law."""

    overlay: overlay_settings.Settings
    balance: balance.Settings
    unsupplied: outcome.Settings
    is_recovered_stock: bool
    services_min: int
    idle_letter: str
    built_classes: tuple[str, ...]
    unbuilt_classes: tuple[str, ...]
    leading_industries: Mapping[str, tuple[str, ...]]  # park or block -> codes of GB/T 4754


def settings_on(law: Law, on: date, region: str | None) -> Settings:
    """Return the settings in force on a day; LawError outside the dates of the law."""

    def amount(key: str) -> Any:
        return law.value(key, on, region).amount

    lapse = law.value("unsupplied.lapse_years", on, region)
    if amount("unsupplied.sliver_width_m") > NEAR_M:
        raise LawError(
            f"细缝宽度不得超过 {NEAR_M:g} 米。 unsupplied.sliver_width_m is over {NEAR_M:g} m:"
            " neighbours are read no farther than that.",
            "改小该值 give it a smaller value in the law's file",
        )
    return Settings(
        overlay=overlay_settings.Settings(
            edge_area_m2=float(amount("unsupplied.edge_area_m2")),
            edge_width_m=float(amount("unsupplied.edge_width_m")),
            sliver_width_m=float(amount("unsupplied.sliver_width_m")),
            parcel_difference=amount("unsupplied.parcel_difference"),
        ),
        balance=balance.Settings(
            base=amount("unsupplied.base"),
            parcel_difference=amount("unsupplied.parcel_difference"),
        ),
        unsupplied=outcome.Settings(
            lapse_years=amount(lapse.key),
            lapse_reading=amount("unsupplied.lapse_reading"),
            articles=dict.fromkeys(outcome.OUTCOMES, lapse.source),
        ),
        is_recovered_stock=amount("unsupplied.recovered_land") == "stock",
        services_min=amount("indicators.ready_services_min"),
        idle_letter=amount("indicators.idle_share_denominator"),
        built_classes=amount("survey.built_classes"),
        unbuilt_classes=amount("survey.unbuilt_classes"),
        leading_industries=_by_place(amount("indicators.leading_industries")),
    )


def _by_place(named: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return place -> industries of a list of "PLACE:CODE CODE".

    >>> _by_place(("YS:26 3825", "YS-A:26"))
    {'YS': ('26', '3825'), 'YS-A': ('26',)}
    """
    pairs = [one.partition(":") for one in named]
    return {place.strip(): tuple(codes.split()) for place, _, codes in pairs}
