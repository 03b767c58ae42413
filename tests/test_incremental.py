"""A run built on the one before gives what a run that judges everything gives, row by row."""

from __future__ import annotations

import dataclasses
import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import shapely
from town import SOUTH, STEP, WEST, Draw, build, put

from gis import fields, law
from gis.facts import partition
from gis.facts.neighbourhood import Targets
from gis.pipeline import run as line
from gis.store import database, records, results, runs, tables

AS_OF = date(2025, 1, 1)
# Every kind there is; what has a shape or a contract changes most.
KINDS = (
    *fields.KINDS,
    *("supplies", "supplies", "approvals", "parcels", "buildings", "withdrawals", "progress"),
    *("right_endings", "landclass", "blocks", "parks", "approval_status", "causes", "serviced"),
    *("enterprises", "enterprise_years", "agreements", "extensions", "decisions", "projects"),
)
# What a new version of a record says that nothing above changes.
SAID_ANEW: dict[str, dict[str, Any]] = {
    "tasks": {"target_m2": 70_000.0},
    "base": {"area_m2": 7_000.0},
    "done": {"area_m2": 700.0},
    "ledgers": {"area_m2": 7_000.0, "name": "另一台账"},
    "formalities": {"office": "另一部门"},
    "control_values": {"least": 0.9},
    "acceptances": {"yard_m2": 77.0},
    "residents": {"residents_count": 77},
    "park_scores": {"score": 2.5},
    "imagery": {"sensor": "另一卫星"},
    "holders": {"holder": "另一公司"},
    "handovers": {"handed_on": pd.Timestamp("2016-07-01")},
    "plans": {"kind": "urban_boundary"},
}
WIDER = """
title = "本地口径"
source = "测试"

[[value]]
key = "unsupplied.edge_width_m"
value = 50.0
unit = "m"
from = 2000-01-01
article = "setting"
verified = false
checked_on = 2026-11-21
wording_zh = "平均宽度小于五十米为边角地"
wording_en = "mean width under 50 m is an edge"
"""
# What supervision, the ranking and the tasks rest on, each said anew.
OF_SUPERVISION: dict[str, dict[str, Any]] = {
    "projects": {"state": "stopped"},
    "enterprises": {"is_industrial": False},
    "enterprise_years": {"output_fen": 777_00},
    "buildings": {"storeys_count": 3.0, "height_m": 30.0},
    "agreements": {"floor_ratio_min": 0.9},
    **{
        kind: SAID_ANEW[kind]
        for kind in (
            *("residents", "control_values", "acceptances", "formalities", "tasks", "base", "done"),
            "park_scores",
        )
    },
}
# Which rows every run makes anew, of tables of which others speak of somebody.
MADE_ANEW = {
    "lead": lambda rows: rows["kind"] == "orphan_paper",
    "indicator": lambda rows: rows["place_kind"] != "supply",
}
IS_LONG = os.environ.get("LANDWATCH_LONG") == "1"
SEEDS = [4, *(range(30, 40) if IS_LONG else [])]
ROUNDS = 8 if IS_LONG else 2


def content(store: database.Connection, run: runs.Run) -> dict[str, list[str]]:
    return {
        name: [
            row[0]
            for row in store.execute(
                f"SELECT content FROM landwatch.{name}"
                " WHERE run_series = %s AND first_run <= %s AND last_run >= %s ORDER BY 1",
                (run.run_series, run.id, run.id),
            )
        ]
        for name in tables.RESULTS
    }


def both(
    store: database.Connection, on: date, rules: law.Law, region: str | None = None
) -> tuple[runs.Run, runs.Run]:
    """Return a full run that is taken back again, and one built on the run before if it may."""
    with store.transaction(force_rollback=True):
        full = line.run(store, on, rules, region=region, tell=str, is_full=True)
        wanted = content(store, full)
    done = line.run(store, on, rules, region=region, tell=str)
    assert full.built_on == full.id
    assert done.counts == full.counts
    found = content(store, done)
    for name, rows in wanted.items():
        assert found[name] == rows, name
    return full, done


def sample(store: database.Connection, draw: Draw, kind: str, count: int) -> pd.DataFrame:
    """Return a few of the records in force, with all their columns."""
    dated = records.read(store, kind)
    undated = records.read(store, kind, undated=True)
    table = pd.concat([dated, undated], ignore_index=True)
    rows = draw.random.choice(len(table), min(count, len(table)), replace=False)
    own = [name for name in tables.own_types(kind) if name != "source_epsg"]
    return table.loc[rows, own].reset_index(drop=True)


