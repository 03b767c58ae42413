"""What is left of approvals on many days, told by faces, against the cut of every day.

Corners are pushed about at random as on surveyed land; EPSG:4545 and back, rounded to 0.1 mm.
"""

from __future__ import annotations

import os
from contextlib import nullcontext
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.approvals import overlay_on_days
from gis.approvals.meetings import Claimants, Meetings, meetings
from gis.approvals.overlay_on_days import Pieces
from gis.geometry import clean, remembered
from gis.geometry.coverage import fit
from gis.geometry.exact_areas import exact_area_m2, exact_areas
from gis.geometry.faces import divide, left
from gis.geometry.pairs import meeting, overlapping
from tests.squares import EAST, NORTH, SETTINGS, ring, square, stored

EXAMPLES = 1_000 if os.environ.get("LANDWATCH_LONG") else 8
SIDE, STEP_M = 4, 40.0
DAYS = pd.date_range("2015-01-01", periods=6, freq="YS")
NOBODY = Claimants(
    pd.DataFrame({"state": [], "document": [], "geom": []}),
    pd.DataFrame({"state": [], "approval": [], "approved_on": [], "geom": []}),
)


def test_a_plot_taken_out_of_the_middle_leaves_two_squares() -> None:
    """300 x 100 m in three plots; the outline of all of it is 800 m, of one plot 400 m."""
    land = ring((0, 0), (100, 0), (200, 0), (300, 0), (300, 100), (200, 100), (100, 100), (0, 100))
    plots = np.array([square(0, 0, 100, 100), square(100, 0, 200, 100)], dtype=object)
    subjects = np.array([land], dtype=object)
    faces = divide(subjects, plots, fit(subjects, plots))
    assert faces.is_divided.tolist() == [True]
    assert faces.shape.tolist() == [0, 1, -1]
    # Nothing taken; the middle taken; all that is a plot taken.
    choice, face = np.array([1, 2, 2]), np.array([1, 0, 1])
    parts = left(faces, np.zeros(3, dtype=np.int64), choice, face)
    assert parts.choice.tolist() == [0, 1, 1, 2]
    assert parts.area_m2.tolist() == [30_000, 10_000, 10_000, 10_000]
    assert parts.outline_m.tolist() == [800, 400, 400, 400]
    assert (parts.bounds[:, 0] - EAST).tolist() == [0, 0, 200, 200]


@pytest.mark.parametrize(
    "plots",
    [
        [square(0, 0, 100, 100), square(50, 0, 150, 100)],
        [square(0, 0, 150, 100)],
        [square(0, 0, 100, 100), square(100.02, 0, 200.02, 100)],
        [shapely.union(square(0, 0, 100, 100), square(200, 0, 300, 100))],
        [square(0, 0, 100, 110)],
    ],
    ids=["they overlap", "a corner on an edge", "a gap", "two parts", "it sticks out"],
)
def test_land_is_not_divided_where(plots: list[shapely.Geometry]) -> None:
    land = ring((0, 0), (100, 0), (200, 0), (300, 0), (300, 100), (200, 100), (100, 100), (0, 100))
    subjects, shapes = np.array([land], dtype=object), np.array(plots, dtype=object)
    assert divide(subjects, shapes, fit(subjects, shapes)).is_divided.tolist() == [False]


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1))
def test_areas_are_the_nearest_numbers_to_the_true_ones_wherever_a_ring_begins(seed: int) -> None:
    draw = np.random.default_rng(seed)
    turn = (np.arange(12) + draw.uniform(0, 0.9, 12)) * np.pi / 6
    spoke_m = draw.uniform(20, 3_000, 12)[:, np.newaxis]
    corners = np.array([EAST, NORTH]) + np.column_stack([np.cos(turn), np.sin(turn)]) * spoke_m
    corners = np.round(corners, clean.ROUNDING_DECIMALS)
    rings = np.array([shapely.Polygon(np.roll(corners, by, axis=0)) for by in range(12)])
    exact = [tuple(map(Fraction, corner)) for corner in corners.tolist()]
    twice = sum(x * v - u * y for (x, y), (u, v) in pairwise([*exact, exact[0]]))
    assert set(exact_area_m2(rings).tolist()) == {float(twice / 2)}
    here = clean.shift(rings, -clean.origin_of(rings))
    assert set(exact_area_m2(here).tolist()) == {float(twice / 2)}


