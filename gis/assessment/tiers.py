"""Parks of a year in tiers of output, against a pace of 亩均产值, the first of them rewarded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import pandas as pd

from gis import contracts, result_tables
from gis.assessment.ranking import parks_seen
from gis.errors import UsageError
from gis.law import Law
from gis.ranking import exact, tier_moves
from gis.ranking import tiers as of_scheme
from gis.ranking import wording_of_others as wording
from gis.ranking.figures import Figures
from gis.ranking.tiers import Tiers, TierStanding
from gis.store import records, results
from gis.store.database import Connection
from gis.store.results import Asked, Scope
from gis.store.runs import Run

_FIGURES = ("output_yuan", "output_per_mu")


@dataclass(frozen=True)
class Tiered:
    """The parks a run knew in a year: the tiers, where each stands, names, and whom one sees."""

    run: Run
    year: int
    tiers: Tiers
    figures: Figures
    standings: tuple[TierStanding, ...]
    names: Mapping[str, str]
    own: frozenset[str]

    def of(self, park: str) -> TierStanding:
        """Return where a park stands; UsageError where there is none to be seen."""
        if park not in self.own:
            raise UsageError(
                f"没有园区 there is no park {park[:60]!r}",
                f"可用 known: {'、'.join(sorted(self.own)[:20]) or '—'}",
            )
        return next(one for one in self.standings if one.park == park)


def tiered(
    connection: Connection, run: Run, law: Law, year: int, scope: Scope | None = None
) -> Tiered:
    """Return the parks of a run in tiers, as somebody of a scope may see them."""
    held = of_scheme.tiers_on(law, date(year, 12, 31))
    parks = records.read(
        connection, "parks", run.delivery, run.as_of, run.region, columns=("park_code", "name")
    )
    names = dict(zip(parks["park_code"], parks["name"], strict=True))
    asked = Asked(where={"place_kind": ["park"], "name": [*_FIGURES]})
    found = results.read(connection, run, "indicator", asked)
    found = found[found["year"].notna() & found["value"].notna()]
    figures: dict[tuple[str, str, int], Fraction | None] = {
        (row["place_code"], row["name"], int(row["year"])): exact.of_figure(
            row["value"], row["unit"]
        )
        for row in found.to_dict("records")
    }
    own = parks_seen(connection, run, scope) & frozenset(names)
    stood = tuple(of_scheme.stand(held, [*names], figures, year))
    return Tiered(run, year, held, figures, stood, names, own)


def table(told: Tiered) -> pd.DataFrame:
    """Return table `park_tier` of the parks that may be seen, the first by the reward first."""
    rows = [_row(told, one) for one in told.standings if one.park in told.own]
    found = pd.DataFrame(rows, columns=result_tables.TABLES["park_tier"].names)
    whole = dict.fromkeys(("rank", "tier", "against_year"), "Int64")
    return found.astype(whole | {"is_on_pace": "boolean", "is_rewarded": "boolean"})


def content(told: Tiered) -> dict[str, Any]:
    """Return what is said with every answer: run, year, tiers, what orders the reward."""
    return {
        "run": told.run.id,
        "as_of": told.run.as_of,
        "year": told.year,
        "scheme": of_scheme.DEFAULT,
        "tiers_yuan": [float(one) for one in told.tiers.tiers_yuan],
        "ordered_by": told.tiers.ordered_by,
        "rewarded_count": told.tiers.rewarded_count,
        "ranked_count": sum(one.rank is not None for one in told.standings),
        "unverified": [*told.tiers.unverified],
        "count": len(told.own),
    }


def why(told: Tiered, park: str, language: str = "zh") -> dict[str, Any]:
    """Return where a park stands and what would move it; UsageError for none to be seen."""
    standing = told.of(park)
    moves = tier_moves.moves(told.tiers, [*told.names], told.figures, told.year, park)
    return {
        **content(told),
        "standing": _row(told, standing),
        "moves": [
            {
                "what": one.what,
                "direction": one.direction,
                "figure": one.figure,
                "title": contracts.CODES["indicator"][one.figure][language == "en"],
                "value": float(one.value),
                "to": float(one.to),
                "is_level": one.is_level,
                "becomes": wording.what(one, language),
                "words": wording.tier_move(one, language),
            }
            for one in moves
        ],
    }


def _row(told: Tiered, one: TierStanding) -> dict[str, Any]:
    return {
        "rank": one.rank,
        "park_code": one.park,
        "name": told.names[one.park],
        "output_yuan": _float(one.output_yuan),
        "tier": one.tier,
        "tier_yuan": float(told.tiers.tiers_yuan[one.tier - 1]) if one.tier else None,
        "to_next_yuan": _float(one.to_next_yuan),
        "against_year": None if one.pace is None else one.pace.against,
        "times": _float(one.times),
        "needed_times": None if one.pace is None else float(one.pace.times),
        "is_on_pace": one.is_on_pace,
        "is_rewarded": one.is_rewarded,
        "missing": [*one.missing] or None,
    }


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)