def change(store: database.Connection, draw: Draw, round_: int) -> None:
    """Deliver a few changes of one kind or another: moved, renamed, said anew, left out, added."""
    for number in range(int(draw.random.integers(1, 4))):
        kind = draw.one(*KINDS)
        some = sample(store, draw, kind, 2)
        if "geom" in some and draw.random.random() < 0.6:
            some["geom"] = [draw.one(draw.box(1, 4), None, shape) for shape in some["geom"]]
            if kind in ("parks", "blocks", "landclass", "buildings", "parcels", "serviced"):
                some["geom"] = [draw.box(2, 6) if g is None else g for g in some["geom"]]
        if kind == "supplies":
            some["signed_on"] = [draw.day("2009-01-01", "2024-01-01", 0.2) for _ in some.index]
            some["approval_nos"] = [
                draw.one(None, names, [f"批〔2009〕{draw.random.integers(0, 30):02d}号"])
                for names in some["approval_nos"]
            ]
        if kind == "approvals":
            some["approved_on"] = [draw.day("2008-01-01", "2018-01-01", 0.2) for _ in some.index]
            some["replaces"] = [draw.one(None, ["批〔2008〕00号"], r) for r in some["replaces"]]
        if kind == "parcels":
            some["supply_no"] = draw.one(*some["supply_no"], None)
        if kind == "progress":
            some["milestone"] = draw.one("not_started", "started", "stopped", "completed")
        if kind == "right_endings":
            some["ended_on"] = draw.day("2018-01-01", "2026-01-01")
        if kind == "enterprises":
            some["supply_nos"] = [names[1:] for names in some["supply_nos"]]
        if kind == "extensions":
            some["start_due_on"] = draw.day("2016-01-01", "2027-01-01")
        some = some.assign(**SAID_ANEW.get(kind, {}))
        if draw.random.random() < 0.2 and kind in ("approvals", "supplies", "parcels"):
            end(store, kind, some, f"{round_}-{number}")
        else:
            put(store, kind, some, f"{round_}-{number}")


def end(store: database.Connection, kind: str, some: pd.DataFrame, mark: str) -> None:
    """Deliver the kind as a whole without some of its records, which ends these."""
    table = pd.concat([records.read(store, kind), records.read(store, kind, undated=True)])
    own = [name for name in tables.own_types(kind) if name != "source_epsg"]
    named = {"approvals": "approval_no", "supplies": "contract_no", "parcels": "parcel_code"}[kind]
    kept = table[~table[named].isin(some[named])]
    put(store, kind, kept[own], mark, mode="replace", scope={})


def boundaries(store: database.Connection) -> list[tuple[str, bytes]]:
    regions = records.read(store, "regions")
    return sorted(zip(regions["region_code"], shapely.to_wkb(regions["geom"]), strict=True))


