"""Figures of built land and of cohorts of approvals, as rows of table `indicator`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from gis.indicators import buildings, figures, land_use, supply
from gis.indicators.figures import Figure
from gis.law import Law

_AREAS = ("A1", "A2", "A3", "A4", "A5", "A6", "unknown_use")
_REGION = "region"


@dataclass(frozen=True)
class FigureSettings:
    """What may be argued about: cohorts (first and last year, None: no last), types, storeys."""

    cohorts: Mapping[str, tuple[int, int | None]]
    industrial_share: float
    residential_share: float
    double_height_m: float


def settings_on(law: Law, on: date, region: str | None) -> FigureSettings:
    """Return the settings in force on a day; LawError outside the dates of the law."""

    def number(key: str) -> float:
        found: Any = law.value(key, on, region).amount
        return float(found)

    first = int(number("unsupplied.cohort_from_year"))
    return FigureSettings(
        cohorts={
            "cohort_supply_rate": (first, int(number("unsupplied.cohort_to_year"))),
            "cohort_supply_rate_other": (first, int(number("unsupplied.cohort_other_to_year"))),
            "park_supply_rate": (int(number("unsupplied.park_cohort_from_year")), None),
        },
        industrial_share=number("indicators.industrial_share"),
        residential_share=number("indicators.residential_share"),
        double_height_m=number("indicators.double_storey_height_m"),
    )


def of_land(
    built_use: pd.DataFrame, places: Mapping[str, pd.Index], settings: FigureSettings
) -> list[pd.DataFrame]:
    """Return the figures of built land of all places (place_kind -> codes), a table a kind.

    built_use: rows of that table. A place without built land has figures that say so.
    """
    # One order whatever the parts: a sum of floats remembers the order of its terms.
    rows = built_use.sort_values(["park_code", "block_code", "use"], ignore_index=True)
    tables = []
    for kind, codes in places.items():
        land = buildings.of_places(rows, f"{kind}_code").reindex(codes, fill_value=0.0)
        tables.append(figures.table(_of_land(land, settings), kind))
    return tables


def of_cohorts(
    lines: pd.DataFrame,
    approved_on: pd.Series,
    places: Mapping[str, pd.Index],
    settings: FigureSettings,
) -> list[pd.DataFrame]:
    """Return 供地率 of the cohorts of each place and region, a table a kind.

    lines: rows of table place_line; approved_on: the day of each approval, by its name.
    """
    known = lines.dropna(subset=["place_code"])
    if known.empty and not places:
        return []
    known = known.assign(
        # Looked up, not mapped: where nothing is approved the days keep their type.
        approved_on=approved_on.reindex(pd.Index(known["approval"])).to_numpy("datetime64[s]"),
    ).sort_values(["place_kind", "place_code", "approval"])
    regions = known.loc[known["place_kind"] == _REGION, "place_code"]
    everywhere = {**places, _REGION: pd.Index(sorted(regions.unique()), dtype=object)}
    tables = []
    for kind, codes in everywhere.items():
        own = known[known["place_kind"] == kind]
        told: dict[str, Figure] = {
            name: supply.cohort_rate(own, codes, first, last)
            for name, (first, last) in settings.cohorts.items()
        }
        tables.append(figures.table(told, kind))
    return tables


def _of_land(land: pd.DataFrame, settings: FigureSettings) -> dict[str, Figure]:
    told = {f"{name}_m2": land_use.area_of_use(land, f"{name}_m2") for name in _AREAS}
    told |= {
        "industrial_rate": land_use.industrial_rate(land),
        "residential_rate": land_use.residential_rate(land),
        "park_type": land_use.park_type(
            land,
            industrial_share=settings.industrial_share,
            residential_share=settings.residential_share,
        ),
        "floor_ratio": land_use.floor_ratio(land),
        "building_density": land_use.building_density(land),
        "industrial_floor_ratio": land_use.industrial_floor_ratio(land, settings.double_height_m),
        "site_coverage": land_use.site_coverage(land),
    }
    for name, (count, fact) in buildings.COMPARED.items():
        told[name] = figures.amount(
            land[name],
            "m2",
            "A 上建筑面积：测绘的与基底×层数推算的各计，差只计两者均有的",
            fact,
            ("built_use", "buildings"),
            area_kind=figures.PLANAR,
            missing=figures.gathered(
                {"buildings": land["buildings_count"] == 0, fact: land[count] == 0}
            ),
        )
    return told
