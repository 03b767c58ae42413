"""What one figure of a park would have to be to change its tier, its pace, its place or reward.

All else stays as it is; the place and the reward are those among the parks whose figure is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from gis.ranking.figures import Figures
from gis.ranking.tiers import Tiers


@dataclass(frozen=True)
class TierMove:
    """The value of a figure at which something changes: `what` is tier, pace, place or reward.

    `direction`: up or down. `value`: what it is now. `is_level`: `to` is enough; else any value
    beyond it, however little. A money figure is in 元, 亩均产值 in 万元/亩.
    """

    what: str
    direction: str
    figure: str
    value: Fraction
    to: Fraction
    is_level: bool


def moves(
    tiers: Tiers, parks: Sequence[str], figures: Figures, year: int, park: str
) -> list[TierMove]:
    """Return what would move a park up and down; nothing of a figure nobody knows."""
    output = figures.get((park, "output_yuan", year))
    found = [] if output is None else [*_of_tier(tiers, output)]
    values = {one: figures.get((one, tiers.ordered_by, year)) for one in parks}
    found += _of_pace(tiers, figures, year, park)
    own = values.pop(park)
    if own is not None:
        others = sorted((one for one in values.values() if one is not None), reverse=True)
        found += _of_place(tiers, own, others)
    return found


def _of_tier(tiers: Tiers, output: Fraction) -> Iterator[TierMove]:
    above = [one for one in tiers.tiers_yuan if one > output]
    reached = [one for one in tiers.tiers_yuan if one <= output]
    if above:
        yield TierMove("tier", "up", "output_yuan", output, min(above), True)
    if reached:
        yield TierMove("tier", "down", "output_yuan", output, max(reached), False)


def _of_pace(tiers: Tiers, figures: Figures, year: int, park: str) -> Iterator[TierMove]:
    pace = next((one for one in tiers.paces if one.year == year), None)
    if pace is None:
        return
    now, then = (figures.get((park, "output_per_mu", one)) for one in (year, pace.against))
    if now is None or then is None or then <= 0:
        return
    needed = then * pace.times
    is_up = now < needed
    yield TierMove("pace", "up" if is_up else "down", "output_per_mu", now, needed, is_up)


def _of_place(tiers: Tiers, own: Fraction, others: Sequence[Fraction]) -> Iterator[TierMove]:
    """Level with the next above is one place up: equal figures share the better rank."""
    above = [one for one in others if one > own]
    not_above = [one for one in others if one <= own]
    if above:
        yield TierMove("place", "up", tiers.ordered_by, own, min(above), True)
    if not_above:
        yield TierMove("place", "down", tiers.ordered_by, own, max(not_above), False)
    count = tiers.rewarded_count
    if len(above) >= count > 0:
        yield TierMove("reward", "up", tiers.ordered_by, own, others[count - 1], True)
    elif count > 0 and len(others) >= count:
        yield TierMove("reward", "down", tiers.ordered_by, own, others[count - 1], False)
