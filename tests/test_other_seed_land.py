"""Approved land of another seed, which nobody looked at while writing, is as its plan draws it.

Every answer of the command is compared with plain shapely on the rectangles of the plan
(`plan_land_reference`): pieces, balances, outcomes, park accounts, rates.
"""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from gis.store import results, runs
from tests import plan_land_rules
from tests.clock_frames import years_later
from tests.clock_reference import DAY
from tests.plan_land_reference import Approval, PlanLand, areas, mean_width_m
from tests.plan_reference import Row
from tests.seeded import (  # noqa: F401  fixtures are asked for by name
    CASES,
    DAYS,
    IS_LONG,
    SEEDS,
    TODAY,
    Load,
    Result,
    opened_fixture,
    seeded_fixture,
)
from tests.test_land_timeline import hold_against

AREA_TOLERANCE_M2 = 1e-3
SUM_TOLERANCE_M2 = 1e-6
EDGE_AREA_M2, EDGE_WIDTH_M, SLIVER_WIDTH_M = 2000 / 3, 5.0, 0.1
WORDS = ("supplied", "withdrawn", "exempt", "unsupplied", "edge", "sliver")


@pytest.mark.parametrize(("seed", "on"), CASES)
def test_every_approval_is_cut_into_pieces_that_cover_it_once(
    seeded: Load, seed: int, on: date
) -> None:
    result, land = seeded(seed).judged(on), seeded(seed).land(on)
    drawn = {number for number, one in land.approvals.items() if one.geom is not None}
    assert set(result.pieces) == drawn
    for number in drawn:
        approval, pieces = land.approvals[number], result.pieces[number]
        shapes = [row["geom"] for row in pieces]
        for row in pieces:
            assert row["area_planar_m2"] == pytest.approx(row["geom"].area, abs=AREA_TOLERANCE_M2)
        together = shapely.unary_union(shapes)
        total = sum(row["area_planar_m2"] for row in pieces)
        assert total == pytest.approx(approval.geom.area, abs=1e-6 * len(pieces)), number
        assert total == pytest.approx(together.area, abs=AREA_TOLERANCE_M2), number
        assert together.symmetric_difference(approval.geom).area < AREA_TOLERANCE_M2, number


@pytest.mark.parametrize(("seed", "on"), CASES)
def test_every_part_of_an_approval_goes_to_whom_the_plan_gives_it(
    seeded: Load, seed: int, on: date
) -> None:
    result, land = seeded(seed).judged(on), seeded(seed).land(on)
    built = land.built()
    for number, pieces in result.pieces.items():
        approval = land.approvals[number]
        found: Counter[tuple[str, str | None]] = Counter()
        for row in pieces:
            if row["disposition"] in ("supplied", "withdrawn", "exempt"):
                found[row["disposition"], row["supply"]] += row["area_planar_m2"]
        wanted = {key: shape.area for key, shape in approval.won.items()}
        assert dict(found) == pytest.approx(
            {key: m2 for key, m2 in wanted.items() if m2 > 1e-6}, abs=AREA_TOLERANCE_M2
        ), number
        left = [row for row in pieces if row["disposition"] in ("unsupplied", "edge", "sliver")]
        rest = shapely.unary_union([row["geom"] for row in left])
        assert rest.symmetric_difference(approval.rest).area < AREA_TOLERANCE_M2, number
        _holds_grades(left, approval, built)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_land_timelines_of_one_day_are_what_the_runs_of_the_others_say(
    seeded: Load, seed: int
) -> None:
    made = seeded(seed)
    # The runs of these days are made for the other tests as well.
    asked = DAYS if IS_LONG else [TODAY, DAYS[-1]]
    by_day = {on: made.judged(on).told["run"] for on in asked}
    with made.store.connect() as store:
        timeline = results.read(store, by_day[TODAY], "land_timeline")
        held = [hold_against(store, timeline, runs.get(store, run)) for run in by_day.values()]
    assert min(held) > 20


