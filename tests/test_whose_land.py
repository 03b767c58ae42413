"""Of which land a record is: by its register, by its place and by whom it names, kind by kind."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gis.config import Config
from gis.fields import KINDS
from gis.store import database, tables, whose_land
from gis.store.database import Connection
from gis.store.results import Scope
from gis.store.whose_land import INSIDE, OUTSIDE, UNKNOWN
from tests.conftest import Server
from tests.two_banners import box, judged

EAST = Scope(regions=("150602",))
PARK = Scope(parks=("东园",))
BLOCK = Scope(blocks=("东块",))


@pytest.fixture(scope="module")
def store(
    server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Connection]:
    home = tmp_path_factory.mktemp("whose")
    with (
        judged(server, pattern, "landwatch_whose", home) as desk,
        database.connect(Config(Path("unused"), desk.store.url)) as connection,
    ):
        yield connection


def test_what_deliveries_named_before_is_filled_in_as_a_load_writes_it(store: Connection) -> None:
    """The migration's own statement, on deliveries that know already; some rows are refused."""
    migration = importlib.import_module("gis.store.migrations.versions.0026_uploads")
    parts = [
        f"SELECT from_delivery AS number, region_code AS code FROM landwatch.{name}"
        for name in migration._WITH_REGION
    ]
    fill = migration._FILL.replace("{parts}", " UNION ALL ".join([*parts, migration._REFUSED]))
    known = "SELECT number, kind, regions FROM landwatch.delivery ORDER BY number"
    wanted = [row for row in store.execute(known) if row[1] in migration._WITH_REGION]
    # Kinds that came later: their deliveries were told from the first on.
    later = {"imagery", "done", "control_values"}
    assert {*migration._WITH_REGION} == {*tables.WITH_REGION} - later
    assert [[*r] for r in {tuple(row[2]) for row in wanted}] == [["150602", "150722"]]
    with store.transaction(force_rollback=True):
        store.execute("UPDATE landwatch.delivery SET regions = NULL")
        store.execute(
            "INSERT INTO landwatch.issue (delivery, file, row_no, code, severity, message, raw)"
            " VALUES (%s, 'x', 9, 'x', 'error', 'x', '{\"区划\": \"150603\"}')", (wanted[0][0],),
        )  # fmt: skip
        store.execute(
            "UPDATE landwatch.delivery SET mapping = '{\"区划\": \"region_code\"}'"
            " WHERE number = %s", (wanted[0][0],),
        )  # fmt: skip
        store.execute(fill)
        found = [row for row in store.execute(known) if row[1] in migration._WITH_REGION]
    assert found[1:] == wanted[1:]
    assert found[0][2] == ["150602", "150603", "150722"]


def of(store: Connection, scope: Scope, kind: str, **values: Any) -> int:
    """What is said of one record with these values."""
    known = KINDS[kind]
    columns = {name: values.get(name) for name in known.columns}
    rows = pd.DataFrame([columns], dtype=object)
    if known.has_geometry:
        rows["geom"] = np.array([values.get("geom")], dtype=object)
    assert {*values} <= {*tables.own_types(kind)}
    (found,) = whose_land.verdicts(store, whose_land.land(store, scope), known, rows)
    return int(found)


@pytest.mark.parametrize(
    ("kind", "values", "wanted"),
    [
        # By the register: the region, one within it, the city above it, another; nothing at all.
        ("tasks", {"region_code": "150602"}, INSIDE),
        ("tasks", {"region_code": "150602001"}, INSIDE),
        ("tasks", {"region_code": "150600"}, OUTSIDE),
        ("tasks", {"region_code": "150722"}, OUTSIDE),
        ("tasks", {"region_code": "15"}, OUTSIDE),
        ("tasks", {}, UNKNOWN),
        # By a number that begins with the region, where the register says none.
        ("supplies", {"supply_no": "1506022020B00001"}, INSIDE),
        ("supplies", {"supply_no": "1507222020B00001"}, OUTSIDE),
        ("supplies", {"supply_no": "1507222020B00001", "region_code": "150602"}, INSIDE),
        ("supplies", {"supply_no": "监001"}, UNKNOWN),
        # By a park or a block, of which the store knows where it lies.
        ("enterprises", {"park_code": "东园"}, INSIDE),
        ("enterprises", {"park_code": "西园"}, OUTSIDE),
        ("enterprises", {"park_code": "南园"}, UNKNOWN),
        ("enterprises", {"block_code": "东二块"}, INSIDE),
        ("enterprises", {"block_code": "西块"}, OUTSIDE),
        ("enterprises", {"park_code": "东园", "region_code": "150722"}, OUTSIDE),
        # By the place.
        ("plans", {"geom": box("东", 5)}, INSIDE),
        ("plans", {"geom": box("西", 5)}, OUTSIDE),
        # 东's banner ends at 70: of one step from 69.96 on 0.04 lie across, from 69.9 on 0.1.
        ("plans", {"geom": box("东", 69.04)}, INSIDE),
        ("plans", {"geom": box("东", 69.1)}, OUTSIDE),
        ("parcels", {"geom": box("东", 5), "region_code": "150722"}, OUTSIDE),
        ("parcels", {"geom": box("西", 5), "region_code": "150602"}, OUTSIDE),
        # By whom it names: a supply of either side, of nobody; by its contract; one of many.
        ("extensions", {"supply_no": "东监1"}, INSIDE),
        ("extensions", {"supply_no": "西监1"}, OUTSIDE),
        ("extensions", {"supply_no": "东监99"}, UNKNOWN),
        ("parcels", {"geom": box("东", 5), "supply_no": "西监1"}, OUTSIDE),
        ("parcels", {"geom": box("东", 5), "supply_no": "新监1"}, INSIDE),
        ("approval_status", {"approval_no": "东批〔2020〕1号"}, INSIDE),
        ("approval_status", {"approval_no": "西批〔2020〕1号"}, OUTSIDE),
        ("projects", {"region_code": "150602", "supply_nos": ["东监1", "西监2"]}, OUTSIDE),
        ("projects", {"supply_nos": ["东监1", "新监1"]}, INSIDE),
        ("enterprise_years", {"enterprise_code": "E1"}, UNKNOWN),
    ],
)
def test_a_banner_writes_about_its_own_land(
    store: Connection, kind: str, values: dict[str, Any], wanted: int
) -> None:
    assert of(store, EAST, kind, **values) == wanted


