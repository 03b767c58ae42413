"""Firms of a year by 亩均 figures with classes A to D; parks in tiers of output, against a pace."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pandas as pd

from gis import contracts, result_tables
from gis.assessment.firms import firms
from gis.law import Law
from gis.ranking import exact, tiers
from gis.ranking.firms import FirmPart, FirmScheme, evaluate
from gis.ranking.tiers import Tiers
from gis.store import records, results
from gis.store.database import Connection
from gis.store.results import Asked
from gis.store.runs import Run

_PARKS = ("output_yuan", "output_per_mu")


def of_firms(
    connection: Connection, run: Run, law: Law, scheme: FirmScheme, year: int
) -> pd.DataFrame:
    """Return table `firm_evaluation` of all firms of a run, the best first."""
    known = firms(connection, run, law, None, year).rows
    told = known.set_index("enterprise_code")
    units = {one.name: one.unit for one in scheme.measures}
    values = {
        str(code): {
            name: None if pd.isna(row[name]) else exact.of_figure(float(row[name]), unit)
            for name, unit in units.items()
        }
        for code, row in told[[*units]].iterrows()
    }
    rows = [
        {
            "rank": one.rank,
            "letter": one.letter,
            "enterprise_code": one.firm,
            "name": told.at[one.firm, "name"],
            "park_code": told.at[one.firm, "park_code"],
            "total": None if one.total is None else float(one.total),
            "explained": [_explained(scheme, part) for part in one.parts],
            "missing": [f"{part.missing}:{part.measure.name}" for part in one.parts if part.missing]
            or None,
        }
        for one in evaluate(scheme, values)
    ]
    names = result_tables.TABLES["firm_evaluation"].names
    return pd.DataFrame(rows, columns=names).astype({"rank": "Int64"})


def _explained(scheme: FirmScheme, part: FirmPart) -> str:
    """Return the points of one measure in words, with every number put in."""
    words = part.measure.zh
    if part.score is None:
        return f"{words}：待定，{contracts.label('ranking_missing', part.missing)}"
    low, high, value = (
        None if one is None else exact.printed(one) for one in (part.low, part.high, part.value)
    )
    whole, score = exact.printed(part.measure.points, 0), exact.printed(part.score)
    if scheme.reading == "min_max":
        up = f"({high} - {value})" if part.measure.is_less_better else f"({value} - {low})"
        return f"{words}：{whole} × {up} / ({high} - {low}) = {score} 分"
    ratio = f"{high} / {value}" if part.measure.is_less_better else f"{value} / {high}"
    most = exact.printed(scheme.most_ratio)
    return f"{words}：{whole} × min({ratio}, {most}) = {score} 分"


def of_parks(connection: Connection, run: Run, law: Law, year: int) -> tuple[Tiers, pd.DataFrame]:
    """Return the tiers and table `park_tier` of the parks a run knew, the rewarded first."""
    held = tiers.tiers_on(law, date(year, 12, 31))
    parks = records.read(
        connection, "parks", run.delivery, run.as_of, run.region, columns=("park_code", "name")
    )
    names = dict(zip(parks["park_code"], parks["name"], strict=True))
    asked = Asked(where={"place_kind": ["park"], "name": [*_PARKS]})
    found = results.read(connection, run, "indicator", asked)
    found = found[found["year"].notna() & found["value"].notna()]
    figures: dict[tuple[str, str, int], Fraction | None] = {
        (row["place_code"], row["name"], int(row["year"])): exact.of_figure(
            row["value"], row["unit"]
        )
        for row in found.to_dict("records")
    }
    rows = [
        {
            "rank": one.rank,
            "park_code": one.park,
            "name": names[one.park],
            "output_yuan": _float(one.output_yuan),
            "tier": one.tier,
            "tier_yuan": float(held.tiers_yuan[one.tier - 1]) if one.tier else None,
            "to_next_yuan": _float(one.to_next_yuan),
            "against_year": None if one.pace is None else one.pace.against,
            "times": _float(one.times),
            "needed_times": None if one.pace is None else float(one.pace.times),
            "is_on_pace": one.is_on_pace,
            "is_rewarded": one.is_rewarded,
            "missing": [*one.missing] or None,
        }
        for one in tiers.stand(held, [*names], figures, year)
    ]
    table = pd.DataFrame(rows, columns=result_tables.TABLES["park_tier"].names)
    whole = dict.fromkeys(("rank", "tier", "against_year"), "Int64")
    return held, table.astype(whole | {"is_on_pace": "boolean", "is_rewarded": "boolean"})


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)
