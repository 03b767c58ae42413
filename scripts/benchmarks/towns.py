"""Made-up approvals and their supplies, the same for the same seed: land that lies side by side."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from gis.facts.partition import RECORDS_OF_A_PART
from gis.geometry.pairs import Indices

APPROVALS, SUPPLIES = 50_000, 763_446
_PLOTS = 5  # plots along each side of an approval
_STEPS = 3  # edges of a plot's side, so an approval has 60 vertices and a plot 12
_STEP_M = 28.0
_CORNER_M = (500_000.0, 4_320_000.0)
_MOVED_SHARE, _MOVED_UP_TO_M = 1 / 3, 0.05
# Supplies for the plots of an approval; the others are gaps.
_SOLD_SHARE = SUPPLIES / APPROVALS / _PLOTS**2

Shapes = npt.NDArray[np.object_]
Numbers = npt.NDArray[np.float64]


class Town(NamedTuple):
    """Approvals and supplies as polygons in one plane, metres, coordinates to the millimetre."""

    approvals: Shapes
    supplies: Shapes


def town(approvals: int = APPROVALS, is_moved: bool = False, seed: int = 20260630) -> Town:
    """Return approvals of 25 plots each, about 15 of them supplied, edge on edge.

    Every corner is pushed about at random and shared by all that meet there: plots, approvals and
    their neighbours. With `is_moved` a third of the supplies is off by up to 5 cm, each its way.
    """
    draw = np.random.default_rng(seed)
    columns = int(np.ceil(np.sqrt(approvals)))
    lines = -(-approvals // columns)
    side = _PLOTS * _STEPS
    y, x = np.mgrid[0 : lines * side + 1, 0 : columns * side + 1].astype(np.float64)
    east = _CORNER_M[0] + _STEP_M * (x + draw.uniform(-0.3, 0.3, x.shape))
    north = _CORNER_M[1] + _STEP_M * (y + draw.uniform(-0.3, 0.3, y.shape))
    corners = np.round(np.stack([east, north], axis=-1), 3)
    line, column = np.divmod(np.arange(approvals), columns)
    sold = np.flatnonzero(draw.random(approvals * _PLOTS**2) < _SOLD_SHARE)
    owner, plot = np.divmod(sold, _PLOTS**2)
    down, right = line[owner] * side, column[owner] * side
    rings = _rings(corners, down + plot // _PLOTS * _STEPS, right + plot % _PLOTS * _STEPS, _STEPS)
    if is_moved:
        chosen = np.flatnonzero(draw.random(len(rings)) < _MOVED_SHARE)
        turn = draw.uniform(0, 2 * np.pi, len(chosen))
        way_m = draw.uniform(0, _MOVED_UP_TO_M, len(chosen))
        step = np.column_stack([np.cos(turn), np.sin(turn)]) * way_m[:, np.newaxis]
        rings[chosen] = np.round(rings[chosen] + step[:, np.newaxis], 3)
    return Town(
        np.asarray(shapely.polygons(_rings(corners, line * side, column * side, side))),
        np.asarray(shapely.polygons(rings)),
    )


def _rings(
    corners: Numbers, line: npt.NDArray[np.int64], column: npt.NDArray[np.int64], size: int
) -> Numbers:
    """Return the rings of squares of `size` steps, (n, 4 x size, 2), lower left corner first."""
    along, still = np.arange(size), np.zeros(size, dtype=np.int64)
    right = np.concatenate([along, still + size, size - along, still])
    up = np.concatenate([still, along, still + size, size - along])
    rings: Numbers = corners[line[:, np.newaxis] + up, column[:, np.newaxis] + right]
    return rings


class Part(NamedTuple):
    """A part of a town: rows of its own approvals, of all that lie near, and of supplies there."""

    own: Indices
    near: Indices
    supplies: Indices


def parts(made: Town) -> Iterator[Part]:
    """Give a town in parts of as many records as those of a run, strips from west to east."""
    of_approvals, of_supplies = shapely.bounds(made.approvals), shapely.bounds(made.supplies)
    count = math.ceil((len(of_approvals) + len(of_supplies)) / RECORDS_OF_A_PART)
    for own in np.array_split(np.argsort(of_approvals[:, 0], kind="stable"), count):
        west, east = of_approvals[own, 0].min(), of_approvals[own, 2].max()
        near, supplies = (
            np.flatnonzero((boxes[:, 2] >= west) & (boxes[:, 0] <= east))
            for boxes in (of_approvals, of_supplies)
        )
        yield Part(np.sort(own), near, supplies)
