"""How a run is parted: boxes of about equal numbers of shapes, and stretches of keys."""

from __future__ import annotations

import math
from dataclasses import fields as fields_of
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.facts.neighbourhood import Targets, cited
from gis.facts.part import Part
from gis.store import records
from gis.store.database import Connection
from gis.store.record_filter import Box

# So many records with their neighbours are worked on in well under 4 GB.
RECORDS_OF_A_PART = 60_000
# Scattered over the land, each brings neighbours of its own: that many keep a core busy for long
# enough that a part each for several processes is worth it.
CHANGES_OF_A_PART = 10_000
_SHAPED = ("approvals", "supplies", "parcels", "buildings")
# Wider than the earth in degrees.
_EVERYWHERE: Box = (-1000.0, -1000.0, 1000.0, 1000.0)
# A stretch of records without shapes is read quickly: fewer of them do.
_BOXES_TO_A_STRETCH = 2


def parts(connection: Connection, delivery: int, count: int | None = None) -> list[Part]:
    """Return the parts of a run of all known at a delivery; together they are everything.

    `count`: about how many boxes; None: as many as the number of records asks for. One part is
    the whole, without any box.
    """
    if count is None:
        total = sum(records.count(connection, kind, delivery) for kind in _SHAPED)
        count = math.ceil(total / RECORDS_OF_A_PART)
    if count <= 1:
        return [Part(0)]
    centres = pd.concat(
        [records.centres(connection, kind, delivery) for kind in _SHAPED], ignore_index=True
    )
    points = centres.to_numpy(np.float64)
    # A shape that lies nowhere is no part's: the run sets it aside.
    boxes = halved(points[np.isfinite(points).all(axis=1)], _EVERYWHERE, count)
    stretches = math.ceil(count / _BOXES_TO_A_STRETCH)
    steps = records.key_steps(connection, "supplies", delivery, stretches)
    ends: list[str | None] = [*steps, None]
    # Asked once: each stretch would have to look through all the others.
    shared = records.of_one_number(connection, delivery) if steps else None
    found = [
        *(Part(0, box=box) for box in boxes),
        *(
            Part(0, keys=keys, beyond=None if shared is None else beyond(shared, keys))
            for keys in zip(["", *steps], ends, strict=True)
        ),
    ]
    return [replace(part, number=number) for number, part in enumerate(found)]


def parts_of(changed: Targets) -> list[Part]:
    """Return the parts of a run that judges these records anew and nothing else.

    Keys that come one after another mostly lie close together.
    """
    columns = {each.name: getattr(changed, each.name).sort_values() for each in fields_of(Targets)}
    # Whoever may be undated stands among the supplies, too.
    total = sum(len(keys) for name, keys in columns.items() if name != "undated")
    count = math.ceil(total / CHANGES_OF_A_PART)
    return [
        Part(
            number,
            mine=Targets(
                **{
                    name: keys[len(keys) * number // count : len(keys) * (number + 1) // count]
                    for name, keys in columns.items()
                }
            ),
        )
        for number in range(count)
    ]


def beyond(shared: pd.DataFrame, keys: tuple[str, str | None]) -> pd.DataFrame:
    """Return the supplies beyond a stretch of keys that share a number with one within.

    `shared`: the supplies that share a number with any other (`records.of_one_number`).
    """
    first, end = keys
    is_within = shared["key"] >= first
    if end is not None:
        is_within &= shared["key"] < end
    own, others = cited(shared[is_within]), shared[~is_within]
    is_met = others["supply_no"].isin(own) | others["contract_no"].isin(own)
    return others[is_met].reset_index(drop=True)


def halved(points: npt.NDArray[np.float64], box: Box, count: int) -> list[Box]:
    """Return `count` half-open boxes that fill `box`, each with about as many of the points.

    >>> square = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [3.0, 0.5]])
    >>> halved(square, (0.0, 0.0, 9.0, 9.0), 2)
    [(0.0, 0.0, 1.0, 9.0), (1.0, 0.0, 9.0, 9.0)]
    """
    if count == 1:
        return [box]
    first = count // 2
    spread = np.ptp(points, axis=0) if len(points) else np.zeros(2)
    axis = int(spread[1] > spread[0])
    line = np.sort(points[:, axis])
    if not len(line) or line[0] == line[-1]:
        # Nothing to part: empty boxes would only cost a visit.
        return [box]
    cut = float(line[len(line) * first // count])
    below = points[:, axis] < cut
    west, south, east, north = box
    low, high = (west, south, cut, north), (cut, south, east, north)
    if axis == 1:
        low, high = (west, south, east, cut), (west, cut, east, north)
    return [*halved(points[below], low, first), *halved(points[~below], high, count - first)]
