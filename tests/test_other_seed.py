"""Deliveries of another seed, which nobody looked at while writing, agree with slow references.

Everything goes through the real command on a real PostGIS: the files of a seed are written, loaded
by their manifest and judged on several days; each answer is compared with what the plan the files
were written from says by itself (`plan_reference`, `plan_land_reference`).
LANDWATCH_LONG=1 tries many more seeds.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from tests import plan_land_reference, stores
from tests.clock_reference import DAY, years_later
from tests.plan_land_reference import Approval, PlanLand, areas, mean_width_m
from tests.plan_reference import Known, Row, Rows, subjects_on
from tests.stores import Store

sys.path.append(str(stores.ROOT / "scripts"))
from demo_data.plan import planned

IS_LONG = os.environ.get("LANDWATCH_LONG") == "1"
SEEDS = [2718, 31, *(range(1, 41) if IS_LONG else [])]
DAYS = [date(2026, 6, 30), date(2024, 2, 29), date(2020, 12, 31)]
TODAY = DAYS[0]
CASES = [(seed, on) for seed in SEEDS for on in DAYS]
# What is known before patrols, causes and decisions arrive: enough to judge, enough to be changed.
FIRST_PART_ENDS_WITH = "handovers"
AREA_TOLERANCE_M2 = 1e-3
SUM_TOLERANCE_M2 = 1e-6
EDGE_AREA_M2, EDGE_WIDTH_M, SLIVER_WIDTH_M = 2000 / 3, 5.0, 0.1
COMPARED = (
    "outcome track start_state since_on next_on next_event fee_fen fee_if_confirmed_fen missing"
).split()
WORDS = ("supplied", "withdrawn", "exempt", "unsupplied", "edge", "sliver")
NOT_ANSWERS = {"row_id", "lane", "first_run", "last_run", "content"}
TO_ZONE_37 = pyproj.Transformer.from_crs(4490, 4546, always_xy=True)


@dataclass(frozen=True)
class Result:
    """One run as the command tells it and as it is stored; shapes in the plane of zone 37."""

    told: Row
    listed: list[Row]
    tables: dict[str, list[Row]]

    def of_rule(self, rule: str) -> dict[str, Row]:
        """Return the findings of a rule by subject."""
        return {row["subject"]: row for row in self.listed if row["rule"] == rule}

    @cached_property
    def pieces(self) -> dict[str, list[Row]]:
        """Return the pieces of every approval by its number."""
        found: dict[str, list[Row]] = {}
        for row in self.tables["piece"]:
            found.setdefault(row["approval"].split("|")[0], []).append(row)
        return found


@dataclass
class Seeded:
    """The plan of a seed and a store that holds its deliveries in the order of the manifest."""

    rows: Rows
    folder: Path
    store: Store
    results: dict[date, Result] = field(default_factory=dict)
    lands: dict[date, PlanLand] = field(default_factory=dict)

    def judged(self, on: date) -> Result:
        """Return the run of a day, made when first asked for."""
        if on not in self.results:
            self.results[on] = run(self.store, on)
        return self.results[on]

    def land(self, on: date) -> PlanLand:
        """Return what the plan says of the land on a day."""
        if on not in self.lands:
            self.lands[on] = PlanLand(self.rows, on)
        return self.lands[on]


def run(store: Store, on: date, *options: str) -> Result:
    """Run a day by the command, list it by the command, and read what it stored."""
    told = store.json("run", "--as-of", on.isoformat(), *options)
    return Result(told, listed(store, told["run"]), stored(store, told["run"]))


def listed(store: Store, run_id: int) -> list[Row]:
    def ask(command: str) -> list[Row]:
        rows: list[Row] = store.json(command, "--run", str(run_id))["rows"]
        return rows

    with ThreadPoolExecutor() as pool:
        return [row for rows in pool.map(ask, ("findings", "candidates")) for row in rows]


def stored(store: Store, run_id: int) -> dict[str, list[Row]]:
    tables: dict[str, list[Row]] = {}
    with store.connect() as connection:
        for name in ("piece", "park_piece", "balance", "indicator"):
            cursor = connection.execute(
                f"SELECT t.* FROM landwatch.{name} t JOIN landwatch.run r ON r.lane = t.lane"
                f" WHERE r.id = %s AND r.id BETWEEN t.first_run AND t.last_run",
                (run_id,),
            )
            names = [column.name for column in cursor.description or ()]
            kept = [row for row in names if row not in NOT_ANSWERS]
            tables[name] = [
                {key: value for key, value in zip(names, row, strict=True) if key in kept}
                for row in cursor.fetchall()
            ]
    for name in ("piece", "park_piece"):
        for row in tables[name]:
            row["geom"] = shapely.transform(
                shapely.from_wkb(row["geom"]),
                lambda xy: np.column_stack(TO_ZONE_37.transform(*xy.T)),
            )
    return tables


def manifest_of(folder: Path, name: str, choose: Callable[[list[Row]], list[Row]]) -> str:
    """Write a manifest with some of the deliveries of a folder's own; return its path."""
    orders = tomllib.loads((folder / "deliveries.toml").read_text(encoding="utf-8"))["delivery"]
    lines: list[str] = []
    for order in choose(orders):
        lines += ["[[delivery]]", *(f'{key} = "{value}"' for key, value in order.items())]
    (folder / name).write_text("\n".join(lines), encoding="utf-8")
    return str(folder / name)


