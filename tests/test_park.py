"""Parks under four codes: by hand, cell by cell against a slow reference, and in sum."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gis.geometry import areas
from gis.parks import account_build, account_supply, accounts, park_pieces, plane_pieces, state
from tests import land_reference as slow
from tests.squares import square, stored

REACH_M = 0.1
EXAMPLES = 300 if os.environ.get("LANDWATCH_LONG") == "1" else 15


def table(columns: list[str], rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    found = pd.DataFrame(rows, columns=[*columns, "geom"]).astype({"geom": object})
    if "signed_on" in columns:
        found["signed_on"] = pd.to_datetime(found["signed_on"])
    return found


def layers(
    parks: Sequence[dict[str, Any]],
    blocks: Sequence[dict[str, Any]] = (),
    approvals: Sequence[dict[str, Any]] = (),
    supplies: Sequence[dict[str, Any]] = (),
    surveyed: Sequence[dict[str, Any]] = (),
    readiness: Sequence[dict[str, Any]] = (),
) -> list[pd.DataFrame]:
    return [
        table(["park_code"], parks),
        table(["block_code", "park_code"], blocks),
        table([], approvals),
        table(["key", "signed_on", "supplied", "development"], supplies),
        table(["is_built"], surveyed),
        table(["readiness"], readiness),
    ]


CITY = layers(
    [{"park_code": "K", "geom": square(0, 0, 1000, 1000)}],
    [
        {"block_code": "B2", "park_code": "K", "geom": square(400, 0, 900, 1000)},
        {"block_code": "B1", "park_code": "K", "geom": square(0, 0, 500, 1000)},
    ],
    [{"geom": square(0, 0, 600, 600)}, {"geom": square(500, 0, 800, 600)}],
    [
        {
            "key": "s1",
            "signed_on": "2016-01-01",
            "supplied": "paid",
            "development": "built",
            "geom": square(0, 0, 100, 100),
        },
        {
            "key": "s2",
            "signed_on": "2017-01-01",
            "supplied": "allocated",
            "development": "none",
            "geom": square(50, 0, 200, 100),
        },
        {
            "key": "s3",
            "signed_on": "2018-01-01",
            "supplied": "paid",
            "development": "unknown",
            "geom": square(300, 300, 450, 400),
        },
    ],
    [
        {"is_built": True, "geom": square(150, 0, 250, 100)},
        {"is_built": False, "geom": square(200, 0, 1000, 1000)},
    ],
    [
        {"readiness": "ready", "geom": square(0, 0, 1000, 300)},
        {"readiness": "unbuildable", "geom": square(700, 200, 800, 400)},
        {"readiness": "not_ready", "geom": square(0, 300, 500, 600)},
    ],
)


def test_the_accounts_of_a_park_are_those_worked_out_by_hand() -> None:
    pieces = plane_pieces(*CITY, reach_m=REACH_M)
    found = accounts(pieces, "park_code").iloc[0]
    # A: s1 100 x 100 completed, and the survey's built 100 x 100 (half of it in s2)
    assert found["A_m2"] == 10_000 + 10_000
    assert found["C_m2"] == 100 * 200
    # D1: s2 less what s1 has; D2: s1 and s3
    assert found["D1_m2"] == 100 * 100
    assert found["D2_m2"] == 10_000 + 15_000
    # B22: not ready, surveyed as not built (x >= 200), less s3: 300 x 300 - 150 x 100
    assert found["B22_m2"] == 75_000
    # B21: s2's 50 x 100 not built; ready and not built 800 x 300 less built 50 x 100 and
    # unbuildable 100 x 100
    assert found["B21_m2"] == 5_000 + 240_000 - 5_000 - 10_000
    assert found["F_m2"] == 20_000
    assert found["supplied_unknown_m2"] == 15_000
    build = found[["A_m2", "B21_m2", "B22_m2", "C_m2", "unknown_development_m2"]].sum()
    supply = found[["D1_m2", "D2_m2", "E_m2", "F_m2", "unknown_supply_m2"]].sum()
    assert build == supply == found["total_m2"] == 1_000_000


def test_land_belongs_to_one_block_the_smaller_code_where_two_overlap() -> None:
    pieces = plane_pieces(*CITY, reach_m=REACH_M)
    by_block = pieces.groupby("block_code", dropna=False)["area_planar_m2"].sum()
    assert by_block.tolist() == [500_000, 400_000, 100_000]
    assert pd.isna(by_block.index[2])
    assert accounts(pieces, "block_code")["block_code"].tolist() == ["B1", "B2"]


def test_a_block_takes_land_of_its_own_park_only() -> None:
    two = layers(
        [
            {"park_code": "K", "geom": square(0, 0, 100, 100)},
            {"park_code": "L", "geom": square(100, 0, 200, 100)},
        ],
        [{"block_code": "B", "park_code": "K", "geom": square(0, 0, 150, 100)}],
    )
    pieces = plane_pieces(*two, reach_m=REACH_M)
    assert pieces[["park_code", "area_planar_m2"]].to_numpy().tolist() == [
        ["K", 10_000],
        ["L", 10_000],
    ]
    assert pieces["block_code"].fillna("-").tolist() == ["B", "-"]


def test_pieces_are_one_row_per_block_and_codes_and_fill_the_park() -> None:
    pieces = plane_pieces(*CITY, reach_m=REACH_M)
    by = ["park_code", "block_code", "approved", "supplied", "development", "readiness"]
    assert not pieces.duplicated(by).any()
    assert shapely.is_valid(pieces["geom"].to_numpy()).all()
    assert shapely.unary_union(pieces["geom"].to_numpy()).area == pytest.approx(1_000_000)
    assert pieces["area_planar_m2"].sum() == pytest.approx(1_000_000, abs=1e-6)


def test_ellipsoidal_areas_fill_the_noded_park() -> None:
    pieces = park_pieces(*(stored(each) for each in CITY), reach_m=REACH_M)
    again = areas.ellipsoidal_area_m2(pieces["geom"].to_numpy())
    assert (again == pieces["area_ellipsoidal_m2"]).all()
    whole = areas.ellipsoidal_area_m2(stored(CITY[0])["geom"].to_numpy())[0]
    # Vertices on the two edges along the parallels bring the ring nearer to them.
    assert abs(pieces["area_ellipsoidal_m2"].sum() - whole) < 2 * 10.6
    assert pieces["area_planar_m2"].sum() == pytest.approx(1_000_000, abs=1e-6)


def test_a_park_across_two_zones_is_worked_on_in_the_zone_of_its_centroid() -> None:
    # 109.5 E, the limit of zones 36 and 37, lies 129.85 km east of 108 E here.
    across = layers(
        [{"park_code": "K", "geom": square(128_000, 0, 131_000, 1000)}],
        [{"block_code": "B", "park_code": "K", "geom": square(130_000, 0, 131_000, 1000)}],
    )
    assert shapely.bounds(stored(across[0])["geom"][0])[2] > 109.5
    pieces = park_pieces(*(stored(each) for each in across), reach_m=REACH_M)
    assert pieces["area_planar_m2"].tolist() == pytest.approx([1_000_000, 2_000_000], abs=1e-6)


def test_no_parks_and_no_facts_are_no_trouble() -> None:
    bare = layers([{"park_code": "K", "geom": square(0, 0, 1000, 1000)}])
    pieces = park_pieces(*(stored(each) for each in bare), reach_m=REACH_M)
    assert pieces[["account_build", "account_supply", "state"]].to_numpy().tolist() == [
        ["unknown_development", "unknown_supply", "unknown"]
    ]
    nothing = park_pieces(*(each.iloc[:0] for each in bare), reach_m=REACH_M)
    assert nothing.empty
    assert set(nothing.columns) == set(pieces.columns)


def test_accounts_and_states_agree_with_the_sentences_on_every_combination_of_codes() -> None:
    codes = pd.DataFrame(
        product(
            ("yes", "no"),
            ("allocated", "paid", "no"),
            ("built", "building", "none", "unknown"),
            ("ready", "not_ready", "unbuildable", "unknown"),
        ),
        columns=["approved", "supplied", "development", "readiness"],
    )
    rows = codes.to_numpy().tolist()
    assert account_build(codes).tolist() == [slow.account_build(*each[1:]) for each in rows]
    assert account_supply(codes).tolist() == [slow.account_supply(*each[1:]) for each in rows]
    assert state(codes).tolist() == [slow.state(*each) for each in rows]


@st.composite
def boxes(draw: st.DrawFn) -> slow.Box:
    west, south = draw(st.integers(0, 16)), draw(st.integers(0, 16))
    return west, south, west + draw(st.integers(1, 12)), south + draw(st.integers(1, 12))


def metres(box: slow.Box) -> shapely.Polygon:
    return square(*(slow.CELL_M * side for side in box))


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    st.lists(boxes(), max_size=3),
    st.lists(boxes(), max_size=3),
    st.lists(
        st.tuples(
            boxes(),
            st.sampled_from(["allocated", "paid"]),
            st.sampled_from(["built", "building", "none", "unknown"]),
            st.integers(1, 3),
        ),
        max_size=5,
    ),
    st.lists(st.tuples(boxes(), st.booleans()), max_size=4),
    st.lists(
        st.tuples(boxes(), st.sampled_from(["unbuildable", "ready", "not_ready"])), max_size=4
    ),
)
def test_parks_have_the_codes_the_cells_have(
    blocks: list[slow.Box],
    approved: list[slow.Box],
    deals: list[tuple[slow.Box, str, str, int]],
    survey: list[tuple[slow.Box, bool]],
    ready: list[tuple[slow.Box, str]],
) -> None:
    whole = (0, 0, 20, 20)
    of_blocks = [{"block_code": f"B{n}", "park_code": "K", "box": b} for n, b in enumerate(blocks)]
    of_deals = [
        {
            "key": f"s{n}",
            "signed_on": f"2016-01-0{day}",
            "supplied": way,
            "development": development,
            "box": box,
        }
        for n, (box, way, development, day) in enumerate(deals)
    ]
    of_survey = [{"is_built": is_built, "box": box} for box, is_built in survey]
    of_ready = [{"readiness": code, "box": box} for box, code in ready]

    def shaped(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**each, "geom": metres(each["box"])} for each in rows]

    pieces = plane_pieces(
        *layers(
            [{"park_code": "K", "geom": metres(whole)}],
            shaped(of_blocks),
            [{"geom": metres(box)} for box in approved],
            shaped(of_deals),
            shaped(of_survey),
            shaped(of_ready),
        ),
        reach_m=REACH_M,
    )
    by = ["block_code", "approved", "supplied", "development", "readiness"]
    found = {
        tuple(None if pd.isna(code) else code for code in codes): area
        for *codes, area in pieces[[*by, "area_planar_m2"]].to_numpy().tolist()
    }
    expected = slow.park_codes(whole, of_blocks, approved, of_deals, of_survey, of_ready)
    cell_m2 = slow.CELL_M**2
    assert found == pytest.approx(
        {codes: count * cell_m2 for codes, count in expected.items()}, abs=1e-6
    )
    sums = accounts(pieces, "park_code").iloc[0]
    build = sums[["A_m2", "B21_m2", "B22_m2", "C_m2", "unknown_development_m2"]].sum()
    supply = sums[["D1_m2", "D2_m2", "E_m2", "F_m2", "unknown_supply_m2"]].sum()
    assert np.array([build, supply]) == pytest.approx(20 * 20 * cell_m2, abs=1e-5)
