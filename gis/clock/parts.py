"""Which subjects share one law, and the causes of a part of the subjects."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from gis.clock.known import Causes, Counts
from gis.clock.settings import Settings, settings_on
from gis.law import Law


def by_settings(region_code: pd.Series, law: Law, as_of: date) -> list[tuple[Settings, Counts]]:
    """Return the rows that share one law, in the order of their first row."""
    codes, regions = pd.factorize(region_code)
    overlays: dict[str, Settings] = {}
    numbers: dict[Settings, int] = {}
    group_of = np.empty(len(regions) + 1, dtype=np.int64)
    for place, region in enumerate([*regions, None]):
        overlay = law.overlay_of(region)
        if overlay not in overlays:
            overlays[overlay] = settings_on(law, as_of, overlay or None)
        group_of[place] = numbers.setdefault(overlays[overlay], len(numbers))
    if len(numbers) == 1 or len(codes) == 0:
        return [(next(iter(numbers)), np.arange(len(codes)))]
    group = group_of[codes]
    parts = [(settings, np.flatnonzero(group == n)) for settings, n in numbers.items()]
    return [part for part in parts if len(part[1])]


def causes_of(causes: Causes, place: Counts, count: int) -> Causes:
    """Return the causes of the subjects at `place` among `count`, by their position there."""
    position = np.full(count, -1, dtype=np.int64)
    position[place] = np.arange(len(place))
    moved = position[causes.position]
    here = moved >= 0
    return Causes(moved[here], causes.kind[here], causes.starts_on[here], causes.ends_on[here])
