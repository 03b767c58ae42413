"""Sums of findings by block and park, kept: what a run found never changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from api.shown import Shown
from api.web import cells
from gis import units
from gis.store import place_sums, results
from gis.store.database import Connection
from gis.store.results import Asked, Scope
from gis.store.runs import Run
from gis.tiles.kept import Kept


@dataclass
class Sums:
    """What is found in one place: rule and outcome -> count, area in m2, how many unmeasured.

    `by_track`: outcome and track -> count and area. `next_on`: the first day that changes one.
    """

    by_outcome: dict[tuple[str, str], tuple[int, float, int]] = field(default_factory=dict)
    by_track: dict[tuple[str, str], tuple[int, float]] = field(default_factory=dict)
    next_on: date | None = None

    def count(self, rule: str, *outcomes: str) -> int:
        """Return how many findings of a rule have one of the outcomes; without any, all."""
        return sum(number for number, _, _ in self._of(rule, outcomes))

    def area(self, rule: str, *outcomes: str) -> float:
        """Return the area in m2 of those of known area."""
        return float(sum(area for _, area, _ in self._of(rule, outcomes)))

    def unmeasured(self, rule: str, *outcomes: str) -> int:
        """Return how many of them have no known area."""
        return sum(number for _, _, number in self._of(rule, outcomes))

    def on_track(self, track: str, *outcomes: str) -> tuple[int, float]:
        """Return how many findings of these outcomes go in a direction, and their area in m2."""
        own = [told for (outcome, code), told in self.by_track.items()
               if code == track and outcome in outcomes]  # fmt: skip
        return sum(number for number, _ in own), float(sum(area for _, area in own))

    def add(self, row: Mapping[str, Any]) -> None:
        """Count a row of `gis.store.place_sums` in."""
        key = (row["rule"], row["outcome"])
        number, area, lost = self.by_outcome.get(key, (0, 0.0, 0))
        self.by_outcome[key] = (
            number + row["count"], area + row["area_m2"], lost + row["unmeasured"],
        )  # fmt: skip
        if row["track"] is not None:
            told = (row["outcome"], row["track"])
            number, area = self.by_track.get(told, (0, 0.0))
            self.by_track[told] = (number + row["count"], area + row["area_m2"])
        days = [one for one in (self.next_on, row["next_on"]) if one is not None]
        self.next_on = min(days, default=None)

    def _of(self, rule: str, outcomes: Sequence[str]) -> list[tuple[int, float, int]]:
        return [told for (own, outcome), told in self.by_outcome.items()
                if own == rule and (not outcomes or outcome in outcomes)]  # fmt: skip


@dataclass(frozen=True)
class Counted:
    """The sums of a run in a land: of each block and park, of all, of what lies in no park."""

    blocks: Mapping[str, Sums]
    parks: Mapping[str, Sums]
    whole: Sums
    outside: Sums

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Counted:
        """Return the sums of the rows `gis.store.place_sums` gives."""
        blocks: defaultdict[str, Sums] = defaultdict(Sums)
        parks: defaultdict[str, Sums] = defaultdict(Sums)
        whole, outside = Sums(), Sums()
        for row in cells.rows_of(frame):
            whole.add(row)
            for code, sums in ((row["block_code"], blocks), (row["park_code"], parks)):
                if code is not None:
                    sums[code].add(row)
            if row["block_code"] is None and row["park_code"] is None:
                outside.add(row)
        return cls(dict(blocks), dict(parks), whole, outside)

    @property
    def nbytes(self) -> int:
        """Return about how much memory it takes."""
        places = [*self.blocks.values(), *self.parks.values(), self.whole, self.outside]
        return sum(400 + 300 * (len(one.by_outcome) + len(one.by_track)) for one in places)


# Enough for the whole land and a few offices' own, of a run with a thousand blocks.
ROOM_BYTES = 24 * 2**20


def official_m2(shown: Shown, kind: str) -> dict[str, float]:
    """Return 批而未供 of each block or park by code in m2, as its rate has it; the known alone.

    In it nothing counts twice, and what is supplied or withdrawn without a place is taken off.
    """
    where = {"place_kind": [kind], "name": ["unsupplied_rate"]}
    asked = Asked(where=where, within=shown.scope)
    rows = results.read(shown.connection, shown.run, "indicator", asked)
    known = rows[rows["numerator"].notna()]
    return dict(zip(known["place_code"], known["numerator"].astype(float), strict=True))


def taken_off(pieces_m2: float, official_m2: float) -> tuple[float, float]:
    """Return by how much the one is more than the other, in 公顷 and 亩, as written figures close.

    >>> taken_off(149_204.5, 125_190.6)
    (2.4014, 36.02)
    """
    hectares, mu = (
        round(round(of(pieces_m2), units.DECIMALS[unit]) - round(of(official_m2),
              units.DECIMALS[unit]), units.DECIMALS[unit])
        for of, unit in ((units.hectares, "公顷"), (units.mu, "亩"))
    )  # fmt: skip
    return hectares, mu


def found(shown: Shown) -> Counted:
    """Return the sums of the run shown, in the land of whoever asks; worked out once."""
    kept: Kept[Counted] = shown.request.app.state.place_sums
    return of(kept, shown.connection, shown.run, shown.scope)


def of(kept: Kept[Counted], connection: Connection, run: Run, scope: Scope | None) -> Counted:
    """Return the sums of a run in a land, kept or worked out now."""
    land = None if scope is None else (
        *map(tuple, (scope.regions, scope.parks, scope.blocks)),
    )  # fmt: skip
    key = (run.id, run.finished_at, run.input_digest, run.code_digest, land)
    return kept.get(key, lambda: Counted.of(place_sums.by_place(connection, run, scope)))
