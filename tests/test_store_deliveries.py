"""Deliveries into the store: versions, numbers, duplicates, replacing."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
import pytest
import shapely
from store_rows import put, rejected_row, square, supplies

from gis import fields
from gis.config import Config
from gis.errors import DeliveryError, UsageError
from gis.record_names import natural_keys
from gis.store import database, deliveries, records


def test_a_delivery_becomes_records_with_its_number_and_a_line_in_the_list(
    store: database.Connection,
) -> None:
    rows = supplies(
        {"supply_no": "A1", "area_m2": 100.0, "signed_on": "2015-03-01", "price_fen": 12345},
        {"supply_no": "A2", "area_m2": None, "signed_on": None, "price_fen": None},
    )
    loaded = put(store, "one", rows)
    assert (loaded.delivery, loaded.rows, loaded.accepted, loaded.rejected) == (1, 2, 2, 0)
    assert (loaded.unchanged, loaded.duplicates, loaded.is_repeat) == (0, 0, False)
    found = records.read(store, "supplies")
    assert found["key"].tolist() == ["A1"]
    assert found["area_m2"].tolist() == [100.0]
    assert found["price_fen"].tolist() == [12345]
    assert found["signed_on"].tolist() == [pd.Timestamp("2015-03-01")]
    assert records.read(store, "supplies", undated=True)["key"].tolist() == ["A2"]
    (line,) = deliveries.history(store).to_dict("records")
    assert (line["number"], line["name"], line["rows"]) == (1, "one.xlsx", 2)
    assert line["mapping"] == {"原": "a"}
    assert records.latest_delivery(store) == 1


def test_the_same_file_again_changes_nothing_and_names_the_earlier_delivery(
    store: database.Connection,
) -> None:
    rows = supplies({"supply_no": "A1", "signed_on": "2015-03-01"})
    first = put(store, "one", rows, issues=pd.DataFrame([rejected_row(9, {"面积": "x"})]))
    again = put(store, "one", rows)
    assert again.is_repeat
    assert (again.delivery, again.rows, again.accepted) == (1, first.rows, first.accepted)
    assert again.unchanged == again.accepted
    assert again.issues == first.issues == {"unreadable": 1}
    assert records.latest_delivery(store) == 1


def test_equal_content_under_another_name_is_a_delivery_that_changes_no_record(
    store: database.Connection,
) -> None:
    rows = supplies({"supply_no": "A1", "signed_on": "2015-03-01"})
    put(store, "one", rows)
    second = put(store, "two", rows)
    assert (second.delivery, second.accepted, second.unchanged) == (2, 1, 1)
    assert store.execute("SELECT count(*), max(from_delivery) FROM supplies").fetchone() == (1, 1)


def test_a_changed_record_keeps_its_earlier_version_for_those_who_ask_for_it(
    store: database.Connection,
) -> None:
    put(store, "one", supplies({"supply_no": "A1", "signed_on": "2015-03-01", "area_m2": 1.0}))
    put(store, "two", supplies({"supply_no": "A1", "signed_on": "2015-03-01", "area_m2": 2.0}))
    assert records.read(store, "supplies", known_at=1)["area_m2"].tolist() == [1.0]
    assert records.read(store, "supplies", known_at=2)["area_m2"].tolist() == [2.0]
    assert records.read(store, "supplies")["from_delivery"].tolist() == [2]
    assert records.read(store, "supplies", known_at=0).empty


def test_a_register_and_a_layer_complete_each_other(store: database.Connection) -> None:
    register = supplies({"supply_no": "A1", "signed_on": "2015-03-01", "area_m2": 10.0})
    shape = square(110, 40)
    layer = supplies({"supply_no": "A1", "geom": shape}).assign(source_epsg=4527)
    put(store, "register", register)
    put(store, "layer", layer)
    (found,) = records.read(store, "supplies").to_dict("records")
    assert found["area_m2"] == 10.0
    assert found["effective_on"] == pd.Timestamp("2015-03-01")
    assert found["source_epsg"] == 4527
    assert found["geom"].equals(shape)
    put(store, "register2", register.assign(area_m2=11.0))
    (found,) = records.read(store, "supplies").to_dict("records")
    assert (found["area_m2"], found["geom"].equals(shape)) == (11.0, True)


def test_a_cell_the_file_has_and_leaves_empty_empties_the_record(
    store: database.Connection,
) -> None:
    put(store, "one", supplies({"supply_no": "A1", "signed_on": "2015-03-01", "holder": "甲"}))
    put(store, "two", supplies({"supply_no": "A1", "signed_on": "2015-03-01", "holder": None}))
    assert records.read(store, "supplies")["holder"].isna().tolist() == [True]


def test_equal_rows_count_once_and_clashing_rows_not_at_all(store: database.Connection) -> None:
    day = "2015-03-01"
    rows = supplies(
        {"supply_no": "A1", "signed_on": day, "area_m2": 1.0, "approval_nos": ["x", "y"]},
        {"supply_no": "A1", "signed_on": day, "area_m2": 1.0, "approval_nos": ["x", "y"]},
        {"supply_no": "A2", "signed_on": day, "area_m2": 1.0, "approval_nos": None},
        {"supply_no": "A2", "signed_on": day, "area_m2": 2.0, "approval_nos": None},
        {"supply_no": "A3", "signed_on": day, "area_m2": None, "approval_nos": None},
        {"supply_no": "A3", "signed_on": day, "area_m2": None, "approval_nos": None},
        {"supply_no": None, "signed_on": day, "area_m2": 3.0, "approval_nos": None},
    )
    loaded = put(store, "one", rows, issues=pd.DataFrame([rejected_row(40, {"面积": "?"})]))
    # 7 rows here and 1 refused by intake: A1 and A3 kept, a copy of each, A2 twice, one keyless.
    assert (loaded.rows, loaded.accepted, loaded.rejected, loaded.duplicates) == (8, 2, 4, 2)
    assert loaded.rows == loaded.accepted + loaded.rejected + loaded.duplicates
    assert loaded.issues == {
        "duplicate_key": 2, "duplicate_row": 2, "missing_key": 1, "unreadable": 1,
    }  # fmt: skip
    assert records.read(store, "supplies")["key"].tolist() == ["A1", "A3"]
    told = deliveries.issues_of(store, 1).set_index("row_no")
    assert told.loc[4, "message"] == "编号 A2 在第 4、5 行重复而内容不同（面积），各行均未采用"
    assert told.loc[4, "raw"]["area_m2"] == 1.0
    assert told.loc[5, "raw"]["area_m2"] == 2.0
    assert told.loc[3, "severity"] == "note"
    assert told.loc[8, "raw"] == {
        "supply_no": None, "signed_on": "2015-03-01", "area_m2": 3.0, "approval_nos": None,
    }  # fmt: skip
    assert told.loc[40, "raw"] == {"面积": "?"}


def test_rows_that_differ_only_in_their_shape_clash(store: database.Connection) -> None:
    rows = supplies(
        {"supply_no": "A1", "signed_on": "2015-03-01", "geom": square(110, 40)},
        {"supply_no": "A1", "signed_on": "2015-03-01", "geom": square(111, 40)},
        {"supply_no": "A2", "signed_on": "2015-03-01", "geom": square(111, 40)},
        {"supply_no": "A2", "signed_on": "2015-03-01", "geom": square(111, 40)},
    ).assign(source_epsg=4490)
    loaded = put(store, "one", rows)
    assert (loaded.accepted, loaded.rejected, loaded.duplicates) == (1, 2, 1)
    raw = deliveries.issues_of(store, 1).loc[lambda f: f["code"] == "duplicate_key", "raw"]
    assert [shapely.from_wkt(row["geom"]).bounds[0] for row in raw] == [110, 111]


def test_the_key_falls_to_the_contract_and_keeps_the_phase() -> None:
    frame = pd.DataFrame(
        {"supply_no": ["S1", "S1", None, None], "phase": ["2", None, "1", None],
         "contract_no": ["C1", "C1", "C2", None]}
    )  # fmt: skip
    keys = natural_keys(fields.KINDS["supplies"], frame)
    assert keys.tolist()[:3] == ["S1|2", "S1", "C2|1"]
    assert keys.isna().tolist() == [False, False, False, True]


def test_a_key_with_days_and_numbers_reads_like_the_paper() -> None:
    progress = pd.DataFrame(
        {"supply_no": ["S1"], "observed_on": pd.to_datetime(["2016-05-04"]), "source": ["patrol"]}
    )
    keys = natural_keys(fields.KINDS["progress"], progress)
    assert keys.tolist() == ["S1||2016-05-04|patrol"]
    tasks = pd.DataFrame(
        {"year": pd.array([2024], "Int64"), "region_code": ["15"], "way": ["idle"]}
    )
    assert natural_keys(fields.KINDS["tasks"], tasks).tolist() == ["2024|15|idle"]


def test_replacing_ends_what_the_file_lacks_within_the_scope_only(
    store: database.Connection,
) -> None:
    day = "2015-03-01"
    put(
        store, "one",
        supplies(
            {"supply_no": "A1", "signed_on": day, "region_code": "150602"},
            {"supply_no": "A2", "signed_on": day, "region_code": "150602"},
            {"supply_no": "A3", "signed_on": day, "region_code": "150602"},
            {"supply_no": "B1", "signed_on": day, "region_code": "150603"},
        ),
    )  # fmt: skip
    rows = supplies({"supply_no": "A1", "signed_on": day, "region_code": "150602"})
    loaded = put(
        store, "two", rows, mode="replace", scope={"region_code": "150602"}, refused_keys=["A3"]
    )
    assert (loaded.ended, loaded.unchanged) == (1, 1)
    assert records.read(store, "supplies")["key"].tolist() == ["A1", "A3", "B1"]
    assert records.read(store, "supplies", known_at=1)["key"].tolist() == ["A1", "A2", "A3", "B1"]
    assert put(store, "three", rows, mode="replace", scope={}).ended == 2


def test_replacing_spares_records_whose_rows_clash_in_the_file(store: database.Connection) -> None:
    day = "2015-03-01"
    put(store, "one", supplies({"supply_no": "A1", "signed_on": day, "area_m2": 1.0}))
    rows = supplies(
        {"supply_no": "A1", "signed_on": day, "area_m2": 2.0},
        {"supply_no": "A1", "signed_on": day, "area_m2": 3.0},
        {"supply_no": "A2", "signed_on": day, "area_m2": 3.0},
    )
    loaded = put(store, "two", rows, mode="replace", scope={})
    assert (loaded.accepted, loaded.rejected, loaded.ended) == (1, 2, 0)
    assert records.read(store, "supplies")["area_m2"].tolist() == [1.0, 3.0]


def test_a_replacing_file_of_which_nothing_is_accepted_is_refused_whole(
    store: database.Connection,
) -> None:
    put(store, "one", supplies({"supply_no": "A1", "signed_on": "2015-03-01"}))
    rows = supplies({"supply_no": None, "signed_on": "2015-03-01"})
    with pytest.raises(DeliveryError, match="would end every record"):
        put(store, "two", rows, mode="replace", scope={})
    assert records.latest_delivery(store) == 1
    assert records.read(store, "supplies")["key"].tolist() == ["A1"]


def test_the_same_file_in_another_mode_is_another_delivery(store: database.Connection) -> None:
    day = "2015-03-01"
    put(store, "one", supplies({"supply_no": "A1", "signed_on": day}))
    rows = supplies({"supply_no": "A2", "signed_on": day})
    put(store, "two", rows)
    loaded = put(store, "two", rows, mode="replace", scope={})
    assert (loaded.delivery, loaded.is_repeat, loaded.ended) == (3, False, 1)


@pytest.mark.parametrize(
    ("more", "part"),
    [
        ({"mode": "merge"}, "There is no mode"),
        ({"scope": {}}, "mode add ends none"),
        ({"mode": "replace"}, "needs a scope"),
        ({"mode": "replace", "scope": {"colour": "red"}}, "does not have"),
    ],
)
def test_a_mode_that_cannot_be_carried_out_is_refused(
    store: database.Connection, more: dict[str, Any], part: str
) -> None:
    rows = supplies({"supply_no": "A1", "signed_on": "2015-03-01"})
    with pytest.raises(UsageError, match=part):
        put(store, "one", rows, **more)
    assert records.latest_delivery(store) == 0


def test_a_row_given_as_accepted_and_as_rejected_is_rejected(store: database.Connection) -> None:
    rows = supplies(
        {"supply_no": "A1", "signed_on": "2015-03-01"},
        {"supply_no": "A2", "signed_on": "2015-03-01"},
    )
    loaded = put(store, "one", rows, issues=pd.DataFrame([rejected_row(3, {"编号": "A2"})]))
    assert (loaded.rows, loaded.accepted, loaded.rejected) == (2, 1, 1)


def test_odd_text_survives_and_nul_in_a_faulty_value_is_shown(store: database.Connection) -> None:
    odd = "𠮷\t\\N \"引号\" 'x'\n换行|竖线"
    rows = supplies({"supply_no": "A1", "signed_on": "2015-03-01", "holder": odd})
    issue = rejected_row(7, {"值": "a\0b", "数": float("nan"), "日": date(2015, 1, 2)})
    put(store, "one", rows, issues=pd.DataFrame([issue | {"value": "a\0b"}]))
    assert records.read(store, "supplies")["holder"].tolist() == [odd]
    (told,) = deliveries.issues_of(store, 1).to_dict("records")
    assert told["value"] == "a␀b"
    assert told["raw"] == {"值": "a␀b", "数": None, "日": "2015-01-02"}


def test_a_first_large_load_leaves_every_index_in_its_place(
    store_url: str, store: database.Connection
) -> None:
    indexes = "SELECT array_agg(indexdef ORDER BY indexname) FROM pg_indexes WHERE tablename = %s"
    before = store.execute(indexes, ("supplies",)).fetchone()
    rows = supplies(
        *({"supply_no": f"A{i}", "signed_on": "2015-03-01"} for i in range(25_000)),
    )
    assert put(store, "one", rows).accepted == 25_000
    assert store.execute(indexes, ("supplies",)).fetchone() == before
    assert database.differences(Config(Path("unused"), store_url)) == []


def test_a_first_large_load_does_not_wait_for_one_who_reads(
    store_url: str, store: database.Connection
) -> None:
    rows = supplies(
        *({"supply_no": f"A{i}", "signed_on": "2015-03-01"} for i in range(25_000)),
    )
    with psycopg.connect(store_url) as reader:
        assert reader.execute("SELECT count(*) FROM landwatch.supplies").fetchone() == (0,)
        assert put(store, "one", rows).accepted == 25_000
    assert len(records.read(store, "supplies")) == 25_000


def test_issue_rows_are_json_that_other_programs_read(store: database.Connection) -> None:
    issue = rejected_row(7, {"面积": 1.5, "嵌套": {"列": [1, None]}})
    put(
        store, "one", supplies({"supply_no": "A1", "signed_on": "2015-03-01"}),
        issues=pd.DataFrame([issue]),
    )  # fmt: skip
    row = store.execute("SELECT raw::text FROM issue").fetchone()
    assert row is not None
    assert json.loads(row[0]) == {"面积": 1.5, "嵌套": {"列": [1, None]}}
