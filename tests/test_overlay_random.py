"""The overlay against slow references, random polygons and a stranger's plots.

LANDWATCH_LONG=1 tries many more examples.
"""

from __future__ import annotations

import os
from datetime import timedelta

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gis.approvals.overlay_by_zone import overlay
from gis.geometry import clean
from gis.geometry.areas import ellipsoidal_area_m2
from gis.geometry.pairs import pairs
from tests import land_reference as slow
from tests.shared_data import SHARED, needs_shared
from tests.squares import (
    EAST,
    NORTH,
    SETTINGS,
    approvals,
    overlaid,
    places,
    square,
    stored,
    supplies,
    withdrawals,
)

EXAMPLES = 400 if os.environ.get("LANDWATCH_LONG") == "1" else 20
TRY = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
CORNER = np.array([EAST, NORTH])


@st.composite
def boxes(draw: st.DrawFn, widest: int = 12) -> slow.Box:
    west, south = draw(st.integers(0, 20)), draw(st.integers(0, 20))
    return west, south, west + draw(st.integers(1, widest)), south + draw(st.integers(1, widest))


def metres(box: slow.Box) -> shapely.Polygon:
    return square(*(slow.CELL_M * side for side in box))


def days(number: int) -> str:
    return str((pd.Timestamp("2015-01-01") + timedelta(days=number)).date())


@TRY
@given(
    st.lists(st.tuples(boxes(20), st.integers(0, 2), st.booleans()), min_size=1, max_size=4),
    st.lists(st.tuples(boxes(), st.integers(0, 3)), max_size=8),
    st.lists(st.tuples(boxes(), st.integers(0, 3)), max_size=3),
)
def test_squares_have_the_words_the_cells_have(
    approved: list[tuple[slow.Box, int, bool]],
    supplied: list[tuple[slow.Box, int]],
    withdrawn: list[tuple[slow.Box, int]],
) -> None:
    older = [
        {
            "approval": f"P{n}",
            "approved_on": days(day),
            "replaces": [f"P{n - 1}"] if replaces and n else [],
            "box": box,
        }
        for n, (box, day, replaces) in enumerate(approved)
    ]
    deals = [
        {"key": f"s{n}", "signed_on": days(day), "box": box}
        for n, (box, day) in enumerate(supplied)
    ]
    documents = [
        {"document": f"w{n}", "approval_no": f"P{number}", "box": box}
        for n, (box, number) in enumerate(withdrawn)
    ]
    found = overlaid(
        approvals(*({**row, "geom": metres(row["box"])} for row in older)),
        supplies(*({**row, "geom": metres(row["box"])} for row in deals)),
        withdrawals(*({**row, "geom": metres(row["box"])} for row in documents)),
    )
    cell_m2 = slow.CELL_M**2
    cells, counted = slow.approval_words(older, deals, documents)
    pieces = found.pieces.assign(
        disposition=found.pieces["disposition"].where(
            found.pieces["disposition"].isin(["supplied", "withdrawn", "exempt"]), "rest"
        )
    )
    areas = pieces.groupby(["approval", "disposition", "supply"], dropna=False)[
        "area_planar_m2"
    ].sum()
    expected = {key: count * cell_m2 for key, count in cells.items()}
    met = {
        (approval, word, None if pd.isna(supply) else supply): area
        for (approval, word, supply), area in areas.items()
    }
    assert met == pytest.approx(expected, abs=1e-6)
    sums = pieces.groupby("disposition")["counted_m2"].sum().to_dict()
    assert {word: area for word, area in sums.items() if area > 1e-6} == pytest.approx(
        {word: count * cell_m2 for word, count in counted.items() if count}, abs=1e-6
    )
    assert found.approvals["residual_m2"].abs().max() < 1e-6


@st.composite
def plots(draw: st.DrawFn) -> shapely.Geometry:
    """A star-shaped plot of up to 500 m with millimetre corners, sometimes holed."""
    centre = np.array([draw(st.integers(0, 1500)), draw(st.integers(0, 1500))])
    radii = draw(st.lists(st.floats(20, 400), min_size=3, max_size=12))
    turn = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    rim = np.column_stack([np.cos(turn), np.sin(turn)]) * np.array(radii)[:, None]
    corner = np.round(centre + rim, 3) + CORNER
    plot = shapely.Polygon(corner)
    if draw(st.booleans()):
        inner = shapely.Polygon(np.round(centre + rim * 0.4, 3) + CORNER)
        plot = shapely.difference(plot, inner)
    return clean.work_on(np.array([plot], dtype=object)).geoms[0]


def moved(plot: shapely.Geometry, east_mm: int, north_mm: int) -> shapely.Geometry:
    step_m = np.array([east_mm, north_mm]) / 1000
    return shapely.transform(plot, lambda xy: np.round(xy + step_m, 4))