@pytest.mark.parametrize("seed", SEEDS)
def test_rounds_of_changes_end_where_a_full_run_ends(
    store: database.Connection, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if seed % 2 == 0:
        monkeypatch.setattr(partition, "CHANGES_OF_A_PART", 3)  # what changed is judged in parts
    build(store, seed, supplies=60 if IS_LONG else 16)
    draw, on, rules = Draw(seed), AS_OF, law.load()
    line.run(store, on, rules, tell=str)
    for round_ in range(ROUNDS):
        bounds = boundaries(store)
        change(store, draw, round_)
        # A day, a season or nothing goes by: the calendar changes what no paper does.
        later = on + timedelta(days=int(draw.one(0, 1, 1, 100, 400)))
        full, done = both(store, later, rules)
        # Whose land something is may turn on the boundary of a region: then all is judged.
        is_all = line.is_judged_otherwise(rules, on, later) or boundaries(store) != bounds
        assert done.built_on == (full.id if is_all else full.id - 1)
        on = later


@pytest.mark.long("the rounds above meet every kind by chance")
def test_a_change_of_each_kind_of_supervision_ends_where_a_full_run_ends(
    store: database.Connection,
) -> None:
    build(store, 8, supplies=20)
    first = line.run(store, AS_OF, law.load(), tell=str)
    draw = Draw(8)
    for kind, anew in OF_SUPERVISION.items():
        some = sample(store, draw, kind, 2)
        assert len(some), kind
        put(store, kind, some.assign(**anew), f"anew-{kind}")
    _, before = both(store, AS_OF, law.load())
    assert before.built_on == first.id
    # A hall on land of a supply whose number it does not bear, and nobody's before.
    land = results.read(store, before.id, "finding").dropna(subset=["geom"])
    land = land[(land["rule"] == "idle_land") & (land["outcome"] != "closed")].iloc[0]
    spot = land["geom"].representative_point().buffer(STEP / 50)
    hall = {"code": "新厂", "storeys_count": 2.0, "from_on": "2020-01-01", "geom": spot}
    put(store, "buildings", [hall], "hall")
    _, done = both(store, AS_OF, law.load())
    assert done.built_on == before.id
    found = results.read(store, done.id, "indicator")
    own = found[(found["place_kind"] == "supply") & (found["place_code"] == land["subject"])]
    assert "plot_floor_ratio" in set(own["name"])


@pytest.mark.long("test_rounds_of_changes_end_where_a_full_run_ends")
def test_what_nothing_happened_to_is_not_judged_again(
    store: database.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(store, 8, supplies=24)
    first = line.run(store, AS_OF, law.load(), tell=str)
    asked: list[Any] = []
    judged = line.judge_or_isolate
    monkeypatch.setattr(
        line, "judge_or_isolate", lambda *given: asked.append(given[2]) or judged(*given)
    )
    draw = Draw(1)
    some = sample(store, draw, "supplies", 1)
    put(store, "supplies", some.assign(project_name="新名"), "renamed")
    second = line.run(store, AS_OF, law.load(), tell=str)
    assert second.built_on == first.id
    (part,) = asked
    assert 0 < len(part.mine.supplies) < 24
    assert len(part.mine.parcels) < 24
    third = line.run(store, AS_OF + timedelta(days=1), law.load(), tell=str)
    assert third.built_on == second.id


@pytest.mark.long("test_rounds_of_changes_end_where_a_full_run_ends")
def test_a_look_back_is_judged_in_full(store: database.Connection) -> None:
    square_town(store)
    first = line.run(store, AS_OF, law.load(), tell=str)
    back = line.run(store, AS_OF - timedelta(days=900), law.load(), tell=str)
    assert (back.run_series, back.built_on) == ("*/replay", back.id)
    again = line.run(store, AS_OF + timedelta(days=1), law.load(), tell=str)
    assert again.built_on == first.id


@pytest.mark.long("test_rounds_of_changes_end_where_a_full_run_ends")
def test_a_changed_value_of_the_law_is_judged_in_full(
    store: database.Connection, tmp_path: Path
) -> None:
    square_town(store)
    line.run(store, AS_OF, law.load(), tell=str)
    (tmp_path / "local.toml").write_text(WIDER, encoding="utf-8")
    _, done = both(store, AS_OF + timedelta(days=1), law.load([tmp_path]))
    assert done.built_on == done.id


def test_every_row_says_of_whom_it_speaks_or_is_made_anew_by_every_run(
    store: database.Connection,
) -> None:
    build(store, 8, supplies=20)
    done = line.run(store, AS_OF, law.load(), tell=str)
    rows = {name: results.read(store, done.id, name) for name in tables.RESULTS}
    for name, found in rows.items():
        of_the_run = MADE_ANEW[name](found) if name in MADE_ANEW else name == "set_aside"
        assert (found["subject_kind"].isna() == of_the_run).all(), name
        assert (found["subject_key"].isna() == of_the_run).all(), name
    assert set(rows["lead"]["subject_kind"].dropna()) <= {*affected_kinds()}
    assert len(rows["lead"]) > 3


def affected_kinds() -> list[str]:
    return [one.name for one in dataclasses.fields(Targets)]


def land(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """A box, corners in steps from the corner of the town."""
    return shapely.box(
        *(WEST + STEP * west, SOUTH + STEP * south), *(WEST + STEP * east, SOUTH + STEP * north)
    )


def square_town(store: database.Connection) -> dict[str, Any]:
    """Deliver one approval with one supply in its corner; return the supply."""
    approval = {"approval_no": "批1号", "approved_on": "2015-01-01", "region_code": "150602"}
    put(store, "approvals", [{**approval, "geom": land(10, 10, 14, 14)}], "1")
    supply = {"supply_no": "1506022016B00001", "contract_no": "C1", "signed_on": "2016-01-01",
              "region_code": "150602", "area_m2": 9_000.0}  # fmt: skip
    put(store, "supplies", [{**supply, "geom": land(10, 10, 11, 11)}], "1")
    return supply


@pytest.mark.long("test_rounds_of_changes_end_where_a_full_run_ends")
def test_a_supply_on_both_sides_of_an_approval_is_nothing_to_it(
    store: database.Connection,
) -> None:
    supply = square_town(store)
    approval = {"approval_no": "批3号", "approved_on": "2015-01-01", "region_code": "150602"}
    put(store, "approvals", [{**approval, "geom": land(10, 20, 14, 24)}], "2")
    line.run(store, AS_OF, law.load(), tell=str)
    # Its centroid lies in the approval, and none of its land.
    sides = shapely.MultiPolygon([land(7, 21, 9, 23), land(15, 21, 17, 23)])
    names = {"supply_no": "1506022016B00002", "contract_no": "C2"}
    put(store, "supplies", [{**supply, **names, "geom": sides}], "2")
    _, done = both(store, AS_OF, law.load())
    assert done.built_on == done.id - 1


@pytest.mark.long("test_rounds_of_changes_end_where_a_full_run_ends")
def test_a_supply_that_goes_to_another_region_leaves_the_neighbours_there(
    store: database.Connection,
) -> None:
    supply = square_town(store)
    names = {"supply_no": "1506022016B00003", "contract_no": "C3"}
    beside = {**supply, **names, "geom": land(14, 11, 15, 12)}
    put(store, "supplies", [beside], "2")
    first = line.run(store, AS_OF, law.load(), region="150602", tell=str)
    put(store, "supplies", [{**beside, "region_code": "150603"}], "3")
    _, done = both(store, AS_OF, law.load(), "150602")
    assert done.built_on == first.id
    told = results.read(store, done.id, "unsupplied")
    assert told["adjoining"].tolist() == [["1506022016B00001"]]


@pytest.mark.long("test_rounds_of_changes_end_where_a_full_run_ends")
def test_a_part_that_says_nothing_of_it_still_tells_what_its_approval_replaces(
    store: database.Connection,
) -> None:
    square_town(store)
    newer = {"approval_no": "批2号", "approved_on": "2018-01-01", "region_code": "150602"}
    first = {**newer, "part": "1", "replaces": ["批1号"], "total_area_m2": 5_000.0}
    put(store, "approvals", [{**first, "geom": None}], "2")
    line.run(store, AS_OF, law.load(), tell=str)
    put(store, "approvals", [{**newer, "part": "2", "geom": land(20, 20, 22, 22)}], "3")
    both(store, AS_OF, law.load())


@pytest.mark.long("test_rounds_of_changes_end_where_a_full_run_ends")
def test_what_firms_told_anew_is_added_up_anew_as_a_full_run_does(
    store: database.Connection,
) -> None:
    supply = square_town(store)
    park = {"park_code": "K", "region_code": "150602", "from_on": "2010-01-01"}
    put(store, "parks", [{**park, "geom": land(9, 9, 15, 15)}], "2")
    block = {"block_code": "K-1", "park_code": "K", "from_on": "2010-01-01"}
    put(store, "blocks", [{**block, "geom": land(9, 9, 15, 15)}], "2")
    firm = {"enterprise_code": "E1", "from_on": "2016-01-01", "industry_code": "2614",
            "supply_nos": [supply["supply_no"]], "park_code": "K"}  # fmt: skip
    told = {"enterprise_code": "E1", "year": 2023, "output_fen": 500, "tax_fen": 70}
    project = {"project_code": "J1", "enterprise_code": "E2", "from_on": "2016-01-01",
               "supply_nos": [supply["supply_no"]]}  # fmt: skip
    second = {**firm, "enterprise_code": "E2", "supply_nos": None, "park_code": None}
    people = {"place_code": "K", "year": 2023, "residents_count": 40}
    put(store, "enterprises", [firm, second], "2")
    before = line.run(store, AS_OF, law.load(), tell=str)
    for number, (kind, rows, name, wanted) in enumerate([
        ("enterprise_years", [told], "output_yuan", 5.0),
        # E2 comes to lie in the park by its project, and told nothing: the total is not known.
        ("projects", [project], "output_yuan", None),
        ("enterprises", [{**second, "is_industrial": False}], "output_yuan", 5.0),
        ("residents", [people], "residents_count", 40.0),
    ]):  # fmt: skip
        put(store, kind, rows, f"told-{number}")
        # Each value is worked by hand; all rows are held against a full run here and at the end.
        if IS_LONG or wanted is None:
            _, done = both(store, AS_OF, law.load())
        else:
            done = line.run(store, AS_OF, law.load(), tell=str)
        assert done.built_on == before.id, kind
        before = done
        found = results.read(store, done.id, "indicator")
        is_meant = (found["place_code"] == "K") & (found["name"] == name) & (found["year"] == 2023)
        (value,) = found.loc[is_meant, "value"]
        assert pd.isna(value) if wanted is None else value == wanted, (kind, value)
    # 标准地: the one supply of 2016 is industrial land of 9,000 m2, and under such an agreement.
    shape = land(10, 10, 11, 11)
    put(store, "supplies", [{**supply, "use_text": "工业用地", "geom": shape}], "used")
    paper = {"document": "标1", "supply_no": supply["supply_no"], "kind": "standard_land",
             "signed_on": "2016-01-01"}  # fmt: skip
    put(store, "agreements", [paper], "used")
    _, done = both(store, AS_OF, law.load())
    assert done.built_on == before.id
    found = results.read(store, done.id, "indicator")
    share = found[found["name"] == "standard_land_share"]
    assert share[["place_code", "year", "value", "denominator"]].values.tolist() == [
        ["K-1", 2016, 100.0, 9000.0],
        ["K", 2016, 100.0, 9000.0],
    ]