def _holds_grades(left: list[Row], approval: Approval, built: BaseGeometry) -> None:
    """Hold every remaining piece against the limits of edges and slivers."""
    parts = [*areas(approval.rest.difference(built)), *areas(approval.rest.intersection(built))]
    for row in left:
        assert row["disposition"] == _grade(row["geom"]), row["id"]
    for part in parts:
        # Only a part with thin limbs may be cut further: it is large, and thin as a whole.
        if part.area > AREA_TOLERANCE_M2 and (
            _grade(part) == "unsupplied" or part.area < EDGE_AREA_M2
        ):
            same = [row for row in left if row["geom"].symmetric_difference(part).area < 1e-3]
            assert len(same) == 1, (approval.number, part.wkt)


def _grade(shape: BaseGeometry) -> str:
    if mean_width_m(shape) < SLIVER_WIDTH_M:
        return "sliver"
    is_edge = shape.area < EDGE_AREA_M2 or mean_width_m(shape) < EDGE_WIDTH_M
    return "edge" if is_edge else "unsupplied"


@pytest.mark.parametrize(("seed", "on"), CASES)
def test_every_balance_closes_and_equals_the_plan(seeded: Load, seed: int, on: date) -> None:
    result, land = seeded(seed).judged(on), seeded(seed).land(on)
    balances = {row["approval"].split("|")[0]: row for row in result.tables["balance"]}
    assert set(balances) == set(land.approvals)
    for number, row in balances.items():
        approval = land.approvals[number]
        terms = sum(row[f"{word}_m2"] for word in WORDS)
        count = len(result.pieces.get(number, [])) + 1
        assert row["approved_m2"] == pytest.approx(
            terms + row["residual_m2"], abs=SUM_TOLERANCE_M2 * count
        ), number
        is_clash = "area_clash" in (row["missing"] or ())
        assert is_clash or abs(row["residual_m2"]) <= SUM_TOLERANCE_M2 * count, number
        wanted = _balance(approval, land, result.pieces.get(number, []))
        found = {key: row[key] for key in wanted}
        assert found == pytest.approx(wanted, abs=AREA_TOLERANCE_M2), number


def _balance(approval: Approval, land: PlanLand, pieces: list[Row]) -> dict[str, float]:
    """Return the balance of an approval; what has no place is taken from what is left."""
    claimed = {word: land.word_m2(approval, word) for word in WORDS[:3]}
    left = dict.fromkeys(WORDS[3:], 0.0)
    if approval.geom is None:
        approved = approval.base_m2
        left["unsupplied"] = approved
    else:
        approved = approval.geom.area
        for row in pieces:
            if row["disposition"] in left:
                left[row["disposition"]] += row["geom"].area
    owed = sum(approval.unlocated.values())
    for word in left:
        taken = min(left[word], owed)
        left[word], owed = left[word] - taken, owed - taken
    for word, area in approval.unlocated.items():
        claimed[word] += area
    terms = {f"{word}_m2": area for word, area in (claimed | left).items()}
    unlocated = 0.0 if approval.geom is None else sum(approval.unlocated.values())
    return terms | {
        "base_m2": approval.base_m2,
        "approved_m2": approved,
        "unlocated_m2": unlocated,
        "residual_m2": -owed,
    }


@pytest.mark.parametrize(("seed", "on"), CASES)
def test_every_piece_left_is_judged_as_the_table_of_the_law_judges_it(
    seeded: Load, seed: int, on: date
) -> None:
    result, land = seeded(seed).judged(on), seeded(seed).land(on)
    found = result.of_rule("unsupplied")
    wanted: dict[str, Row] = {}
    for number, approval in land.approvals.items():
        left = [
            row
            for row in result.pieces.get(number, [])
            if row["disposition"] in ("unsupplied", "edge")
        ]
        is_built = {row["id"]: land.is_built(row["geom"]) for row in left}
        is_used = land.is_used(approval, [row["geom"] for row in left if is_built[row["id"]]])
        last = years_later(approval.approved_on, plan_land_rules.LAPSE_YEARS)
        owed = sum(approval.unlocated.values())
        if 0 < sum(row["geom"].area for row in left) < owed + 0.5:
            left = []  # all that is left has been taken, nobody says where
        for row in left:
            unchanged = land.is_class_unchanged(row["geom"], approval.approved_on)
            after = land.on > last and land.is_built_after(row["geom"], last)
            wanted[row["id"]] = _left(
                land,
                approval,
                row["disposition"] == "edge",
                is_built[row["id"]],
                is_used,
                unchanged,
                after,
            ) | {"area_m2": pytest.approx(row["geom"].area, abs=AREA_TOLERANCE_M2)}
        rest = _balance(approval, land, [])["unsupplied_m2"]
        if approval.geom is None and rest > 0:
            wanted[f"{approval.name}/000"] = _left(land, approval, False, False, is_used, None) | {
                "area_m2": pytest.approx(rest, abs=AREA_TOLERANCE_M2)
            }
    columns = ("outcome", "since_on", "next_on", "next_event", "area_m2")
    assert {key: {c: row[c] for c in columns} for key, row in found.items()} == wanted
    for key, row in found.items():
        approval = land.approvals[key.split("|")[0]]
        is_placed = approval.geom is not None and sum(approval.unlocated.values()) == 0
        assert ("location" not in (row["missing"] or ())) == is_placed, key
        named = {*(row["missing"] or ())} - {"location", "built_on"}
        assert bool(named) == (row["outcome"] == "undetermined"), key


