"""Ordos' way: tiers of a park's output, 亩均产值 against an earlier year's, the first rewarded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final

from gis.law import Law
from gis.ranking.figures import Figures

DEFAULT: Final = "ordos_2022"
_YUAN_OF_YI: Final = 100_000_000


@dataclass(frozen=True)
class Pace:
    """What a figure is to reach in a year: so many times that of an earlier one."""

    year: int
    against: int
    times: Fraction


@dataclass(frozen=True)
class Tiers:
    """Tiers of output in 元, highest first; the pace of 亩均产值; how many are rewarded."""

    tiers_yuan: tuple[Fraction, ...]
    paces: tuple[Pace, ...]
    rewarded_count: int
    ordered_by: str
    unverified: tuple[str, ...]


@dataclass(frozen=True)
class TierStanding:
    """A park's tier (1 the highest, 0 below all, None unknown) and what the next lacks, in 元.

    `times`: 亩均产值 against the earlier year's; None where a figure lacks or no pace is set.
    `is_rewarded`: None where parks of unknown figures may stand before it, or its own is unknown.
    `missing` names the facts.
    """

    park: str
    output_yuan: Fraction | None
    tier: int | None
    to_next_yuan: Fraction | None
    pace: Pace | None
    times: Fraction | None
    is_on_pace: bool | None
    rank: int | None
    is_rewarded: bool | None
    missing: tuple[str, ...]


def tiers_on(law: Law, on: date, name: str = DEFAULT) -> Tiers:
    """Return tiers, pace and reward as they held on a day."""
    tiers, pace = law.value(f"ranking.tiers.{name}", on), law.value(f"ranking.pace.{name}", on)
    rewarded = law.value(f"ranking.rewarded.{name}", on)
    order = law.value(f"ranking.reward_order.{name}", on)
    values = (tiers, pace, rewarded, order)
    held: list[Any] = [one.amount for one in values]
    return Tiers(
        tuple(sorted((Fraction(one) * _YUAN_OF_YI for one in held[0]), reverse=True)),
        tuple(Pace(year, against, Fraction(times)) for year, against, times in held[1]),
        held[2],
        held[3],
        tuple(one.key for one in values if not one.verified),
    )


def stand(tiers: Tiers, parks: Sequence[str], figures: Figures, year: int) -> list[TierStanding]:
    """Return where parks stand in a year, the first by the figure that orders the reward first."""
    values = {park: figures.get((park, tiers.ordered_by, year)) for park in parks}
    found = [_stood(tiers, park, figures, year, values) for park in parks]
    return sorted(found, key=lambda one: (one.rank is None, one.rank or 0, one.park))


def _stood(
    tiers: Tiers, park: str, figures: Figures, year: int, values: Mapping[str, Fraction | None]
) -> TierStanding:
    output, missing = figures.get((park, "output_yuan", year)), []
    tier = to_next = None
    if output is None:
        missing.append(f"figure:output_yuan:{year}")
    else:
        above = [one for one in tiers.tiers_yuan if one > output]
        tier = (len(above) + 1) % (len(tiers.tiers_yuan) + 1)
        to_next = min(above) - output if above else None
    pace = next((one for one in tiers.paces if one.year == year), None)
    times = None
    if pace is not None:
        years = (year, pace.against)
        now, then = (figures.get((park, "output_per_mu", one)) for one in years)
        missing += [
            f"figure:output_per_mu:{one}"
            for one, value in zip(years, (now, then), strict=True)
            if value is None
        ]
        if then is not None and then <= 0:
            missing.append(f"growth_from_zero:output_per_mu:{pace.against}")
        elif now is not None and then is not None:
            times = now / then
    own = values[park]
    rank = None if own is None else 1 + sum(one > own for one in values.values() if one is not None)
    return TierStanding(
        park, output, tier, to_next, pace, times,
        None if times is None or pace is None else times >= pace.times,
        rank, _is_rewarded(tiers, rank, [*values.values()].count(None)), tuple(missing),
    )  # fmt: skip


def _is_rewarded(tiers: Tiers, rank: int | None, unknown_count: int) -> bool | None:
    if rank is None:
        return None
    if rank > tiers.rewarded_count:
        return False
    return True if rank + unknown_count <= tiers.rewarded_count else None
