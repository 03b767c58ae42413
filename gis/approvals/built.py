"""The part of what remains that the land survey shows as built: no land to supply any more."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import shapely

from gis import days
from gis.arrays import Flags, Numbers, Shapes
from gis.days import Days
from gis.geometry.allocation import Claims, allocate
from gis.geometry.clean import origin_of, shift
from gis.geometry.groups import united
from gis.geometry.pairs import Indices, pairs, solid


def split(
    rest: Shapes,
    origins: Numbers,
    surveyed: pd.DataFrame,
    threads: int = 1,
    on: Days | None = None,
) -> tuple[Shapes, Shapes]:
    """Return the unbuilt and the built part of each remainder, about the same origins.

    `rest` lies about `origins`, (n, 2) metres. `surveyed`: is_built, geom in the plane, the word
    that holds first; where shapes overlap the earlier row tells. Land no survey shows is unbuilt.
    `on`: the day each remainder is asked about, on which only what is surveyed by then (from_on)
    tells; None: all of it does.
    """
    free, built = rest.copy(), np.full(len(rest), shapely.Polygon(), dtype=object)
    at = np.flatnonzero(~shapely.is_empty(rest))
    flags, layer = surveyed["is_built"].to_numpy(dtype=bool), surveyed["geom"].to_numpy()
    if not (len(at) and flags.any()):
        return free, built
    # Most remainders meet no built land at all; the others ask the whole survey.
    placed = shift(rest[at], origins[at])
    from_on = None if on is None else days.from_column(surveyed["from_on"])
    is_there = _is_there(on, at, from_on, np.flatnonzero(flags))
    met_built = pairs(placed, layer[flags], threads, wanted=is_there)
    is_met = np.isin(np.arange(len(at)), met_built.left)
    at, placed = at[is_met], placed[is_met]
    met = pairs(placed, layer, threads, wanted=_is_there(on, at, from_on, np.arange(len(layer))))
    own = origin_of(placed)
    shapes = shift(layer[met.right], -own[met.left])
    won = allocate(placed, Claims(met.left, shapes, met.geoms), threads).won
    is_built = flags[met.right]
    land = united(won[is_built], met.left[is_built], len(at))
    met_at = np.flatnonzero(~shapely.is_missing(land))
    at, land = at[met_at], shift(land[met_at], (own - origins[at])[met_at])
    free[at] = solid(shapely.difference(rest[at], land))
    built[at] = solid(shapely.intersection(rest[at], land))
    return free, built


def _is_there(
    on: Days | None, rest: Indices, from_on: Days | None, layer: Indices
) -> Callable[[Indices, Indices], Flags] | None:
    """Return which pairs of rows of `rest` and `layer` are asked: those surveyed by the day."""
    if on is None or from_on is None:
        return None
    return lambda one, other: np.asarray(from_on[layer[other]] <= on[rest[one]], dtype=bool)
