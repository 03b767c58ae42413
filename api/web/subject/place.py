"""Where a subject lies: a plan of it with what lies around it, and who its neighbours are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from api.web import cells
from api.web.drawn import plan
from api.web.drawn.plan import Plan, Shapes
from gis.crs import transform
from gis.store import features
from gis.store.database import Connection
from gis.store.features import Sought
from gis.store.results import Scope
from gis.store.runs import Run

# How much is drawn around, how many rows at most, and how near a neighbour lies.
_ROOM, _MOST_DRAWN, NEAR_METRES, _MOST_NEAR = 1.3, 600, 30.0, 8
_RULES = ("idle_land", "unsupplied")


@dataclass(frozen=True)
class Drawn:
    """A shape of a plan: its path, and the code of a list it is filled as."""

    path: str
    code_list: str
    code: str
    subject: str


@dataclass(frozen=True)
class Place:
    """The plan with its shapes, the outline of the subject's own, and its neighbours by distance.

    `is_cut`: more lies around than is drawn.
    """

    plan: Plan
    shapes: Sequence[Drawn]
    own: Sequence[str]
    near: Sequence[Mapping[str, Any]]
    is_cut: bool


def place_of(
    connection: Connection,
    run: Run,
    scope: Scope | None,
    subject: str,
    shapes: Sequence[shapely.Geometry],
    size: tuple[float, float],
) -> Place | None:
    """Return where a subject lies, None where it has no shape; within what may be seen."""
    own: Shapes = np.array([one for one in shapes if not shapely.is_empty(one)], dtype=object)
    if not len(own):
        return None
    drawn = plan.around([*own], size, _ROOM)
    rows = features.page(
        connection, run, "finding",
        Sought(where={"rule": [*_RULES]}, within=scope, boxes=[plan.bounds(drawn)]),
        0, _MOST_DRAWN,
    )  # fmt: skip
    told = [
        Drawn(path, LISTS[row["rule"]], row["outcome"], row["subject"])
        for row, path in zip(
            rows.to_dict("records"), drawn.paths(rows["geom"].to_numpy(dtype=object)), strict=True
        )
        if path
    ]
    others = rows[rows["subject"] != subject]
    near = _near(others, own, drawn.zone)
    is_cut = len(rows) == _MOST_DRAWN
    return Place(drawn, told, [one for one in drawn.paths(own) if one], near, is_cut)


LISTS = {"idle_land": "outcome", "unsupplied": "unsupplied"}


def _near(others: pd.DataFrame, own: Shapes, zone: int) -> list[dict[str, Any]]:
    """Return the findings that lie near, with `metres`, the nearest and largest first."""
    if others.empty:
        return []
    shapes = transform.to_zone(others["geom"].to_numpy(dtype=object), zone)
    here = shapely.union_all(transform.to_zone(own, zone))
    metres = np.maximum(np.round(shapely.distance(shapes, here), 1), 0.0)
    found = others.assign(metres=metres, code_list=others["rule"].map(LISTS))
    found = found[found["metres"] <= NEAR_METRES].drop(columns=["geom"])
    found = found.sort_values(["metres", "area_m2"], ascending=[True, False], kind="stable")
    return cells.rows_of(found.head(_MOST_NEAR))
