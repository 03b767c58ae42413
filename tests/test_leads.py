"""Leads on hand-worked squares: 100 m squares of whole metres in zone 36."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
import shapely
from squares import square, stored

from gis import law, leads
from gis.facts.neighbourhood import Targets
from gis.leads import Ground
from gis.leads.table import with_ellipsoidal

SETTINGS = leads.settings_on(law.load(), date(2026, 6, 30), None)
# Areas come back from EPSG:4490 rounded once to 0.1 mm on a 100 m square.
TOLERANCE_M2 = 0.05

COLUMNS: dict[str, dict[str, Any]] = {
    "supplies": {
        "key": "", "supply_no": None, "signed_on": "2016-01-01", "approval_nos": None,
        "has_undrawn_approval": False, "source_area_m2": float("nan"), "start_state": "started",
        "not_started_on": None, "layer": "surface", "use_text": None, "area_m2": float("nan"),
        "parcel_total_m2": float("nan"), "region_code": "150602", "geom": None,
    },
    "held": {"key": "", "geom": None},
    "approvals": {
        "approval": "", "approval_no": None, "approved_on": "2015-01-01", "replaces": None,
        "total_area_m2": float("nan"), "region_code": "150602", "geom": None,
    },
    "parcels": {
        "key": "", "from_delivery": 2, "area_m2": float("nan"), "region_code": "150602",
        "has_county": False, "geom": None,
    },
    "former": {"key": "", "to_delivery": 2, "region_code": "150602", "geom": None},
    "buildings": {"key": "", "from_on": None, "region_code": None, "geom": None},
    "surveyed": {"class_code": "", "is_built": True, "from_on": "2020-12-31", "geom": None},
    "withdrawals": {"geom": None},
    "parks": {"park_code": "P", "geom": None},
    "regions": {"region_code": "150602", "geom": None},
    "blocks": {"block_code": "B", "park_code": "P", "geom": None},
    "compared": {"approval": "", "supply": "", "drawn_m2": 0.0, "registered_m2": 0.0},
    "used": {"subject": "", "approval": "", "area_m2": 0.0, "region_code": "150602", "geom": None},
    "supplied_late": {
        **{"supply": "", "approval": "", "area_m2": 0.0, "region_code": "150602", "geom": None},
        **{"signed_on": None, "lapse_on": None},
    },
    "built_late": {
        **{"subject": "", "approval": "", "area_m2": 0.0, "region_code": "150602", "geom": None},
        "lapse_on": None,
    },
}  # fmt: skip


def table(name: str, *rows: dict[str, Any]) -> pd.DataFrame:
    given = COLUMNS[name]
    frame = pd.DataFrame([given | row for row in rows], columns=list(given))
    if "geom" not in given:
        return frame.astype({name: type(value) for name, value in given.items()})
    frame = frame.astype({"geom": object})
    for day in ("signed_on", "approved_on", "not_started_on", "from_on", "lapse_on"):
        if day in frame:
            frame[day] = pd.to_datetime(frame[day])
    if name == "supplies":
        frame["supply_no"] = frame["supply_no"].fillna(frame["key"])
    if name == "approvals":
        frame["approval_no"] = frame["approval"]
    frame = stored(frame)
    measured = name in {"supplies", "approvals", "parcels"}
    return with_ellipsoidal(frame) if measured else frame


def find(**tables: pd.DataFrame) -> pd.DataFrame:
    """Return the leads in these tables; all of each table is looked at."""
    given = {name: table(name) for name in COLUMNS} | tables
    ground = Ground(**given, has_approvals=len(given["approvals"]) > 0)
    mine = Targets(
        approvals=pd.Index(ground.approvals["approval"]),
        parks=pd.Index(ground.parks["park_code"]),
        undated=pd.Index([]),
        **{
            name: pd.Index(given[name]["key"])
            for name in ("supplies", "parcels", "former", "buildings")
        },
    )
    return leads.find(ground, SETTINGS, mine)


def found(**tables: pd.DataFrame) -> dict[tuple[str, str], tuple[float, str]]:
    """Return (kind, subjects) -> (area, confidence) of the leads in these tables."""
    rows = find(**tables)
    assert rows["geom"].map(shapely.is_valid).all()
    return {
        (row["kind"], ";".join(row["subjects"])): (
            pytest.approx(row["area_m2"], abs=TOLERANCE_M2),
            row["confidence"],
        )
        for row in rows.to_dict("records")
    }


def test_land_supplied_beyond_the_approval_is_a_lead_with_its_area() -> None:
    approvals = table("approvals", {"approval": "A", "geom": square(0, 0, 100, 100)})
    supplies = table(
        "supplies",
        {"key": "in", "geom": square(0, 0, 50, 50)},
        {"key": "half", "approval_nos": ["A"], "geom": square(50, 50, 150, 100)},
        # A strip 0.2 m wide is the survey's tolerance; one of 2 m is not.
        {"key": "strip", "geom": square(50, 0, 100.2, 50)},
        {"key": "wide", "geom": square(0, 50, 50, 102)},
        {"key": "stock", "source_area_m2": 10_000.0, "geom": square(200, 0, 300, 100)},
    )
    assert found(supplies=supplies, approvals=approvals) == {
        ("supply_outside_approval", "half"): (2500.0, "high"),
        ("supply_outside_approval", "wide"): (100.0, "medium"),
        ("supply_outside_approval", "stock"): (10_000.0, "low"),
    }
    assert found(supplies=supplies) == {}, "where no approval is known, nothing is said"


def test_land_approved_after_it_was_supplied_is_a_lead_though_it_lies_inside() -> None:
    approvals = table(
        "approvals",
        {"approval": "late", "approved_on": "2017-01-01", "geom": square(0, 0, 100, 100)},
        {"approval": "early", "approved_on": "2015-01-01", "geom": square(60, 0, 100, 100),
         "replaces": ["late"]},
    )  # fmt: skip
    supplies = table(
        "supplies",
        {"key": "S", "signed_on": "2016-01-01", "geom": square(20, 0, 100, 100)},
        {"key": "T", "signed_on": "2017-01-01", "geom": square(0, 0, 20, 100)},
    )
    assert found(supplies=supplies, approvals=approvals) == {
        ("supply_before_approval", "S;late"): (4000.0, "high"),
    }


def test_land_supplied_twice_is_one_lead_a_pair_unless_it_is_layered_or_a_phase() -> None:
    supplies = table(
        "supplies",
        {"key": "1", "geom": square(0, 0, 100, 100)},
        {"key": "2", "geom": square(80, 0, 180, 100)},
        {"key": "below", "layer": "X", "geom": square(0, 0, 100, 100)},
        {"key": "3|a", "supply_no": "3", "geom": square(300, 0, 400, 100)},
        {"key": "3|b", "supply_no": "3", "geom": square(300, 0, 400, 100)},
    )
    assert found(supplies=supplies) == {("supplied_twice", "1;2"): (2000.0, "high")}


def test_approvals_over_one_another_are_a_lead_unless_one_replaces_the_other() -> None:
    one = {"approval": "A", "geom": square(0, 0, 100, 100)}
    other = {"approval": "B", "geom": square(0, 0, 100, 60)}
    third = {"approval": "C", "geom": square(0, 90, 100, 190), "replaces": ["A"]}
    assert found(approvals=table("approvals", one, other, third)) == {
        ("approvals_overlap", "A;B"): (6000.0, "high"),
    }
    replacing = table("approvals", {**one, "replaces": ["B"]}, other, third)
    assert found(approvals=replacing) == {}


def test_a_parcel_beyond_its_park_or_its_county_is_a_lead() -> None:
    parks = table("parks", {"geom": square(0, 0, 1000, 1000)})
    regions = table("regions", {"geom": square(-500, 0, 1000, 1000)})
    parcels = table(
        "parcels",
        {"key": "in", "geom": square(0, 0, 100, 100)},
        {"key": "out", "geom": square(960, 500, 1060, 600)},
        # Less than half in the park: it is not of that park; all of it is of its county.
        {"key": "beside", "geom": square(-60, 0, 40, 100)},
        {"key": "away", "geom": square(-700, 0, -600, 100)},
        {"key": "other", "region_code": "150699", "geom": square(-700, 0, -600, 100)},
    )
    parcels["has_county"] = parcels["region_code"] == "150602"
    assert found(parcels=parcels, parks=parks, regions=regions) == {
        ("parcel_outside_region", "away;150602"): (10_000.0, "high"),
        ("parcel_outside_region", "out;150602"): (6000.0, "high"),
    }
    mostly = table("parcels", {"key": "out", "geom": square(940, 500, 1040, 600)})
    assert found(parcels=mostly, parks=parks) == {
        ("parcel_outside_park", "out;P"): (4000.0, "medium"),
    }


def test_a_building_on_unsupplied_land_and_one_beyond_its_supply_are_told_apart() -> None:
    held = table("held", {"key": "S", "geom": square(0, 0, 100, 100)})
    approvals = table("approvals", {"approval": "A", "geom": square(0, 0, 200, 100)})
    withdrawals = table("withdrawals", {"geom": square(100, 40, 200, 100)})
    parks = table("parks", {"geom": square(0, 0, 1000, 1000)})
    buildings = table(
        "buildings",
        {"key": "in", "geom": square(10, 10, 30, 30)},
        {"key": "new", "geom": square(150, 10, 170, 30)},
        {"key": "given up", "geom": square(150, 60, 170, 80)},
        {"key": "over", "geom": square(10, 90, 30, 110)},
        {"key": "town", "geom": square(500, 500, 520, 520)},
        {"key": "far", "geom": square(-520, 500, -500, 520)},
    )
    used = table(
        "used",
        {"subject": "A/003", "approval": "A", "area_m2": 900.0, "geom": square(300, 0, 330, 30)},
    )
    assert found(
        held=held,
        approvals=approvals,
        withdrawals=withdrawals,
        parks=parks,
        buildings=buildings,
        used=used,
    ) == {
        ("built_unsupplied", "new;A"): (400.0, "high"),
        ("built_unsupplied", "A/003"): (900.0, "medium"),
        ("built_outside_supply", "over;S"): (200.0, "high"),
        ("built_outside_supply", "given up"): (400.0, "low"),
        ("built_outside_supply", "town"): (400.0, "low"),
    }


@pytest.mark.parametrize(
    ("built_on", "certain"),
    [("2018-01-01", "high"), ("2022-01-01", "medium"), (None, "medium"), ("2010-01-01", "low")],
)
def test_a_building_on_land_seen_not_started_is_a_lead(built_on: str | None, certain: str) -> None:
    idle = {"key": "S", "start_state": "not_started", "not_started_on": "2020-06-01"}
    supplies = table("supplies", {**idle, "geom": square(0, 0, 100, 100)})
    buildings = table("buildings", {"key": "b", "from_on": built_on, "geom": square(0, 0, 20, 20)})
    held = table("held", {"key": "S", "geom": square(0, 0, 100, 100)})
    assert found(supplies=supplies, buildings=buildings, held=held) == {
        ("built_not_started", "S;b"): (400.0, certain),
    }
    working = table("supplies", {"key": "S", "geom": square(0, 0, 100, 100)})
    assert found(supplies=working, buildings=buildings, held=held) == {}


def test_another_main_class_on_the_ground_is_a_lead_where_the_words_allow_it() -> None:
    supplies = table(
        "supplies",
        {"key": "works", "use_text": "工业用地", "geom": square(0, 0, 100, 100)},
        {"key": "mixed", "use_text": "商业、住宅", "geom": square(100, 0, 200, 100)},
    )
    surveyed = table(
        "surveyed",
        {
            "class_code": "1101",
            "is_built": False,
            "from_on": "2021-12-31",
            "geom": square(90, 0, 100, 100),
        },
        {"class_code": "0701", "geom": square(50, 0, 200, 100)},
        # The newest word counts; a works' own road and a survey from before say nothing.
        {"class_code": "1004", "geom": square(0, 0, 50, 10)},
        {"class_code": "0501", "from_on": "2014-12-31", "geom": square(0, 10, 50, 100)},
    )
    assert found(supplies=supplies, surveyed=surveyed) == {
        ("other_use", "works"): (4000.0, "medium"),
    }


def test_an_area_that_is_not_the_drawn_one_is_a_lead_beyond_the_tolerance() -> None:
    shape = square(0, 0, 100, 100)
    assert found(
        parcels=table(
            "parcels",
            {"key": "right", "area_m2": 10_000.0, "geom": shape},
            {"key": "near", "area_m2": 10_090.0, "geom": shape},
            {"key": "far", "area_m2": 12_500.0, "geom": shape},
            {"key": "empty", "geom": shape},
        ),
        supplies=table(
            "supplies",
            # The drawing may show the whole parcel of which a part was granted.
            {"key": "whole", "area_m2": 8000.0, "parcel_total_m2": 10_000.0, "geom": shape},
        ),
        approvals=table("approvals", {"approval": "A", "total_area_m2": 10_200.0, "geom": shape}),
    ) == {
        ("parcel_area_differs", "far"): (2500.0, "high"),
        ("approval_area_differs", "A"): (200.0, "medium"),
    }


def test_parcels_divided_and_joined_are_told_with_their_heirs() -> None:
    former = table(
        "former",
        {"key": "old", "geom": square(0, 0, 100, 100)},
        {"key": "west", "geom": square(200, 0, 250, 100)},
        {"key": "east", "geom": square(250, 0, 300, 100)},
        {"key": "same", "geom": square(400, 0, 500, 100)},
    )
    parcels = table(
        "parcels",
        {"key": "old", "geom": square(0, 0, 40, 100)},
        {"key": "new", "geom": square(40, 0, 100, 100)},
        {"key": "joined", "geom": square(200, 0, 300, 100)},
        {"key": "same", "geom": square(401, 0, 500, 100)},
        # It was there before the old one ended, so it is no heir.
        {"key": "older", "from_delivery": 1, "geom": square(0, 0, 100, 50)},
    )
    assert found(former=former, parcels=parcels) == {
        ("parcel_split", "old;new;old"): (10_000.0, "high"),
        ("parcel_merged", "joined;east;west"): (10_000.0, "high"),
    }


def test_a_supply_that_draws_another_area_by_shape_than_by_papers_is_a_lead() -> None:
    """Papers charge 15,000 to A and the shape takes 10,000: the 5,000 are a third of 15,000: much.

    B's 10 m2 are 0.1 %, under the 1 % that is told.
    """
    approvals = table(
        "approvals",
        {"approval": "A", "geom": square(0, 0, 300, 100)},
        {"approval": "B", "geom": square(400, 0, 500, 100)},
    )
    compared = table(
        "compared",
        {"approval": "A", "supply": "S", "drawn_m2": 10_000.0, "registered_m2": 15_000.0},
        {"approval": "B", "supply": "S", "drawn_m2": 9_990.0, "registered_m2": 10_000.0},
    )
    assert found(approvals=approvals, compared=compared) == {
        ("supply_draws_differently", "A;S"): (5000.0, "high"),
    }


def test_a_lead_lies_where_it_was_found_and_in_its_block() -> None:
    blocks = table("blocks", {"geom": square(0, 0, 1000, 1000)})
    supplies = table(
        "supplies",
        {"key": "1", "geom": square(0, 0, 100, 100)},
        {"key": "2", "geom": square(80, 0, 180, 100)},
    )
    (lead,) = find(supplies=supplies, blocks=blocks).to_dict("records")
    assert (lead["block_code"], lead["region_code"]) == ("B", "150602")
    wanted = stored(pd.DataFrame({"geom": [square(80, 0, 100, 100)]}))["geom"][0]
    assert shapely.hausdorff_distance(lead["geom"], wanted) < 1e-8
    assert lead["detail"] == {"signed_on": ["2016-01-01", "2016-01-01"]}