@TRY
@given(
    st.lists(plots(), min_size=1, max_size=4),
    st.lists(plots(), max_size=6),
    st.lists(st.tuples(st.integers(0, 5), st.integers(-50, 50), st.integers(-50, 50)), max_size=3),
)
def test_no_random_polygons_break_the_balance(
    approved: list[shapely.Geometry],
    supplied: list[shapely.Geometry],
    shifts: list[tuple[int, int, int]],
) -> None:
    # Neighbours that nearly repeat one another are what breaks overlays: up to 5 cm off.
    supplied = supplied + [
        moved(supplied[at % len(supplied)], east, north) for at, east, north in shifts if supplied
    ]
    found = overlaid(
        approvals(*({"approval": f"P{n}", "geom": geom} for n, geom in enumerate(approved))),
        supplies(*({"key": f"s{n}", "geom": geom} for n, geom in enumerate(supplied))),
        where=places(B=square(-500, -500, 800, 2500)),
    )
    pieces = found.pieces
    assert shapely.is_valid(pieces["geom"].to_numpy()).all()
    assert found.approvals["residual_m2"].abs().max() < 1e-6
    for approval, geom in enumerate(approved):
        mine = pieces.loc[pieces["approval"] == f"P{approval}", "geom"].to_numpy()
        corner = -clean.origin_of(np.array([geom]))
        local = clean.shift(mine, np.repeat(corner, len(mine), axis=0))
        whole = clean.shift(np.array([geom]), corner)[0]
        # Pieces that overlapped would be more than their union, and the union is the approval.
        union_m2 = shapely.unary_union(local).area
        assert union_m2 == pytest.approx(shapely.area(local).sum(), abs=1e-5)
        assert union_m2 == pytest.approx(whole.area, abs=1e-5)
        sold = found.pairs[found.pairs["approval"] == f"P{approval}"].set_index("supply")
        for number, other in enumerate(supplied):
            shared = shapely.intersection(whole, clean.shift(np.array([other]), corner)[0]).area
            paired = sold["area_planar_m2"].get(f"s{number}", 0.0)
            assert paired == pytest.approx(shared, abs=1e-6)
    counted = shapely.unary_union(np.array(approved)).area
    assert pieces["counted_m2"].sum() == pytest.approx(counted, abs=1e-3)


@TRY
@given(
    st.lists(plots(), min_size=1, max_size=3),
    st.lists(plots(), max_size=5),
    st.lists(st.tuples(st.integers(0, 5), st.integers(-50, 50), st.integers(-50, 50)), max_size=3),
)
def test_ellipsoidal_areas_add_up_and_what_is_stored_is_valid(
    approved: list[shapely.Geometry],
    supplied: list[shapely.Geometry],
    shifts: list[tuple[int, int, int]],
) -> None:
    supplied = supplied + [
        moved(supplied[at % len(supplied)], east, north) for at, east, north in shifts if supplied
    ]
    found = overlay(
        stored(approvals(*({"approval": f"P{n}", "geom": g} for n, g in enumerate(approved)))),
        stored(supplies(*({"key": f"s{n}", "geom": g} for n, g in enumerate(supplied)))),
        withdrawals(),
        places(),
        SETTINGS,
    )
    assert shapely.is_valid(found.pieces["geom"].to_numpy()).all()
    assert found.approvals["residual_m2"].abs().max() < 1e-6
    rings_m2 = ellipsoidal_area_m2(found.approvals["geom"].to_numpy())
    assert found.approvals["noded_ellipsoidal_m2"].to_numpy() == pytest.approx(rings_m2, abs=1e-4)


def dutch(name: str) -> geopandas.GeoSeries:
    text = (SHARED / "plots-zones-nl" / name).read_text()
    parts = shapely.get_parts(shapely.from_wkt(text))
    return geopandas.GeoSeries(clean.polygonal(shapely.make_valid(parts)), crs=4326)


@needs_shared
def test_dutch_plots_and_zones_share_the_areas_geopandas_finds() -> None:
    text = (SHARED / "plots-zones-nl" / "nl_plots_epsg_28992.wkt").read_text()
    plot = clean.work_on(shapely.get_parts(shapely.from_wkt(text))).geoms
    zone = clean.work_on(dutch("nl_zones.wkt").to_crs(28992).to_numpy()).geoms
    assert (len(plot), len(zone)) == (316, 91)
    found = pairs(zone, plot)
    peer = geopandas.overlay(
        geopandas.GeoDataFrame({"zone": np.arange(91)}, geometry=zone, crs=28992),
        geopandas.GeoDataFrame({"plot": np.arange(316)}, geometry=plot, crs=28992),
        how="intersection",
        keep_geom_type=False,
    )
    theirs = peer.assign(area_m2=peer.area).groupby(["zone", "plot"])["area_m2"].sum()
    ours = pd.Series(
        found.area_m2, index=pd.MultiIndex.from_arrays([found.left, found.right])
    ).reindex(theirs.index, fill_value=0.0)
    assert len(found.left) > 100
    assert (ours - theirs).abs().max() < 1e-6
    assert found.area_m2.sum() == pytest.approx(theirs.sum(), abs=1e-4)


@needs_shared
def test_dutch_zones_less_plots_close_and_leave_what_geopandas_leaves() -> None:
    text = (SHARED / "plots-zones-nl" / "nl_plots_epsg_28992.wkt").read_text()
    plot = clean.work_on(shapely.get_parts(shapely.from_wkt(text))).geoms
    zone = clean.work_on(dutch("nl_zones.wkt").to_crs(28992).to_numpy()).geoms
    found = overlaid(
        approvals(*({"approval": f"z{n:03}", "geom": geom} for n, geom in enumerate(zone))),
        supplies(*({"key": f"p{n:03}", "geom": geom} for n, geom in enumerate(plot))),
    )
    assert found.approvals["residual_m2"].abs().max() < 1e-6
    left = geopandas.overlay(
        geopandas.GeoDataFrame(geometry=zone, crs=28992),
        geopandas.GeoDataFrame(geometry=plot, crs=28992),
        how="difference",
        keep_geom_type=False,
    )
    is_rest = ~found.pieces["disposition"].isin(["supplied"])
    rest_m2 = found.pieces.loc[is_rest, "area_planar_m2"].sum()
    assert rest_m2 == pytest.approx(left.area.sum(), abs=1e-4)
