"""All days on which rows become something else, as a tile says them: a map can show any of them."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from gis.tiles.index import ABSENT, Ints, States
from gis.tiles.layers import BOUNDS


def written(states: States, rows: Ints, words: Sequence[str]) -> list[str | None]:
    """Return the moments of rows as JSON objects, None of a row with more than a tile says.

    `d0`, `s0`, `d1`, `s1` and so on: a day, as days since 2000-01-01, and the state from then on;
    an empty text where the row is no longer there.

    >>> states = States.of(np.array([0, 0]), np.array([8643, 8947]), np.array([1, 0]))
    >>> written(states, np.array([0]), ["idle_land:overdue", "idle_land:not_due"])
    ['{"d0":8643,"s0":"idle_land:not_due","d1":8947,"s1":"idle_land:overdue"}']
    """
    first = np.searchsorted(states.row, rows, side="left").tolist()
    last = np.searchsorted(states.row, rows, side="right").tolist()
    found: list[str | None] = []
    for begin, end in zip(first, last, strict=True):
        if end - begin > BOUNDS.most_moments:
            found.append(None)
            continue
        days, which = states.day[begin:end].tolist(), states.state[begin:end].tolist()
        told: dict[str, int | str] = {}
        for at, (day, state) in enumerate(zip(days, which, strict=True)):
            told[f"d{at}"] = day
            told[f"s{at}"] = "" if state == ABSENT else words[state]
        found.append(json.dumps(told, separators=(",", ":")))
    return found
