"""Supplies of another seed, which nobody looked at while writing, are judged as their plan says.

Each answer of the command is compared with what the plan the files were written from says by
itself (`plan_reference`); a day looked back at, and another order of loading, change nothing.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tests.plan_reference import Known, Row, subjects_on
from tests.seeded import (  # noqa: F401  fixtures are asked for by name
    CASES,
    IS_LONG,
    SEEDS,
    TODAY,
    Load,
    Opened,
    Result,
    listed,
    opened_fixture,
    run,
    seeded_fixture,
    stored,
)

# What is known before patrols, causes and decisions arrive: enough to judge, enough to be changed.
FIRST_PART_ENDS_WITH = "handovers"
REPLAYED = SEEDS
COMPARED = (
    "outcome track start_state since_on next_on next_event fee_fen fee_if_confirmed_fen missing"
).split()


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


@pytest.mark.long("a replay on a seed of its own, tests/test_replay.py")
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


@pytest.mark.long("a replay on a seed of its own, tests/test_replay.py")
@pytest.mark.parametrize("seed", REPLAYED)
def test_the_order_in_which_deliveries_arrive_changes_no_answer(
    seeded: Load, opened: Opened, seed: int
) -> None:
    whole, backwards = seeded(seed), opened(f"{seed}_backwards")
    turned = manifest_of(whole.folder, "turned.toml", lambda orders: orders[::-1])
    backwards.json("load", "--manifest", turned)
    assert same(run(backwards, TODAY), whole.judged(TODAY))


def _as_listed(known: Known) -> Row:
    """Return the compared columns of a judgement in the words of `--json`."""
    judged = known.judged()
    said = {name: judged[name] for name in COMPARED}
    for name in ("since_on", "next_on"):
        said[name] = said[name] and said[name].isoformat()
    said["missing"] = said["missing"] and [*said["missing"]]
    return said


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