def test_a_court_is_no_area_and_a_corner_between_steps_is_left_to_geos() -> None:
    court = shapely.difference(square(0, 0, 100, 100), square(10, 10, 20, 20))
    assert exact_area_m2(np.array([court])).tolist() == [9_900]
    between = np.array([shapely.Polygon([(0, 0), (1, 0), (1e-12, 1)])])
    assert exact_areas(between).is_known.tolist() == [False]
    assert exact_area_m2(between).tolist() == shapely.area(between).tolist()


def town(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two approvals of 4 x 4 cells and supplies of one to four cells, with days from and until.

    In two of three towns nothing is supplied twice; else cells are, and some plots are moved.
    """
    draw = np.random.default_rng(seed)
    y, x = np.mgrid[0 : SIDE + 1, 0 : 2 * SIDE + 1].astype(np.float64)
    push = draw.uniform(-0.3, 0.3, (2, *x.shape))
    corners = np.round(np.stack([x + push[0], y + push[1]], axis=-1) * STEP_M, 3)
    corners += np.array([EAST, NORTH])

    def block(south: int, west: int, high: int, wide: int) -> shapely.Polygon:
        at = [(south, west + i) for i in range(wide)]
        at += [(south + i, west + wide) for i in range(high)]
        at += [(south + high, west + wide - i) for i in range(wide)]
        at += [(south + high - i, west) for i in range(high)]
        return shapely.Polygon([corners[row, column] for row, column in at])

    versions = pd.DataFrame(
        {"version": [0, 1], "geom": [block(0, 0, SIDE, SIDE), block(0, SIDE, SIDE, SIDE)]}
    )
    rows, is_taken, is_orderly = [], np.zeros((SIDE, 2 * SIDE), dtype=bool), seed % 3 > 0
    for number in range(int(draw.integers(1, 14))):
        high, wide = (int(size) for size in draw.integers(1, 3, 2))
        south = int(draw.integers(0, SIDE - high + 1))
        west = int(draw.integers(0, SIDE - wide + 1) + SIDE * draw.integers(0, 2))
        cells = is_taken[south : south + high, west : west + wide]
        if is_orderly and cells.any():
            continue
        cells[:] = True
        shape = block(south, west, high, wide)
        if not is_orderly and draw.random() < 0.1:
            shape = clean.shift(np.array([shape]), np.round(draw.uniform(0, 0.03, (1, 2)), 3))[0]
        start, end = np.sort(draw.integers(0, len(DAYS) + 3, 2))
        signed_on = DAYS[min(start, len(DAYS) - 1)]
        row = {"key": f"S{number}", "granted_share": 1.0, "geom": shape, "signed_on": signed_on}
        until_on = DAYS[end] if end < len(DAYS) else pd.Timestamp("2999-01-01")
        rows.append(row | {"from_on": signed_on, "until_on": until_on})
    return stored(versions.astype({"geom": object})), stored(pd.DataFrame(rows))


def all_days(versions: pd.DataFrame, supplies: pd.DataFrame) -> tuple[list[Meetings], pd.DataFrame]:
    """Return who meets whom, and every version on every day."""
    surveyed = pd.DataFrame({"is_built": np.empty(0, bool), "from_on": pd.to_datetime([]),
                             "geom": np.empty(0, object)})  # fmt: skip
    version, on = (each.ravel() for each in np.meshgrid(versions["version"], DAYS.to_numpy()))
    states = pd.DataFrame({"state": np.arange(len(on)), "version": version, "on": on})
    return meetings(versions, supplies, surveyed), states


def cut(met: list[Meetings], states: pd.DataFrame) -> Pieces:
    """Return the pieces with every state cut."""
    plainly = [replace(each, is_plain=np.zeros_like(each.is_plain)) for each in met]
    return overlay_on_days.pieces(plainly, states, NOBODY, SETTINGS)


def by_state(found: Pieces) -> pd.DataFrame:
    table = found.table.sort_values("state", kind="stable", ignore_index=True)
    return table.drop(columns="mean_width_m")


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1))
def test_the_pieces_of_a_day_are_the_same_to_the_last_digit_told_or_cut(seed: int) -> None:
    met, states = all_days(*town(seed))
    told, expected = overlay_on_days.pieces(met, states, NOBODY, SETTINGS), cut(met, states)
    pd.testing.assert_frame_equal(by_state(told), by_state(expected), check_exact=True)
    widths = [
        each.table.sort_values("state", kind="stable")["mean_width_m"] for each in (told, expected)
    ]
    np.testing.assert_allclose(*widths, rtol=1e-12)


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1))
def test_what_faces_tell_of_shapes_is_what_geos_says(seed: int) -> None:
    versions, supplies = town(seed)
    # Half of the first approval once more: it lies over the other.
    geoms = versions["geom"].to_numpy()
    half = shapely.intersection(geoms[0], shapely.box(108.0, 0, 108.0 + 80 / 86_000, 90))
    versions = pd.DataFrame({"version": [0, 1, 2], "geom": [*geoms, half]})
    said = []
    for within in (remembered.remembering(), nullcontext()):
        with within:
            for some in (versions.iloc[:2], versions)[: 1 + seed % 2]:
                (met,), _ = all_days(some.reset_index(drop=True), supplies)
            every = np.concatenate([met.versions["geom"], met.supplies["geom"]])
            one, other = (each.ravel() for each in np.indices((len(every), len(every))))
            whole = meeting(met.versions["geom"].to_numpy(), met.supplies["geom"].to_numpy())
            said.append([overlapping(every, every, one, other), *whole])
    for told, asked in zip(*said, strict=True):
        assert told.tolist() == asked.tolist()


def test_an_approval_is_cut_where_something_does_not_fit_or_is_built_on_it() -> None:
    versions, supplies = town(7)
    one = supplies.iloc[:1]
    met, states = all_days(versions, supplies)
    assert met[0].is_plain.all()
    (told, _), (was_cut, _) = overlay_on_days.pieces(met, states, NOBODY, SETTINGS).made
    assert (len(told.states), len(was_cut.states)) == (12, 0)
    by = np.array([[2e-7, 0.0]])  # degrees, 17 mm
    for again in (one, one.assign(geom=clean.shift(one["geom"].to_numpy(), by))):
        both = pd.concat([one, again], ignore_index=True).assign(key=["S1", "S2"])
        assert not all_days(versions, both)[0][0].is_plain.any()
    built = pd.DataFrame({"is_built": [True], "from_on": DAYS[:1], "geom": one["geom"].to_numpy()})
    whose = meetings(versions, one, built.assign(is_built=False))[0].is_plain
    assert whose.sum() == 1
    assert not meetings(versions, one, built)[0].is_plain.any()


def test_a_state_in_which_land_is_withdrawn_is_cut() -> None:
    versions, supplies = town(7)
    met, states = all_days(versions, supplies)
    geom = versions["geom"].to_numpy()[:1]
    withdrawals = pd.DataFrame({"state": [4], "document": ["W"], "geom": geom})
    found = overlay_on_days.pieces(met, states, NOBODY._replace(withdrawals=withdrawals), SETTINGS)
    assert [asking.states["state"].tolist() for asking, _ in found.made][1] == [4]
    assert set(found.table.loc[found.table["state"] == 4, "disposition"]) >= {"withdrawn"}


@pytest.mark.parametrize("seed", [7, 8, 9])
def test_pieces_that_were_told_come_in_their_place_as_those_that_were_cut(seed: int) -> None:
    met, states = all_days(*town(seed))
    asked = states["state"].to_numpy()[::3]
    found = []
    for pieces in (overlay_on_days.pieces(met, states, NOBODY, SETTINGS), cut(met, states)):
        placed = pieces.in_place(asked, SETTINGS)
        order = np.argsort(pieces.table["state"], kind="stable")
        found.append(placed[order])
        assert (shapely.is_missing(placed) == ~pieces.table["state"].isin(asked)).all()
    assert shapely.equals_identical(*found)[~shapely.is_missing(found[0])].all()