def _left(
    land: PlanLand,
    approval: Approval,
    is_edge: bool,
    is_built: bool,
    is_used: bool | None,
    unchanged: bool | None,
    is_built_after: bool | None = False,
) -> Row:
    """Return outcome and days of one piece that is left."""
    lapse_on = years_later(approval.approved_on, plan_land_rules.LAPSE_YEARS)
    carried, possible = land.status(approval)

    def outcome(in_time: bool) -> str:
        return plan_land_rules.outcome_of(
            is_edge, is_built, in_time, carried, is_used, possible, unchanged, is_built_after
        )

    now = outcome(land.on <= lapse_on)
    day_after = (lapse_on + DAY).isoformat()
    if now == "in_process":
        since, following = approval.approved_on.isoformat(), outcome(False)
        return {"outcome": now, "since_on": since, "next_on": day_after, "next_event": following}
    since_on = None if now in ("edge", "used_unsupplied") else day_after
    return {"outcome": now, "since_on": since_on, "next_on": None, "next_event": None}


@pytest.mark.parametrize(("seed", "on"), CASES)
def test_every_square_metre_of_a_block_has_the_codes_of_the_plan(
    seeded: Load, seed: int, on: date
) -> None:
    result, land = seeded(seed).judged(on), seeded(seed).land(on)
    codes = ("approved", "supplied", "development", "readiness")
    for block in land.rows["blocks"]:
        mine = [
            row for row in result.tables["park_piece"] if row["block_code"] == block["block_code"]
        ]
        found: Counter[tuple[str, ...]] = Counter()
        for row in mine:
            found[tuple(row[code] for code in codes)] += row["area_planar_m2"]
            given = row["supplied"], row["development"], row["readiness"]
            assert row["account_build"] == plan_land_rules.account_build(*given)
            assert row["account_supply"] == plan_land_rules.account_supply(*given)
            assert row["state"] == plan_land_rules.state(row["approved"], *given)
        wanted = {key: shape.area for key, shape in land.park(block["geom"]).items()}
        for key in set(found) | set(wanted):
            assert found[key] == pytest.approx(wanted.get(key, 0.0), abs=AREA_TOLERANCE_M2), key
        total = sum(row["area_planar_m2"] for row in mine)
        assert total == pytest.approx(block["geom"].area, abs=AREA_TOLERANCE_M2)
        together = shapely.unary_union([row["geom"] for row in mine])
        assert together.area == pytest.approx(total, abs=AREA_TOLERANCE_M2)


