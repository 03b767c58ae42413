"""Built land of another seed: what it is used for and what stands on it, as its plan draws it.

Plain shapely in the plane, one block, one survey polygon, one building at a time.
"""

from __future__ import annotations

from datetime import date

import pytest
from shapely import unary_union
from shapely.geometry.base import BaseGeometry

from tests.plan_land_reference import NOTHING, PlanLand, is_built_class
from tests.seeded import (  # noqa: F401  fixtures are asked for by name
    CASES,
    TODAY,
    Load,
    opened_fixture,
    seeded_fixture,
)

AREA_TOLERANCE_M2 = 1e-3
# GB/T 21010, the longer beginning first: the setting indicators.use_classes.
USES = {"0601": "A2", "0604": "A2", "05": "A4", "06": "A6", "07": "A1", "08": "A5", "09": "A6",
        "10": "A3"}  # fmt: skip


def uses_of(land: PlanLand, built: BaseGeometry) -> dict[str, BaseGeometry]:
    """Return the built land by use: the newest survey's, else that of the parcels (all 工业)."""
    found: dict[str, BaseGeometry] = {}
    left, unsaid = built, NOTHING
    surveys = [row for row in land.rows["landclass"] if row["from_on"] <= land.on]
    for row in sorted(surveys, key=lambda row: row["from_on"], reverse=True):
        won = left.intersection(row["geom"])
        left = left.difference(row["geom"])
        if not is_built_class(row["class"]):
            unsaid = unsaid.union(won)
            continue
        use = next(use for start, use in USES.items() if row["class"].startswith(start))
        found[use] = found.get(use, NOTHING).union(won)
    held = [
        one.geom
        for one in land.supplies
        if one.geom is not None and not one.known.facts.get("right_ended_on")
    ]
    left = left.union(unsaid)
    found["A2"] = found.get("A2", NOTHING).union(left.intersection(unary_union(held)))
    found["unknown_use"] = left.difference(unary_union(held))
    return found


@pytest.mark.parametrize(("seed", "on"), CASES)
def test_the_built_land_of_a_block_is_used_and_built_on_as_the_plan_draws_it(
    seeded: Load, seed: int, on: date
) -> None:
    result, land = seeded(seed).judged(on), seeded(seed).land(on)
    compared = 0
    for block in land.rows["blocks"]:
        code = block["block_code"]
        found = {
            row["name"]: row
            for row in result.tables["indicator"]
            if row["place_code"] == code and row["year"] is None
        }
        pieces = [
            row["geom"]
            for row in result.tables["park_piece"]
            if row["block_code"] == code and row["account_build"] == "A"
        ]
        built = unary_union(pieces)
        uses = uses_of(land, built)
        for use in ("A1", "A2", "A3", "A4", "A5", "A6", "unknown_use"):
            wanted = uses.get(use, NOTHING).area
            row = found[f"{use}_m2"]
            assert row["numerator"] == pytest.approx(wanted, abs=AREA_TOLERANCE_M2), (code, use)
            compared += wanted > 1
        standing = [
            row for row in land.rows["buildings"] if row["from_on"] and row["from_on"] <= on
        ]
        footprint = sum(row["geom"].intersection(built).area for row in standing)
        density = found["building_density"]
        assert density["numerator"] == pytest.approx(footprint, abs=AREA_TOLERANCE_M2), code
        assert density["denominator"] == pytest.approx(built.area, abs=AREA_TOLERANCE_M2), code
        if footprint > 1:
            assert density["value"] == pytest.approx(100 * footprint / built.area), code
        elif built.area > 1:
            assert density["missing"] == ["buildings"], code
    assert compared > 2 or on < TODAY, "hardly any land is built, which proves nothing"
