"""One finding followed through the stages between two runs: at which step did it change?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gis.pipeline.diff.match import NOBODY, Positions, changed_columns, counterparts


@dataclass(frozen=True)
class Followed:
    """Things by number, in the order first met.

    `first`, `last`: their position in the first and the last stage (NOBODY = not there).
    `changed_at`: one row per thing, one column per step, True where the step changed it.
    """

    first: Positions
    last: Positions
    changed_at: pd.DataFrame


def follow(stages: Sequence[pd.DataFrame], steps: Sequence[str]) -> Followed:
    """Follow every finding from stage to stage; `steps` names what lies between two stages.

    Appearing and leaving are changes like any other. A thing that changed and changed back is
    among the things, unchanged from the first stage to the last.
    """
    place = np.arange(len(stages[0]))
    first = place.copy()
    flags: dict[str, np.ndarray] = {}
    for name, before, after in zip(steps, stages[:-1], stages[1:], strict=True):
        at = counterparts(before, after)
        now = np.full(len(before) + 1, NOBODY)
        now[at[at >= 0]] = np.flatnonzero(at >= 0)
        moved = np.where(place >= 0, now[place], NOBODY)
        is_changed = (place >= 0) != (moved >= 0)
        both = np.flatnonzero((place >= 0) & (moved >= 0))
        is_changed[both] = changed_columns(before, after, place[both], moved[both]).any(axis=1)
        new = np.flatnonzero(at < 0)
        for known, flag in flags.items():
            flags[known] = np.append(flag, np.zeros(len(new), dtype=bool))
        whole = np.append(is_changed, np.ones(len(new), dtype=bool))
        earlier = flags.get(name)
        flags[name] = whole if earlier is None else earlier | whole
        first = np.append(first, np.full(len(new), NOBODY))
        place = np.append(moved, new)
    return Followed(first, place, pd.DataFrame(flags, index=pd.RangeIndex(len(place))))