def same(one: Result, other: Result) -> bool:
    """Hold two runs to the same answers, whatever their numbers."""
    assert by_content(one.listed) == by_content(other.listed)
    for name, rows in one.tables.items():
        assert by_content(rows) == by_content(other.tables[name]), name
    return one.told["counts"] == other.told["counts"]


def by_content(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: str([row[key] for key in sorted(row) if key != "geom"]))


def first_part(orders: list[Row]) -> list[Row]:
    return orders[: [order["kind"] for order in orders].index(FIRST_PART_ENDS_WITH) + 1]


Opened = Callable[[str], Store]


@pytest.fixture(scope="module")
def opened(server: Any, pattern: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """Open fresh stores by name; all are dropped together."""
    with ExitStack() as stack:

        def open_store(name: str) -> Store:
            home = tmp_path_factory.mktemp("home")
            database = f"landwatch_seed_{name}_{os.getpid()}"
            return stack.enter_context(stores.copied(server, pattern, database, home))

        yield open_store


@pytest.fixture(scope="module")
def seeded(opened: Opened, tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Seeded]:
    """Return the deliveries of a seed in a store of their own, loaded when first asked for."""
    made: dict[int, Seeded] = {}

    def load(seed: int) -> Seeded:
        if seed not in made:
            folder = tmp_path_factory.mktemp(f"seed-{seed}")
            command = [sys.executable, "scripts/make_deliveries", "--seed", str(seed)]
            subprocess.run([*command, "--out", str(folder)], cwd=stores.ROOT, check=True)
            store = opened(str(seed))
            loaded = store.json("load", "--manifest", str(folder / "deliveries.toml"))
            assert {entry["rejected"] for entry in loaded["deliveries"]} == {0}
            made[seed] = Seeded(planned(seed).rows, folder, store)
        return made[seed]

    return load


Load = Callable[[int], Seeded]


@pytest.mark.parametrize(("seed", "on"), CASES)
def test_every_supply_is_judged_as_the_slow_reference_judges_its_plan(
    seeded: Load, seed: int, on: date
) -> None:
    known = subjects_on(seeded(seed).rows, on)
    found = seeded(seed).judged(on).of_rule("idle_land")
    assert set(found) == set(known)
    wanted = {subject: _as_listed(one) for subject, one in known.items()}
    assert {key: {c: found[key][c] for c in COMPARED} for key in wanted} == wanted
    for subject, one in known.items():
        assert found[subject]["area_m2"] == pytest.approx(one.facts["area_m2"], abs=1e-6)


@pytest.mark.parametrize(("seed", "on"), CASES)
def test_the_counts_of_a_run_are_its_listed_findings(seeded: Load, seed: int, on: date) -> None:
    result = seeded(seed).judged(on)
    subjects = [row["subject"] for row in result.listed]
    assert max(Counter(subjects).values()) == 1
    counts = result.told["counts"]
    idle: Counter[tuple[str, str]] = Counter()
    idle_m2: Counter[tuple[str, str]] = Counter()
    left: Counter[str] = Counter()
    left_m2: Counter[str] = Counter()
    for row in result.listed:
        if row["rule"] == "idle_land":
            idle[row["outcome"], row["track"] or "none"] += 1
            idle_m2[row["outcome"], row["track"] or "none"] += row["area_m2"]
        else:
            left[row["outcome"]] += 1
            left_m2[row["outcome"]] += row["area_m2"] or 0.0
    told = {(o, t): entry for o, tracks in counts["idle"].items() for t, entry in tracks.items()}
    assert {key: entry["count"] for key, entry in told.items()} == idle
    assert {key: entry["area_m2"] for key, entry in told.items()} == pytest.approx(idle_m2)
    assert {key: entry["count"] for key, entry in counts["unsupplied"].items()} == left
    told_m2 = {key: entry["area_m2"] for key, entry in counts["unsupplied"].items()}
    assert told_m2 == pytest.approx(left_m2)


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
    for number, pieces in result.pieces.items():
        approval = land.approvals[number]
        found: Counter[tuple[str, str | None]] = Counter()
        for row in pieces:
            if row["word"] in ("supplied", "withdrawn", "exempt"):
                found[row["word"], row["supply"]] += row["area_planar_m2"]
        wanted = {key: shape.area for key, shape in approval.won.items()}
        assert dict(found) == pytest.approx(
            {key: m2 for key, m2 in wanted.items() if m2 > 1e-6}, abs=AREA_TOLERANCE_M2
        ), number
        left = [row for row in pieces if row["word"] in ("unsupplied", "edge", "sliver")]
        rest = shapely.unary_union([row["geom"] for row in left])
        assert rest.symmetric_difference(approval.rest).area < AREA_TOLERANCE_M2, number
        _holds_grades(left, approval)


def _holds_grades(left: list[Row], approval: Approval) -> None:
    """Hold every remaining piece against the limits of edges and slivers."""
    for row in left:
        assert row["word"] == _grade(row["geom"]), row["id"]
    for part in areas(approval.rest):
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
        is_clash = "area_clash" in (row["missing"] or "").split(";")
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
            if row["word"] in left:
                left[row["word"]] += row["geom"].area
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
            row for row in result.pieces.get(number, []) if row["word"] in ("unsupplied", "edge")
        ]
        is_built = {row["id"]: land.is_built(row["geom"]) for row in left}
        is_used = any(is_built.values()) or (
            land.word_m2(approval, "supplied") + approval.unlocated["supplied"] > 0
        )
        for row in left:
            unchanged = land.is_class_unchanged(row["geom"], approval.approved_on)
            wanted[row["id"]] = _left(
                land, approval, row["word"] == "edge", is_built[row["id"]], is_used, unchanged
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
        assert ("location" not in (row["missing"] or "").split(";")) == is_placed, key
        named = set((row["missing"] or "").split(";")) - {"", "location"}
        assert bool(named) == (row["outcome"] == "undetermined"), key


def _left(
    land: PlanLand,
    approval: Approval,
    is_edge: bool,
    is_built: bool,
    is_used: bool,
    unchanged: bool | None,
) -> Row:
    """Return outcome and days of one piece that is left."""
    lapse_on = years_later(approval.approved_on, plan_land_reference.LAPSE_YEARS)
    carried, possible = land.status(approval)

    def outcome(in_time: bool) -> str:
        return plan_land_reference.outcome_of(
            is_edge, is_built, in_time, carried, is_used, possible, unchanged
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
            assert row["account_build"] == plan_land_reference.account_build(*given)
            assert row["account_supply"] == plan_land_reference.account_supply(*given)
            assert row["state"] == plan_land_reference.state(row["approved"], *given)
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


REPLAYED = SEEDS[1:2] if not IS_LONG else SEEDS


@pytest.mark.parametrize("seed", REPLAYED)
def test_a_day_replayed_with_what_was_known_then_gives_the_first_answer(
    seeded: Load, opened: Opened, seed: int
) -> None:
    whole, growing = seeded(seed), opened(f"{seed}_growing")
    part = manifest_of(whole.folder, "part.toml", first_part)
    growing.json("load", "--manifest", part)
    first = run(growing, TODAY)
    number = first.told["delivery"]
    # A store that always held everything looks back to the same delivery.
    back = run(whole.store, TODAY, "--known-at", str(number))
    assert (back.told["delivery"], back.told["is_repeat"]) == (number, False)
    assert same(back, first)
    # The rest arrives in another order; what was said before stays said.
    rest = manifest_of(
        whole.folder, "rest.toml", lambda orders: orders[len(first_part(orders)) :][::-1]
    )
    growing.json("load", "--manifest", rest)
    last = run(growing, TODAY)
    assert same(last, whole.judged(TODAY))
    assert by_content(last.listed) != by_content(first.listed)
    kept = Result(
        first.told, listed(growing, first.told["run"]), stored(growing, first.told["run"])
    )
    assert same(kept, first)
    again = growing.json("run", "--as-of", TODAY.isoformat(), "--known-at", str(number))
    assert (again["run"], again["is_repeat"]) == (first.told["run"], True)


@pytest.mark.parametrize("seed", REPLAYED)
def test_the_order_in_which_deliveries_arrive_changes_no_answer(
    seeded: Load, opened: Opened, seed: int
) -> None:
    whole, backwards = seeded(seed), opened(f"{seed}_backwards")
    turned = manifest_of(whole.folder, "turned.toml", lambda orders: orders[::-1])
    backwards.json("load", "--manifest", turned)
    assert same(run(backwards, TODAY), whole.judged(TODAY))


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
    """Return numerator and denominator of every rate by the formulas of law.md 3."""
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
    """Return unsupplied and approved land of a place, land approved twice counted once.

    What has no place is owed where most of its approval lies.
    """
    ground = shapely.unary_union(list(parts.values()))
    unsupplied = approved = 0.0
    for number, pieces in result.pieces.items():
        approval = land.approvals[number]
        counted = ground.difference(land.uncounted(approval))
        here = dict.fromkeys(WORDS, 0.0)
        for row in pieces:
            here[row["word"]] += row["geom"].intersection(counted).area
        shares = {
            code: approval.geom.intersection(row["geom"]).area
            for row in land.rows["blocks"]
            for code in [row["block_code"]]
        }
        is_whole_park = len(parts) == len(shares)
        chief = min(shares, key=lambda code: (-shares[code], code))
        is_owed_here = (is_whole_park or chief in parts) and shares[chief] > 0
        owed = sum(approval.unlocated.values()) if is_owed_here else 0.0
        unsupplied += max(here["unsupplied"] - owed, 0.0)
        approved += sum(here.values())
    return unsupplied, approved


def _as_listed(known: Known) -> Row:
    """Return the compared columns of a judgement in the words of `--json`."""
    judged = known.judged()
    days = ("since_on", "next_on")
    return {
        name: judged[name].isoformat() if name in days and judged[name] else judged[name]
        for name in COMPARED
    }