@pytest.mark.parametrize(("seed", "on"), CASES)
def test_every_rate_is_made_of_the_accounts_of_its_place(seeded: Load, seed: int, on: date) -> None:
    result, land = seeded(seed).judged(on), seeded(seed).land(on)
    [park] = land.rows["parks"]
    blocks = {row["block_code"]: row["geom"] for row in land.rows["blocks"]}
    places = {park["park_code"]: blocks} | {code: {code: geom} for code, geom in blocks.items()}
    for place, parts in places.items():
        found = {
            row["name"]: row for row in result.tables["indicator"] if row["place_code"] == place
        }
        wanted = _accounts(result, set(parts))
        assert {key: found[key]["value"] for key in wanted} == pytest.approx(
            wanted, abs=AREA_TOLERANCE_M2
        )
        side = sum(wanted[f"{name}_m2"] for name in ("A", "B21", "B22", "C"))
        other = sum(wanted[f"{name}_m2"] for name in ("D1", "D2", "E", "F"))
        total = sum(geom.area for geom in parts.values())
        assert side + wanted["unknown_development_m2"] == pytest.approx(total, abs=1e-3)
        assert other + wanted["unknown_supply_m2"] == pytest.approx(total, abs=1e-3)
        for name, (over, under) in _rates(result, land, wanted, parts, total).items():
            rate = found[name]
            assert rate["numerator"] == pytest.approx(over, abs=AREA_TOLERANCE_M2), (place, name)
            assert rate["denominator"] == pytest.approx(under, abs=AREA_TOLERANCE_M2), name
            if under > 0:
                assert rate["value"] == pytest.approx(100 * over / under, abs=1e-6), name
            else:
                assert rate["value"] is None, name


def _accounts(result: Result, blocks: set[str]) -> dict[str, float]:
    accounts = dict.fromkeys(
        (
            *("A_m2", "B21_m2", "B22_m2", "C_m2", "unknown_development_m2"),
            *("D1_m2", "D2_m2", "E_m2", "F_m2", "unknown_supply_m2"),
        ),
        0.0,
    )
    for row in result.tables["park_piece"]:
        if row["block_code"] in blocks:
            accounts[f"{row['account_build']}_m2"] += row["area_planar_m2"]
            accounts[f"{row['account_supply']}_m2"] += row["area_planar_m2"]
    return accounts


def _rates(
    result: Result,
    land: PlanLand,
    accounts: dict[str, float],
    parts: dict[str, BaseGeometry],
    total: float,
) -> dict[str, tuple[float, float]]:
    """Return numerator and denominator of every rate: docs/law.md (Indicators)."""
    held = sum(
        row["area_planar_m2"]
        for row in result.tables["park_piece"]
        if row["block_code"] in parts
        and row["account_build"] == "unknown_development"
        and row["supplied"] != "no"
    )
    ready = accounts["A_m2"] + accounts["B21_m2"] + held
    supplied = accounts["D1_m2"] + accounts["D2_m2"]
    idle = {
        outcome: sum(
            row["area_m2"]
            for row in result.listed
            if row["outcome"] == outcome and row["block_code"] in parts
        )
        for outcome in ("found_idle", "suspected_idle")
    }
    return {
        "development_rate": (ready, ready + accounts["B22_m2"]),
        "supply_rate": (supplied, ready),
        "built_rate": (accounts["A_m2"], supplied),
        "idle_rate": (idle["found_idle"], supplied),
        "suspected_rate": (idle["suspected_idle"], supplied),
        "unsupplied_rate": _unsupplied(result, land, parts),
        "development_intensity": (accounts["A_m2"], total),
        "unknown_rate": (accounts["unknown_development_m2"], total),
    }


def _unsupplied(
    result: Result, land: PlanLand, parts: dict[str, BaseGeometry]
) -> tuple[float, float]:
    """Return unsupplied land with its edges and approved land of a place, none of it twice.

    What has no place is owed where most of its approval lies.
    """
    ground = shapely.unary_union(list(parts.values()))
    unsupplied = approved = 0.0
    for number, pieces in result.pieces.items():
        approval = land.approvals[number]
        counted = ground.difference(land.uncounted(approval))
        here = dict.fromkeys(WORDS, 0.0)
        for row in pieces:
            here[row["disposition"]] += row["geom"].intersection(counted).area
        shares = {
            code: approval.geom.intersection(row["geom"]).area
            for row in land.rows["blocks"]
            for code in [row["block_code"]]
        }
        is_whole_park = len(parts) == len(shares)
        chief = min(shares, key=lambda code: (-shares[code], code))
        is_owed_here = (is_whole_park or chief in parts) and shares[chief] > 0
        owed = sum(approval.unlocated.values()) if is_owed_here else 0.0
        unsupplied += max(here["unsupplied"] + here["edge"] - owed, 0.0)
        approved += sum(here.values())
    return unsupplied, approved