@pytest.mark.parametrize(
    ("scope", "kind", "values", "wanted"),
    [
        # A region alone does not say that it is of the park; another region says that it is not.
        (PARK, "enterprises", {"region_code": "150602"}, UNKNOWN),
        (PARK, "enterprises", {"region_code": "150722"}, OUTSIDE),
        (PARK, "enterprises", {"region_code": "150602", "park_code": "东园"}, INSIDE),
        (PARK, "enterprises", {"block_code": "东块"}, INSIDE),
        (PARK, "enterprises", {"block_code": "西块"}, OUTSIDE),
        # The park reaches from 0 to 20.
        (PARK, "parcels", {"geom": box("东", 5), "region_code": "150602"}, INSIDE),
        (PARK, "parcels", {"geom": box("东", 25), "region_code": "150602"}, OUTSIDE),
        (PARK, "parcels", {"geom": box("东", 5), "region_code": "150722"}, OUTSIDE),
        # A supply that says its region alone lies where its parcel does: 东监1 at 1, in the park.
        (PARK, "extensions", {"supply_no": "东监1"}, INSIDE),
        (PARK, "extensions", {"supply_no": "西监1"}, OUTSIDE),
        # The block reaches from 0 to 10; of its park a record without a block is not.
        (BLOCK, "enterprises", {"park_code": "东园"}, UNKNOWN),
        (BLOCK, "enterprises", {"park_code": "东园", "block_code": "东块"}, INSIDE),
        (BLOCK, "enterprises", {"park_code": "东园", "block_code": "东二块"}, OUTSIDE),
        (BLOCK, "parcels", {"geom": box("东", 12), "region_code": "150602"}, OUTSIDE),
        (BLOCK, "extensions", {"supply_no": "东邻监01"}, OUTSIDE),
    ],
)
def test_a_park_or_a_block_writes_about_no_more_than_itself(
    store: Connection, scope: Scope, kind: str, values: dict[str, Any], wanted: int
) -> None:
    assert of(store, scope, kind, **values) == wanted


@pytest.mark.parametrize(
    ("scope", "values", "wanted"),
    [
        # 150603 is drawn by nobody, and lies anywhere but in a banner that is.
        ("150603", {"region_code": "150603", "geom": box("东", 200)}, INSIDE),
        ("150603", {"region_code": "150603", "geom": box("西", 5)}, OUTSIDE),
        ("150603", {"region_code": "150603", "geom": box("东", 5)}, OUTSIDE),
        # Its city's banners may lie where nobody drew, or in the one that is drawn: not in 西.
        ("150600", {"region_code": "150603", "geom": box("东", 200)}, INSIDE),
        ("150600", {"region_code": "150603", "geom": box("东", 5)}, INSIDE),
        ("150600", {"region_code": "150602", "geom": box("西", 5)}, OUTSIDE),
        # A twentieth across the border of the banner beside is of two hands: 东 ends at 70.
        ("150603", {"region_code": "150603", "geom": box("东", 69.96)}, INSIDE),
        ("150603", {"region_code": "150603", "geom": box("东", 69.9)}, OUTSIDE),
    ],
)
def test_land_nobody_drew_is_no_land_of_others(
    store: Connection, scope: str, values: dict[str, Any], wanted: int
) -> None:
    assert of(store, Scope(regions=(scope,)), "parcels", **values) == wanted


@pytest.mark.parametrize(
    ("number", "wanted"), [("东监1", INSIDE), ("西监1", OUTSIDE), ("监99", UNKNOWN)]
)
def test_a_supply_lies_where_its_parcel_does(store: Connection, number: str, wanted: int) -> None:
    """A register that says the region alone, or nothing, says nothing of the park."""
    assert of(store, PARK, "supplies", supply_no=number) == wanted


def test_whom_a_sentence_names_outside_is_found_by_number_and_by_name(store: Connection) -> None:
    told = [
        "编号 150602001001GB00009 的图形与生效记录 150722001001GB00001 重叠 98.00%，本行搁置",
        "「电子监管号」写的是“西监1”；东监1 不变", "落在西旗、西产业园一带（150722）", "西监77",
        "文书西延1 另有记载", "西延1：重复",
    ]  # fmt: skip
    found = whose_land.strangers(store, EAST, told)
    assert found == {"150722001001GB00001", "西监1", "西旗", "西产业园", "150722", "西延1"}
    assert whose_land.strangers(store, EAST, []) == frozenset()
